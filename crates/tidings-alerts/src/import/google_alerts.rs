//! Google Alerts: the feeds' addresses, the JSON of Google Takeout, or one query a line.

mod takeout;

use std::collections::{BTreeMap, HashMap};

use tidings_query::Vocabulary;
use url::Url;

use super::{Ids, Import, ImportError, Imported, Skipped, SourceBlock, opml, slug};
use crate::{Alert, inert};

/// How the feed of an alert names it.
const FEED_TITLE: &str = "Google Alert - ";

/// What one alert was at Google, as far as it is known.
struct Found {
    line: usize,
    query: Option<String>,
    /// Its feed, where it was delivered to one.
    feed: Option<Url>,
    /// Cadence and all else; its id and query are put in later.
    settings: Alert,
    /// Language and country that its news are asked for.
    lang: Option<String>,
    country: Option<String>,
    notes: Vec<String>,
}

/// Reads alerts from `text`: the addresses of their feeds, one a line or in OPML or HTML; the JSON
/// of Google Takeout; or queries, one a line, with comments behind `#`.
///
/// With each comes the source that feeds it: the alert's own feed where it has one, else a search of Google News.
///
/// # Errors
///
/// When the text as a whole is none of these.
pub fn read(text: &str) -> Result<Import<Imported>, ImportError> {
    let text = text.trim_start_matches('\u{feff}');
    let Import { items, mut skipped } = match text.trim_start().chars().next() {
        None => return Err(ImportError::Empty),
        Some('{' | '[') => takeout::read(text)?,
        Some('<') if text.to_ascii_lowercase().contains("<opml") => of_opml(text)?,
        Some('<') => of_html(text),
        Some(_) => of_lines(text),
    };
    let mut taking = Taking::default();
    let mut taken = Vec::new();
    for found in items {
        let line = found.line;
        let what = found.query.clone().or_else(|| found.feed.as_ref().map(Url::to_string)).unwrap_or_default();
        match taking.take(found) {
            Ok(imported) => taken.push(imported),
            Err(reason) => skipped.push(Skipped { line, what: inert::line(&what, 100), reason }),
        }
    }
    if taken.is_empty() && skipped.is_empty() {
        return Err(ImportError::Empty);
    }
    skipped.sort_by_key(|skipped| skipped.line);
    Ok(Import { items: taken, skipped })
}

/// The address of an alert's feed, if `text` is one.
pub(super) fn feed_address(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    let host = url.host_str()?.trim_start_matches("www.");
    let is_google = host.starts_with("google.") && matches!(url.scheme(), "http" | "https");
    // `/alerts/feeds/…`, or `/alerts/u/0/feeds/…` for whoever has several accounts.
    let parts: Vec<_> = url.path_segments()?.collect();
    let is_feed = parts.first() == Some(&"alerts") && parts.iter().rev().nth(2) == Some(&"feeds");
    (is_google && is_feed).then_some(url)
}

/// What was taken over so far.
#[derive(Default)]
struct Taking {
    alerts: Ids,
    sources: Ids,
    /// Queries and feeds, and the line of each.
    known: HashMap<String, usize>,
    vocabulary: Vocabulary,
}

impl Taking {
    /// The alert, or why it cannot be one.
    fn take(&mut self, mut found: Found) -> Result<Imported, String> {
        let same = found.feed.as_ref().map(Url::to_string).or_else(|| found.query.clone()).unwrap_or_default();
        if let Some(line) = self.known.insert(same, found.line) {
            return Err(format!("the same stands at {line}"));
        }
        let name = found.query.clone().unwrap_or_default();
        let region = std::mem::take(&mut found.settings.region);
        let readable = match &found.query {
            Some(query) => Some(self.checked(&found.settings, query)),
            None => None,
        };
        let (source, query) = match (&found.feed, readable) {
            (Some(feed), readable) => {
                let account = feed.path_segments().and_then(|mut parts| parts.next_back()).unwrap_or_default();
                let source = feed_source(&self.sources.give("google-", &name, account), feed);
                // Google looks through whole pages, a feed tells a line of each: so what it brings counts as found.
                let own = format!("source:{}", source.id);
                let query = match readable {
                    Some(Ok(query)) => format!("{own} OR ({})", in_region(&query, &region, None)),
                    Some(Err(reason)) => {
                        let note = "Only what its feed brings is matched; its query is not read here";
                        found.notes.push(format!("{note}: {reason}."));
                        own
                    }
                    None => own,
                };
                (source, query)
            }
            (None, Some(query)) => {
                let query = query?;
                let source = news_source(&self.sources.give("news-", &name, "search"), &query, &found);
                let query = in_region(&query, &region, Some(&source));
                (source, query)
            }
            (None, None) => return Err("it has neither a query nor a feed".to_owned()),
        };
        let id = self.alerts.give("", &name, source.id.as_str());
        let mut alert = found.settings;
        alert.id = id.parse().expect("a slug with a number is an alert id");
        alert.name = inert::line(&name, 100);
        alert.query = query;
        alert.check(&self.vocabulary).map_err(|error| error.to_string())?;
        Ok(Imported { alert, source, notes: found.notes })
    }

