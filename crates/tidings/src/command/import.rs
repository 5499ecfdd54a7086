//! `tidings import …`: what was kept elsewhere, as blocks for `tidings.toml` or, with `--apply`, made in the
//! running daemon.

use std::fmt::Write;
use std::io::Read;
use std::path::Path;
use std::process::ExitCode;

use anyhow::Context;
use serde::Serialize;
use serde_json::{Value, json};
use tidings_alerts::Alert;
use tidings_alerts::import::{Import, Imported, google_alerts, opml};

use crate::cli::{Global, ImportCommand};
use crate::client;
use crate::output::{one_line, print_json, print_line};
use crate::wiring::load_config;

pub(crate) async fn run(global: &Global, command: &ImportCommand) -> anyhow::Result<ExitCode> {
    match command {
        ImportCommand::GoogleAlerts { file, apply, sources } => {
            let import = google_alerts::read(&text(file)?).with_context(|| file.display().to_string())?;
            if !apply {
                return print(global, file, &import, alert_blocks);
            }
            let alerts = import.items.iter().map(|item| ("/alerts", json!(item.alert)));
            let offered = import.items.iter().filter(|_| *sources).map(|item| ("/sources", json!(item.source)));
            let applied = apply_all(global, offered.chain(alerts).collect()).await?;
            tell(global, file, &import, &applied)
        }
        ImportCommand::Opml { file, apply } => {
            let import = opml::read(&text(file)?).with_context(|| file.display().to_string())?;
            if !apply {
                return print(global, file, &import, |source| Ok(source.to_string()));
            }
            let sources = import.items.iter().map(|source| ("/sources", json!(source))).collect();
            tell(global, file, &import, &apply_all(global, sources).await?)
        }
    }
}

/// What the daemon made, and what it refused.
#[derive(Default, Serialize)]
struct Applied {
    made: Vec<String>,
    refused: Vec<Refused>,
}

#[derive(Serialize)]
struct Refused {
    id: String,
    reason: String,
}

/// Makes each in the running daemon; one that is refused does not keep the others.
async fn apply_all(global: &Global, items: Vec<(&str, Value)>) -> anyhow::Result<Applied> {
    let listen = load_config(global)?.config.daemon.listen;
    let mut applied = Applied::default();
    for (path, body) in items {
        let id = body["id"].as_str().unwrap_or_default().to_owned();
        match client::post(listen, path, &body).await {
            Ok(_) => applied.made.push(format!("{} {id}", path.trim_matches(['/', 's']))),
            Err(error) if client::nobody_answers(&error) => return Err(error),
            Err(error) => applied.refused.push(Refused { id, reason: error.to_string() }),
        }
    }
    Ok(applied)
}

fn tell<T: Serialize>(global: &Global, file: &Path, import: &Import<T>, applied: &Applied) -> anyhow::Result<ExitCode> {
    if global.json {
        print_json(&json!({ "made": applied.made, "refused": applied.refused, "skipped": import.skipped }))?;
    } else {
        applied.made.iter().try_for_each(|made| print_line(&format!("made {made}")))?;
        for Refused { id, reason } in &applied.refused {
            eprintln!("{}", one_line(&format!("{id}: {reason}")));
        }
        tell_skipped(file, import);
        eprintln!(
            "{} made, {} refused, {} not taken over",
            applied.made.len(),
            applied.refused.len(),
            import.skipped.len()
        );
    }
    Ok(if applied.refused.is_empty() && !applied.made.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn tell_skipped<T>(file: &Path, import: &Import<T>) {
    for skipped in &import.skipped {
        eprintln!("{}", one_line(&format!("{}:{skipped}; not taken over", file.display())));
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
        tell_skipped(file, import);
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
