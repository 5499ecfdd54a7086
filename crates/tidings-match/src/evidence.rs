//! From hits to evidence: one field at a time, bounded, with the words quoted.

use tidings_model::{Evidence, EvidenceList, Field, Url};

use crate::phrases::Hit;

/// Most pieces of evidence that a tag keeps: the first of them, field by field.
pub const MAX_EVIDENCE: usize = 16;

/// Longest evidence in Unicode scalars; words that stand farther apart are not side by side.
pub const MAX_SPAN: u32 = 512;

impl Hit {
    /// The words of the hit, which lies in `text`, that field of a finding.
    pub(crate) fn evidence(&self, field: &Field, text: &str) -> Evidence {
        let quote = text[self.start_byte as usize..self.end_byte as usize].into();
        Evidence { field: field.clone(), start: self.start, end: self.end, quote }
    }
}

/// Puts hits in order and takes out those that lie inside another of the same target, or
/// are longer than [`MAX_SPAN`].
pub(crate) fn keep_outermost(hits: &mut Vec<Hit>) {
    hits.retain(|hit| hit.end - hit.start <= MAX_SPAN);
    // One number is compared at once: the target, where it begins, and the later end first.
    hits.sort_unstable_by_key(|hit| u128::from(hit.target) << 64 | u128::from(hit.start) << 32 | u128::from(!hit.end));
    let mut last: Option<Hit> = None;
    hits.retain(|hit| {
        let is_inside = last.is_some_and(|last| last.target == hit.target && hit.end <= last.end);
        if !is_inside {
            last = Some(*hit);
        }
        !is_inside
    });
}

/// The host of an address.
pub(crate) fn host_evidence(url: &Url) -> Option<Evidence> {
    url.host_str()?;
    // A serialised URL is ASCII, so its bytes are its scalars.
    let before = url[..url::Position::BeforeHost].len();
    let host = &url[url::Position::BeforeHost..url::Position::AfterHost];
    let scalars = |bytes| u32::try_from(bytes).unwrap_or(u32::MAX);
    Some(Evidence { field: Field::Url, start: scalars(before), end: scalars(before + host.len()), quote: host.into() })
}

/// All evidence of one tag in the order of its fields, without what lies inside other
/// evidence, and no more than [`MAX_EVIDENCE`] pieces.
pub(crate) fn merge(mut evidence: EvidenceList) -> EvidenceList {
    evidence.sort_by(|one, other| {
        let key = |evidence: &Evidence| (evidence.start, std::cmp::Reverse(evidence.end));
        one.field.cmp(&other.field).then(key(one).cmp(&key(other)))
    });
    let mut merged = EvidenceList::with_capacity(evidence.len().min(MAX_EVIDENCE));
    for one in evidence {
        let is_inside = merged.last().is_some_and(|last| last.field == one.field && one.end <= last.end);
        if !is_inside && merged.len() < MAX_EVIDENCE {
            merged.push(one);
        }
    }
    merged
}

/// Finds the bytes behind scalar offsets of one text.
pub(crate) struct Scalars<'t> {
    text: &'t str,
    /// How many scalars begin before every [`STEP`]th byte; empty where byte and scalar are one.
    before: Vec<u32>,
}

const STEP: usize = 64;

/// Whether a scalar begins with this byte.
const fn begins(byte: u8) -> bool {
    byte & 0xc0 != 0x80
}

impl<'t> Scalars<'t> {
    pub(crate) fn new(text: &'t str) -> Self {
        let mut before = Vec::new();
        if !text.is_ascii() {
            let mut count = 0;
            before.reserve_exact(text.len().div_ceil(STEP));
            for bytes in text.as_bytes().chunks(STEP) {
                before.push(count);
                count += bytes.iter().map(|byte| u32::from(begins(*byte))).sum::<u32>();
            }
        }
        Self { text, before }
    }

    /// The byte at which scalar number `scalar` begins; the end of the text for one beyond.
    pub(crate) fn byte(&self, scalar: u32) -> usize {
        if self.before.is_empty() {
            return self.text.len().min(scalar as usize);
        }
        let step = self.before.partition_point(|before| *before <= scalar) - 1;
        let (from, left) = (step * STEP, scalar - self.before[step]);
        let mut scalars = self.text.as_bytes()[from..].iter().enumerate().filter(|(_, byte)| begins(**byte));
        scalars.nth(left as usize).map_or(self.text.len(), |(at, _)| from + at)
    }

    pub(crate) fn evidence(&self, field: &Field, start: u32, end: u32) -> Evidence {
        let quote = self.text[self.byte(start)..self.byte(end)].into();
        Evidence { field: field.clone(), start, end, quote }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_of_scalars_are_found() {
        let text = "đắt ".repeat(100);
        let scalars = Scalars::new(&text);
        for (scalar, (byte, _)) in text.char_indices().enumerate() {
            assert_eq!(scalars.byte(scalar as u32), byte);
        }
        assert_eq!(scalars.byte(400), text.len());
        assert_eq!(Scalars::new("abc").byte(3), 3);
    }

    #[test]
    fn hits_inside_another_of_the_same_target_go() {
        let (start_byte, end_byte, negated, asks) = (0, 0, false, false);
        let hit = |target, start, end| Hit { target, start, end, start_byte, end_byte, negated, asks };
        let mut hits =
            vec![hit(0, 5, 9), hit(0, 0, 9), hit(1, 5, 9), hit(0, 5, 12), hit(0, 0, 4), hit(0, 20, 20 + MAX_SPAN + 1)];
        keep_outermost(&mut hits);
        assert_eq!(hits, [hit(0, 0, 9), hit(0, 5, 12), hit(1, 5, 9)]);
    }
}
