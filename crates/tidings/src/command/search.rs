//! `tidings search`: beside a running daemon or without one.

use std::process::ExitCode;
use std::sync::Arc;

use tidings_index::{Index, SearchAnswer, SearchRequest};
use tidings_model::{Dimension, SystemClock, Taxonomy};
use tidings_store::Store;

use crate::cli::{Global, SearchArgs};
use crate::config::ConfigFile;
use crate::failure::Usage;
use crate::output::{one_line, print_json, print_line};
use crate::wiring::{self, load_config};

pub(crate) fn run(global: &Global, args: &SearchArgs) -> anyhow::Result<ExitCode> {
    let file = load_config(global)?;
    let data_dir = &file.config.daemon.data_dir;
    let store = Store::open_read_only(data_dir);
    let dimensions = dimensions(&file, store.as_ref().ok())?;
    let params = params(args)?;
    let pairs = params.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let request = SearchRequest::from_params(pairs, &dimensions).map_err(|error| {
        let hint = error.hint().map(|hint| format!("\n{hint}")).unwrap_or_default();
        let cause = std::error::Error::source(&error).map(|cause| format!(": {cause}")).unwrap_or_default();
        Usage(format!("{error}{cause}{hint}"))
    })?;
    let store = store?;
    let index = Index::reader_only(&wiring::index_dir(data_dir), Arc::new(SystemClock))?;
    let answer = index.search(&store, &request)?;
    if global.json {
        print_json(&answer)?
    } else {
        print(&answer)?
    }
    Ok(ExitCode::SUCCESS)
}

/// The dimensions of the files, and of the taxonomy that the archive was tagged by last.
fn dimensions(file: &ConfigFile, store: Option<&Store>) -> anyhow::Result<Vec<Dimension>> {
    let mut dimensions = wiring::read_taxonomy(file)?.taxonomy().dimensions();
    if let Some(in_force) = store.map(Store::taxonomy).transpose()?.flatten() {
        dimensions.extend(serde_json::from_str::<Taxonomy>(&in_force.json)?.dimensions());
        dimensions.sort();
        dimensions.dedup();
    }
    Ok(dimensions)
}

/// The arguments as the parameters of `GET /search`.
fn params(args: &SearchArgs) -> Result<Vec<(String, String)>, Usage> {
    let mut params = Vec::new();
    if !args.query.is_empty() {
        params.push(("q".to_owned(), args.query.clone()));
    }
    for filter in &args.filters {
        let Some((name, value)) = filter.split_once('=') else {
            return Err(Usage(format!("--filter {filter}: expected NAME=VALUE, e.g. tier=1")));
        };
        params.push((name.to_owned(), value.to_owned()));
    }
    let single = [
        ("match", &args.match_mode),
        ("from", &args.from),
        ("to", &args.to),
        ("sort", &args.sort),
        ("cursor", &args.cursor),
    ];
    params.extend(single.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value.clone()?))));
    params.push(("limit".to_owned(), args.limit.to_string()));
    if !args.facets.is_empty() {
        params.push(("facets".to_owned(), args.facets.join(",")));
    }
    Ok(params)
}

fn print(answer: &SearchAnswer) -> std::io::Result<()> {
    for hit in &answer.hits {
        let finding = &hit.finding;
        let tags = finding.tags.iter().map(|tag| format!("{}:{}", tag.dimension, tag.id));
        let competitors = finding.competitors.iter().map(|tag| match tag.tier {
            Some(tier) => format!("{} (tier {tier})", tag.name),
            None => format!("{} (us)", tag.name),
        });
        let marks: Vec<String> = competitors.chain(tags).collect();
        let title = if finding.title.is_empty() { &finding.text } else { &finding.title };
        let title: String = one_line(title).chars().take(120).collect();
        print_line(&format!("{}  {title}", finding.date().strftime("%Y-%m-%d")))?;
        let address = finding.url.as_ref().map_or_else(|| finding.id.to_string(), ToString::to_string);
        print_line(&format!("            {} · {}", finding.source, one_line(&address)))?;
        if !marks.is_empty() {
            print_line(&format!("            {}", marks.join(" · ")))?;
        }
    }
    for (name, counts) in &answer.facets {
        let counts: Vec<String> = counts.iter().map(|count| format!("{} {}", count.value, count.count)).collect();
        print_line(&format!("{name}: {}", counts.join(", ")))?;
    }
    let relaxed = if answer.query.relaxed { ", of any word: none has all" } else { "" };
    print_line(&format!("{} of {} findings{relaxed}", answer.hits.len(), answer.total))?;
    if let Some(next) = &answer.next {
        eprintln!("more: --cursor {next}");
    }
    Ok(())
}
