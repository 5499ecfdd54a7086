//! Predictions for robots.txt files and sitemaps. Of the gold only ids, file names and what is asked are read.

use std::fs;
use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result};
use serde::Deserialize;
use serde_json::json;
use tidings_extract::sitemap;
use tidings_fetch::charset;
use tidings_fetch::robots::Robots;

use crate::corpus;

#[derive(Deserialize)]
struct RobotsTask {
    id: String,
    file: String,
    tests: Vec<Question>,
}

#[derive(Deserialize)]
struct Question {
    agent: String,
    path: String,
}

#[derive(Deserialize)]
struct SitemapTask {
    id: String,
    file: String,
}

pub(crate) fn predict_robots(directory: &Path, out: &mut dyn Write) -> Result<()> {
    for task in corpus::tasks::<RobotsTask>(&directory.join("site-changes/robots_gold.jsonl"))? {
        let robots = Robots::parse(&bytes(&directory.join(&task.file))?);
        let results: Vec<bool> = task.tests.iter().map(|test| robots.allows(&test.agent, &test.path)).collect();
        corpus::answer(out, &json!({ "id": task.id, "results": results }))?;
    }
    Ok(())
}

pub(crate) fn predict_sitemaps(directory: &Path, out: &mut dyn Write) -> Result<()> {
    for task in corpus::tasks::<SitemapTask>(&directory.join("site-changes/sitemap_gold.jsonl"))? {
        let unpacked = sitemap::unpack(&bytes(&directory.join(&task.file))?)?;
        let locs: Vec<String> = match sitemap::parse(&charset::decode(&unpacked, None).text) {
            Ok(sitemap) => sitemap.entries.into_iter().map(|entry| entry.loc).collect(),
            Err(error) => {
                eprintln!("{} {error}", task.id);
                Vec::new()
            }
        };
        corpus::answer(out, &json!({ "id": task.id, "locs": locs }))?;
    }
    Ok(())
}

fn bytes(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("cannot read {}", path.display()))
}
