//! What earlier visits read of each thread.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tidings_extract::thread::Topic;
use url::Url;

use crate::{Ctx, Result};

/// State: the threads that were read.
const STATE: &str = "threads";
/// Most threads that are remembered; those not visited for longest are forgotten first.
pub const MAX_THREADS: usize = 1_000;

/// What earlier visits read of each thread, by the address of the thread.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Memory {
    pub threads: BTreeMap<String, Visited>,
    /// The last visit saw more changed threads than it could read.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub unfinished: bool,
}

/// How far a thread was read.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Visited {
    /// The page that was read last.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub page: String,
    /// Posts that stand before that page.
    pub before: u32,
    /// More pages follow that were not read yet.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub pending: bool,
    /// As the list said it then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replies: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last: Option<Timestamp>,
    pub at: Timestamp,
}

/// What a list says of a thread, beside what is remembered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    New,
    Grown,
    /// The list does not say whether it grew.
    Unsaid,
    Same,
}

impl Change {
    pub fn is_new(self) -> bool {
        matches!(self, Self::New | Self::Grown)
    }

    pub fn worth_reading(self) -> bool {
        self != Self::Same
    }
}

impl Visited {
    pub fn of(topic: &Topic, at: Timestamp) -> Self {
        Self { replies: topic.replies, last: topic.last, at, ..Self::default() }
    }
}

impl Memory {
    /// # Errors
    ///
    /// `cancelled`, or a fault of the daemon.
    pub fn load(ctx: &mut Ctx) -> Result<Self> {
        Ok(ctx.get(STATE)?.unwrap_or_default())
    }

    /// # Errors
    ///
    /// `cancelled`, or a fault of the daemon.
    pub fn store(&self, ctx: &mut Ctx) -> Result<()> {
        ctx.set(STATE, self)
    }

    /// Whether a thread of a list is worth reading.
    pub fn change(&self, topic: &Topic) -> Change {
        let Some(known) = self.threads.get(&key(&topic.href)) else { return Change::New };
        if known.pending {
            return Change::Grown;
        }
        match (
            topic.last.is_some() || topic.replies.is_some(),
            known.last == topic.last,
            known.replies == topic.replies,
        ) {
            (false, ..) => Change::Unsaid,
            (true, true, true) => Change::Same,
            // A time told from the day of the visit, `2 hours ago`, moves a little each time.
            (true, false, true) if topic.replies.is_some() && close(known.last, topic.last) => Change::Same,
            _ => Change::Grown,
        }
    }

    /// Remembers a thread, and forgets the one not visited for longest where there are too many.
    pub fn put(&mut self, key: &str, visited: Visited) {
        self.threads.insert(key.to_owned(), visited);
        if MAX_THREADS < self.threads.len() {
            let oldest = self.threads.iter().min_by_key(|(_, visited)| visited.at).map(|(key, _)| key.clone());
            oldest.and_then(|key| self.threads.remove(&key));
        }
    }

    pub(super) fn note(&mut self, topic: &Topic, at: Timestamp) {
        self.put(&key(&topic.href), Visited::of(topic, at));
    }

    pub fn any_pending(&self) -> bool {
        self.threads.values().any(|visited| visited.pending)
    }
}

fn close(a: Option<Timestamp>, b: Option<Timestamp>) -> bool {
    const DAY: i64 = 86_400;
    a.zip(b).is_some_and(|(a, b)| (a.as_second() - b.as_second()).abs() < DAY)
}

/// The address by which a thread is remembered: without what names a session, a place on the page or a way there.
pub(crate) fn key(href: &str) -> String {
    const PASSING: [&str; 8] =
        ["sid", "s", "phpsessid", "hilit", "highlight", "utm_source", "utm_medium", "utm_campaign"];
    let Ok(mut url) = Url::parse(href) else { return href.to_owned() };
    url.set_fragment(None);
    let is_passing = |name: &str| PASSING.contains(&name.to_ascii_lowercase().as_str());
    if url.query_pairs().any(|(name, _)| is_passing(&name)) {
        let kept: Vec<(String, String)> = url
            .query_pairs()
            .filter(|(name, _)| !is_passing(name))
            .map(|(name, value)| (name.into_owned(), value.into_owned()))
            .collect();
        url.set_query(None);
        if !kept.is_empty() {
            url.query_pairs_mut().extend_pairs(kept);
        }
    }
    let trimmed =
        ["unread", "latest"].iter().find_map(|end| url.path().strip_suffix(end).filter(|path| path.ends_with('/')));
    if let Some(path) = trimmed.map(str::to_owned).filter(|path| path.contains("/threads/")) {
        url.set_path(&path);
    }
    url.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(href: &str, expected: &str) {
        assert_eq!(key(href), expected);
    }

    #[test]
    fn a_session_is_no_part_of_a_thread() {
        check("https://a.example/viewtopic.php?t=9&sid=abc#p3", "https://a.example/viewtopic.php?t=9");
        check("https://a.example/threads/x.9/unread", "https://a.example/threads/x.9/");
        check("https://a.example/t/x/9", "https://a.example/t/x/9");
        check("https://a.example/index.php?topic=9.0;all", "https://a.example/index.php?topic=9.0;all");
    }

    #[test]
    fn a_thread_that_did_not_grow_is_the_same() {
        let at = Timestamp::from_second(1_700_000_000).unwrap();
        let later = Timestamp::from_second(1_700_003_000).unwrap();
        let topic =
            Topic { href: "https://a.example/t/9".to_owned(), replies: Some(3), last: Some(at), ..Topic::default() };
        let mut memory = Memory::default();
        assert_eq!(memory.change(&topic), Change::New);
        memory.note(&topic, at);
        assert_eq!(memory.change(&topic), Change::Same);
        assert_eq!(memory.change(&Topic { last: Some(later), ..topic.clone() }), Change::Same);
        assert_eq!(memory.change(&Topic { replies: Some(4), last: Some(later), ..topic.clone() }), Change::Grown);
        assert_eq!(memory.change(&Topic { replies: None, last: None, ..topic }), Change::Unsaid);
    }

    #[test]
    fn the_thread_not_visited_for_longest_is_forgotten() {
        let mut memory = Memory::default();
        for second in 0..=MAX_THREADS {
            let at = Timestamp::from_second(i64::try_from(second).unwrap()).unwrap();
            memory.put(&format!("{second:05}"), Visited { at, ..Visited::default() });
        }
        assert_eq!(memory.threads.len(), MAX_THREADS);
        assert!(!memory.threads.contains_key("00000"));
    }
}
