//! What tantivy keeps of one finding beside its words.

use std::ops::Range;

use tantivy::schema::Field;
use tantivy::schema::document::{ReferenceValue, ReferenceValueLeaf, Value};
use tantivy::tokenizer::PreTokenizedString;
use tidings_model::{Engagement, Finding, FindingId};
use tidings_query::{KeyField, Scope, micros};
use xxhash_rust::xxh3::Xxh3Default;

use crate::IndexError;
use crate::schema::Fields;

/// The fields of the language that the log decides, but for the tags.
const KEYS: &[KeyField] = &[
    KeyField::Source,
    KeyField::Plugin,
    KeyField::Kind,
    KeyField::Lang,
    KeyField::Site,
    KeyField::Author,
    KeyField::Severity,
    KeyField::Story,
    KeyField::Page,
    KeyField::Has,
];

/// What findings are ordered by under `sort=engagement`: score and replies summed,
/// or a thousandth of the views where that is more. Absent numbers count as 0.
pub(crate) fn engagement_rank(engagement: Option<&Engagement>) -> i64 {
    let Some(engagement) = engagement else {
        return 0;
    };
    let reactions = engagement.score.unwrap_or(0).saturating_add(engagement.replies.unwrap_or(0));
    reactions.max(engagement.views.unwrap_or(0) / 1000)
}

/// A finding's id as the number that its 16 bytes are.
pub(crate) fn id_bits(id: &FindingId) -> Result<u128, IndexError> {
    id.to_bytes().map(u128::from_be_bytes).ok_or_else(|| IndexError::ForeignId(id.clone()))
}

/// The values of one document but its words: strings in one arena, the rest in place.
#[derive(Debug)]
pub(crate) struct FindingDocument {
    arena: String,
    values: Vec<(Field, Slot)>,
}

#[derive(Clone, Debug)]
enum Slot {
    Str(Range<u32>),
    U64(u64),
    I64(i64),
}

impl FindingDocument {
    /// `id` is the bits of the finding's id.
    pub(crate) fn new(finding: &Finding, id: u128, fields: &Fields) -> Result<Self, IndexError> {
        let mut document = Self { arena: String::with_capacity(512), values: Vec::with_capacity(40) };
        document.add_keys(finding, fields);
        document.add_tags(finding, fields);
        document.add_names(finding, fields);
        document.values.push((fields.date, Slot::I64(micros(finding.date()))));
        document.values.push((fields.found, Slot::I64(micros(finding.found))));
        // Which story it is in, the log says; how large that is, the store.
        if let Some(bits) = finding.story.as_ref().map(|story| id_bits(&story.id.first())) {
            let bits = bits?;
            document.values.push((fields.story_high, Slot::U64((bits >> 64) as u64)));
            document.values.push((fields.story_low, Slot::U64(bits as u64)));
        }
        let hash = document.hash(finding);
        document.values.push((fields.engagement, Slot::I64(engagement_rank(finding.engagement.as_ref()))));
        document.values.push((fields.id_high, Slot::U64((id >> 64) as u64)));
        document.values.push((fields.id_low, Slot::U64(id as u64)));
        document.values.push((fields.hash, Slot::U64(hash)));
        Ok(document)
    }

    /// The hash column's value.
    pub(crate) fn logged_hash(&self) -> u64 {
        match self.values.last() {
            Some((_, Slot::U64(hash))) => *hash,
            _ => unreachable!("`new` adds the hash last"),
        }
    }

    /// Says at which position of the body the text begins.
    pub(crate) fn push_text_at(&mut self, position: u32, fields: &Fields) {
        self.values.push((fields.text_at, Slot::U64(position.into())));
    }

    /// The strings that it has in `field`.
    pub(crate) fn texts(&self, field: Field) -> impl Iterator<Item = &str> {
        self.values.iter().filter(move |(of, _)| *of == field).map(|(_, slot)| self.text(slot))
    }

    /// The engagement column's value.
    pub(crate) fn engagement(&self) -> i64 {
        match self.values.iter().rev().nth(3) {
            Some((_, Slot::I64(engagement))) => *engagement,
            _ => unreachable!("`new` adds the engagement fourth from the end"),
        }
    }

    /// Over all that the log decides: words, keys, tags, story, dates, revision. Engagement
    /// and marks are state beside the log and no part of it.
    fn hash(&self, finding: &Finding) -> u64 {
        let mut hasher = Xxh3Default::new();
        let texts = Scope::Anywhere.fields(finding).chain(Scope::Url.fields(finding));
        for text in texts.map(|(_, text)| text).chain([self.arena.as_str()]) {
            hasher.update(&text.len().to_le_bytes());
            hasher.update(text.as_bytes());
        }
        hasher.update(&finding.revision.to_le_bytes());
        for (field, slot) in &self.values {
            hasher.update(&field.field_id().to_le_bytes());
            match slot {
                Slot::Str(range) => hasher.update(&range.end.to_le_bytes()),
                Slot::U64(number) => hasher.update(&number.to_le_bytes()),
                Slot::I64(number) => hasher.update(&number.to_le_bytes()),
            }
        }
        hasher.digest()
    }

