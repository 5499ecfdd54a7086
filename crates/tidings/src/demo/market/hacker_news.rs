//! A double of Hacker News: the search API of Algolia and the API of lists and items
//! of Firebase, at one address.

mod search;

use std::cmp::Reverse;
use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Json, Router, middleware};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use tidings_model::{Clock, Timestamp, Url};

use super::news::escape;
use super::shelf::{Ago, Arrivals, Placed, Served, Shelf, Shelved, conditional};

/// A story or a comment as its file has it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Item {
    /// Absent for what comes later.
    ago: Option<Ago>,
    key: String,
    /// Key of what a comment answers; absent for a story.
    parent: Option<String>,
    by: String,
    title: Option<String>,
    url: Option<Url>,
    points: Option<u32>,
    #[serde(default)]
    text: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    item: Vec<Item>,
}

#[derive(Debug)]
pub(super) struct HackerNews {
    shelf: Shelf<Item>,
}

impl Shelved for HackerNews {
    type Item = Item;

    fn shelf(&self) -> &Shelf<Item> {
        &self.shelf
    }
}

/// The first id, far beyond those of the real site; the others follow it in the order
/// in which they come.
const FIRST_ID: u64 = 990_000_001;

impl HackerNews {
    pub(super) fn new(arrivals: Arrivals) -> Self {
        let file: File =
            toml::from_str(include_str!("hackernews.toml")).expect("the market's own files are read by its tests");
        Self { shelf: Shelf::new(arrivals, file.item, |item| item.ago) }
    }

    fn at(&self, now: Timestamp) -> Threads<'_> {
        Threads { items: self.shelf.at(now) }
    }
}

/// What is there at a moment.
#[derive(Clone, Copy, Debug)]
struct Threads<'a> {
    items: &'a [Placed<Item>],
}

/// One item with its id.
#[derive(Clone, Copy, Debug)]
struct Entry<'a> {
    id: u64,
    published: Timestamp,
    item: &'a Item,
}

impl<'a> Threads<'a> {
    /// The oldest first.
    fn entries(self) -> impl DoubleEndedIterator<Item = Entry<'a>> {
        self.items.iter().enumerate().map(|(index, placed)| {
            let number = u64::try_from(index).expect("a shelf holds some dozens");
            Entry { id: FIRST_ID + number, published: placed.published, item: &placed.item }
        })
    }

    fn entry(self, id: u64) -> Option<Entry<'a>> {
        self.entries().find(|entry| entry.id == id)
    }

    fn children(self, of: Entry<'a>) -> Vec<Entry<'a>> {
        self.entries().filter(|entry| entry.item.parent.as_deref() == Some(&of.item.key)).collect()
    }

    fn parent(self, of: Entry<'a>) -> Option<Entry<'a>> {
        let key = of.item.parent.as_deref()?;
        self.entries().find(|entry| entry.item.key == key)
    }

    /// The story that `entry` belongs to, itself if it is one.
    fn story(self, entry: Entry<'a>) -> Entry<'a> {
        self.parent(entry).map_or(entry, |parent| self.story(parent))
    }

    fn count_below(self, entry: Entry<'a>) -> usize {
        self.children(entry).into_iter().map(|child| 1 + self.count_below(child)).sum()
    }

    /// As the item API gives it.
    fn item_json(self, entry: Entry<'a>) -> Value {
        let item = entry.item;
        let mut object = Map::new();
        object.insert("by".to_owned(), json!(item.by));
        object.insert("id".to_owned(), json!(entry.id));
        object.insert("time".to_owned(), json!(entry.published.as_second()));
        object.insert("type".to_owned(), json!(entry.kind()));
        let kids: Vec<u64> = self.children(entry).iter().map(|child| child.id).collect();
        if !kids.is_empty() {
            object.insert("kids".to_owned(), json!(kids));
        }
        if !item.text.is_empty() {
            object.insert("text".to_owned(), json!(item.html()));
        }
        match self.parent(entry) {
            Some(parent) => {
                object.insert("parent".to_owned(), json!(parent.id));
            }
            None => {
                object.insert("title".to_owned(), json!(item.title));
                object.insert("score".to_owned(), json!(item.points));
                object.insert("descendants".to_owned(), json!(self.count_below(entry)));
                if let Some(url) = &item.url {
                    object.insert("url".to_owned(), json!(url));
                }
            }
        }
        Value::Object(object)
    }
}

impl Entry<'_> {
    fn kind(self) -> &'static str {
        if self.item.parent.is_some() { "comment" } else { "story" }
    }
}

impl Item {
    /// Escaped, with a tag before each paragraph but the first, as that site writes it.
    fn html(&self) -> String {
        self.text.trim().split("\n\n").map(escape).collect::<Vec<_>>().join("<p>")
    }
}

pub(super) fn routes(clock: Arc<dyn Clock>, site: HackerNews) -> Router {
    let served = Arc::new(Served { clock, site });
    Router::new()
        .route("/api/v1/search_by_date", get(search::search_by_date))
        .route("/v0/{list}", get(list))
        .route("/v0/item/{file}", get(item))
        .layer(middleware::from_fn_with_state(Arc::clone(&served), conditional::<HackerNews>))
        .route("/robots.txt", get(robots))
        .with_state(served)
}

async fn robots() -> &'static str {
    "User-agent: *\nDisallow: /vote\n"
}

type Site = State<Arc<Served<HackerNews>>>;

/// `GET /v0/item/41000001.json`: `null` where there is no such item, as there.
async fn item(State(served): Site, Path(file): Path<String>) -> Json<Value> {
    let threads = served.site.at(served.clock.now());
    let id = file.strip_suffix(".json").and_then(|id| id.parse().ok());
    let entry = id.and_then(|id| threads.entry(id));
    Json(entry.map_or(Value::Null, |entry| threads.item_json(entry)))
}

/// `GET /v0/newstories.json` and its like: ids.
async fn list(State(served): Site, Path(file): Path<String>) -> Result<Json<Vec<u64>>, StatusCode> {
    let threads = served.site.at(served.clock.now());
    let mut stories: Vec<Entry<'_>> = threads.entries().rev().filter(|entry| entry.item.parent.is_none()).collect();
    let begins = |entry: &Entry<'_>, with| entry.item.title.as_deref().is_some_and(|title| title.starts_with(with));
    match file.as_str() {
        "newstories.json" => {}
        "topstories.json" | "beststories.json" => stories.sort_by_key(|entry| Reverse(entry.item.points)),
        "askstories.json" => stories.retain(|entry| begins(entry, "Ask HN")),
        "showstories.json" => stories.retain(|entry| begins(entry, "Show HN")),
        "jobstories.json" => stories.clear(),
        _ => return Err(StatusCode::NOT_FOUND),
    }
    Ok(Json(stories.iter().map(|entry| entry.id).collect()))
}
