//! The tables of taxonomy files, read into one taxonomy.

use std::collections::HashMap;
use std::ops::Range;
use std::str::FromStr;

use tidings_model::{Competitor, CompetitorId, Dimension, InvalidId, Label, LabelId, Own, Phrase, Taxonomy, Tier};
use toml::Spanned;
use toml::de::DeValue;

use super::error::{Place, TaxonomyFileError};
use super::table::{File, Table, type_name};
use crate::domain;
use crate::phrases::{MAX_PHRASE_WORDS, PhraseProblem, check_phrase};
use crate::tagger::INTENT;

type Result<T> = std::result::Result<T, TaxonomyFileError>;

/// What was read so far, and where what may be defined once stands.
#[derive(Default)]
pub(super) struct Entries {
    pub(super) taxonomy: Taxonomy,
    places: HashMap<String, Place>,
}

/// Phrases of one label, to refuse the same one twice.
type Seen = HashMap<String, Range<usize>>;

impl Entries {
    pub(super) fn read(&mut self, file: &File<'_>) -> Result<()> {
        let root = file.parse()?;
        let root = Table::root(*file, &root);
        root.expect_keys(&["own", "competitor", "label"])?;
        if let Some(own) = root.get("own") {
            self.read_own(&file.table(own, "[own]")?)?;
        }
        for competitor in self.tables(&root, "competitor")? {
            self.read_competitor(&file.table(competitor, "[[competitor]]")?)?;
        }
        for label in self.tables(&root, "label")? {
            self.read_label(&file.table(label, "[[label]]")?)?;
        }
        Ok(())
    }

    fn tables<'f, 'v>(&self, root: &Table<'f, 'v>, key: &str) -> Result<&'v [Spanned<DeValue<'f>>]> {
        root.get(key).map_or(Ok(&[]), |value| root.file.array(value, &format!("tables, each under `[[{key}]]`")))
    }

    fn read_own(&mut self, table: &Table<'_, '_>) -> Result<()> {
        table.expect_keys(&["name", "aliases", "domains"])?;
        self.claim(table, &table.span, "`[own]`".to_owned())?;
        let name = read_phrase(table, table.require("name")?)?;
        let own =
            Own { name, aliases: read_phrases(table, table.items("aliases")?)?, domains: self.read_domains(table)? };
        self.taxonomy.own = Some(own);
        Ok(())
    }

    fn read_competitor(&mut self, table: &Table<'_, '_>) -> Result<()> {
        table.expect_keys(&["id", "name", "tier", "aliases", "domains"])?;
        let id: CompetitorId = read_id(table, "id")?;
        let id_span = table.require("id")?.span();
        if id == CompetitorId::own() {
            let found = "competitor `self`, which is our own brand".to_owned();
            return Err(table.file.wrong(&id_span, found, "another id here, and our own brand under `[own]`"));
        }
        self.claim(table, &id_span, format!("competitor `{id}`"))?;
        let competitor = Competitor {
            id,
            name: read_phrase(table, table.require("name")?)?,
            tier: read_tier(table)?,
            aliases: read_phrases(table, table.items("aliases")?)?,
            domains: self.read_domains(table)?,
        };
        self.taxonomy.competitors.push(competitor);
        Ok(())
    }

    fn read_label(&mut self, table: &Table<'_, '_>) -> Result<()> {
        table.expect_keys(&["dimension", "id", "name", "phrases"])?;
        let dimension: Dimension = read_id(table, "dimension")?;
        let id: LabelId = read_id(table, "id")?;
        let id_span = table.require("id")?.span();
        if dimension.as_str() == INTENT && !Taxonomy::INTENT_STAGES.contains(&id.as_str()) {
            return Err(table.file.unknown(&id_span, "intent", id.as_str(), &Taxonomy::INTENT_STAGES));
        }
        self.claim(table, &id_span, format!("label `{dimension}:{id}`"))?;
        let name = table.require_text("name")?.to_owned();
        let phrases = read_label_phrases(table)?.into_iter().map(Phrase).collect();
        self.taxonomy.labels.push(Label { dimension, id, name, phrases });
        Ok(())
    }

    fn read_domains(&mut self, table: &Table<'_, '_>) -> Result<Vec<String>> {
        let mut domains = Vec::new();
        for value in table.items("domains")? {
            let text = table.file.text(value)?;
            let Some(host) = domain::normal(text) else {
                let expected = "a domain such as `acme.example`, without `https://`, `www.` and path";
                return Err(table.file.wrong(&value.span(), format!("`{text}`, which is no domain"), expected));
            };
            self.claim(table, &value.span(), format!("domain `{host}`"))?;
            domains.push(text.to_owned());
        }
        Ok(domains)
    }

    /// Takes what may be defined once.
    fn claim(&mut self, table: &Table<'_, '_>, span: &Range<usize>, what: String) -> Result<()> {
        let place = table.file.place(span);
        match self.places.get(&what) {
            Some(first) => Err(TaxonomyFileError::Duplicate { what, first: first.clone(), place }),
            None => {
                self.places.insert(what, place);
                Ok(())
            }
        }
    }
}

