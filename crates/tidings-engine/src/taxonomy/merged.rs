//! The taxonomy files with the made part on top, and what of that does not fit.

use std::path::Path;
use std::sync::Arc;

use serde::Serialize;
use tidings_match::taxonomy_file::{Definitions, FileText, Place, TaxonomyFileError, read_texts};
use tidings_model::Taxonomy;

use crate::taxonomy::made::steps_to;

/// What errors in the made part name as its file.
const MADE: &str = "(made)";

/// The taxonomy, and what it is made of.
#[derive(Clone, Debug, Default)]
pub struct Merged {
    files: Arc<Vec<FileText>>,
    /// As it is kept, what is set aside included.
    made: String,
    definitions: Definitions,
    pub set_aside: Vec<SetAside>,
}

/// An entry that was made through the API and does not fit the files as they are now. It
/// stays in the archive, and counts again as soon as it fits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SetAside {
    /// As [`Differences`](crate::Differences) names entries.
    pub entry: String,
    pub reason: String,
}

impl Merged {
    /// Reads files and the made part into one; what of that part does not fit is set aside.
    ///
    /// # Errors
    ///
    /// When a file is wrong.
    pub fn read(files: Vec<FileText>, made: String) -> Result<Self, TaxonomyFileError> {
        let files = Arc::new(files);
        let mut set_aside = Vec::new();
        let mut rest = made.clone();
        let definitions = loop {
            match read_over(&files, &rest) {
                Ok(definitions) => break definitions,
                Err(error) if is_in_made(error.path()) => set_aside.push(set_one_aside(&mut rest, &error)),
                Err(error) => return Err(error),
            }
        };
        Ok(Self { files, made, definitions, set_aside })
    }

    /// The same files with another made part, which must fit.
    ///
    /// # Errors
    ///
    /// At the first thing that is wrong, in the made part or in a file that needs what it no longer has.
    pub fn with_made(&self, made: String) -> Result<Self, TaxonomyFileError> {
        let definitions = read_over(&self.files, &made)?;
        Ok(Self { files: self.files.clone(), made, definitions, set_aside: Vec::new() })
    }

    pub fn taxonomy(&self) -> &Taxonomy {
        &self.definitions.taxonomy
    }

    /// The made part, as the text of a taxonomy file.
    pub fn made(&self) -> &str {
        &self.made
    }

    pub(crate) fn definitions(&self) -> &Definitions {
        &self.definitions
    }

    /// What the store keeps and compares.
    pub fn json(&self) -> String {
        serde_json::to_string(self.taxonomy()).expect("a taxonomy has string keys only")
    }
}

/// Whether `path` stands for the made part.
pub(crate) fn is_in_made(path: &Path) -> bool {
    path == Path::new(MADE)
}

/// What an error says, without its place.
pub(crate) fn reason(error: &TaxonomyFileError) -> String {
    let text = error.to_string();
    let place = error.place().map(|place| format!("{place}: "));
    place.and_then(|place| text.strip_prefix(&place)).unwrap_or(&text).to_owned()
}

fn read_over(files: &[FileText], made: &str) -> Result<Definitions, TaxonomyFileError> {
    let made = FileText { path: MADE.into(), text: made.to_owned() };
    let texts: Vec<FileText> = files.iter().cloned().chain([made]).collect();
    read_texts(&texts)
}

/// Takes the entry at fault out of `made`; all of it, where that cannot be told.
fn set_one_aside(made: &mut String, error: &TaxonomyFileError) -> SetAside {
    let reason = reason(error);
    let taken = error.place().and_then(|place| take_out(made, place));
    let (entry, rest) = taken.unwrap_or_else(|| ("all that was made".to_owned(), String::new()));
    *made = rest;
    SetAside { entry, reason }
}

