//! The search API of Algolia as far as it is used: words, tags, numeric filters, pages.

use axum::Json;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{Entry, Site, Threads};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SearchParams {
    #[serde(default)]
    query: String,
    #[serde(default)]
    tags: String,
    #[serde(default)]
    numeric_filters: String,
    #[serde(default = "default_hits")]
    hits_per_page: usize,
    #[serde(default)]
    page: usize,
}

fn default_hits() -> usize {
    20
}

/// Most hits on one page, as there.
const MAX_HITS: usize = 1000;

/// `GET /api/v1/search_by_date?query=&tags=&numericFilters=&hitsPerPage=&page=`: the newest first.
pub(super) async fn search_by_date(
    State(served): Site,
    Query(params): Query<SearchParams>,
) -> Result<Json<Value>, (StatusCode, Json<Value>)> {
    let threads = served.site.at(served.clock.now());
    let refuse = |message: &str| (StatusCode::BAD_REQUEST, Json(json!({"message": message, "status": 400})));
    let filters = numeric_filters(&params.numeric_filters).ok_or_else(|| refuse("invalid numericFilters"))?;
    let words: Vec<String> = params.query.replace('"', " ").split_whitespace().map(str::to_lowercase).collect();
    let hits: Vec<Entry<'_>> = threads
        .entries()
        .rev()
        .filter(|entry| has_words(threads, *entry, &words) && has_tags(threads, *entry, &params.tags))
        .filter(|entry| filters.iter().all(|filter| filter.admits(threads, *entry)))
        .collect();
    let per_page = params.hits_per_page.clamp(1, MAX_HITS);
    let shown = hits.iter().skip(params.page.saturating_mul(per_page)).take(per_page);
    Ok(Json(json!({
        "hits": shown.map(|entry| hit(threads, *entry)).collect::<Vec<_>>(),
        "nbHits": hits.len(),
        "page": params.page,
        "nbPages": hits.len().div_ceil(per_page),
        "hitsPerPage": per_page,
        "exhaustiveNbHits": true,
        "query": params.query,
    })))
}

fn hit(threads: Threads<'_>, entry: Entry<'_>) -> Value {
    let item = entry.item;
    let story = threads.story(entry);
    let mut hit = Map::new();
    hit.insert("objectID".to_owned(), json!(entry.id.to_string()));
    hit.insert("created_at".to_owned(), json!(format!("{:.0}", entry.published)));
    hit.insert("created_at_i".to_owned(), json!(entry.published.as_second()));
    hit.insert("author".to_owned(), json!(item.by));
    hit.insert("_tags".to_owned(), json!(tags(threads, entry)));
    hit.insert("story_id".to_owned(), json!(story.id));
    if let Some(parent) = threads.parent(entry) {
        hit.insert("comment_text".to_owned(), json!(item.html()));
        hit.insert("parent_id".to_owned(), json!(parent.id));
        hit.insert("story_title".to_owned(), json!(story.item.title));
        if let Some(url) = &story.item.url {
            hit.insert("story_url".to_owned(), json!(url));
        }
    } else {
        hit.insert("title".to_owned(), json!(item.title));
        hit.insert("points".to_owned(), json!(item.points));
        hit.insert("num_comments".to_owned(), json!(threads.count_below(entry)));
        if let Some(url) = &item.url {
            hit.insert("url".to_owned(), json!(url));
        }
        if !item.text.is_empty() {
            hit.insert("story_text".to_owned(), json!(item.html()));
        }
    }
    Value::Object(hit)
}

/// Whether every word begins some word of title, text, address, author or story.
fn has_words(threads: Threads<'_>, entry: Entry<'_>, words: &[String]) -> bool {
    let item = entry.item;
    let story = threads.story(entry).item;
    let url = item.url.as_ref().map_or("", |url| url.as_str());
    let title = item.title.as_deref().or(story.title.as_deref()).unwrap_or_default();
    let haystack = format!("{title} {} {url} {}", item.text, item.by).to_lowercase();
    let known: Vec<&str> = haystack.split(|c: char| !c.is_alphanumeric()).collect();
    words.iter().all(|word| known.iter().any(|known| known.starts_with(word.as_str())))
}

fn tags(threads: Threads<'_>, entry: Entry<'_>) -> Vec<String> {
    let mut tags = vec![
        entry.kind().to_owned(),
        format!("author_{}", entry.item.by),
        format!("story_{}", threads.story(entry).id),
    ];
    let title = entry.item.title.as_deref().unwrap_or_default();
    for (prefix, tag) in [("Ask HN", "ask_hn"), ("Show HN", "show_hn")] {
        if title.starts_with(prefix) {
            tags.push(tag.to_owned());
        }
    }
    tags
}

/// `a,b` needs both, `(a,b)` either.
fn has_tags(threads: Threads<'_>, entry: Entry<'_>, asked: &str) -> bool {
    let tags = tags(threads, entry);
    let has = |tag: &str| tags.iter().any(|known| known == tag.trim());
    let mut rest = asked.trim();
    while !rest.is_empty() {
        let (fits, behind) = match rest.strip_prefix('(').and_then(|group| group.split_once(')')) {
            Some((group, behind)) => (group.split(',').any(has), behind),
            None => {
                let (tag, behind) = rest.split_once(',').unwrap_or((rest, ""));
                (has(tag), behind)
            }
        };
        if !fits {
            return false;
        }
        rest = behind.trim_start_matches([',', ' ']);
    }
    true
}

/// E.g. `created_at_i>1700000000`.
struct NumericFilter {
    field: Number,
    admits: Comparison,
    bound: i64,
}

type Comparison = fn(&i64, &i64) -> bool;

#[derive(Clone, Copy)]
enum Number {
    CreatedAt,
    Points,
    Comments,
}

impl NumericFilter {
    fn admits(&self, threads: Threads<'_>, entry: Entry<'_>) -> bool {
        let value = match self.field {
            Number::CreatedAt => entry.published.as_second(),
            Number::Points => i64::from(entry.item.points.unwrap_or_default()),
            Number::Comments => i64::try_from(threads.count_below(entry)).unwrap_or(i64::MAX),
        };
        (self.admits)(&value, &self.bound)
    }
}

fn numeric_filters(text: &str) -> Option<Vec<NumericFilter>> {
    text.split(',').map(str::trim).filter(|filter| !filter.is_empty()).map(numeric_filter).collect()
}

fn numeric_filter(text: &str) -> Option<NumericFilter> {
    const OPERATORS: [(&str, Comparison); 5] =
        [(">=", i64::ge), ("<=", i64::le), (">", i64::gt), ("<", i64::lt), ("=", i64::eq)];
    OPERATORS.iter().find_map(|(operator, admits)| {
        let (field, bound) = text.split_once(operator)?;
        let field = match field.trim() {
            "created_at_i" => Number::CreatedAt,
            "points" => Number::Points,
            "num_comments" => Number::Comments,
            _ => return None,
        };
        Some(NumericFilter { field, admits: *admits, bound: bound.trim().parse().ok()? })
    })
}
