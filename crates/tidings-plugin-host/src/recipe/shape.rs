//! The tables of a recipe, as they are written.

use std::collections::BTreeMap;

use serde::de::value::MapAccessDeserializer;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};
use tidings_protocol::PluginKind;
use tidings_sdk::FindingKind;
use toml::Spanned;

/// A whole recipe.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Shape {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) kind: PluginKind,
    #[serde(default = "first_version")]
    pub(super) version: String,
    #[serde(default)]
    pub(super) summary: String,
    pub(super) homepage: Option<String>,
    pub(super) license: Option<String>,
    #[serde(default)]
    pub(super) maintainers: Vec<String>,
    pub(super) every: Option<String>,
    pub(super) jitter: Option<String>,
    pub(super) hosts: Vec<String>,
    pub(super) max_requests: Option<u32>,
    #[serde(default)]
    pub(super) params: BTreeMap<String, Param>,
    pub(super) fetch: Fetch,
    pub(super) list: Spanned<List>,
    #[serde(default)]
    pub(super) item: Item,
    #[serde(default)]
    pub(super) expect: Expect,
    #[serde(default, rename = "example")]
    pub(super) examples: Vec<Example>,
}

fn first_version() -> String {
    "0.1.0".to_owned()
}

/// One param; a required one has neither default nor `optional`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Param {
    #[serde(rename = "type")]
    pub(super) type_: ParamType,
    pub(super) description: Option<String>,
    pub(super) default: Option<Value>,
    #[serde(rename = "enum")]
    pub(super) words: Option<Vec<Value>>,
    pub(super) minimum: Option<i64>,
    pub(super) maximum: Option<i64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum ParamType {
    String,
    Integer,
    Boolean,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Fetch {
    pub(super) url: Spanned<String>,
    pub(super) pages: Option<Spanned<Pages>>,
    #[serde(default)]
    pub(super) headers: BTreeMap<String, String>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Pages {
    #[serde(default = "one")]
    pub(super) from: u32,
    pub(super) to: u32,
    #[serde(default)]
    pub(super) stop: Stop,
}

fn one() -> u32 {
    1
}

/// When the pages end before the last; one without items always is the last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Stop {
    #[default]
    PageWithoutNew,
    PageWithoutItems,
}

/// Where the items stand; one of the four.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct List {
    pub(super) items: Option<Spanned<String>>,
    pub(super) json: Option<Spanned<String>>,
    /// Types of schema.org.
    pub(super) json_ld: Option<Spanned<Vec<String>>>,
    #[serde(default)]
    pub(super) feed: bool,
}

impl List {
    /// What an error names as the place of the items.
    pub(super) fn place(&self) -> String {
        let Self { items, json, json_ld, .. } = self;
        let types = json_ld.as_ref().map(|types| format!("JSON-LD {}", types.get_ref().join(", ")));
        let place = items.as_ref().or(json.as_ref()).map(|place| place.get_ref().clone());
        place.or(types).unwrap_or_else(|| "feed".to_owned())
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Item {
    pub(super) title: Option<Spanned<Pick>>,
    pub(super) url: Option<Spanned<Pick>>,
    pub(super) canonical_url: Option<Spanned<Pick>>,
    pub(super) text: Option<Spanned<Pick>>,
    pub(super) author: Option<Spanned<Pick>>,
    pub(super) published: Option<Spanned<Pick>>,
    pub(super) updated: Option<Spanned<Pick>>,
    pub(super) lang: Option<Spanned<Pick>>,
    pub(super) key: Option<Spanned<Pick>>,
    pub(super) hints: Option<Spanned<Pick>>,
    pub(super) score: Option<Spanned<Pick>>,
    pub(super) replies: Option<Spanned<Pick>>,
    pub(super) views: Option<Spanned<Pick>>,
    pub(super) kind: Option<FindingKind>,
    #[serde(default)]
    pub(super) attrs: BTreeMap<String, Spanned<Pick>>,
    /// Pairs of an expression and what takes its place, by field.
    #[serde(default)]
    pub(super) replace: BTreeMap<String, Spanned<Replace>>,
    pub(super) detail: Option<Spanned<Detail>>,
}

/// `["from", "to"]`, or several of them.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged, expecting = "expected a pair `[\"expression\", \"replacement\"]`, or a list of pairs")]
pub(super) enum Replace {
    One([String; 2]),
    Many(Vec<[String; 2]>),
}

impl Replace {
    pub(super) fn pairs(&self) -> &[[String; 2]] {
        match self {
            Self::One(pair) => std::slice::from_ref(pair),
            Self::Many(pairs) => pairs,
        }
    }
}

/// How one field is read out of an item.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct PickTable {
    css: Option<String>,
    attr: Option<String>,
    json: Option<String>,
    regex: Option<String>,
    #[serde(rename = "const")]
    constant: Option<String>,
    #[serde(default)]
    all: bool,
    #[serde(default)]
    html: bool,
}

/// How one field is read out of an item: a plain string is a selector, or in a JSON list a pointer.
#[derive(Clone, Debug, Default)]
pub(super) struct Pick {
    /// Not said whether it is a selector or a pointer.
    pub(super) plain: Option<String>,
    pub(super) css: Option<String>,
    pub(super) attr: Option<String>,
    pub(super) json: Option<String>,
    pub(super) regex: Option<String>,
    pub(super) constant: Option<String>,
    pub(super) all: bool,
    pub(super) html: bool,
}

impl<'de> Deserialize<'de> for Pick {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(PickVisitor)
    }
}

struct PickVisitor;

impl<'de> Visitor<'de> for PickVisitor {
    type Value = Pick;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a selector or pointer, or a table with `css`, `attr`, `json`, `regex`, `const`, `all`, `html`")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Pick, E> {
        Ok(Pick { plain: Some(text.to_owned()), ..Pick::default() })
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Pick, A::Error> {
        let PickTable { css, attr, json, regex, constant, all, html } =
            PickTable::deserialize(MapAccessDeserializer::new(map))?;
        Ok(Pick { plain: None, css, attr, json, regex, constant, all, html })
    }
}

/// The page behind an item, for its text.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Detail {
    pub(super) content: Spanned<String>,
    #[serde(default)]
    pub(super) remove: Vec<Spanned<String>>,
    #[serde(default)]
    pub(super) only_if: OnlyIf,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum OnlyIf {
    /// What earlier runs brought is passed over.
    #[default]
    New,
    Always,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Expect {
    /// Least items of a visit, old and new; 0 says that none is no fault.
    pub(super) min_items: Option<usize>,
    /// Fields without which an item is skipped.
    #[serde(default)]
    pub(super) required: Vec<Spanned<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Example {
    pub(super) title: String,
    #[serde(default)]
    pub(super) params: Map<String, Value>,
}
