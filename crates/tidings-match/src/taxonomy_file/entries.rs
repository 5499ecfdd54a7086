//! The tables of taxonomy files, read into one taxonomy: lists, our own brand, competitors.

use std::collections::HashMap;
use std::ops::Range;

use tidings_model::{Competitor, CompetitorId, Exclusion, NameRules, Own, OwnSites, Phrase, Taxonomy};
use toml::Spanned;
use toml::de::DeValue;

use super::definitions::{self, Definitions};
use super::error::TaxonomyFileError;
use super::table::{File, Spot, Table};
use super::values::{Result, read_id, read_name, read_names, read_tier, read_word, wrong_phrase};
use crate::domain;
use crate::pattern::{Lists, NUMBER, Pattern};

/// What was read so far, and where what may be defined once stands.
#[derive(Default)]
pub(super) struct Entries<'f> {
    pub(super) taxonomy: Taxonomy,
    lists: Lists,
    spots: HashMap<String, Spot<'f>>,
    /// By label and key: where the names of other labels and dimensions stand.
    pub(super) references: Vec<Vec<(&'static str, Vec<Spot<'f>>)>>,
    pub(super) severity: Vec<Spot<'f>>,
}

pub(super) fn tables<'f, 'v>(root: &Table<'f, 'v>, key: &str) -> Result<&'v [Spanned<DeValue<'f>>]> {
    root.get(key).map_or(Ok(&[]), |value| root.file.array(value, &format!("tables, each under `[[{key}]]`")))
}

impl<'f> Entries<'f> {
    pub(super) fn into_definitions(self) -> Definitions {
        let severity = self.severity.iter().map(Spot::place).collect();
        Definitions { taxonomy: self.taxonomy, places: definitions::places(self.spots), severity }
    }

    /// Reads `[lists]`, before all else.
    pub(super) fn read_lists(&mut self, root: &Table<'f, '_>) -> Result<()> {
        let file = &root.file;
        let Some(lists) = root.get("lists") else {
            return Ok(());
        };
        let lists = file.table(lists, "[lists]")?;
        for (name, words) in lists.entries() {
            if name.get_ref() == NUMBER {
                let found = format!("list `{NUMBER}`, which stands for every number");
                return Err(file.wrong(&name.span(), found, "another name"));
            }
            self.claim(file, &name.span(), definitions::list(name.get_ref()))?;
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

    pub(super) fn read(&mut self, root: &Table<'f, '_>) -> Result<()> {
        root.expect_keys(&["own", "competitor", "lists", "label", "severity"])?;
        if let Some(own) = root.get("own") {
            self.read_own(&root.file.table(own, "[own]")?)?;
        }
        for competitor in tables(root, "competitor")? {
            self.read_competitor(&root.file.table(competitor, "[[competitor]]")?)?;
        }
        for label in tables(root, "label")? {
            self.read_label(&root.file.table(label, "[[label]]")?)?;
        }
        Ok(())
    }

    fn read_own(&mut self, table: &Table<'f, '_>) -> Result<()> {
        table.expect_keys(&["name", "aliases", "domains", "context", "exclude", "own_sites"])?;
        self.claim(&table.file, &table.span, definitions::own())?;
        let own = Own {
            name: read_name(&table.file, table.require("name")?)?,
            aliases: read_names(&table.file, table.items("aliases")?)?,
            domains: self.read_domains(table)?,
            rules: self.read_rules(table)?,
        };
        self.taxonomy.own = Some(own);
        Ok(())
    }

    fn read_competitor(&mut self, table: &Table<'f, '_>) -> Result<()> {
        let keys = ["id", "name", "tier", "aliases", "domains", "context", "exclude", "own_sites"];
        table.expect_keys(&keys)?;
        let id: CompetitorId = read_id(table, "id")?;
        let id_span = table.require("id")?.span();
        if id == CompetitorId::own() {
            let found = "competitor `self`, which is our own brand".to_owned();
            return Err(table.file.wrong(&id_span, found, "another id here, and our own brand under `[own]`"));
        }
        self.claim(&table.file, &id_span, definitions::competitor(&id))?;
        let competitor = Competitor {
            id,
            name: read_name(&table.file, table.require("name")?)?,
            tier: read_tier(table)?,
            aliases: read_names(&table.file, table.items("aliases")?)?,
            domains: self.read_domains(table)?,
            rules: self.read_rules(table)?,
        };
        self.taxonomy.competitors.push(competitor);
        Ok(())
    }

    /// `context`, `exclude` and `own_sites`.
    fn read_rules(&self, table: &Table<'f, '_>) -> Result<NameRules> {
        let words: Vec<&str> = OwnSites::ALL.iter().map(|word| word.as_str()).collect();
        let own_sites = table.get("own_sites").map(|value| read_word(&table.file, value, "way", &words)).transpose()?;
        Ok(NameRules {
            context: self.read_phrases(&table.file, table.items("context")?)?,
            exclude: table
                .items("exclude")?
                .iter()
                .map(|item| self.read_exclusion(table, item))
                .collect::<Result<_>>()?,
            own_sites: own_sites.unwrap_or_default(),
        })
    }

    /// A phrase, or `{ query = "…" }`.
    fn read_exclusion(&self, table: &Table<'f, '_>, item: &Spanned<DeValue<'_>>) -> Result<Exclusion> {
        if !matches!(item.get_ref(), DeValue::Table(_)) {
            return self.read_phrase(&table.file, item).map(Exclusion::Phrase);
        }
        let exclusion = table.file.table(item, "`{ query = … }`")?;
        exclusion.expect_keys(&["query"])?;
        // What it asks for is looked at when all names are known.
        Ok(Exclusion::Query { query: exclusion.require_text("query")?.to_owned() })
    }

    fn read_phrases(&self, file: &File<'_>, values: &[Spanned<DeValue<'_>>]) -> Result<Vec<Phrase>> {
        values.iter().map(|value| self.read_phrase(file, value)).collect()
    }

    pub(super) fn read_phrase(&self, file: &File<'_>, value: &Spanned<DeValue<'_>>) -> Result<Phrase> {
        let text = file.text(value)?;
        match Pattern::read(text, &self.lists) {
            Ok(_) => Ok(Phrase(text.to_owned())),
            Err(problem) => {
                let lists: Vec<_> = self.lists.names().collect();
                Err(wrong_phrase(file, value, text, &problem, &lists))
            }
        }
    }

    fn read_domains(&mut self, table: &Table<'f, '_>) -> Result<Vec<String>> {
        let mut domains = Vec::new();
        for value in table.items("domains")? {
            let text = table.file.text(value)?;
            let Some(host) = domain::normal(text) else {
                let expected = "a domain such as `acme.example`, without `https://`, `www.` and path";
                return Err(table.file.wrong(&value.span(), format!("`{text}`, which is no domain"), expected));
            };
            self.claim(&table.file, &value.span(), format!("domain `{host}`"))?;
            domains.push(text.to_owned());
        }
        Ok(domains)
    }

    /// Takes what may be defined once.
    pub(super) fn claim(&mut self, file: &File<'f>, span: &Range<usize>, what: String) -> Result<()> {
        let spot = file.spot(span);
        match self.spots.get(&what) {
            Some(first) => Err(TaxonomyFileError::Duplicate { what, first: first.place(), place: spot.place() }),
            None => {
                self.spots.insert(what, spot);
                Ok(())
            }
        }
    }
}
