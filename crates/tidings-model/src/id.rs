//! Names and ids: checked once at the edge, then carried by their type.

use std::fmt;

use serde::{Deserialize, Serialize, Serializer};
use sha2::{Digest, Sha256};
use smol_str::SmolStr;

/// A name that breaks the rule of its type.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{value}` is no {what}: it takes {rule}")]
pub struct InvalidId {
    pub what: &'static str,
    pub value: String,
    pub rule: &'static str,
}

// Every tag of every finding has a few names, so a short one lies in its place.
macro_rules! name_type {
    ($(#[$doc:meta])* $name:ident, $what:literal, $rule:literal, $is_valid:expr) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
        #[serde(try_from = "String")]
        pub struct $name(SmolStr);

        impl $name {
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidId;

            fn try_from(value: String) -> Result<Self, InvalidId> {
                let is_valid: fn(&str) -> bool = $is_valid;
                if is_valid(&value) {
                    Ok(Self(value.into()))
                } else {
                    Err(InvalidId { what: $what, value, rule: $rule })
                }
            }
        }

        impl std::str::FromStr for $name {
            type Err = InvalidId;

            fn from_str(value: &str) -> Result<Self, InvalidId> {
                Self::try_from(value.to_owned())
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> String {
                name.as_str().to_owned()
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }
    };
}

/// 1 to 64 bytes of `a-z`, `0-9`, and the further bytes named.
fn is_slug(value: &str, further: &[u8]) -> bool {
    let is_slug_byte = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || further.contains(&b);
    !value.is_empty() && value.len() <= 64 && value.bytes().all(is_slug_byte)
}

name_type!(
    /// Name of a configured source, e.g. `acme-blog`: 1 to 64 of `a-z`, `0-9`, `-`.
    SourceId, "source id", "1 to 64 of a-z, 0-9 and -", |value| is_slug(value, b"-")
);
name_type!(
    /// Name of a plugin, e.g. `hackernews`: `[a-z][a-z0-9-]{1,40}`.
    PluginId, "plugin id", "a letter, then 1 to 40 of a-z, 0-9 and -",
    |value| is_slug(value, b"-") && (2..=41).contains(&value.len()) && value.as_bytes()[0].is_ascii_lowercase()
);
name_type!(
    /// Name of a competitor, e.g. `acme`; `self` is our own brand.
    CompetitorId, "competitor id", "1 to 64 of a-z, 0-9, - and _", |value| is_slug(value, b"-_")
);
name_type!(
    /// A kind of label, e.g. `pain`.
    Dimension, "dimension", "1 to 64 of a-z, 0-9, - and _", |value| is_slug(value, b"-_")
);
name_type!(
    /// A label inside its dimension, e.g. `price`.
    LabelId, "label id", "1 to 64 of a-z, 0-9, - and _", |value| is_slug(value, b"-_")
);
name_type!(
    /// Primary language subtag in lower case, e.g. `vi`.
    Lang, "language", "2 or 3 letters a-z, as in ISO 639",
    |value| (2..=3).contains(&value.len()) && value.bytes().all(|b| b.is_ascii_lowercase())
);
name_type!(
    /// Name of an alert, e.g. `price-pain-tier1`: 1 to 64 of `a-z`, `0-9`, `-`, `_`.
    AlertId, "alert id", "1 to 64 of a-z, 0-9, - and _", |value| is_slug(value, b"-_")
);
name_type!(
    /// Id of a finding: `f_` and 26 characters.
    FindingId, "finding id", "f_ and 26 of a-z and 2-7",
    |value| value.len() == 28 && value.starts_with("f_")
        && value.bytes().skip(2).all(|b| BASE32.contains(&b))
);

impl CompetitorId {
    /// What stands for our own brand.
    pub const OWN: &'static str = "self";

    /// The id of our own brand, `self`.
    pub fn own() -> Self {
        Self(Self::OWN.into())
    }
}

impl Lang {
    /// The primary subtag of a BCP 47 tag such as `vi-VN` or `en_us`; `None` when there is none.
    pub fn from_tag(tag: &str) -> Option<Self> {
        let primary = tag.trim().split(['-', '_']).next()?.to_ascii_lowercase();
        Self::try_from(primary).ok()
    }
}

const BASE32: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

impl FindingId {
    /// The id of what `source` calls `key`.
    ///
    /// A pure function, frozen: the first 16 bytes of SHA-256 over source, a zero
    /// byte, and key, in base 32. `source` is the id under which the source was
    /// first configured (`renamed_from` keeps it), `key` the plugin's own key or
    /// the [`url_key`](crate::url_key()) of the canonical URL.
    pub fn new(source: &SourceId, key: &str) -> Self {
        let mut hasher = Sha256::new();
        hasher.update(source.as_str().as_bytes());
        hasher.update([0]);
        hasher.update(key.as_bytes());
        let hash = hasher.finalize();
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&hash[..16]);
        Self::from_bytes(bytes)
    }

    /// The id of these 16 bytes, as a store keeps them.
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        let mut bits = 0_u32;
        let mut held = 0_u32;
        let mut id = String::with_capacity(28);
        id.push_str("f_");
        for byte in bytes {
            bits = (bits << 8) | u32::from(byte);
            held += 8;
            while 5 <= held {
                held -= 5;
                id.push(char::from(BASE32[(bits >> held) as usize & 31]));
            }
        }
        id.push(char::from(BASE32[(bits << (5 - held)) as usize & 31]));
        Self(id.into())
    }

    /// Inverse of [`FindingId::from_bytes`]; `None` for an id that no bytes give:
    /// the last character carries three bits only.
    pub fn to_bytes(&self) -> Option<[u8; 16]> {
        let mut bytes = [0; 16];
        let mut at = 0;
        let mut bits = 0_u32;
        let mut held = 0_u32;
        for letter in self.0.bytes().skip(2) {
            let value = if letter.is_ascii_digit() { letter - b'2' + 26 } else { letter - b'a' };
            bits = (bits << 5) | u32::from(value);
            held += 5;
            if 8 <= held {
                held -= 8;
                bytes[at] = (bits >> held) as u8;
                at += 1;
            }
        }
        (bits & 3 == 0).then_some(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finding_id_is_frozen() {
        let id = FindingId::new(&"voz".parse().unwrap(), "t/9");
        assert_eq!(id.as_str(), "f_clm47lvtcmww34m2tqkwbomrni");
        assert_eq!(id.as_str().parse::<FindingId>().unwrap(), id);
    }

    #[test]
    fn finding_id_round_trips_through_bytes() {
        let id = FindingId::new(&"voz".parse().unwrap(), "t/9");
        assert_eq!(FindingId::from_bytes(id.to_bytes().unwrap()), id);
        assert_eq!(FindingId::from_bytes([0xff; 16]).to_bytes(), Some([0xff; 16]));
        let no_hash: FindingId = "f_aaaaaaaaaaaaaaaaaaaaaaaaab".parse().unwrap();
        assert_eq!(no_hash.to_bytes(), None);
    }

    #[test]
    fn source_and_key_are_kept_apart() {
        let one = FindingId::new(&"ab".parse().unwrap(), "c");
        let two = FindingId::new(&"a".parse().unwrap(), "bc");
        assert_ne!(one, two);
    }

    #[test]
    fn names_are_checked() {
        for bad in ["", "A", "a b", "a_b", "ü", &"a".repeat(65)] {
            assert!(bad.parse::<SourceId>().is_err(), "{bad}");
        }
        assert!("acme-blog-2".parse::<SourceId>().is_ok());
        assert!("9x".parse::<PluginId>().is_err());
        assert!("quality_bugs".parse::<LabelId>().is_ok());
    }

    #[test]
    fn language_is_the_primary_subtag() {
        assert_eq!(Lang::from_tag("vi-VN").unwrap().as_str(), "vi");
        assert_eq!(Lang::from_tag("EN_us").unwrap().as_str(), "en");
        assert_eq!(Lang::from_tag(""), None);
    }
}
