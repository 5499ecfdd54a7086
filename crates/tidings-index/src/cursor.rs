//! Where the next page begins, as an opaque text.
//!
//! A cursor of a date sort names the last finding it gave (date, then id), which
//! stays where it is for ever. Any other order shifts with each commit, so its
//! cursor also names the state of the index that it is good for.

use tidings_model::Timestamp;
use xxhash_rust::xxh3::xxh3_64;

use crate::{SearchError, Sort};

const VERSION: u8 = 2;

/// Place of a hit in the order of its search; greater comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Rank {
    pub(crate) major: u64,
    pub(crate) id: u128,
}

/// The state of the index that a search began with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Pinned {
    /// Which opening of the index.
    pub(crate) instance: i64,
    pub(crate) generation: u64,
    pub(crate) began: Timestamp,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cursor {
    /// Hash of query, filters and order.
    pub(crate) fingerprint: u64,
    pub(crate) relaxed: bool,
    /// When the first page was asked for; relative times count from here.
    pub(crate) asked: Timestamp,
    pub(crate) after: Rank,
    /// `None` for a date sort.
    pub(crate) pinned: Option<Pinned>,
}

/// Whether pages of this order need the state that the first one saw.
pub(crate) fn is_pinned(sort: Sort) -> bool {
    match sort {
        Sort::Newest | Sort::Oldest => false,
        Sort::Relevance | Sort::Engagement => true,
    }
}

impl Cursor {
    pub(crate) fn write(&self) -> String {
        let mut bytes = vec![VERSION, u8::from(self.relaxed)];
        bytes.extend(self.fingerprint.to_be_bytes());
        bytes.extend(self.asked.as_microsecond().to_be_bytes());
        bytes.extend(self.after.major.to_be_bytes());
        bytes.extend(self.after.id.to_be_bytes());
        if let Some(pinned) = self.pinned {
            bytes.extend(pinned.instance.to_be_bytes());
            bytes.extend(pinned.generation.to_be_bytes());
            bytes.extend(pinned.began.as_microsecond().to_be_bytes());
        }
        bytes.extend(&check_bytes(&bytes));
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    pub(crate) fn read(text: &str) -> Result<Self, SearchError> {
        Self::parse(text).ok_or(SearchError::BadCursor)
    }

    fn parse(text: &str) -> Option<Self> {
        // Two letters a byte, and no more of them than the longest cursor has.
        if !text.is_ascii() || !text.len().is_multiple_of(2) || 200 < text.len() {
            return None;
        }
        let byte = |start: usize| u8::from_str_radix(text.get(start..start + 2)?, 16).ok();
        let bytes: Vec<u8> = (0..text.len()).step_by(2).map(byte).collect::<Option<_>>()?;
        let (body, check) = bytes.split_at_checked(bytes.len().checked_sub(4)?)?;
        if check != check_bytes(body) {
            return None;
        }
        let mut rest = body;
        let [VERSION, relaxed @ 0..=1] = take(&mut rest)? else {
            return None;
        };
        let fingerprint = u64::from_be_bytes(take(&mut rest)?);
        let asked = Timestamp::from_microsecond(i64::from_be_bytes(take(&mut rest)?)).ok()?;
        let after = Rank { major: u64::from_be_bytes(take(&mut rest)?), id: u128::from_be_bytes(take(&mut rest)?) };
        let pinned = if rest.is_empty() {
            None
        } else {
            Some(Pinned {
                instance: i64::from_be_bytes(take(&mut rest)?),
                generation: u64::from_be_bytes(take(&mut rest)?),
                began: Timestamp::from_microsecond(i64::from_be_bytes(take(&mut rest)?)).ok()?,
            })
        };
        rest.is_empty().then_some(Self { fingerprint, relaxed: relaxed == 1, asked, after, pinned })
    }
}

fn check_bytes(body: &[u8]) -> [u8; 4] {
    (xxh3_64(body) as u32).to_be_bytes()
}

fn take<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (head, tail) = rest.split_first_chunk()?;
    *rest = tail;
    Some(*head)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cursor(pinned: Option<Pinned>) -> Cursor {
        let asked = "2026-11-22T00:00:00.000002Z".parse().unwrap();
        Cursor { fingerprint: 7, relaxed: true, asked, after: Rank { major: u64::MAX, id: 1 << 100 }, pinned }
    }

    #[test]
    fn round_trips() {
        let pinned = Pinned { instance: -3, generation: 9, began: "2026-11-22T00:00:00.000001Z".parse().unwrap() };
        for cursor in [cursor(None), cursor(Some(pinned))] {
            assert_eq!(Cursor::read(&cursor.write()).unwrap(), cursor);
        }
    }

    #[test]
    fn anything_else_is_refused() {
        let good = cursor(None).write();
        let mut flipped = good.clone().into_bytes();
        flipped[9] ^= 1;
        let flipped = String::from_utf8(flipped).unwrap();
        for text in
            ["", "x", "zz", "00", "é", "+1+1+1+1+1", &good[2..], &flipped, &format!("{good}00"), &"0".repeat(999)]
        {
            assert!(matches!(Cursor::read(text), Err(SearchError::BadCursor)), "{text}");
        }
    }
}
