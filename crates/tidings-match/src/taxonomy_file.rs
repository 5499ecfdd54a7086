//! The taxonomy files: TOML to [`Taxonomy`], each mistake with its place.
//!
//! ```toml
//! [own]
//! name = "Our CRM"
//! domains = ["ourcrm.example"]
//!
//! [[competitor]]
//! id = "acme"
//! name = "Acme CRM"
//! tier = 1
//! aliases = ["Acme"]
//! domains = ["acme.example"]
//! context = ["crm", "sales"]         # one of these must stand near the name
//! exclude = ["acme corp of the cartoon", { query = "lang:fr" }]
//! own_sites = "skip"                 # what they publish themselves does not count
//!
//! [[label]]
//! dimension = "pain"
//! id = "price"
//! name = "Price"
//! phrases.en = ["too expensive", "price increase"]
//! phrases.vi = ["quá đắt", "tăng giá"]
//! query = 'tier:1 (invoice NEAR/5 doubled)'
//!
//! [[severity]]
//! level = "high"
//! query = "tier:1 pain:price"
//! ```
//!
//! The phrases may also be one list. The languages only sort them: every phrase is looked
//! for in every text. Words that many phrases share stand once, in a list:
//!
//! ```toml
//! [lists]
//! not = ["không", "ko", "k"]          # as `{not}` in phrases
//! ```

mod definitions;
mod entries;
mod error;
mod labels;
mod queries;
mod table;
mod values;

use std::path::{Path, PathBuf};

use tidings_model::{Exclusion, NameRules, OwnSites, Phrase, SeverityRule, Taxonomy};
use toml::Spanned;
use toml::de::DeTable;
use xxhash_rust::xxh3::Xxh3;

pub use definitions::Definitions;
pub use error::{Place, TaxonomyFileError};
pub(crate) use table::list;

use entries::Entries;
use table::{File, Table};

/// Largest taxonomy file, in bytes.
pub const MAX_FILE_BYTES: u64 = 64 * 1024 * 1024;

/// Reads the files in order into one taxonomy.
///
/// # Errors
///
/// At the first thing that is wrong, with file, line, column, what was expected and the
/// nearest right name. What two files define is refused with both places.
pub fn read<P: AsRef<Path>>(paths: impl IntoIterator<Item = P>) -> Result<Taxonomy, TaxonomyFileError> {
    Ok(read_texts(&load(paths)?)?.taxonomy)
}

/// A taxonomy file as it lies on the disk, or a text in the shape of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileText {
    /// What errors name.
    pub path: PathBuf,
    pub text: String,
}

/// Reads the files as they are, for [`read_texts`].
///
/// # Errors
///
/// When one cannot be read or is too large.
pub fn load<P: AsRef<Path>>(paths: impl IntoIterator<Item = P>) -> Result<Vec<FileText>, TaxonomyFileError> {
    let load = |path: P| read_text(path.as_ref()).map(|text| FileText { path: path.as_ref().to_owned(), text });
    paths.into_iter().map(load).collect()
}

/// As [`read`], of texts that are at hand.
///
/// # Errors
///
/// As [`read`], but for files that cannot be read.
pub fn read_texts(texts: &[FileText]) -> Result<Definitions, TaxonomyFileError> {
    let files: Vec<File<'_>> = texts.iter().map(|FileText { path, text }| File { path, text }).collect();
    let parsed: Vec<Spanned<DeTable<'_>>> = files.iter().map(File::parse).collect::<Result<_, _>>()?;
    let roots: Vec<Table<'_, '_>> = files.iter().zip(&parsed).map(|(file, root)| Table::root(*file, root)).collect();
    let mut entries = Entries::default();
    // A phrase may use a list of any file, and a query may name what any file defines.
    roots.iter().try_for_each(|root| entries.read_lists(root))?;
    roots.iter().try_for_each(|root| entries.read(root))?;
    entries.check_references()?;
    entries.read_queries(&roots)?;
    Ok(entries.into_definitions())
}

fn read_text(path: &Path) -> Result<String, TaxonomyFileError> {
    let unreadable = |source| TaxonomyFileError::Unreadable { path: path.to_owned(), source };
    let size_bytes = std::fs::metadata(path).map_err(unreadable)?.len();
    if MAX_FILE_BYTES < size_bytes {
        return Err(TaxonomyFileError::TooLarge { path: path.to_owned(), size_bytes, limit_bytes: MAX_FILE_BYTES });
    }
    std::fs::read_to_string(path).map_err(unreadable)
}

/// A number that changes with the content of a taxonomy, not with how its files are laid
/// out; the same on every machine and in every version.
pub fn content_hash(taxonomy: &Taxonomy) -> u64 {
    let mut hash = ContentHash(Xxh3::new());
    if let Some(own) = &taxonomy.own {
        hash.text("own");
        hash.text(&own.name);
        hash.list(&own.aliases);
        hash.list(&own.domains);
        hash.rules(&own.rules);
    }
    for competitor in &taxonomy.competitors {
        hash.text("competitor");
        hash.text(competitor.id.as_str());
        hash.text(&competitor.name);
        hash.text(&competitor.tier.to_string());
        hash.list(&competitor.aliases);
        hash.list(&competitor.domains);
        hash.rules(&competitor.rules);
    }
    for (name, words) in &taxonomy.lists {
        hash.text("list");
        hash.text(name);
        hash.phrases(words);
    }
    for label in &taxonomy.labels {
        hash.text("label");
        hash.text(label.dimension.as_str());
        hash.text(label.id.as_str());
        hash.text(&label.name);
        hash.phrases(&label.phrases);
        if let Some(query) = &label.query {
            hash.text("query");
            hash.text(query);
        }
        if !label.implied.is_empty() {
            hash.text("implied");
            hash.phrases(&label.implied);
            hash.list(&label.beside);
        }
        if !label.implied_by.is_empty() {
            hash.text("implied_by");
            hash.list(&label.implied_by);
        }
        if !label.yields_to.is_empty() {
            hash.text("yields_to");
            hash.list(&label.yields_to);
        }
    }
    for SeverityRule { level, query } in &taxonomy.severity {
        hash.text("severity");
        hash.text(level.as_str());
        hash.text(query);
    }
    hash.0.digest()
}

/// Feeds texts with their lengths, so that none runs into the next.
struct ContentHash(Xxh3);

impl ContentHash {
    fn text(&mut self, text: &str) {
        self.0.update(&(text.len() as u64).to_le_bytes());
        self.0.update(text.as_bytes());
    }

    fn list<T: AsRef<str>>(&mut self, items: impl IntoIterator<Item = T, IntoIter: ExactSizeIterator>) {
        let items = items.into_iter();
        self.0.update(&(items.len() as u64).to_le_bytes());
        items.for_each(|item| self.text(item.as_ref()));
    }

    fn rules(&mut self, NameRules { context, exclude, own_sites }: &NameRules) {
        if !context.is_empty() {
            self.text("context");
            self.phrases(context);
        }
        for exclusion in exclude {
            match exclusion {
                Exclusion::Phrase(phrase) => ["exclude", &phrase.0].iter().for_each(|text| self.text(text)),
                Exclusion::Query { query } => ["exclude_query", query].iter().for_each(|text| self.text(text)),
            }
        }
        if *own_sites != OwnSites::Count {
            self.text("own_sites");
            self.text(own_sites.as_str());
        }
    }

    fn phrases(&mut self, phrases: &[Phrase]) {
        self.list(phrases.iter().map(|phrase| phrase.0.as_str()));
    }
}
