//! `tidings import …`: prints what was kept elsewhere as blocks for `tidings.toml`; changes nothing.

use std::fmt::Write;
use std::io::Read;
use std::path::Path;
use std::process::ExitCode;

use anyhow::Context;
use serde::Serialize;
use tidings_alerts::Alert;
use tidings_alerts::import::{Import, Imported, google_alerts, opml};

use crate::cli::{Global, ImportCommand};
use crate::output::{one_line, print_json, print_line};

pub(crate) fn run(global: &Global, command: &ImportCommand) -> anyhow::Result<ExitCode> {
    match command {
        ImportCommand::GoogleAlerts { file } => {
            let import = google_alerts::read(&text(file)?).with_context(|| file.display().to_string())?;
            print(global, file, &import, alert_blocks)
        }
        ImportCommand::Opml { file } => {
            let import = opml::read(&text(file)?).with_context(|| file.display().to_string())?;
            print(global, file, &import, |source| Ok(source.to_string()))
        }
    }
}

fn text(file: &Path) -> anyhow::Result<String> {
    if file == Path::new("-") {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text).context("cannot read what is piped in as UTF-8 text")?;
        return Ok(text);
    }
    std::fs::read_to_string(file).with_context(|| format!("cannot read {} as UTF-8 text", file.display()))
}

/// Blocks to stdout, what was left out to stderr, so that the output can go into a file at once.
fn print<T: Serialize>(
    global: &Global,
    file: &Path,
    import: &Import<T>,
    block: impl Fn(&T) -> anyhow::Result<String>,
) -> anyhow::Result<ExitCode> {
    if global.json {
        print_json(import)?;
    } else {
        for item in &import.items {
            print_line(&block(item)?)?;
        }
        for skipped in &import.skipped {
            eprintln!("{}", one_line(&format!("{}:{skipped}; not taken over", file.display())));
        }
        eprintln!("{} taken over, {} not", import.items.len(), import.skipped.len());
    }
    Ok(if import.items.is_empty() { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// The alert, what is not as it was above it, and its source.
fn alert_blocks(imported: &Imported) -> anyhow::Result<String> {
    #[derive(Serialize)]
    struct Config<'a> {
        alert: [&'a Alert; 1],
    }
    let Imported { alert, source, notes } = imported;
    let mut blocks = String::new();
    for note in notes {
        writeln!(blocks, "# {}", one_line(note))?;
    }
    blocks.push_str(&toml::to_string(&Config { alert: [alert] })?);
    write!(blocks, "\n{source}")?;
    Ok(blocks)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_read_back_as_they_were() {
        let import = google_alerts::read(
            r#"[{"query": "\"too dear\" it's acme", "delivery_frequency": "WEEKLY", "email_address": "a@b.example",
                "country": "VN", "language": "vi"}]"#,
        )
        .unwrap();
        let [imported] = &import.items[..] else { panic!("{import:?}") };
        let blocks = alert_blocks(imported).unwrap();
        let read: toml::Table = toml::from_str(&blocks).unwrap();
        let alert: Alert = read["alert"][0].clone().try_into().unwrap();
        assert_eq!(alert, imported.alert);
        assert_eq!(read["source"][0]["params"]["query"].as_str(), Some(imported.alert.name.as_str()));
        assert!(blocks.starts_with("# It takes sites that end in `.vn`"), "{blocks}");
    }
}
