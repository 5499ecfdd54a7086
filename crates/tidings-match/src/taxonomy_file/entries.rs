//! The tables of taxonomy files, read into one taxonomy.

use std::collections::HashMap;
use std::ops::Range;
use std::str::FromStr;

use tidings_model::{
    Competitor, CompetitorId, Dimension, InvalidId, Label, LabelId, Own, Phrase, Severity, SeverityRule, Taxonomy, Tier,
};
use toml::Spanned;
use toml::de::DeValue;

use super::definitions::{self, Definitions};
use super::error::{Place, TaxonomyFileError};
use super::table::{File, Table, type_name};
use crate::domain;
use crate::pattern::{Lists, NUMBER, Pattern, PatternProblem};
use crate::severity::{self, Problem};
use crate::tagger::INTENT;

type Result<T> = std::result::Result<T, TaxonomyFileError>;

/// What was read so far, and where what may be defined once stands.
#[derive(Default)]
pub(super) struct Entries {
    pub(super) taxonomy: Taxonomy,
    lists: Lists,
    places: HashMap<String, Place>,
    severity: Vec<Place>,
}

/// Phrases of one label, to refuse the same one twice.
type Seen = HashMap<String, Range<usize>>;

impl Entries {
    pub(super) fn into_definitions(self) -> Definitions {
        Definitions { taxonomy: self.taxonomy, places: self.places, severity: self.severity }
    }

    /// Reads `[lists]`, before all else.
    pub(super) fn read_lists(&mut self, file: &File<'_>) -> Result<()> {
        let root = file.parse()?;
        let root = Table::root(*file, &root);
        let Some(lists) = root.get("lists") else {
            return Ok(());
        };
        let lists = file.table(lists, "[lists]")?;
        for (name, words) in lists.entries() {
            if name.get_ref() == NUMBER {
                let found = format!("list `{NUMBER}`, which stands for every number");
                return Err(file.wrong(&name.span(), found, "another name"));
            }
            self.claim(&lists, &name.span(), definitions::list(name.get_ref()))?;
            let (mut typed, mut read) = (Vec::new(), Vec::new());
            for value in file.array(words, "words")? {
                let text = file.text(value)?;
                read.push(Lists::read_item(text).map_err(|problem| wrong_phrase(file, value, text, &problem, &[]))?);
                typed.push(Phrase(text.to_owned()));
            }
            if typed.is_empty() {
                return Err(file.wrong(&words.span(), "a list without words".to_owned(), "one word at least"));
            }
            self.lists.insert(name.get_ref().to_string(), read);
            self.taxonomy.lists.insert(name.get_ref().to_string(), typed);
        }
        Ok(())
    }

    pub(super) fn read(&mut self, file: &File<'_>) -> Result<()> {
        let root = file.parse()?;
        let root = Table::root(*file, &root);
        root.expect_keys(&["own", "competitor", "lists", "label", "severity"])?;
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

    /// Reads `[[severity]]`, once everything that its queries may name is known.
    pub(super) fn read_severity(&mut self, file: &File<'_>) -> Result<()> {
        let root = file.parse()?;
        let root = Table::root(*file, &root);
        for rule in self.tables(&root, "severity")? {
            let table = file.table(rule, "[[severity]]")?;
            table.expect_keys(&["level", "query"])?;
            let level = table.require("level")?;
            let levels: Vec<&str> = Severity::ALL.iter().map(|level| level.as_str()).collect();
            let text = file.text(level)?;
            let level = text.parse().map_err(|_| file.unknown(&level.span(), "level", text, &levels))?;
            let query = table.require("query")?;
            let text = file.text(query)?;
            severity::read(text, &self.taxonomy).map_err(|problem| match problem {
                Problem::Unknown { what, name, known } => {
                    file.unknown(&query.span(), &what, &name, &known.iter().map(String::as_str).collect::<Vec<_>>())
                }
                problem @ Problem::Query { .. } => {
                    file.wrong(&query.span(), problem.to_string(), "a query such as `tier:1 pain:price`")
                }
            })?;
            self.severity.push(file.place(&table.span));
            self.taxonomy.severity.push(SeverityRule { level, query: text.to_owned() });
        }
        Ok(())
    }

    fn tables<'f, 'v>(&self, root: &Table<'f, 'v>, key: &str) -> Result<&'v [Spanned<DeValue<'f>>]> {
        root.get(key).map_or(Ok(&[]), |value| root.file.array(value, &format!("tables, each under `[[{key}]]`")))
    }

