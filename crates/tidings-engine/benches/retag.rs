//! What it costs to tag the archive again, per CPU second, the index included.
//!
//! `cargo bench -p tidings-engine --bench retag -- [FINDINGS]`. The findings are those of
//! the bench of ingest, tagged by the default taxonomy. First nothing changes, then one
//! label comes that some of them have, as when a phrase is added, and then it goes again.

#![expect(clippy::print_stdout, reason = "a bench reports on standard output")]

#[path = "../../tidings-index/benches/support/made_up.rs"]
mod made_up;
#[expect(dead_code, reason = "the benches of ingest report on a folder of their own")]
#[path = "../../tidings-index/benches/support/usage.rs"]
mod usage;

use std::error::Error;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use tidings_engine::{IndexFeed, Ingest, Origin, Task, Understanding, follow, retag_archive};
use tidings_index::Index;
use tidings_match::taxonomy_file::{FileText, load};
use tidings_model::{Clock, SystemClock};
use tidings_protocol as wire;
use tidings_store::Store;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// Words of the made-up language: the one common, the other not.
const LABELS: &[(&str, &str)] = &[("one label that few have", "pricees"), ("one label that many have", "custom")];

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().collect();
    // `cargo bench` adds `--bench`; without it this only shows that it works.
    let default = if arguments.iter().any(|argument| argument == "--bench") { 50_000 } else { 1_000 };
    let count = arguments.iter().find_map(|argument| argument.parse().ok()).unwrap_or(default);
    let dir = tempfile::TempDir::new()?;
    let store = Store::open(dir.path())?;
    let (index, opened) = Index::open(&dir.path().join("index"), store.epoch(), Arc::new(SystemClock))?;
    let (feed, thread) = follow(store.clone(), index.clone(), opened);
    let understanding = Understanding::take_up(&store, files("")?, SystemClock.now())?;
    ingest(&store, &feed, &understanding, count)?;
    let settled = tokio::runtime::Builder::new_current_thread().build()?;
    settled.block_on(feed.settle());

    for (name, label) in
        std::iter::once(("nothing changes", String::new())).chain(LABELS.iter().flat_map(|(name, word)| {
            let label =
                format!("[[label]]\ndimension = \"made\"\nid = \"up\"\nname = \"Made up\"\nphrases = [\"{word}\"]\n");
            [(*name, label), ("and it goes again", String::new())]
        }))
    {
        let understanding = Understanding::take_up(&store, files(&label)?, SystemClock.now())?;
        let mut task = Task::from(store.start_retag(SystemClock.now())?);
        let began = Instant::now();
        let used = usage::measure(|| {
            retag_archive(&store, &feed, &understanding.tagger, &SystemClock, |now| task = now)?;
            settled.block_on(feed.settle());
            Ok(())
        })?;
        println!(
            "{name}: {:.0} findings per CPU second, {:.0} per second, {} of {} changed, {:.0} MiB private at most",
            count as f64 / used.cpu_seconds,
            count as f64 / began.elapsed().as_secs_f64(),
            task.changed,
            task.done,
            used.peak_mib
        );
    }
    drop(feed);
    thread.join().map_err(|_| "the index thread panicked")?;
    println!("differences between index and log: {}", index.verify(&store, |_| ())?.len());
    Ok(())
}

/// The taxonomy that ships, and `label`.
fn files(label: &str) -> Result<Vec<FileText>> {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../config/taxonomy"));
    let names = ["competitors.toml", "pains.toml", "intents.toml", "other.toml", "severity.toml"];
    let mut files = load(names.map(|name| folder.join(name)))?;
    files.push(FileText { path: "made_up.toml".into(), text: label.to_owned() });
    Ok(files)
}

fn ingest(store: &Store, feed: &IndexFeed, understanding: &Understanding, count: usize) -> Result<()> {
    let origin = Origin { source: "bench".parse()?, identity: "bench".parse()?, plugin: "feed".parse()? };
    let mut run = Ingest::new(store.clone(), understanding.tagger.clone(), origin, "run".to_owned());
    for n in 0..count {
        let finding = made_up::finding(n)?;
        let emitted = wire::Finding {
            key: Some(finding.id.to_string()),
            title: Some(finding.title),
            text: Some(finding.text),
            author: finding.author,
            kind: Some(finding.kind.to_string()),
            ..wire::Finding::default()
        };
        run.emit(emitted, finding.found)?;
        if run.is_full()
            && let Some(committed) = run.flush(finding.found)?
        {
            feed.hand_over(committed.entries);
        }
    }
    feed.hand_over(run.cover(SystemClock.now())?.entries);
    Ok(())
}
