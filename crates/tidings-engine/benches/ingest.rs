//! The whole way of a finding in one process, per CPU second: normalise, tag, commit,
//! index; beside bare tantivy with the same schema and tokenizers in the same run.
//!
//! `cargo bench -p tidings-engine --bench ingest -- [FINDINGS]`. The findings go in as
//! a plugin would emit them, 200 to a batch, tagged by the default taxonomy; the
//! index follows on its own thread, as in the daemon. 1,000 standing queries are asked of
//! every finding that is committed.

#![expect(clippy::print_stdout, reason = "a bench reports on standard output")]

#[path = "../../tidings-index/benches/support/bare.rs"]
mod bare;
#[path = "../../tidings-index/benches/support/made_up.rs"]
mod made_up;
#[path = "../../tidings-index/benches/support/usage.rs"]
mod usage;

use std::error::Error;
use std::path::Path;
use std::sync::Arc;

use tidings_engine::{Ingest, Origin, follow};
use tidings_index::Index;
use tidings_match::{Scratch, StandingQueries, Tagger};
use tidings_model::{Finding, SystemClock};
use tidings_protocol as wire;
use tidings_store::{LogEntry, Store};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

const ROUNDS: u32 = 3;
const STANDING: usize = 1_000;

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().collect();
    // `cargo bench` adds `--bench`; without it this only shows that it works.
    let default = if arguments.iter().any(|argument| argument == "--bench") { 200_000 } else { 1_000 };
    let count = arguments.iter().find_map(|argument| argument.parse().ok()).unwrap_or(default);
    let tagger = Arc::new(default_tagger()?);
    let findings: Vec<Finding> = (0..count).map(made_up::finding).collect::<Result<_>>()?;
    let text: usize = findings.iter().map(|finding| finding.title.len() + finding.text.len()).sum();
    println!("{count} findings, {} bytes of text each", text / count);
    for round in 1..=ROUNDS {
        let mut standing = standing_queries(&findings)?;
        let ours = usage::report("tidings", count, |path| ingest(&findings, &tagger, &mut standing, path))?;
        let bare = usage::report("bare tantivy", count, |path| bare::index(findings.iter(), path))?;
        println!("round {round} of {ROUNDS}: {:.2} of bare tantivy\n", bare / ours);
    }
    Ok(())
}

/// The tagger of the taxonomy that ships.
fn default_tagger() -> Result<Tagger> {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../config/taxonomy"));
    let files =
        ["competitors.toml", "pains.toml", "intents.toml", "other.toml", "severity.toml"].map(|name| folder.join(name));
    Ok(Tagger::new(&tidings_match::taxonomy_file::read(&files)?, 1)?)
}

/// Queries of every kind over the words of the findings.
fn standing_queries(findings: &[Finding]) -> Result<StandingQueries> {
    let mut standing = StandingQueries::default();
    for number in 0..STANDING {
        let text = &findings[number * 7919 % findings.len()].text;
        let words: Vec<&str> = text.split_whitespace().collect();
        let word = |at: usize| words[(number + at) % words.len()];
        let (one, next, other) = (word(0), word(1), word(9));
        let query = match number % 10 {
            0 | 1 => one.to_owned(),
            2..=4 => format!("{one} {other}"),
            5 | 6 => format!("\"{one} {next}\""),
            7 | 8 => format!("{one} OR {other}"),
            _ => format!("{one} {next} -{other}x"),
        };
        standing.add(&tidings_query::parse(&query)?);
    }
    Ok(standing)
}

fn ingest(findings: &[Finding], tagger: &Arc<Tagger>, standing: &mut StandingQueries, path: &Path) -> Result<()> {
    let store = Store::open(path)?;
    let (index, opened) = Index::open(&path.join("index"), store.epoch(), Arc::new(SystemClock))?;
    let (feed, thread) = follow(store.clone(), index, opened);
    let origin = Origin { source: "bench".parse()?, identity: "bench".parse()?, plugin: "feed".parse()? };
    let mut run = Ingest::new(store, tagger.clone(), origin, "run".to_owned());
    let (mut scratch, mut matches, mut matched) = (Scratch::default(), Vec::new(), 0);
    let mut ask = |entries: &[LogEntry]| {
        for finding in entries.iter().filter_map(|entry| entry.finding.as_ref()) {
            standing.matches(finding, &mut scratch, &mut matches);
            matched += matches.len();
        }
        standing.learn(&mut scratch);
    };
    for finding in findings {
        run.emit(emitted(finding), finding.found)?;
        if run.is_full()
            && let Some(committed) = run.flush(finding.found)?
        {
            ask(&committed.entries);
            feed.hand_over(committed.entries);
        }
    }
    let last = findings.last().ok_or("no findings")?.found;
    let covered = run.cover(last)?.entries;
    ask(&covered);
    feed.hand_over(covered);
    println!("{:.2} matches of {STANDING} standing queries a finding", matched as f64 / findings.len() as f64);
    // Ends the thread, which first catches up and commits.
    drop(feed);
    thread.join().map_err(|_| "the index thread panicked")?;
    Ok(())
}

/// What a plugin would have sent.
fn emitted(finding: &Finding) -> wire::Finding {
    wire::Finding {
        key: Some(finding.id.to_string()),
        url: finding.site.as_ref().map(|site| format!("https://{site}/{}", finding.id)),
        title: Some(finding.title.clone()),
        text: Some(finding.text.clone()),
        author: finding.author.clone(),
        lang: finding.lang.as_ref().map(ToString::to_string),
        published: finding.published,
        kind: Some(finding.kind.to_string()),
        ..wire::Finding::default()
    }
}
