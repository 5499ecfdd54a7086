//! Sizes as the configuration writes them: a number and its unit, e.g. `10 MiB`.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A number of bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ByteSize(u64);

/// A text that is no size.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{value}` is no size: write a whole number and its unit (B, kB, KiB, MB, MiB, GB, GiB), as in \"10 MiB\"")]
pub struct InvalidByteSize {
    pub value: String,
}

/// The binary units stand first and largest first, as a size is written with them.
const UNITS: [(&str, u64); 9] = [
    ("GiB", 1 << 30),
    ("MiB", 1 << 20),
    ("KiB", 1 << 10),
    ("B", 1),
    ("GB", 1_000_000_000),
    ("MB", 1_000_000),
    ("kB", 1_000),
    ("KB", 1_000),
    ("b", 1),
];

impl ByteSize {
    pub const fn bytes(bytes: u64) -> Self {
        Self(bytes)
    }

    pub const fn kib(kib: u32) -> Self {
        Self((kib as u64) << 10)
    }

    pub const fn mib(mib: u32) -> Self {
        Self((mib as u64) << 20)
    }

    pub const fn as_u64(self) -> u64 {
        self.0
    }

    /// As a length in memory; what does not fit is [`usize::MAX`].
    pub fn as_usize(self) -> usize {
        usize::try_from(self.0).unwrap_or(usize::MAX)
    }
}

impl FromStr for ByteSize {
    type Err = InvalidByteSize;

    fn from_str(text: &str) -> Result<Self, InvalidByteSize> {
        let invalid = || InvalidByteSize { value: text.to_owned() };
        let trimmed = text.trim();
        let digits = trimmed.find(|c: char| !c.is_ascii_digit()).ok_or_else(invalid)?;
        let number: u64 = trimmed[..digits].parse().map_err(|_| invalid())?;
        let unit = trimmed[digits..].trim_start();
        let (_, factor) = UNITS.iter().find(|(name, _)| *name == unit).ok_or_else(invalid)?;
        number.checked_mul(*factor).map(Self).ok_or_else(invalid)
    }
}

impl TryFrom<String> for ByteSize {
    type Error = InvalidByteSize;

    fn try_from(text: String) -> Result<Self, InvalidByteSize> {
        text.parse()
    }
}

impl From<ByteSize> for String {
    fn from(size: ByteSize) -> Self {
        size.to_string()
    }
}

impl fmt::Display for ByteSize {
    /// With the largest binary unit that divides it: `10 MiB`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (unit, factor) = UNITS
            .into_iter()
            .find(|(_, factor)| *factor <= self.0 && self.0.is_multiple_of(*factor))
            .unwrap_or(("B", 1));
        write!(f, "{} {unit}", self.0 / factor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, bytes: u64, written: &str) {
        let size: ByteSize = text.parse().unwrap();
        assert_eq!(size.as_u64(), bytes);
        assert_eq!(size.to_string(), written);
        assert_eq!(written.parse::<ByteSize>().unwrap(), size);
    }

    #[test]
    fn reads_numbers_with_units() {
        check("10 MiB", 10 << 20, "10 MiB");
        check("512KiB", 512 << 10, "512 KiB");
        check("1 GB", 1_000_000_000, "1000000000 B");
        check("3 kB", 3_000, "3000 B");
        check("1536 MiB", 1536 << 20, "1536 MiB");
        check("0 B", 0, "0 B");
    }

    #[test]
    fn refuses_what_has_no_unit_or_is_out_of_range() {
        for bad in ["", "10", "MiB", "-1 B", "1.5 MiB", "10 Mib", "10 MiB x", "99999999999 GiB"] {
            assert_eq!(bad.parse::<ByteSize>().unwrap_err().value, bad);
        }
    }
}
