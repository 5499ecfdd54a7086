//! Stories: findings that tell the same thing.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::finding::word_enum;
use crate::{FindingId, InvalidId};

/// Id of a story: `s_` and the 26 characters of its first finding's id.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct StoryId(String);

impl StoryId {
    /// The story that begins with `first`.
    pub fn of(first: &FindingId) -> Self {
        Self(format!("s_{}", &first.as_str()[2..]))
    }

    /// The finding that the story began with.
    pub fn first(&self) -> FindingId {
        format!("f_{}", &self.0[2..]).parse().expect("an id of a story is made of an id of a finding")
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for StoryId {
    type Error = InvalidId;

    fn try_from(value: String) -> Result<Self, InvalidId> {
        let first = value.strip_prefix("s_").map(|rest| format!("f_{rest}").parse::<FindingId>());
        match first {
            Some(Ok(_)) => Ok(Self(value)),
            _ => Err(InvalidId { what: "story id", value, rule: "s_ and 26 of a-z and 2-7" }),
        }
    }
}

impl FromStr for StoryId {
    type Err = InvalidId;

    fn from_str(value: &str) -> Result<Self, InvalidId> {
        Self::try_from(value.to_owned())
    }
}

impl From<StoryId> for String {
    fn from(id: StoryId) -> Self {
        id.0
    }
}

impl fmt::Display for StoryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The story that a finding belongs to. A finding that stands alone has none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoryRef {
    pub id: StoryId,
    /// Its members, as the store counts them now.
    pub size: u32,
    /// Whether this finding is its head now.
    pub head: bool,
}

word_enum!(
    /// Why a member is the head of its story: the first of these that sets it apart
    /// from all the others.
    HeadReason, "reason" {
        /// Others name its address as that of the original.
        Canonical = "canonical",
        /// All others name an original elsewhere.
        Original = "original",
        /// Only it has a whole text; the others have less than half of it.
        Whole = "whole",
        /// Of those with a whole text it was published first.
        PublishedFirst = "published_first",
        /// Published at the same time as others, or at no known one, it has the longest text.
        Longest = "longest",
        /// Nothing else sets it apart: Tidings saw it first.
        FoundFirst = "found_first",
    }
);

impl HeadReason {
    /// The same in a sentence.
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::Canonical => "other members name its address as the original's",
            Self::Original => "the other members name an original elsewhere",
            Self::Whole => "the other members have less than half of its text",
            Self::PublishedFirst => "of the members with a whole text it was published first",
            Self::Longest => "no member was published earlier, and it has the longest text",
            Self::FoundFirst => "nothing else sets the members apart, and it was found first",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn id_follows_from_the_first_finding() {
        let first = FindingId::new(&"voz".parse().unwrap(), "t/9");
        let story = StoryId::of(&first);
        assert_eq!(story.as_str(), "s_clm47lvtcmww34m2tqkwbomrni");
        assert_eq!(story.first(), first);
        assert_eq!(story.as_str().parse::<StoryId>().unwrap(), story);
    }

    #[test]
    fn other_ids_are_refused() {
        for id in ["", "s_", "s_4k2m", "f_clm47lvtcmww34m2tqkwbomrni", "s_CLM47LVTCMWW34M2TQKWBOMRNI"] {
            assert!(id.parse::<StoryId>().is_err(), "{id}");
        }
    }
}
