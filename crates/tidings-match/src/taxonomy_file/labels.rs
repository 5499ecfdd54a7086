//! `[[label]]`: what attaches it, and the labels that it speaks of.

use std::collections::HashMap;
use std::ops::Range;
use std::str::FromStr;

use tidings_model::{Dimension, InvalidId, Label, LabelId, Phrase, Taxonomy};
use toml::Spanned;
use toml::de::DeValue;

use super::definitions;
use super::entries::Entries;
use super::error::TaxonomyFileError;
use super::table::{Spot, Table};
use super::values::{Result, check_language, id_of, read_id};
use crate::tagger::INTENT;

/// The keys that name labels and dimensions.
const REFERENCES: [&str; 3] = ["beside", "implied_by", "yields_to"];

/// Phrases of one label, to refuse the same one twice.
type Seen = HashMap<String, Range<usize>>;

impl<'f> Entries<'f> {
    pub(super) fn read_label(&mut self, table: &Table<'f, '_>) -> Result<()> {
        let keys = ["dimension", "id", "name", "phrases", "query", "implied", "beside", "implied_by", "yields_to"];
        table.expect_keys(&keys)?;
        let dimension: Dimension = read_id(table, "dimension")?;
        let id: LabelId = read_id(table, "id")?;
        let id_span = table.require("id")?.span();
        if dimension.as_str() == INTENT && !Taxonomy::INTENT_STAGES.contains(&id.as_str()) {
            return Err(table.file.unknown(&id_span, "intent", id.as_str(), &Taxonomy::INTENT_STAGES));
        }
        self.claim(&table.file, &id_span, definitions::label(&dimension, &id))?;
        let name = table.require_text("name")?.to_owned();
        let phrases = |key| table.get(key).map(|value| self.read_label_phrases(table, value)).transpose();
        // What the query asks for is looked at when all names are known.
        let query = table.get("query").map(|value| table.file.text(value).map(str::to_owned)).transpose()?;
        let (signs, implied) = (phrases("phrases")?, phrases("implied")?.unwrap_or_default());
        if signs.is_none() && query.is_none() {
            let found = "[[label]] without `phrases` and without `query`".to_owned();
            return Err(table.file.wrong(&table.span, found, "`phrases = …`, `query = …` or both"));
        }
        let references = REFERENCES.map(|key| table.items(key).map(|items| (key, spots(table, items))));
        self.references.push(references.into_iter().collect::<Result<_>>()?);
        self.taxonomy.labels.push(Label {
            dimension,
            id,
            name,
            phrases: signs.unwrap_or_default(),
            query,
            implied,
            beside: read_ids(table, "beside")?,
            implied_by: read_ids(table, "implied_by")?,
            yields_to: read_ids(table, "yields_to")?,
        });
        Ok(())
    }

    /// `phrases = […]`, or `phrases.en = […]` by language.
    fn read_label_phrases(&self, table: &Table<'_, '_>, value: &Spanned<DeValue<'_>>) -> Result<Vec<Phrase>> {
        let mut seen = Seen::new();
        let phrases = if matches!(value.get_ref(), DeValue::Table(_)) {
            let languages = table.file.table(value, "of phrases by language")?;
            let mut phrases = Vec::new();
            for (language, value) in languages.entries() {
                check_language(&table.file, language)?;
                phrases.extend(self.read_new_phrases(table, table.file.array(value, "phrases")?, &mut seen)?);
            }
            phrases
        } else {
            let values = table.file.array(value, "phrases, or phrases by language: `phrases.en = […]`")?;
            self.read_new_phrases(table, values, &mut seen)?
        };
        if phrases.is_empty() {
            return Err(table.file.wrong(&value.span(), "a label without phrases".to_owned(), "one phrase at least"));
        }
        Ok(phrases)
    }

    fn read_new_phrases(
        &self,
        table: &Table<'_, '_>,
        values: &[Spanned<DeValue<'_>>],
        seen: &mut Seen,
    ) -> Result<Vec<Phrase>> {
        let mut phrases = Vec::with_capacity(values.len());
        for value in values {
            let phrase = self.read_phrase(&table.file, value)?;
            let text = &phrase.0;
            // Case, spaces and normal form make no other phrase of it.
            let key = text.split_whitespace().map(|word| tidings_text::nfc(word).to_lowercase()).collect::<Vec<_>>();
            if let Some(first) = seen.insert(key.join(" "), value.span()) {
                return Err(TaxonomyFileError::Duplicate {
                    what: format!("phrase `{text}` of this label"),
                    first: table.file.place(&first),
                    place: table.file.place(&value.span()),
                });
            }
            phrases.push(phrase);
        }
        Ok(phrases)
    }
}

fn spots<'f>(table: &Table<'f, '_>, items: &[Spanned<DeValue<'_>>]) -> Vec<Spot<'f>> {
    items.iter().map(|item| table.file.spot(&item.span())).collect()
}

fn read_ids<T: FromStr<Err = InvalidId>>(table: &Table<'_, '_>, key: &str) -> Result<Vec<T>> {
    table.items(key)?.iter().map(|value| id_of(&table.file, value)).collect()
}
