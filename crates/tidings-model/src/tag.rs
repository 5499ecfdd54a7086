//! Tags and the words that caused them.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize, Serializer};
use smallvec::SmallVec;
use smol_str::SmolStr;

use crate::finding::word_enum;
use crate::{CompetitorId, Dimension, LabelId};

/// A label attached to a finding, with what caused it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Tag {
    pub dimension: Dimension,
    pub id: LabelId,
    /// The competitors it is said of.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub about: Vec<CompetitorId>,
    /// Never empty.
    pub evidence: EvidenceList,
}

/// A competitor (or our own brand, `self`) named in a finding.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CompetitorTag {
    pub id: CompetitorId,
    pub name: String,
    /// Absent for our own brand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tier: Option<Tier>,
    /// Never empty.
    pub evidence: EvidenceList,
}

/// What caused a tag: mostly one piece, which lies in its place.
pub type EvidenceList = SmallVec<[Evidence; 1]>;

/// The words that caused a tag or a match.
///
/// `start` and `end` count Unicode scalars of the field as stored, `end` exclusive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    pub field: Field,
    pub start: u32,
    pub end: u32,
    /// Most are short, and lie in their place.
    pub quote: SmolStr,
}

/// A field of a finding that evidence can lie in.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(try_from = "String")]
pub enum Field {
    Title,
    Text,
    Author,
    Url,
    ThreadTitle,
    /// `change.added[i]`
    ChangeAdded(u32),
    /// `attrs.x`
    Attr(String),
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Title => f.write_str("title"),
            Self::Text => f.write_str("text"),
            Self::Author => f.write_str("author"),
            Self::Url => f.write_str("url"),
            Self::ThreadTitle => f.write_str("thread.title"),
            Self::ChangeAdded(i) => write!(f, "change.added[{i}]"),
            Self::Attr(name) => write!(f, "attrs.{name}"),
        }
    }
}

/// A field name that the contract does not know.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no field that evidence can lie in")]
pub struct InvalidField(String);

impl FromStr for Field {
    type Err = InvalidField;

    fn from_str(name: &str) -> Result<Self, InvalidField> {
        let field = match name {
            "title" => Self::Title,
            "text" => Self::Text,
            "author" => Self::Author,
            "url" => Self::Url,
            "thread.title" => Self::ThreadTitle,
            _ => {
                let added = name.strip_prefix("change.added[").and_then(|rest| rest.strip_suffix(']'));
                if let Some(index) = added.and_then(|index| index.parse().ok()) {
                    Self::ChangeAdded(index)
                } else if let Some(attr) = name.strip_prefix("attrs.").filter(|attr| !attr.is_empty()) {
                    Self::Attr(attr.to_owned())
                } else {
                    return Err(InvalidField(name.to_owned()));
                }
            }
        };
        Ok(field)
    }
}

impl TryFrom<String> for Field {
    type Error = InvalidField;

    fn try_from(name: String) -> Result<Self, InvalidField> {
        name.parse()
    }
}

impl From<Field> for String {
    fn from(field: Field) -> String {
        field.to_string()
    }
}

impl Serialize for Field {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// How close a competitor is: 1 same customers with a like product; 2 same
/// industry, a substitute product; 3 may become one if it widens its range.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub enum Tier {
    One,
    Two,
    Three,
}

impl Tier {
    pub const ALL: &'static [Self] = &[Self::One, Self::Two, Self::Three];

    pub const fn number(self) -> u8 {
        match self {
            Self::One => 1,
            Self::Two => 2,
            Self::Three => 3,
        }
    }
}

impl From<Tier> for u8 {
    fn from(tier: Tier) -> u8 {
        tier.number()
    }
}

impl TryFrom<u8> for Tier {
    type Error = crate::UnknownWord;

    fn try_from(number: u8) -> Result<Self, crate::UnknownWord> {
        Self::ALL.iter().copied().find(|tier| tier.number() == number).ok_or_else(|| crate::UnknownWord {
            what: "tier",
            word: number.to_string(),
            expected: "1, 2, 3".to_owned(),
        })
    }
}

impl fmt::Display for Tier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.number().fmt(f)
    }
}

word_enum!(
    /// How much a finding matters, by the severity rules; in rising order.
    Severity, "severity" { Low = "low", Medium = "medium", High = "high", Critical = "critical" }
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn field_names_round_trip() {
        for name in ["title", "text", "author", "url", "thread.title", "change.added[3]", "attrs.stars"] {
            assert_eq!(name.parse::<Field>().unwrap().to_string(), name);
        }
        assert!("change.added[]".parse::<Field>().is_err());
        assert!("attrs.".parse::<Field>().is_err());
    }

    #[test]
    fn tier_is_a_number_in_json() {
        assert_eq!(serde_json::to_string(&Tier::Two).unwrap(), "2");
        assert!(serde_json::from_str::<Tier>("4").is_err());
    }
}
