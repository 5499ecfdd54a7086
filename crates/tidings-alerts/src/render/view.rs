//! What templates see. The names here are those that `docs/alerts.md` lists.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use minijinja::Value;
use serde::Serialize;
use tidings_model::{Kind, Severity};

use crate::about::{changes, competitors, labels};
use crate::group::sections;
use crate::inert::{line, link};
use crate::marked::Marked;
use crate::words::Words;
use crate::{Cadence, Digest, Entry, Language, Notice};

/// Scalars of a name, a site or an author.
const NAME_MOST: usize = 80;

/// Scalars of the query that is shown.
const QUERY_MOST: usize = 1_000;

/// Lines of a notice, and scalars of each.
const LINES_MOST: usize = 100;
const LINE_MOST: usize = 500;

#[derive(Debug, Serialize)]
pub(super) struct DigestView {
    language: &'static str,
    headline: String,
    alert: AlertView,
    is_test: bool,
    /// Entries of the message, those that did not fit among them.
    count: usize,
    left_out: usize,
    more: Option<String>,
    link: Option<String>,
    zone: String,
    sections: Vec<SectionView>,
    words: &'static Words,
}

#[derive(Debug, Serialize)]
struct AlertView {
    id: String,
    name: String,
    query: String,
    cadence: Cadence,
}

#[derive(Debug, Serialize)]
struct SectionView {
    kind: &'static str,
    heading: &'static str,
    groups: Vec<GroupView>,
}

#[derive(Debug, Serialize)]
struct GroupView {
    heading: Option<String>,
    entries: Vec<EntryView>,
}

#[derive(Debug, Serialize)]
struct EntryView {
    id: String,
    title: String,
    title_html: Value,
    url: Option<String>,
    site: Option<String>,
    source: String,
    kind: Kind,
    author: Option<String>,
    lang: Option<String>,
    date: String,
    severity: Option<Severity>,
    competitors: Vec<String>,
    labels: Vec<String>,
    /// The competitors and the labels.
    about: Vec<String>,
    changes: Vec<String>,
    snippet: String,
    snippet_html: Value,
    also_in: usize,
    /// Date, site, author, and the sources that tell it too.
    meta: Vec<String>,
    is_old: bool,
    is_revision: bool,
    score: Option<u32>,
    score_parts: Vec<String>,
}

#[derive(Debug, Serialize)]
pub(super) struct NoticeView {
    language: &'static str,
    pub(super) subject: String,
    lines: Vec<String>,
    words: &'static Words,
}

impl DigestView {
    /// Shows `shown`, which are the first entries of `digest` as they are read.
    pub(super) fn new(digest: &Digest, shown: &[&Entry]) -> Self {
        let words = digest.language.words();
        let more = digest.entries.len() - shown.len() + digest.left_out;
        Self {
            language: words.lang,
            headline: digest.headline(),
            alert: AlertView::new(digest),
            is_test: digest.is_test,
            count: digest.entries.len(),
            left_out: digest.left_out,
            more: (0 < more).then(|| words.more.of(more)),
            link: digest.link.as_ref().and_then(link),
            zone: digest.zone.iana_name().unwrap_or("UTC").to_owned(),
            sections: section_views(digest, shown),
            words,
        }
    }
}

impl AlertView {
    fn new(digest: &Digest) -> Self {
        let name = line(&digest.name, NAME_MOST);
        Self {
            id: digest.alert.to_string(),
            name: if name.is_empty() { digest.alert.to_string() } else { name },
            query: line(&digest.query, QUERY_MOST),
            cadence: digest.cadence,
        }
    }
}

fn section_views(digest: &Digest, shown: &[&Entry]) -> Vec<SectionView> {
    let entry = |entry: &&Entry| EntryView::new(entry, digest.language, &digest.zone);
    let sections = sections(shown, digest.language).into_iter();
    sections
        .map(|section| SectionView {
            kind: section.kind,
            heading: section.heading,
            groups: (section.groups.into_iter())
                .map(|group| GroupView { heading: group.heading, entries: group.entries.iter().map(entry).collect() })
                .collect(),
        })
        .collect()
}

impl EntryView {
    fn new(entry: &Entry, language: Language, zone: &TimeZone) -> Self {
        let finding = &entry.finding;
        let (title, snippet) = (Marked::title(entry), Marked::snippet(entry));
        let named =
            |name: &Option<String>| name.as_deref().map(|name| line(name, NAME_MOST)).filter(|it| !it.is_empty());
        let (site, author) = (named(&finding.site), named(&finding.author));
        let date = shown_time(finding.date(), language, zone);
        let also = (0 < entry.also_in).then(|| language.words().also_in.of(entry.also_in));
        let (competitors, labels) = (competitors(finding, language), labels(finding, language));
        Self {
            id: finding.id.to_string(),
            title: title.plain(),
            title_html: Value::from_safe_string(title.html()),
            url: finding.url.as_ref().and_then(link),
            meta: [Some(date.clone()), site.clone(), author.clone(), also].into_iter().flatten().collect(),
            site,
            source: finding.source.to_string(),
            kind: finding.kind,
            author,
            lang: finding.lang.as_ref().map(ToString::to_string),
            date,
            severity: finding.severity,
            about: competitors.iter().chain(&labels).cloned().collect(),
            competitors,
            labels,
            changes: changes(finding),
            snippet: snippet.starred(),
            snippet_html: Value::from_safe_string(snippet.html()),
            also_in: entry.also_in,
            is_old: entry.is_old,
            is_revision: entry.is_revision,
            score: entry.score.as_ref().map(|score| score.total),
            score_parts: score_parts(entry, language),
        }
    }
}

/// `severity high +28`
fn score_parts(entry: &Entry, language: Language) -> Vec<String> {
    let parts = entry.score.iter().flat_map(|score| &score.parts);
    parts.map(|(what, points)| format!("{} +{points}", line(&language.score_part(what), NAME_MOST))).collect()
}

fn shown_time(time: Timestamp, language: Language, zone: &TimeZone) -> String {
    time.to_zoned(zone.clone()).strftime(language.words().time_format).to_string()
}

impl NoticeView {
    pub(super) fn new(notice: &Notice) -> Self {
        let words = notice.language.words();
        Self {
            language: words.lang,
            subject: line(&format!("{} {}", words.notice, notice.subject), crate::headline::SUBJECT_MOST),
            lines: notice.lines.iter().take(LINES_MOST).map(|said| line(said, LINE_MOST)).collect(),
            words,
        }
    }
}