    /// `field:value` for each value that a query can ask for, each once.
    fn add_keys(&mut self, finding: &Finding, fields: &Fields) {
        for key in KEYS {
            self.add_values(key, fields.key, finding);
        }
    }

    /// Each tag once, whatever it was attached for.
    fn add_tags(&mut self, finding: &Finding, fields: &Fields) {
        for key in [KeyField::Competitor, KeyField::Tier, KeyField::About] {
            self.add_values(&key, fields.tag, finding);
        }
        let first = self.values.len();
        for tag in &finding.tags {
            self.push_once(fields.tag, first, &[tag.dimension.as_str(), ":", tag.id.as_str()]);
        }
    }

    fn add_values(&mut self, key: &KeyField, field: Field, finding: &Finding) {
        let first = self.values.len();
        key.for_each_value(finding, |value| self.push_once(field, first, &[key.as_str(), ":", value]));
    }

    fn add_names(&mut self, finding: &Finding, fields: &Fields) {
        self.push(fields.source, &[finding.source.as_str()]);
        self.push(fields.plugin, &[finding.plugin.as_str()]);
        self.push(fields.kind, &[finding.kind.as_str()]);
        let lang = finding.lang.as_ref().map(|lang| lang.as_str());
        let severity = finding.severity.map(|severity| severity.as_str());
        let rest = [
            (fields.lang, lang),
            (fields.site, finding.site.as_deref()),
            (fields.author, finding.author.as_deref().map(str::trim)),
            (fields.severity, severity),
        ];
        for (field, name) in rest {
            if let Some(name) = name.filter(|name| !name.is_empty()) {
                self.push(field, &[name]);
            }
        }
    }

    fn push(&mut self, field: Field, parts: &[&str]) {
        let start = self.end();
        parts.iter().for_each(|part| self.arena.push_str(part));
        self.values.push((field, Slot::Str(start..self.end())));
    }

    fn push_once(&mut self, field: Field, first: usize, parts: &[&str]) {
        self.push(field, parts);
        let added = self.values.len() - 1;
        let Slot::Str(range) = self.values[added].1.clone() else { unreachable!("`push` adds strings") };
        if self.values[first..added].iter().any(|(_, slot)| self.text(slot) == self.slice(&range)) {
            self.values.pop();
            self.arena.truncate(range.start as usize);
        }
    }

    fn text(&self, slot: &Slot) -> &str {
        match slot {
            Slot::Str(range) => self.slice(range),
            Slot::U64(_) | Slot::I64(_) => "",
        }
    }

    fn slice(&self, range: &Range<u32>) -> &str {
        &self.arena[range.start as usize..range.end as usize]
    }

    fn end(&self) -> u32 {
        self.arena.len().try_into().expect("a finding's strings are far below 4 GiB")
    }
}

impl tantivy::Document for FindingDocument {
    type Value<'a> = Leaf<'a>;
    type FieldsValuesIter<'a> = Values<'a>;

    fn iter_fields_and_values(&self) -> Values<'_> {
        Values { document: self, next: 0 }
    }
}

/// The values of a document in schema order.
pub(crate) struct Values<'a> {
    document: &'a FindingDocument,
    next: usize,
}

impl<'a> Iterator for Values<'a> {
    type Item = (Field, Leaf<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        let document = self.document;
        let (field, slot) = document.values.get(self.next)?;
        self.next += 1;
        let leaf = match slot {
            Slot::Str(range) => Leaf::Str(document.slice(range)),
            Slot::U64(number) => Leaf::U64(*number),
            Slot::I64(number) => Leaf::I64(*number),
        };
        Some((*field, leaf))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.document.values.len() - self.next;
        (left, Some(left))
    }
}

/// A value of a document.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Leaf<'a> {
    Str(&'a str),
    U64(u64),
    I64(i64),
}

impl<'a> Value<'a> for Leaf<'a> {
    type ArrayIter = std::iter::Empty<Self>;
    type ObjectIter = std::iter::Empty<(&'a str, Self)>;

    fn as_value(&self) -> ReferenceValue<'a, Self> {
        ReferenceValue::Leaf(match *self {
            Self::Str(text) => ReferenceValueLeaf::Str(text),
            Self::U64(number) => ReferenceValueLeaf::U64(number),
            Self::I64(number) => ReferenceValueLeaf::I64(number),
        })
    }

    fn as_pre_tokenized_text(&self) -> Option<Box<PreTokenizedString>> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn views_count_where_they_say_more() {
        let rank = |score, views| engagement_rank(Some(&Engagement { score, replies: Some(2), views }));
        assert_eq!(rank(Some(3), Some(4000)), 5);
        assert_eq!(rank(None, Some(9000)), 9);
        assert_eq!(engagement_rank(None), 0);
    }
}
