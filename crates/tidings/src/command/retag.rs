//! `tidings retag`: the archive tagged again, here or by the daemon that has it open.

use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use reqwest::Method;
use serde_json::Value;
use tidings_engine::{Task, Understanding, follow, retag_archive};
use tidings_index::Index;
use tidings_match::taxonomy_file::FileText;
use tidings_model::{Clock, SystemClock};
use tidings_store::{Store, StoreError};

use crate::cli::Global;
use crate::client;
use crate::output::{print_json, print_line, progress};
use crate::wiring::{self, index_dir, load_config};

/// How often the daemon is asked how far it has come.
const ASK_EVERY: Duration = Duration::from_millis(500);

/// Exit code 1 where the daemon does not get on with it.
pub(crate) async fn run(global: &Global) -> anyhow::Result<ExitCode> {
    let file = load_config(global)?;
    let files = wiring::taxonomy_files(&file)?;
    let data_dir = &file.config.daemon.data_dir;
    if let Err(missing @ StoreError::Missing { .. }) = Store::open_read_only(data_dir) {
        return Err(missing.into());
    }
    let task = match Store::open(data_dir) {
        Ok(store) => {
            let (index, data_dir) = (index_dir(data_dir), data_dir.clone());
            let work = tokio::task::spawn_blocking(move || here(&store, &index, files));
            let task = work.await.context("the work was broken off")?;
            serde_json::to_value(task.with_context(|| format!("cannot tag {} again", data_dir.display()))?)?
        }
        Err(in_use @ StoreError::InUse { .. }) => {
            by_daemon(file.config.daemon.listen).await.with_context(|| in_use.to_string())?
        }
        Err(error) => return Err(error.into()),
    };
    if global.json {
        print_json(&task)?;
    } else if task["state"] == "superseded" {
        print_line("another taxonomy came into force meanwhile; the daemon goes on by that")?;
    } else {
        print_line(&format!(
            "{} findings tagged by version {} of the taxonomy, {} have other tags than before",
            task["done"], task["version"], task["changed"]
        ))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Puts the configuration's taxonomy in force and tags everything by it. Whatever ends it
/// early, the next call goes on where it was.
fn here(store: &Store, index: &std::path::Path, files: Vec<FileText>) -> anyhow::Result<Task> {
    let (index, opened) = Index::open(index, store.epoch(), Arc::new(SystemClock))?;
    let understanding = Understanding::take_up(store, files, SystemClock.now())?;
    let (feed, thread) = follow(store.clone(), index, opened);
    let mut task = Task::from(store.start_retag(SystemClock.now())?);
    let mut progress = progress("tagging again");
    progress(task.done, task.total.max(1));
    let id = task.id.clone();
    retag_archive(store, &feed, &understanding.tagger, &SystemClock, |now| {
        progress(now.done, now.total);
        task = now;
    })?;
    let state = feed.state();
    // Ends the thread, which first catches up and commits.
    drop(feed);
    if thread.join().is_err() {
        bail!("the index thread ended early; the tags are kept, and the next start goes on with the index");
    }
    if let Some(fault) = state.fault {
        bail!("the tags are kept, but cannot be searched yet: {fault}");
    }
    debug_assert_eq!(task.id, id, "nobody else may write");
    Ok(task)
}

/// Lets the daemon do it, and shows how far it has come.
async fn by_daemon(listen: SocketAddr) -> anyhow::Result<Value> {
    let mut task = client::call(listen, Method::POST, "/retag").await?;
    let path = format!("/tasks/{}", task["id"].as_str().context("the daemon names no task")?);
    let mut progress = progress("tagging again");
    while task["state"] == "running" {
        if let Some(error) = task["error"].as_str() {
            bail!("the daemon does not get on: {error}; it tries again by itself");
        }
        progress(task["done"].as_u64().unwrap_or(0), task["total"].as_u64().unwrap_or(0).max(1));
        tokio::time::sleep(ASK_EVERY).await;
        task = client::call(listen, Method::GET, &path).await?;
    }
    progress(1, 1);
    Ok(task)
}