/// The name of the entry at `place`, and the text without it.
fn take_out(made: &str, place: &Place) -> Option<(String, String)> {
    let steps = steps_to(made, place)?;
    let mut table: toml::Table = made.parse().ok()?;
    let kind = steps.first()?;
    let entry = match (table.get_mut(kind)?, steps.get(1)) {
        (toml::Value::Array(entries), Some(at)) => {
            let at = at.parse().ok().filter(|at| *at < entries.len())?;
            name_of(kind, &entries.remove(at))
        }
        (toml::Value::Table(lists), Some(name)) if kind == "lists" => {
            lists.remove(name)?;
            format!("list:{name}")
        }
        _ => {
            table.remove(kind)?;
            kind.clone()
        }
    };
    Some((entry, toml::to_string(&table).ok()?))
}

fn name_of(kind: &str, entry: &toml::Value) -> String {
    let text = |key| entry.get(key).and_then(toml::Value::as_str).unwrap_or("?");
    match kind {
        "competitor" => format!("competitor:{}", text("id")),
        "label" => format!("{}:{}", text("dimension"), text("id")),
        _ => format!("severity:{} {}", text("level"), text("query")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ACME: &str = "[[competitor]]\nid = \"acme\"\nname = \"Acme\"\ntier = 1\n";
    const BETA: &str = "[[competitor]]\nid = \"beta\"\nname = \"Beta\"\ntier = 2\n";

    fn files(text: &str) -> Vec<FileText> {
        vec![FileText { path: "t.toml".into(), text: text.to_owned() }]
    }

    #[test]
    fn what_was_made_comes_on_top_of_the_files() {
        let merged = Merged::read(files(ACME), BETA.to_owned()).unwrap();
        let ids: Vec<_> = merged.taxonomy().competitors.iter().map(|competitor| competitor.id.to_string()).collect();
        assert_eq!(ids, ["acme", "beta"]);
        assert_eq!(merged.set_aside, []);
    }

    #[test]
    fn what_a_file_defines_later_wins_and_nothing_is_lost() {
        let made = format!("{BETA}{ACME}[[severity]]\nlevel = \"high\"\nquery = \"competitor:gamma\"\n");
        let merged = Merged::read(files(ACME), made.clone()).unwrap();
        let aside: Vec<_> = merged.set_aside.iter().map(|aside| aside.entry.as_str()).collect();
        assert_eq!(aside, ["competitor:acme", "severity:high competitor:gamma"]);
        assert!(merged.set_aside[0].reason.contains("defined already, at t.toml:2:6"), "{:?}", merged.set_aside);
        assert_eq!(merged.made(), made);
        let without = Merged::read(files(""), made).unwrap();
        assert_eq!(without.set_aside.len(), 1);
        assert_eq!(without.taxonomy().competitors.len(), 2);
    }

    #[test]
    fn own_lists_and_what_is_no_toml_are_set_aside_too() {
        let ours = "[own]\nname = \"Ours\"\n";
        let list = "[lists]\nno = [\"ko\"]\n";
        let merged = Merged::read(files(&format!("{ours}{list}")), format!("{ours}{list}")).unwrap();
        let aside: Vec<_> = merged.set_aside.iter().map(|aside| aside.entry.as_str()).collect();
        assert_eq!(aside, ["list:no", "own"]);
        let broken = Merged::read(files(ACME), "[[".to_owned()).unwrap();
        assert_eq!(broken.set_aside[0].entry, "all that was made");
        assert_eq!(broken.taxonomy().competitors.len(), 1);
    }

    #[test]
    fn a_wrong_file_is_an_error() {
        assert!(Merged::read(files("[[competitor]]\n"), String::new()).is_err());
        let rule = "[[severity]]\nlevel = \"high\"\nquery = \"competitor:beta\"\n";
        let merged = Merged::read(files(rule), BETA.to_owned()).unwrap();
        let error = merged.with_made(String::new()).unwrap_err();
        assert!(!is_in_made(error.path()), "{error}");
    }
}
