//! What people bring from elsewhere: their Google Alerts, their list of feeds.
//!
//! Pure functions over text. Nothing is dropped silently: what cannot be taken over is
//! listed with its line and the reason.

pub mod google_alerts;
pub mod opml;

mod slug;
mod source;

use std::collections::BTreeSet;
use std::fmt;

use serde::Serialize;

pub use source::SourceBlock;

/// What a text held.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Import<T> {
    pub items: Vec<T>,
    pub skipped: Vec<Skipped>,
}

/// An alert, and the source that is offered with it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Imported {
    pub alert: crate::Alert,
    /// Brings in what the alert looks for; one may have others already that do.
    pub source: SourceBlock,
    /// What is not quite as it was, in whole sentences.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

/// What was not taken over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Skipped {
    /// Of the text, from 1. In JSON, the place in the list of alerts instead, from 1 as well.
    pub line: usize,
    /// The beginning of what stands there.
    pub what: String,
    pub reason: String,
}

impl fmt::Display for Skipped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: `{}`: {}", self.line, self.what, self.reason)
    }
}

/// Why a text as a whole cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    #[error("this begins like JSON, but is none")]
    Json(#[source] serde_json::Error),
    #[error("this is no OPML: line {line} cannot be read")]
    Xml { line: usize, source: quick_xml::Error },
    #[error("this is no OPML: it has no `outline`")]
    NoOutline,
    #[error("there is nothing in it: expected feeds of Google Alerts, the JSON of Google Takeout, or one query a line")]
    Empty,
}

/// Ids given so far.
#[derive(Default)]
struct Ids {
    taken: BTreeSet<String>,
}

impl Ids {
    /// `prefix` and the words of `text`, with a number behind them where that is taken.
    fn give(&mut self, prefix: &str, text: &str, fallback: &str) -> String {
        let words = slug::slug(text);
        let words = if words.is_empty() { fallback.to_owned() } else { words };
        let first = format!("{prefix}{words}");
        let numbered = (2..).map(|number| format!("{first}-{number}"));
        let id = std::iter::once(first.clone()).chain(numbered).find(|id| !self.taken.contains(id));
        let id = id.expect("numbers do not end");
        self.taken.insert(id.clone());
        id
    }
}
