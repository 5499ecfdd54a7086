//! Findings indexed per CPU second: log entries through the index, beside bare tantivy.
//!
//! `cargo bench -p tidings-index --bench ingest -- [FINDINGS]`. Both sides index the
//! same made-up findings with the same fields and the same analyser, one indexing
//! thread each, committing as often; the bare side keeps no checkpoint and is told
//! no more than each document's values.

#![expect(clippy::print_stdout, reason = "a bench reports on standard output")]

#[path = "support/bare.rs"]
mod bare;
#[path = "support/made_up.rs"]
mod made_up;
#[path = "support/usage.rs"]
mod usage;

use std::error::Error;
use std::path::Path;
use std::sync::Arc;

use tidings_index::Index;
use tidings_model::{Finding, SystemClock};
use tidings_store::{EntryKind, Epoch, LogEntry, LogNumber};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

const BATCH: usize = 200;
const ROUNDS: u32 = 3;

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().collect();
    // `cargo bench` adds `--bench`; without it this only shows that it works.
    let default = if arguments.iter().any(|argument| argument == "--bench") { 50_000 } else { 1_000 };
    let count = arguments.iter().find_map(|argument| argument.parse().ok()).unwrap_or(default);
    let entries: Vec<LogEntry> = (0..count).map(entry).collect::<Result<_>>()?;
    let findings: Vec<&Finding> = entries.iter().filter_map(|entry| entry.finding.as_deref()).collect();
    for round in 1..=ROUNDS {
        let ours = usage::report("tidings-index", count, |path| index_entries(&entries, path))?;
        let bare = usage::report("bare tantivy", count, |path| bare::index(findings.iter().copied(), path))?;
        println!("round {round} of {ROUNDS}: {:.2} of bare tantivy\n", bare / ours);
    }
    Ok(())
}

fn index_entries(entries: &[LogEntry], path: &Path) -> Result<()> {
    let epoch = Epoch(uuid::Uuid::parse_str("00000000-0000-7000-8000-000000000000")?);
    let (index, _) = Index::open(path, epoch, Arc::new(SystemClock))?;
    for (n, batch) in entries.chunks(BATCH).enumerate() {
        index.apply(batch)?;
        if ((n + 1) * BATCH).is_multiple_of(bare::COMMIT_EVERY) {
            index.commit()?;
        }
    }
    index.commit()?;
    index.rest()?;
    Ok(())
}

fn entry(n: usize) -> Result<LogEntry> {
    let finding = made_up::finding(n)?;
    let number = LogNumber(n as u64 + 1);
    let id = Some(finding.id.clone());
    Ok(LogEntry { number, at: finding.found, kind: EntryKind::Found, id, finding: Some(Arc::new(finding)) })
}
