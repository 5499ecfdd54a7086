//! A piece of a finding's text with its evidence marked: harmless, bounded, and in the
//! form of plain text or of HTML.

use std::ops::Range;

use tidings_model::{Evidence, Field};

use crate::inert::{Inert, push_escaped};
use crate::message::Entry;

/// Scalars of a title.
const TITLE_MOST: usize = 200;

/// Scalars of a snippet.
const SNIPPET_MOST: usize = 320;

/// Scalars of a snippet before its first mark.
const LEAD: usize = 80;

/// Marks that are looked at; a post that says one word a thousand times needs no more.
const MARKS_MOST: usize = 100;

/// Text in pieces that are marked or not, in turn.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Marked {
    pieces: Vec<(bool, String)>,
}

impl Marked {
    /// The entry's title; where it has none that of its thread, the beginning of its text, or
    /// where it was found. Never empty.
    pub(crate) fn title(entry: &Entry) -> Self {
        let finding = &entry.finding;
        let plain = |text: &str| Self::start(text, &[], TITLE_MOST);
        let thread = finding
            .thread
            .as_ref()
            .map(|thread| Self::start(&thread.title, &ranges(&entry.evidence, &Field::ThreadTitle), TITLE_MOST));
        let titles = [
            Some(Self::start(&finding.title, &ranges(&entry.evidence, &Field::Title), TITLE_MOST)),
            thread,
            Some(Self::start(&finding.text, &ranges(&entry.evidence, &Field::Text), TITLE_MOST / 2)),
            finding.site.as_deref().map(plain),
        ];
        titles.into_iter().flatten().find(|title| !title.is_empty()).unwrap_or_else(|| plain(finding.source.as_str()))
    }

    /// The part of the entry that shows most of its evidence; the beginning of its text
    /// where the evidence lies elsewhere.
    pub(crate) fn snippet(entry: &Entry) -> Self {
        let finding = &entry.finding;
        let in_text = ranges(&entry.evidence, &Field::Text);
        if in_text.is_empty()
            && let Some((added, ranges)) = added_with_evidence(entry)
        {
            return Self::window(added, &ranges);
        }
        Self::window(&finding.text, &in_text)
    }

    fn start(text: &str, ranges: &[Range<usize>], most: usize) -> Self {
        Self::cut(text, 0, ranges, most)
    }

    fn window(text: &str, ranges: &[Range<usize>]) -> Self {
        let length = text.chars().count();
        let inside = ranges.iter().filter(|range| range.start < length);
        let ranges: Vec<Range<usize>> = inside.map(|range| range.start..range.end.min(length)).collect();
        Self::cut(text, best_start(&ranges).saturating_sub(LEAD), &ranges, SNIPPET_MOST)
    }

    /// `most` scalars of `text` from `lead` on, at the ends of words.
    fn cut(text: &str, lead: usize, ranges: &[Range<usize>], most: usize) -> Self {
        // One scalar more tells whether the text goes on.
        let mut chars: Vec<char> = text.chars().skip(lead).take(most + 1).collect();
        let goes_on = most < chars.len();
        chars.truncate(most);
        let first = ranges.iter().map(|range| range.start).find(|start| lead <= *start).unwrap_or(lead);
        let skipped = if 0 < lead { word_start(&chars, first - lead) } else { 0 };
        if goes_on {
            chars.truncate(word_end(&chars));
        }
        let mut marked = Self::default();
        if 0 < lead {
            marked.push(false, '…');
            marked.push(false, ' ');
        }
        marked.extend(chars.get(skipped..).unwrap_or_default(), lead + skipped, ranges);
        if goes_on {
            marked.push(false, '…');
        }
        marked
    }

    fn extend(&mut self, chars: &[char], start: usize, ranges: &[Range<usize>]) {
        let mut inert = Inert::new();
        for (place, ch) in (start..).zip(chars) {
            let is_marked = ranges.iter().any(|range| range.contains(&place));
            inert.next(*ch).for_each(|ch| self.push(is_marked, ch));
        }
        if let Some((_, last)) = self.pieces.last_mut() {
            last.truncate(last.trim_end().len());
        }
    }

