//! `tidings index …`: the index against the log. The daemon must not run for `rebuild`.

use std::process::ExitCode;
use std::sync::Arc;

use serde::Serialize;
use tidings_index::{Checkpoint, Index, Progress};
use tidings_model::SystemClock;
use tidings_store::{Store, StoriesRebuilt};

use crate::cli::{Global, IndexCommand};
use crate::output::{print_json, print_line, progress};
use crate::wiring::{index_dir, load_config};

pub(crate) fn run(global: &Global, command: &IndexCommand) -> anyhow::Result<ExitCode> {
    let data_dir = load_config(global)?.config.daemon.data_dir;
    match command {
        IndexCommand::Rebuild => {
            let store = Store::open(&data_dir)?;
            let (index, _) = Index::open(&index_dir(&data_dir), store.epoch(), Arc::new(SystemClock))?;
            let mut shown = show("grouping");
            let stories =
                store.rebuild_stories(tidings_engine::clues, |done, total| shown(Progress { done, total }))?;
            let checkpoint = index.rebuild(&store, show("rebuilding"))?;
            if global.json {
                print_json(&Rebuilt { checkpoint, stories })?;
            } else {
                print_line(&format!(
                    "the index holds {} findings, up to log entry {}; {} of them in {} stories",
                    index.count()?,
                    checkpoint.log,
                    stories.members,
                    stories.stories
                ))?;
            }
            Ok(ExitCode::SUCCESS)
        }
        IndexCommand::Verify => {
            let store = Store::open_read_only(&data_dir)?;
            let index = Index::reader_only(&index_dir(&data_dir), Arc::new(SystemClock))?;
            let differences = index.verify(&store, show("verifying"))?;
            let checkpoint = index.checkpoint()?;
            if global.json {
                let answer = serde_json::json!({ "checkpoint": checkpoint, "findings": index.count()?, "differences": differences });
                print_json(&answer)?;
            } else {
                differences.iter().try_for_each(|difference| print_line(&difference.to_string()))?;
                print_line(&format!(
                    "{} findings up to log entry {}: {} differences",
                    index.count()?,
                    checkpoint.log,
                    differences.len()
                ))?;
            }
            Ok(if differences.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
        }
    }
}

/// What is said of a rebuild.
#[derive(Serialize)]
struct Rebuilt {
    #[serde(flatten)]
    checkpoint: Checkpoint,
    #[serde(flatten)]
    stories: StoriesRebuilt,
}

fn show(what: &'static str) -> impl FnMut(Progress) {
    let mut progress = progress(what);
    move |Progress { done, total }| progress(done.0, total.0)
}
