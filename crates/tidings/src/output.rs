//! What commands print: tables for people, JSON for programs.

use std::io::{self, IsTerminal, Write};

use serde::Serialize;

/// Sends the log to stderr: what the daemon does, only warnings of a command that
/// prints its own answer, and more with each `-v`.
pub(crate) fn start_log(is_daemon: bool, verbose: u8) {
    let level = match (is_daemon, verbose) {
        (false, 0) => "warn",
        (true, 0) | (false, 1) => "info",
        (true, 1) | (false, 2) => "debug",
        _ => "trace",
    };
    let own = [
        "tidings",
        "tidings_engine",
        "tidings_fetch",
        "tidings_index",
        "tidings_plugins",
        "tidings_server",
        "tidings_store",
    ];
    let directives = std::env::var("RUST_LOG").unwrap_or_else(|_| own.map(|name| format!("{name}={level}")).join(","));
    let filter = tracing_subscriber::EnvFilter::builder()
        .with_default_directive(tracing::Level::WARN.into())
        .parse_lossy(directives);
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .with_ansi(wants_colour(&io::stderr()))
        .init();
}

/// Whether `stream` is a terminal and `NO_COLOR` is not set.
fn wants_colour(stream: &impl IsTerminal) -> bool {
    stream.is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

/// Rows under headings, columns as wide as their widest cell.
pub(crate) struct Table {
    headings: Vec<&'static str>,
    rows: Vec<Vec<String>>,
}

impl Table {
    pub(crate) fn new(headings: &[&'static str]) -> Self {
        Self { headings: headings.to_vec(), rows: Vec::new() }
    }

    pub(crate) fn row<const N: usize>(&mut self, cells: [String; N]) {
        self.rows.push(cells.into_iter().map(|cell| one_line(&cell)).collect());
    }

    /// # Errors
    ///
    /// When stdout cannot be written, e.g. a closed pipe.
    pub(crate) fn print(&self) -> io::Result<()> {
        let width = |column: usize| {
            let cells = self.rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count());
            cells.chain([self.headings[column].len()]).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..self.headings.len()).map(width).collect();
        let mut out = io::stdout().lock();
        let headings = padded(self.headings.iter().map(|heading| heading.to_uppercase()), &widths);
        if wants_colour(&io::stdout()) {
            writeln!(out, "\u{1b}[1m{headings}\u{1b}[0m")?;
        } else {
            writeln!(out, "{headings}")?;
        }
        for row in &self.rows {
            writeln!(out, "{}", padded(row.iter().cloned(), &widths))?;
        }
        Ok(())
    }
}

fn padded(cells: impl Iterator<Item = String>, widths: &[usize]) -> String {
    let cells: Vec<String> = cells.zip(widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
    cells.join("  ").trim_end().to_owned()
}

/// Shows on a terminal how much of long work is done, in parts of a total.
pub(crate) fn progress(what: &'static str) -> impl FnMut(u64, u64) {
    /// Of the bar, in characters.
    const WIDTH: u64 = 30;
    let is_terminal = io::stderr().is_terminal();
    let mut shown = None;
    move |done, total| {
        let percent = (done * 100).checked_div(total).unwrap_or(100).min(100);
        if is_terminal && shown != Some(percent) {
            shown = Some(percent);
            let filled = (percent * WIDTH / 100) as usize;
            let bar = format!("{}{}", "#".repeat(filled), "-".repeat(WIDTH as usize - filled));
            let end = if percent == 100 { "\n" } else { "" };
            eprint!("\r{what} [{bar}] {percent:>3} %{end}");
        }
    }
}

/// Foreign text on one line, without control characters that a terminal would obey.
pub(crate) fn one_line(text: &str) -> String {
    let clean: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    clean.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// # Errors
///
/// When stdout cannot be written.
pub(crate) fn print_json(value: &impl Serialize) -> io::Result<()> {
    let mut out = io::stdout().lock();
    serde_json::to_writer_pretty(&mut out, value)?;
    writeln!(out)
}

/// # Errors
///
/// When stdout cannot be written.
pub(crate) fn print_line(line: &str) -> io::Result<()> {
    writeln!(io::stdout().lock(), "{line}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_text_cannot_move_the_cursor() {
        assert_eq!(one_line("a\u{1b}[2Jb\nc"), "a [2Jb c");
    }

    #[test]
    fn columns_line_up() {
        assert_eq!(padded(["ab".to_owned(), "c".to_owned()].into_iter(), &[4, 2]), "ab    c");
    }
}
