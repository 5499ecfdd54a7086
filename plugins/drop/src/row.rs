//! From a row to a finding.

use tidings_sdk::extract::date::{DayOrder, parse};
use tidings_sdk::extract::table::Row;
use tidings_sdk::{Finding, Url};

use crate::params::{Known, PLAIN};
use crate::{Params, Preset};

/// Where in a row what stands; one for each table.
pub(crate) struct Mapping {
    key: Option<usize>,
    title: Option<usize>,
    text: Option<usize>,
    url: Option<usize>,
    author: Option<usize>,
    published: Option<usize>,
    lang: Option<usize>,
    attrs: Vec<(String, usize)>,
    preset: Option<Preset>,
}

impl Mapping {
    /// # Errors
    ///
    /// When a column that the params name is not there, or none says what a row is.
    pub(crate) fn new(header: &[String], params: &Params) -> Result<Self, String> {
        let Known { key, title, text, url, published, attrs } = params.preset.map_or(PLAIN, Preset::known);
        let at = |name: &str| header.iter().position(|cell| cell.to_lowercase() == name.to_lowercase());
        let find = |named: &Option<String>, usual: &[&str]| match named {
            Some(name) => match at(name) {
                Some(column) => Ok(Some(column)),
                None => Err(format!("it has no column `{name}`, but {}", header.join(", "))),
            },
            None => Ok(usual.iter().find_map(|name| at(name))),
        };
        let columns = &params.columns;
        let mut kept = Vec::new();
        for (name, column) in &params.attrs {
            let column = find(&Some(column.clone()), &[])?.ok_or("no column")?;
            kept.push((name.clone(), column));
        }
        for (name, usual) in attrs {
            kept.extend(usual.iter().find_map(|usual| at(usual)).map(|column| ((*name).to_owned(), column)));
        }
        let mapping = Self {
            key: find(&columns.key, key)?,
            title: find(&columns.title, title)?,
            text: find(&columns.text, text)?,
            url: find(&columns.url, url)?,
            author: find(&columns.author, &["author"])?,
            published: find(&columns.published, published)?,
            lang: find(&columns.lang, &["lang", "language"])?,
            attrs: kept,
            preset: params.preset,
        };
        if mapping.title.is_none() && mapping.text.is_none() {
            let all = header.join(", ");
            return Err(format!(
                "none of its columns is a title or a text: name one under `columns` (there are {all})"
            ));
        }
        Ok(mapping)
    }

    /// # Errors
    ///
    /// Why the row is none.
    pub(crate) fn finding(&self, row: &Row) -> Result<Finding, &'static str> {
        let cell = |column: Option<usize>| column.and_then(|column| row.cells.get(column)).map_or("", String::as_str);
        let (title, text) = (cell(self.title), cell(self.text));
        if title.is_empty() && text.is_empty() {
            return Err("it has neither a title nor a text");
        }
        let url =
            Some(cell(self.url)).filter(|url| Url::parse(url).is_ok_and(|url| url.has_host())).unwrap_or_default();
        let mut key = match (cell(self.key), url) {
            ("", "") => format!("row:{:016x}", hash(&row.cells)),
            ("", url) => url.to_owned(),
            (key, _) => key.to_owned(),
        };
        if self.preset == Some(Preset::Orders) {
            // An order has a row for each thing in it.
            key = format!("{key} {title}");
        }
        let mut finding = Finding::new(title, url)
            .key(key)
            .text(text)
            .author(cell(self.author))
            .lang(cell(self.lang))
            .published(parse(cell(self.published), DayOrder::Unknown));
        for (name, column) in &self.attrs {
            let value = cell(Some(*column));
            if !value.is_empty() {
                finding = finding.attr(name, value);
            }
        }
        Ok(finding)
    }
}

/// FNV-1a, which will not change.
pub(crate) fn hash<T: AsRef<str>>(cells: &[T]) -> u64 {
    let bytes = cells.iter().flat_map(|cell| cell.as_ref().bytes().chain([0]));
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3))
}