    fn push(&mut self, is_marked: bool, ch: char) {
        match self.pieces.last_mut() {
            Some((last, piece)) if *last == is_marked => piece.push(ch),
            _ => self.pieces.push((is_marked, ch.to_string())),
        }
    }

    fn is_empty(&self) -> bool {
        self.pieces.iter().all(|(_, piece)| piece.trim().is_empty())
    }

    /// Without marks.
    pub(crate) fn plain(&self) -> String {
        self.pieces.iter().map(|(_, piece)| piece.as_str()).collect()
    }

    /// With `*…*` for a mark.
    pub(crate) fn starred(&self) -> String {
        self.shown("*", "*", String::push)
    }

    /// With `<mark>` for a mark, and the text escaped.
    pub(crate) fn html(&self) -> String {
        self.shown("<mark>", "</mark>", push_escaped)
    }

    /// With `open` and `close` around a mark, and each character as `push` writes it.
    pub(crate) fn shown(&self, open: &str, close: &str, push: impl Fn(&mut String, char)) -> String {
        let mut shown = String::new();
        for (is_marked, piece) in &self.pieces {
            let word = piece.trim();
            let is_marked = *is_marked && !word.is_empty();
            // A mark holds no white space at its ends: `*price *` is no emphasis.
            let (before, rest) = piece.split_at(piece.len() - piece.trim_start().len());
            let (word, after) = if is_marked { rest.split_at(word.len()) } else { (rest, "") };
            shown.push_str(before);
            shown.push_str(if is_marked { open } else { "" });
            word.chars().for_each(|ch| push(&mut shown, ch));
            shown.push_str(if is_marked { close } else { "" });
            shown.push_str(after);
        }
        shown
    }
}

/// Where the evidence of `field` lies, in order, those that touch made one.
fn ranges(evidence: &[Evidence], field: &Field) -> Vec<Range<usize>> {
    let of_field = evidence.iter().filter(|evidence| evidence.field == *field && evidence.start < evidence.end);
    let mut all: Vec<Range<usize>> =
        of_field.map(|evidence| evidence.start as usize..evidence.end as usize).take(MARKS_MOST).collect();
    all.sort_by_key(|range| range.start);
    let mut merged: Vec<Range<usize>> = Vec::with_capacity(all.len());
    for range in all {
        match merged.last_mut() {
            Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
            _ => merged.push(range),
        }
    }
    merged
}

/// The first added block of a page change that evidence lies in.
fn added_with_evidence(entry: &Entry) -> Option<(&str, Vec<Range<usize>>)> {
    let added = &entry.finding.change.as_ref()?.added;
    entry.evidence.iter().find_map(|evidence| {
        let Field::ChangeAdded(index) = evidence.field else { return None };
        let block = added.get(index as usize)?;
        Some((block.as_str(), ranges(&entry.evidence, &evidence.field)))
    })
}

/// Where the snippet with the most marks begins to count.
fn best_start(ranges: &[Range<usize>]) -> usize {
    let marks_from = |first: &Range<usize>| {
        let end = first.start.saturating_sub(LEAD) + SNIPPET_MOST;
        ranges.iter().filter(|other| first.start <= other.start && other.end <= end).count()
    };
    // Of equals `max_by_key` takes the last, and the first is wanted.
    ranges.iter().rev().max_by_key(|first| marks_from(first)).map_or(0, |first| first.start)
}

/// The first start of a word in `chars`, but not beyond `limit`.
fn word_start(chars: &[char], limit: usize) -> usize {
    chars.iter().take(limit).position(|ch| ch.is_whitespace()).map_or(0, |gap| gap + 1)
}

/// The last end of a word in `chars`; all of it where that would lose half.
fn word_end(chars: &[char]) -> usize {
    let gap = chars.iter().rposition(|ch| ch.is_whitespace());
    gap.filter(|end| chars.len() / 2 < *end).unwrap_or(chars.len())
}

#[cfg(test)]
mod tests;
