//! Predictions for changes of pages. Of the gold only ids, file names and addresses are read.

use std::io::Write;
use std::path::Path;

use anyhow::Result;
use serde::Deserialize;
use serde_json::json;
use tidings_extract::change::{Scope, difference, visible_text};
use tidings_extract::html::tree;

use crate::corpus;

#[derive(Deserialize)]
struct Task {
    id: String,
    before: String,
    after: String,
}

pub(crate) fn predict(directory: &Path, out: &mut dyn Write) -> Result<()> {
    for task in corpus::tasks::<Task>(&directory.join("site-changes/pairs.jsonl"))? {
        let text = |file: &str| -> Result<String> {
            let page = corpus::page(&directory.join(file))?;
            Ok(visible_text(&tree(&page)?, &Scope::default()).expect("no selector is asked for"))
        };
        let found = difference(&text(&task.before)?, &text(&task.after)?);
        let line =
            json!({ "id": task.id, "changed": !found.is_empty(), "added": found.added, "removed": found.removed });
        writeln!(out, "{line}")?;
    }
    Ok(())
}
