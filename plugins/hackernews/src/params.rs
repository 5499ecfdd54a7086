//! What a source of this plugin takes.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tidings_sdk::Result;

use crate::thread;

/// What a source of this plugin takes: a search, one of the site's lists, or a thread.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Params {
    /// Words to search for, all of them in an item; quotes keep words together. A list
    /// of such makes one search for each.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub query: Option<Queries>,
    /// What a search looks among.
    pub tags: Vec<Tag>,
    /// Fewest points of a post that a search takes. Comments show no points, so they are
    /// taken whatever this says.
    pub min_points: u32,
    /// Most pages, of 100 hits each, that one search or a thread reads in one run.
    #[schemars(range(min = 1, max = 10))]
    pub max_pages: u32,
    /// The list to read, instead of a search.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub feed: Option<List>,
    /// The comments of the listed posts, too: of each while it is on the list, and for three days after.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub follow: bool,
    /// The thread to follow, instead of a search: the number or the address of its post.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub item: Option<Item>,
    /// How many posts from the top of the list are looked at; each that is new takes a request.
    #[schemars(range(min = 1, max = 200))]
    pub max_items: usize,
    /// Where the search API lies, for a mirror.
    #[schemars(pattern("^https?://"))]
    pub algolia_url: String,
    /// Where the API of the lists lies, for a mirror.
    #[schemars(pattern("^https?://"))]
    pub base_url: String,
}

/// One search, or several.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Queries {
    One(String),
    Many(Vec<String>),
}

/// The post of a thread.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Item {
    Number(u64),
    Address(String),
}

/// A kind of item, as the search API names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Tag {
    Story,
    Comment,
    Poll,
    Job,
    AskHn,
    ShowHn,
}

/// A list of the site.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum List {
    Top,
    New,
    Best,
    Ask,
    Show,
    Job,
}

impl Default for Params {
    fn default() -> Self {
        Self {
            query: None,
            tags: vec![Tag::Story, Tag::Comment],
            min_points: 0,
            max_pages: 5,
            feed: None,
            follow: false,
            item: None,
            max_items: 30,
            algolia_url: "https://hn.algolia.com/api/v1".to_owned(),
            base_url: "https://hacker-news.firebaseio.com/v0".to_owned(),
        }
    }
}

impl Params {
    pub fn search(query: &str) -> Self {
        Self { query: Some(Queries::One(query.to_owned())), ..Self::default() }
    }

    pub fn list(list: List) -> Self {
        Self { feed: Some(list), ..Self::default() }
    }

    pub fn thread(item: u64) -> Self {
        Self { item: Some(Item::Number(item)), ..Self::default() }
    }
}

impl Queries {
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        let queries = match self {
            Self::One(query) => std::slice::from_ref(query),
            Self::Many(queries) => queries,
        };
        queries.iter().map(String::as_str)
    }
}

impl Item {
    /// # Errors
    ///
    /// When the address names no item.
    pub(crate) fn number(&self) -> Result<u64> {
        match self {
            Self::Number(number) => Ok(*number),
            Self::Address(text) => thread::number(text),
        }
    }
}

impl Tag {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Story => "story",
            Self::Comment => "comment",
            Self::Poll => "poll",
            Self::Job => "job",
            Self::AskHn => "ask_hn",
            Self::ShowHn => "show_hn",
        }
    }
}

impl List {
    /// Its file in the API.
    pub(crate) const fn file(self) -> &'static str {
        match self {
            Self::Top => "topstories.json",
            Self::New => "newstories.json",
            Self::Best => "beststories.json",
            Self::Ask => "askstories.json",
            Self::Show => "showstories.json",
            Self::Job => "jobstories.json",
        }
    }
}