fn read_id<T: FromStr<Err = InvalidId>>(table: &Table<'_, '_>, key: &str) -> Result<T> {
    let value = table.require(key)?;
    let text = table.file.text(value)?;
    text.parse().map_err(|InvalidId { what, rule, .. }| {
        table.file.wrong(&value.span(), format!("`{text}`, which is no {what}"), rule)
    })
}

fn read_tier(table: &Table<'_, '_>) -> Result<Tier> {
    let value = table.require("tier")?;
    let DeValue::Integer(number) = value.get_ref() else {
        return Err(table.file.wrong(&value.span(), type_name(value.get_ref()), "tier 1, 2 or 3"));
    };
    let tier = number.as_str().parse::<u8>().ok().and_then(|number| Tier::try_from(number).ok());
    tier.ok_or_else(|| table.file.wrong(&value.span(), format!("tier {}", number.as_str()), "tier 1, 2 or 3"))
}

/// `phrases = […]`, or `phrases.en = […]` by language.
fn read_label_phrases(table: &Table<'_, '_>) -> Result<Vec<String>> {
    let value = table.require("phrases")?;
    let mut seen = Seen::new();
    let phrases = if matches!(value.get_ref(), DeValue::Table(_)) {
        let languages = table.file.table(value, "of phrases by language")?;
        let mut phrases = Vec::new();
        for (language, value) in languages.entries() {
            check_language(table, language)?;
            phrases.extend(read_new_phrases(table, table.file.array(value, "phrases")?, &mut seen)?);
        }
        phrases
    } else {
        read_new_phrases(
            table,
            table.file.array(value, "phrases, or phrases by language: `phrases.en = […]`")?,
            &mut seen,
        )?
    };
    if phrases.is_empty() {
        return Err(table.file.wrong(&value.span(), "a label without phrases".to_owned(), "one phrase at least"));
    }
    Ok(phrases)
}

fn check_language(table: &Table<'_, '_>, language: &Spanned<std::borrow::Cow<'_, str>>) -> Result<()> {
    let code = language.get_ref();
    let lang = tidings_model::Lang::try_from(code.to_string());
    lang.map(|_| ()).map_err(|InvalidId { rule, .. }| {
        table.file.wrong(&language.span(), format!("`{code}`, which is no language"), rule)
    })
}

fn read_new_phrases(table: &Table<'_, '_>, values: &[Spanned<DeValue<'_>>], seen: &mut Seen) -> Result<Vec<String>> {
    let mut phrases = Vec::with_capacity(values.len());
    for value in values {
        let phrase = read_phrase(table, value)?;
        let key = tidings_text::terms(&phrase).into_iter().map(|term| term.exact).collect::<Vec<_>>().join(" ");
        if let Some(first) = seen.insert(key, value.span()) {
            return Err(TaxonomyFileError::Duplicate {
                what: format!("phrase `{phrase}` of this label"),
                first: table.file.place(&first),
                place: table.file.place(&value.span()),
            });
        }
        phrases.push(phrase);
    }
    Ok(phrases)
}

fn read_phrases(table: &Table<'_, '_>, values: &[Spanned<DeValue<'_>>]) -> Result<Vec<String>> {
    values.iter().map(|value| read_phrase(table, value)).collect()
}

/// A name or phrase that the matcher can look for.
fn read_phrase(table: &Table<'_, '_>, value: &Spanned<DeValue<'_>>) -> Result<String> {
    let text = table.file.text(value)?;
    let wrong =
        |found: &str, expected: String| Err(table.file.wrong(&value.span(), format!("`{text}`, {found}"), expected));
    match check_phrase(text) {
        Ok(()) => Ok(text.to_owned()),
        Err(PhraseProblem::Empty) => wrong("which has no word", "words of letters or digits".to_owned()),
        Err(PhraseProblem::TooLong) => wrong("which has too many words", format!("{MAX_PHRASE_WORDS} words at most")),
    }
}