    fn checked(&self, settings: &Alert, query: &str) -> Result<String, String> {
        let alert = Alert { query: query.to_owned(), ..settings.clone() };
        alert.check(&self.vocabulary).map(|_| query.to_owned()).map_err(|error| error.to_string())
    }
}

/// The query for sites of `region` alone, and for all that a source brings that asks for that country
/// itself: the addresses of Google News do not tell the site.
fn in_region(query: &str, region: &[String], source: Option<&SourceBlock>) -> String {
    if region.is_empty() {
        return query.to_owned();
    }
    let sites = region.iter().map(|ending| format!("site:{ending}"));
    let places: Vec<_> = sites.chain(source.map(|source| format!("source:{}", source.id))).collect();
    format!("({query}) ({})", places.join(" OR "))
}

fn feed_source(id: &str, feed: &Url) -> SourceBlock {
    SourceBlock {
        id: id.parse().expect("a slug with a number is a source id"),
        plugin: "google-alerts",
        params: BTreeMap::from([("url", feed.to_string())]),
        labels: Vec::new(),
        is_user_feed: true,
    }
}

fn news_source(id: &str, query: &str, found: &Found) -> SourceBlock {
    let mut params = BTreeMap::from([("engine", "google-news".to_owned()), ("query", query.to_owned())]);
    let vietnamese = slug::is_vietnamese(query);
    let lang = found.lang.clone().or_else(|| vietnamese.then(|| "vi".to_owned()));
    let country = found.country.clone().or_else(|| vietnamese.then(|| "VN".to_owned()));
    params.extend(lang.map(|lang| ("lang", lang)));
    params.extend(country.map(|country| ("region", country)));
    SourceBlock {
        id: id.parse().expect("a slug with a number is a source id"),
        plugin: "news-search",
        params,
        labels: Vec::new(),
        is_user_feed: false,
    }
}

impl Found {
    fn new(line: usize, query: Option<String>, feed: Option<Url>) -> Self {
        let settings = serde_json::from_value(serde_json::json!({ "id": "import" })).expect("all else has a default");
        Self { line, query, feed, settings, lang: None, country: None, notes: Vec::new() }
    }
}

/// The query that a feed's title names.
fn query_of(title: &str) -> Option<String> {
    let query = title.trim();
    let query = query.strip_prefix(FEED_TITLE).unwrap_or(query).trim();
    (!query.is_empty()).then(|| query.to_owned())
}

fn of_lines(text: &str) -> Import<Found> {
    let mut import = Import { items: Vec::new(), skipped: Vec::new() };
    for (number, line) in text.lines().enumerate() {
        let (number, line) = (number + 1, line.trim());
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if let Some(feed) = feed_address(line) {
            import.items.push(Found::new(number, None, Some(feed)));
        } else if line.starts_with("https://") || line.starts_with("http://") {
            let reason =
                "this is not the feed of a Google Alert; other feeds come in with `tidings import opml`".to_owned();
            import.skipped.push(Skipped { line: number, what: inert::line(line, 100), reason });
        } else {
            import.items.push(Found::new(number, Some(line.to_owned()), None));
        }
    }
    import
}

fn of_opml(text: &str) -> Result<Import<Found>, ImportError> {
    let outlines = opml::outlines(text)?;
    let mut import = Import { items: Vec::new(), skipped: outlines.skipped };
    for outline in outlines.items {
        match feed_address(&outline.url) {
            Some(feed) => import.items.push(Found::new(outline.line, query_of(&outline.title), Some(feed))),
            None => import.skipped.push(Skipped {
                line: outline.line,
                what: inert::line(&format!("{} {}", outline.title, outline.url), 100),
                reason: "this is not the feed of a Google Alert; `tidings import opml` takes it".to_owned(),
            }),
        }
    }
    Ok(import)
}

/// The addresses of feeds in a page, whatever else is in it: pages are seldom well-formed.
fn of_html(text: &str) -> Import<Found> {
    let mut lines = opml::Lines::new(text);
    let mut items: Vec<Found> = Vec::new();
    for (at, _) in text.match_indices("/alerts/") {
        let path: String = text[at..].chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '/').collect();
        let Some(feed) = feed_address(&format!("https://www.google.com{path}")) else { continue };
        if items.iter().any(|found| found.feed.as_ref() == Some(&feed)) {
            continue;
        }
        let rest = &text[at + path.len()..];
        items.push(Found::new(lines.at(at as u64), link_text(rest).as_deref().and_then(query_of), Some(feed)));
    }
    Import { items, skipped: Vec::new() }
}

/// The words of a link whose address has just ended, if they name an alert.
fn link_text(rest: &str) -> Option<String> {
    let (attributes, rest) = rest.split_once('>')?;
    let words = rest.split('<').next()?;
    let is_link = !attributes.contains('<') && words.trim_start().starts_with(FEED_TITLE);
    is_link.then(|| quick_xml::escape::unescape(words).map_or(words.to_owned(), std::borrow::Cow::into_owned))
}

#[cfg(test)]
mod tests;
