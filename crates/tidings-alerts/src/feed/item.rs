//! One item as every format shows it.

use jiff::Timestamp;
use tidings_model::Finding;

use super::FeedItem;
use crate::about::{changes, competitor_name, competitors, labels};
use crate::inert::{escaped, line, link};
use crate::marked::Marked;
use crate::{Entry, Language};

/// Scalars of an author's name.
const NAME_MOST: usize = 80;

/// 0001-01-01: neither RFC 3339 nor RFC 822 can write what is earlier.
const EARLIEST: Timestamp = Timestamp::constant(-62_135_596_800, 0);

/// Categories of an item.
const CATEGORIES_MOST: usize = 24;

pub(super) struct Item {
    /// The same for ever, whatever the address.
    pub(super) id: String,
    pub(super) title: String,
    pub(super) url: Option<String>,
    /// The finding's own date.
    pub(super) published: Timestamp,
    pub(super) updated: Timestamp,
    /// The author, or the site where none is named; never empty.
    pub(super) author: String,
    pub(super) lang: Option<String>,
    pub(super) categories: Vec<Category>,
    pub(super) html: String,
}

/// What a reader can sort by.
pub(super) struct Category {
    /// As the query language writes it: `pain:price`.
    pub(super) term: String,
    /// For people: `price`.
    pub(super) label: String,
}

impl Item {
    pub(super) fn new(item: &FeedItem, language: Language) -> Self {
        let finding = &item.entry.finding;
        let published = finding.date().max(EARLIEST);
        Self {
            id: format!("urn:tidings:{}", finding.id),
            title: no_markup(&Marked::title(&item.entry).plain()),
            url: finding.url.as_ref().and_then(link),
            published,
            updated: item.matched.max(published),
            author: no_markup(&author(finding)),
            lang: finding.lang.as_ref().map(ToString::to_string),
            categories: categories(&item.entry, language),
            html: html(&item.entry, language),
        }
    }
}

fn author(finding: &Finding) -> String {
    let names = [finding.author.as_deref(), finding.site.as_deref()].into_iter().flatten();
    let mut names = names.map(|name| line(name, NAME_MOST)).filter(|name| !name.is_empty());
    names.next().unwrap_or_else(|| finding.source.to_string())
}

fn categories(entry: &Entry, language: Language) -> Vec<Category> {
    let finding = &entry.finding;
    let competitors = finding.competitors.iter().map(|competitor| Category {
        term: format!("competitor:{}", competitor.id),
        label: competitor_name(competitor, language),
    });
    let labels = finding.tags.iter().map(|tag| {
        let (dimension, id) = (tag.dimension.as_str(), tag.id.as_str());
        Category { term: format!("{dimension}:{id}"), label: language.label(dimension, id) }
    });
    let severity = finding.severity.map(|severity| Category {
        term: format!("severity:{severity}"),
        label: language.score_part(&format!("severity {severity}")),
    });
    let old = entry.is_old.then(|| Category { term: "old".to_owned(), label: language.words().old_note.to_owned() });
    severity.into_iter().chain(old).chain(competitors).chain(labels).take(CATEGORIES_MOST).collect()
}

/// The snippet with its marks, and what else is worth knowing.
fn html(entry: &Entry, language: Language) -> String {
    let (finding, words) = (&entry.finding, language.words());
    let old = entry.is_old.then(|| words.old_note.to_owned());
    let changed = entry.is_revision.then(|| words.changed_note.to_owned());
    let about = [competitors(finding, language), labels(finding, language)].concat().join(" · ");
    let also = (0 < entry.also_in).then(|| words.also_in.of(entry.also_in));
    let before = old.into_iter().chain(changed).chain(changes(finding)).map(|note| escaped(&note));
    let after = [about].into_iter().chain(also).map(|note| escaped(&note));
    let paragraphs = before.chain([Marked::snippet(entry).html()]).chain(after);
    paragraphs.filter(|text| !text.is_empty()).map(|text| format!("<p>{text}</p>")).collect()
}

/// `text` with other brackets. RSS does not say whether a title is plain or HTML, and readers
/// take those of Atom, which does, for HTML too: it has to be the same either way.
fn no_markup(text: &str) -> String {
    // HTML knows these even without their semicolon.
    let is_bare = |rest: &str| ["#", "lt", "gt", "LT", "GT", "amp", "AMP"].iter().any(|bare| rest.starts_with(bare));
    let begins_reference = |rest: &str| {
        let after_name = rest.trim_start_matches(|ch: char| ch.is_ascii_alphanumeric());
        is_bare(rest) || (after_name.len() < rest.len() && after_name.starts_with(';'))
    };
    let shown = text.char_indices().map(|(at, ch)| match ch {
        '<' => '‹',
        '>' => '›',
        '&' if begins_reference(&text[at + 1..]) => '＆',
        ch => ch,
    });
    shown.collect()
}
