//! Stored states of watched pages.

use jiff::Timestamp;
use serde_json::Value;
use tidings_protocol as wire;

/// Longest part of a text that one message carries, in bytes: even if JSON wrote six
/// bytes for each of them it would fit into a line.
pub(crate) const PART: usize = 160 << 10;

/// A stored state of a watched page.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Snapshot {
    pub text: String,
    /// What the plugin read off the page, e.g. its prices; `null` when nothing.
    pub facts: Value,
    /// When it was stored; `None` before that.
    pub taken: Option<Timestamp>,
    pub(crate) id: Option<SnapshotId>,
}

/// What a finding's `change.before` and `change.after` name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SnapshotId(pub(crate) String);

impl Snapshot {
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), ..Self::default() }
    }

    pub fn facts(mut self, facts: Value) -> Self {
        self.facts = facts;
        self
    }

    /// `None` before it is stored.
    pub fn id(&self) -> Option<&SnapshotId> {
        self.id.as_ref()
    }
}

impl SnapshotId {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for SnapshotId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<wire::Snapshot> for Snapshot {
    fn from(snapshot: wire::Snapshot) -> Self {
        let id = Some(SnapshotId(snapshot.id));
        Self { text: snapshot.text, facts: snapshot.facts, taken: snapshot.taken, id }
    }
}

/// `text` in parts of at most `size` bytes, cut between letters; one empty part for none.
pub(crate) fn parts(text: &str, size: usize) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        let (part, left) = text.split_at(text.floor_char_boundary(size));
        rest = Some(left).filter(|left| !left.is_empty());
        Some(part)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_cut_between_letters() {
        assert_eq!(parts("aếb", 3).collect::<Vec<_>>(), ["a", "ế", "b"]);
        assert_eq!(parts("abcd", 2).collect::<Vec<_>>(), ["ab", "cd"]);
        assert_eq!(parts("", 2).collect::<Vec<_>>(), [""]);
    }
}