    fn read_own(&mut self, table: &Table<'_, '_>) -> Result<()> {
        table.expect_keys(&["name", "aliases", "domains"])?;
        self.claim(table, &table.span, definitions::own())?;
        let name = read_name(table, table.require("name")?)?;
        let own =
            Own { name, aliases: read_names(table, table.items("aliases")?)?, domains: self.read_domains(table)? };
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
        self.claim(table, &id_span, definitions::competitor(&id))?;
        let competitor = Competitor {
            id,
            name: read_name(table, table.require("name")?)?,
            tier: read_tier(table)?,
            aliases: read_names(table, table.items("aliases")?)?,
            domains: self.read_domains(table)?,
        };
        self.taxonomy.competitors.push(competitor);
        Ok(())
    }

    fn read_label(&mut self, table: &Table<'_, '_>) -> Result<()> {
        table.expect_keys(&["dimension", "id", "name", "phrases", "implied", "beside", "yields_to"])?;
        let dimension: Dimension = read_id(table, "dimension")?;
        let id: LabelId = read_id(table, "id")?;
        let id_span = table.require("id")?.span();
        if dimension.as_str() == INTENT && !Taxonomy::INTENT_STAGES.contains(&id.as_str()) {
            return Err(table.file.unknown(&id_span, "intent", id.as_str(), &Taxonomy::INTENT_STAGES));
        }
        self.claim(table, &id_span, definitions::label(&dimension, &id))?;
        let name = table.require_text("name")?.to_owned();
        let phrases = self.read_label_phrases(table, table.require("phrases")?)?;
        let implied = table.get("implied").map(|value| self.read_label_phrases(table, value)).transpose()?;
        let beside = table.items("beside")?.iter().map(|value| id_of(table, value)).collect::<Result<Vec<_>>>()?;
        let implied = implied.unwrap_or_default();
        let yields_to =
            table.items("yields_to")?.iter().map(|value| id_of(table, value)).collect::<Result<Vec<_>>>()?;
        self.taxonomy.labels.push(Label { dimension, id, name, phrases, implied, beside, yields_to });
        Ok(())
    }

    /// `phrases = […]`, or `phrases.en = […]` by language.
    fn read_label_phrases(&self, table: &Table<'_, '_>, value: &Spanned<DeValue<'_>>) -> Result<Vec<Phrase>> {
        let mut seen = Seen::new();
        let phrases = if matches!(value.get_ref(), DeValue::Table(_)) {
            let languages = table.file.table(value, "of phrases by language")?;
            let mut phrases = Vec::new();
            for (language, value) in languages.entries() {
                check_language(table, language)?;
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
            let text = table.file.text(value)?;
            if let Err(problem) = Pattern::read(text, &self.lists) {
                let lists: Vec<_> = self.lists.names().collect();
                return Err(wrong_phrase(&table.file, value, text, &problem, &lists));
            }
            // Case, spaces and normal form make no other phrase of it.
            let key = text.split_whitespace().map(|word| tidings_text::nfc(word).to_lowercase()).collect::<Vec<_>>();
            if let Some(first) = seen.insert(key.join(" "), value.span()) {
                return Err(TaxonomyFileError::Duplicate {
                    what: format!("phrase `{text}` of this label"),
                    first: table.file.place(&first),
                    place: table.file.place(&value.span()),
                });
            }
            phrases.push(Phrase(text.to_owned()));
        }
        Ok(phrases)
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
    id_of(table, table.require(key)?)
}

fn id_of<T: FromStr<Err = InvalidId>>(table: &Table<'_, '_>, value: &Spanned<DeValue<'_>>) -> Result<T> {
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

fn check_language(table: &Table<'_, '_>, language: &Spanned<std::borrow::Cow<'_, str>>) -> Result<()> {
    let code = language.get_ref();
    let lang = tidings_model::Lang::try_from(code.to_string());
    lang.map(|_| ()).map_err(|InvalidId { rule, .. }| {
        table.file.wrong(&language.span(), format!("`{code}`, which is no language"), rule)
    })
}

fn read_names(table: &Table<'_, '_>, values: &[Spanned<DeValue<'_>>]) -> Result<Vec<String>> {
    values.iter().map(|value| read_name(table, value)).collect()
}

/// A name that the matcher can look for.
fn read_name(table: &Table<'_, '_>, value: &Spanned<DeValue<'_>>) -> Result<String> {
    let text = table.file.text(value)?;
    match Pattern::name(text) {
        Ok(_) => Ok(text.to_owned()),
        Err(problem) => Err(wrong_phrase(&table.file, value, text, &problem, &[])),
    }
}

fn wrong_phrase(
    file: &File<'_>,
    value: &Spanned<DeValue<'_>>,
    text: &str,
    problem: &PatternProblem,
    lists: &[&str],
) -> TaxonomyFileError {
    if let PatternProblem::UnknownList { name } = problem {
        return file.unknown(&value.span(), &format!("list in `{text}`,"), name, lists);
    }
    let expected = match problem {
        PatternProblem::Empty => "words of letters or digits",
        _ => "a phrase such as `too expensive`, `took … weeks` or `(too|so) slow`",
    };
    file.wrong(&value.span(), format!("`{text}`: {problem}"), expected)
}
