//! What speaks of other parts of the taxonomy, read when all of them are known: queries,
//! and the labels that labels name.

use tidings_model::{Severity, SeverityRule};
use tidings_query::Use;
use toml::Spanned;
use toml::de::DeValue;

use super::entries::{Entries, tables};
use super::error::TaxonomyFileError;
use super::table::{File, Table};
use super::values::{Result, read_word, wrong_query};
use crate::references::{self, Reference};
use crate::taxonomy_query::Names;

impl<'f> Entries<'f> {
    /// Checks the queries of competitors and labels, and reads `[[severity]]`.
    pub(super) fn read_queries(&mut self, roots: &[Table<'f, '_>]) -> Result<()> {
        let names = Names::of(&self.taxonomy);
        let (mut severity, mut spots) = (Vec::new(), Vec::new());
        for root in roots {
            if let Some(own) = root.get("own") {
                check_exclusions(&root.file.table(own, "[own]")?, &names)?;
            }
            for competitor in tables(root, "competitor")? {
                check_exclusions(&root.file.table(competitor, "[[competitor]]")?, &names)?;
            }
            for label in tables(root, "label")? {
                let table = root.file.table(label, "[[label]]")?;
                table.get("query").map_or(Ok(()), |query| check(&table.file, query, Use::Label, &names))?;
            }
            for rule in tables(root, "severity")? {
                let table = root.file.table(rule, "[[severity]]")?;
                severity.push(read_severity(&table, &names)?);
                spots.push(table.file.spot(&table.span));
            }
        }
        (self.taxonomy.severity, self.severity) = (severity, spots);
        Ok(())
    }

    /// Checks `beside`, `implied_by` and `yields_to` of all labels.
    pub(super) fn check_references(&self) -> Result<()> {
        references::check(&self.taxonomy.labels).map_err(|wrong| {
            let Reference { label, key, at, found, expected, nearest } = wrong;
            let spots = self.references[label].iter().find(|(name, _)| *name == key);
            let place = spots.map(|(_, spots)| spots[at].place()).expect("each reference has its place");
            TaxonomyFileError::Wrong { place, found: format!("`{key}` has {found}"), expected, nearest }
        })
    }
}

fn read_severity(table: &Table<'_, '_>, names: &Names<'_>) -> Result<SeverityRule> {
    table.expect_keys(&["level", "query"])?;
    let levels: Vec<&str> = Severity::ALL.iter().map(|level| level.as_str()).collect();
    let level = read_word(&table.file, table.require("level")?, "level", &levels)?;
    let query = table.require("query")?;
    check(&table.file, query, Use::Severity, names)?;
    Ok(SeverityRule { level, query: table.file.text(query)?.to_owned() })
}

/// The queries in `exclude`.
fn check_exclusions(table: &Table<'_, '_>, names: &Names<'_>) -> Result<()> {
    for item in table.items("exclude")? {
        if matches!(item.get_ref(), DeValue::Table(_)) {
            let item = table.file.table(item, "`{ query = … }`")?;
            check(&table.file, item.require("query")?, Use::Competitor, names)?;
        }
    }
    Ok(())
}

fn check(file: &File<'_>, query: &Spanned<DeValue<'_>>, usage: Use, names: &Names<'_>) -> Result<()> {
    let text = file.text(query)?;
    names.read(text, usage).map(|_| ()).map_err(|problem| wrong_query(file, query, problem))
}
