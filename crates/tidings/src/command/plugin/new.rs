//! `tidings plugin new`: a plugin to begin with, and a recording that it passes.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, bail};
use scraper::Html;
use serde_json::json;
use tidings_extract::{feed, html};
use tidings_fetch::{Fetcher, Request, Response, charset};
use tidings_model::{Clock, PluginId, SystemClock};
use tidings_protocol::PluginKind;
use tidings_protocol::recording::Recording;
use url::Url;

use crate::author::{Bench, Profile, Reading, Scaffold, config_or_default, list, pointers, replay};
use crate::cli::{Global, Lang, NewArgs, SdkArgs};
use crate::failure::Usage;
use crate::output::{one_line, print_line};

/// Fewest things in JSON-LD that are read before a list of blocks is looked for.
const MIN_THINGS: usize = 2;
/// The recording that a new plugin begins with.
const FIRST: &str = "tests/recordings/front";

/// A page to be read, and how.
struct Found {
    url: Url,
    reading: Reading,
    file: &'static str,
    body: String,
    content_type: String,
}

pub(crate) async fn run(global: &Global, args: NewArgs) -> anyhow::Result<ExitCode> {
    let id: PluginId = args.name.parse().map_err(|error| Usage(format!("`{}`: {error}", args.name)))?;
    let kind: Result<PluginKind, _> = serde_json::from_value(json!(args.kind));
    kind.map_err(|_| {
        Usage(format!("--kind: `{}` is none of forum, news, competitor, keyword, feed, social, custom", args.kind))
    })?;
    let dir = args.dir.join(id.as_str());
    if dir.exists() {
        return Err(Usage(format!("{} is there already: take another name, or another --dir", dir.display())).into());
    }
    let sdk = if args.lang == Lang::Rust { sdk(&args.sdk)? } else { String::new() };
    let mut scaffold = Scaffold::sample(id.as_str(), args.lang, &args.kind, sdk)?;
    let found = match &args.url {
        Some(url) => {
            let found = look(global, url).await?;
            (scaffold.url, scaffold.reading) = (found.url.clone(), found.reading.clone());
            found
        }
        None => sample(&scaffold),
    };
    scaffold.write(&dir)?;
    record(&dir, &found)?;
    print_line(&format!("{} reads {} {}", dir.display(), found.url, said(&found)))?;
    bless(global, &dir).await
}

fn said(found: &Found) -> String {
    match &found.reading {
        _ if found.file.ends_with(".json") => "as a list in JSON".to_owned(),
        Reading::Feed => "as a feed".to_owned(),
        Reading::JsonLd(read) => format!("by its JSON-LD of {}", read.types.join(", ")),
        Reading::List(list) => format!("as a list of `{}`", list.items),
    }
}

fn sample(scaffold: &Scaffold) -> Found {
    let (file, body) = scaffold.sample_body();
    let content_type = if scaffold.lang == Lang::Python { "application/json" } else { "text/html" };
    Found {
        url: scaffold.url.clone(),
        reading: scaffold.reading.clone(),
        file,
        body,
        content_type: content_type.to_owned(),
    }
}

/// Writes what was found as the plugin's first recording.
fn record(dir: &Path, found: &Found) -> anyhow::Result<()> {
    let mut recording = Recording::empty(json!({}));
    recording.now = SystemClock.now();
    let exchange = json!({
        "request": {"url": found.url},
        "response": {"status": 200, "headers": {"content-type": found.content_type}, "body_file": found.file},
    });
    recording.interactions.push(serde_json::from_value(exchange).context("an exchange as the format has it")?);
    let place = dir.join(FIRST);
    std::fs::create_dir_all(&place).with_context(|| format!("cannot make {}", place.display()))?;
    let text = serde_json::to_string_pretty(&recording).context("a recording is JSON")?;
    std::fs::write(place.join("recording.json"), text + "\n")?;
    std::fs::write(place.join(found.file), &found.body)?;
    Ok(())
}

