//! What a delivery has to say, before it has words and a form.

use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use tidings_model::{AlertId, Evidence, Finding};
use url::Url;

use crate::{Cadence, Language};

/// One message, to whatever channel.
#[derive(Clone, Debug)]
pub(crate) enum Message {
    Digest(Box<Digest>),
    Notice(Notice),
}

/// What an alert has found since its last message.
#[derive(Clone, Debug)]
pub(crate) struct Digest {
    pub alert: AlertId,
    /// What people call it; the id where it has no name.
    pub name: String,
    /// The query in its canonical text, the alert's filters in it.
    pub query: String,
    pub cadence: Cadence,
    pub language: Language,
    /// For the times that are shown.
    pub zone: TimeZone,
    /// One for each story, severest first, the older pages last.
    pub entries: Vec<Entry>,
    /// How many more there were, left out by `volume = "best"`.
    pub left_out: usize,
    /// Where all that the alert has matched can be read, if Tidings knows its own address.
    pub link: Option<Url>,
    /// Sent by `alert test`: says so in subject and text.
    pub is_test: bool,
}

/// One finding of a digest, standing for its story.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub finding: Arc<Finding>,
    /// The words that made the query true, to be marked.
    pub evidence: Vec<Evidence>,
    /// Sources that tell the same story, beside this one.
    pub also_in: usize,
    /// Present where the alert's volume is `best`.
    pub score: Option<Score>,
    /// Its date lies before the alert's horizon: an old page, seen for the first time.
    pub is_old: bool,
    /// A later state of something that was sent before, or could have been.
    pub is_revision: bool,
}

/// How much a finding matters, 0 to 100, and what that is made of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Score {
    pub total: u32,
    /// What counted, e.g. `severity critical`, with its points.
    pub parts: Vec<(String, u32)>,
}

/// Something that the operator should know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Notice {
    /// e.g. `source voz is blocked`.
    pub subject: String,
    /// Whole sentences, one a line.
    pub lines: Vec<String>,
    pub language: Language,
}

/// What is written on the outside of a delivery.
#[derive(Clone, Debug)]
pub(crate) struct Envelope {
    /// The same in every try: makes the Message-ID and the idempotency key.
    pub delivery: String,
    /// When it became owed; the Date of a mail in every try.
    pub created: Timestamp,
}

/// A message in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Rendered {
    /// One line, without control characters.
    pub subject: String,
    pub text: String,
    /// A whole document, without scripts, remote pictures or anything else that a reader would fetch.
    pub html: String,
}
