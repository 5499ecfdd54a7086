//! A look at a site by the `site-scout` plugin, outside of any source: what `source suggest` and its call in the API print.

use std::sync::Arc;

use anyhow::{Context, bail};
use serde::Serialize;
use serde_json::json;
use tidings_plugins::{Catalog, Job, Supervisor};
use tokio_util::sync::CancellationToken;

use crate::author::Collected;
use crate::output::one_line;

/// The plugin that looks at sites.
const PLUGIN: &str = "site-scout";

/// Looks at sites. Nothing is stored.
#[derive(Clone)]
pub(crate) struct Scout {
    pub(crate) supervisor: Arc<Supervisor>,
    pub(crate) catalog: Arc<Catalog>,
}

/// What is worth watching at a site.
#[derive(Debug, Serialize)]
pub(crate) struct Suggestions {
    pub(crate) items: Vec<Suggestion>,
    pub(crate) summary: String,
}

/// One thing to watch.
#[derive(Debug, Serialize)]
pub(crate) struct Suggestion {
    /// `feed`, `sitemap`, `pricing` …, `profile`.
    pub(crate) role: String,
    pub(crate) title: String,
    pub(crate) url: String,
    /// A `[[source]]` block; none where no plugin reads the place.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) block: Option<String>,
}

impl Scout {
    /// Visits `domain` once, as politely as any source.
    pub(crate) async fn look(&self, domain: &str) -> anyhow::Result<Suggestions> {
        let plugin = self.catalog.plugins().into_iter().find(|plugin| plugin.manifest.id == PLUGIN);
        let plugin =
            plugin.with_context(|| format!("the plugin `{PLUGIN}` is not there; `tidings plugin list` says why"))?;
        let params = json!({ "domain": domain });
        if let Err(errors) = plugin.check_params(&params) {
            bail!("domain: {}", errors[0]);
        }
        let mut job = Job::new("suggest", "suggest".parse().context("a fixed source id is valid")?, params);
        job.dry_run = true;
        let mut calls = Collected::default();
        let end = self.supervisor.run(&plugin, job, &mut calls, CancellationToken::new()).await;
        let report = end.result.map_err(|error| anyhow::anyhow!("{}", one_line(&error.to_string())))?;
        let items = calls.distinct().into_iter().map(|found| Suggestion {
            role: found.attrs.get("role").and_then(|role| role.as_str()).unwrap_or_default().to_owned(),
            title: found.title.clone().unwrap_or_default(),
            url: found.url.clone().unwrap_or_default(),
            block: found.text.clone(),
        });
        Ok(Suggestions { items: items.collect(), summary: report.summary.unwrap_or_default() })
    }
}