/// Runs it once on its recording, and takes what it finds for what is expected.
async fn bless(global: &Global, dir: &Path) -> anyhow::Result<ExitCode> {
    let bench = Bench::load(global, dir, Profile::Debug).await?;
    let verdict = replay(&bench, &dir.join(FIRST), true).await?;
    for problem in &verdict.problems {
        eprintln!("- {}", one_line(problem));
    }
    if verdict.findings == 0 {
        eprintln!(
            "- it found nothing: correct how it reads the page, then `tidings plugin test {} --bless`",
            dir.display()
        );
    }
    let is_sound = verdict.problems.is_empty() && 0 < verdict.findings;
    print_line(&format!(
        "{} findings in {FIRST}; next: tidings plugin dev {} --replay {}",
        verdict.findings,
        dir.display(),
        dir.join(FIRST).display()
    ))?;
    Ok(if is_sound { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Fetches the page once, and the feed that it names where there is one.
async fn look(global: &Global, url: &str) -> anyhow::Result<Found> {
    let url = Url::parse(url).map_err(|error| Usage(format!("--url: `{url}` is no address: {error}")))?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let fetcher = Fetcher::new(config_or_default(global)?.fetch, clock, None)?;
    let (page, text) = get(&fetcher, url).await?;
    if feed::parse(&text, Some(&page.final_url)).is_ok_and(|feed| !feed.items.is_empty()) {
        return Ok(feed_found(&page, text));
    }
    if let Some(link) = html::feed_links(&text, &page.final_url).into_iter().find(|link| link.declared)
        && let Ok((page, text)) = get(&fetcher, link.url).await
        && feed::parse(&text, Some(&page.final_url)).is_ok_and(|feed| !feed.items.is_empty())
    {
        return Ok(feed_found(&page, text));
    }
    let Some(reading) = html::tree(&text).ok().and_then(|tree| reading(&tree)) else {
        bail!(
            "{} names no feed, has no JSON-LD to read, and no list repeats on it: begin without --url",
            page.final_url
        );
    };
    let content_type = "text/html".to_owned();
    Ok(Found { url: page.final_url, reading, file: "001.html", body: text, content_type })
}

/// What a page says to programs outlives its looks; one thing alone is read where there is no list.
fn reading(page: &Html) -> Option<Reading> {
    let things = pointers(page);
    if let Some((count, pointers)) = &things
        && MIN_THINGS <= *count
    {
        return Some(Reading::JsonLd(pointers.clone()));
    }
    list(page).map(Reading::List).or_else(|| things.map(|(_, pointers)| Reading::JsonLd(pointers)))
}

fn feed_found(page: &Response, body: String) -> Found {
    let content_type = page.header("content-type").unwrap_or("application/xml").to_owned();
    Found { url: page.final_url.clone(), reading: Reading::Feed, file: "001.xml", body, content_type }
}

async fn get(fetcher: &Fetcher, url: Url) -> anyhow::Result<(Response, String)> {
    let page = fetcher.fetch(Request::get(url.clone())).await.with_context(|| format!("cannot fetch {url}"))?;
    if !page.status.is_success() {
        bail!("{url} answered {}", page.status);
    }
    let text = charset::decode(&page.body, page.header("content-type")).text;
    Ok((page, text))
}

/// Where a plugin in Rust finds the SDK.
pub(super) fn sdk(args: &SdkArgs) -> anyhow::Result<String> {
    if let Some(url) = &args.sdk_git {
        return Ok(format!("git = {}", json!(url)));
    }
    let checkout = || {
        let exe = std::env::current_exe().ok()?;
        exe.ancestors().map(|dir| dir.join("crates/tidings-sdk")).find(|dir| dir.join("Cargo.toml").is_file())
    };
    let path: Option<PathBuf> = args.sdk_path.clone().or_else(checkout);
    let Some(path) = path.filter(|path| path.join("Cargo.toml").is_file()) else {
        return Err(Usage("a plugin in Rust needs the SDK: name `crates/tidings-sdk` of a checkout with --sdk-path, or its repository with --sdk-git".to_owned()).into());
    };
    let path = std::fs::canonicalize(&path).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(format!("path = {}", json!(path)))
}
