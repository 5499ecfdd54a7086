//! A plugin's finding, checked and completed: the first two steps of the pipeline.
//!
//! Pure. What a plugin sends is foreign text: whatever does not fit is refused
//! with a reason that the run shows, or cut with `truncated` set.

use std::collections::BTreeMap;

use jiff::Timestamp;
use tidings_model::{
    Change, Engagement, FieldChange, Finding, FindingId, Kind, Lang, PageType, PluginId, SourceId, Thread, Url,
    canonical_url, site_of, url_key,
};
use tidings_protocol as wire;

/// Longest title, author and thread title, in Unicode scalars.
const MAX_TITLE: usize = 1_000;
/// Longest address, in bytes.
const MAX_URL: usize = 4_096;
/// Most hints, and the longest, in Unicode scalars.
const MAX_HINTS: usize = 32;
const MAX_HINT: usize = 100;
/// Largest `attrs`, in bytes of JSON.
const MAX_ATTRS: usize = 64 << 10;
/// Most added and removed passages of a page change, each.
const MAX_PASSAGES: usize = 1_000;

/// Who a finding comes from.
#[derive(Clone, Debug)]
pub struct Origin {
    pub source: SourceId,
    /// The id that the source was first configured under; ids are made from it.
    pub identity: SourceId,
    pub plugin: PluginId,
}

impl Origin {
    /// The id of what the source calls `key`, be it a plugin's own key or an address.
    pub fn id_of_key(&self, key: &str) -> FindingId {
        FindingId::new(&self.identity, key)
    }

    /// The id of the page at `url`.
    pub fn id_of_url(&self, url: &Url) -> FindingId {
        self.id_of_key(&url_key(url))
    }
}

/// Why a finding was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    #[error("it has neither `key` nor `url`")]
    NoIdentity,
    #[error("it has neither `title` nor `text`")]
    NoWords,
    #[error("`{field}` is no http address: {value}")]
    NoAddress { field: &'static str, value: String },
    #[error(
        "`kind` is `{0}`; expected one of article, post, comment, review, page, page_change, release, job, video, survey, other"
    )]
    UnknownKind(String),
    #[error("`change` stands only on kind `page_change`")]
    ChangeOnOther,
    #[error(
        "`change.page` is `{0}`; expected one of home, pricing, product, docs, blog, changelog, jobs, status, other"
    )]
    UnknownPage(String),
    #[error("`attrs` takes at most {MAX_ATTRS} bytes of JSON")]
    AttrsTooLarge,
    #[error("`change` takes at most {MAX_PASSAGES} added and removed passages each")]
    ChangeTooLarge,
}

/// Makes the stored form of what a plugin emitted, as first seen at `found`.
///
/// # Errors
///
/// When it breaks a rule of the contract that cannot be mended by cleaning.
pub(crate) fn normalise(emitted: wire::Finding, origin: &Origin, found: Timestamp) -> Result<Finding, Refused> {
    let url = address("url", emitted.url)?;
    let canonical = match address("canonical_url", emitted.canonical_url)? {
        Some(canonical) => Some(canonical),
        None => url.as_ref().map(canonical_url),
    };
    let id = match (&emitted.key, canonical.as_ref().or(url.as_ref())) {
        (Some(key), _) if !key.is_empty() => origin.id_of_key(key),
        (_, Some(url)) => origin.id_of_url(url),
        _ => return Err(Refused::NoIdentity),
    };
    let kind = match emitted.kind {
        None => Kind::Other,
        Some(word) => word.parse().map_err(|_| Refused::UnknownKind(word))?,
    };
    let (title, title_cut) = line(emitted.title.as_deref().unwrap_or_default(), MAX_TITLE);
    let (text, text_cut) = passage(emitted.text.as_deref().unwrap_or_default());
    if title.is_empty() && text.is_empty() {
        return Err(Refused::NoWords);
    }
    if !emitted.attrs.is_empty() && MAX_ATTRS < json_len(&emitted.attrs) {
        return Err(Refused::AttrsTooLarge);
    }
    let change = emitted.change.map(change).transpose()?;
    if change.is_some() && kind != Kind::PageChange {
        return Err(Refused::ChangeOnOther);
    }
    let lang = tidings_text::detect_lang(&title, &text, emitted.lang.as_deref())
        .and_then(Lang::from_tag)
        .or_else(|| emitted.lang.as_deref().and_then(Lang::from_tag));
    Ok(Finding {
        id,
        site: url.as_ref().and_then(site_of),
        url,
        canonical_url: canonical,
        source: origin.source.clone(),
        plugin: origin.plugin.clone(),
        kind,
        title,
        text,
        truncated: emitted.truncated || title_cut || text_cut,
        author: emitted.author.map(|author| line(&author, MAX_TITLE).0).filter(|author| !author.is_empty()),
        lang,
        published: emitted.published,
        found,
        updated: None,
        revision: 1,
        thread: emitted.thread.and_then(thread),
        engagement: emitted.engagement.map(|seen| Engagement {
            score: seen.score,
            replies: seen.replies,
            views: seen.views,
        }),
        competitors: Vec::new(),
        tags: Vec::new(),
        severity: None,
        story: None,
        change,
        hints: hints(&emitted.hints),
        attrs: emitted.attrs,
        mark: None,
        taxonomy_version: 0,
    })
}

/// What a revision is told apart by: title, text and change.
pub(crate) fn content_hash(finding: &Finding) -> u64 {
    let mut hasher = xxhash_rust::xxh3::Xxh3::new();
    hasher.update(finding.title.as_bytes());
    hasher.update(&[0]);
    hasher.update(finding.text.as_bytes());
    if let Some(change) = &finding.change {
        hasher.update(&[0]);
        hasher.update(&serde_json::to_vec(change).expect("a change has string keys only"));
    }
    hasher.digest()
}

fn json_len(attrs: &BTreeMap<String, serde_json::Value>) -> usize {
    serde_json::to_vec(attrs).expect("attributes are JSON already").len()
}

fn address(field: &'static str, value: Option<String>) -> Result<Option<Url>, Refused> {
    let Some(value) = value.filter(|value| !value.trim().is_empty()) else { return Ok(None) };
    match Url::parse(value.trim()) {
        Ok(url) if matches!(url.scheme(), "http" | "https") && url.as_str().len() <= MAX_URL => Ok(Some(url)),
        _ => Err(Refused::NoAddress { field, value: value.chars().take(200).collect() }),
    }
}

/// One line of NFC text: control characters and runs of white space become one
/// blank. Says whether it was cut at `limit` scalars.
fn line(text: &str, limit: usize) -> (String, bool) {
    let nfc = tidings_text::nfc(text);
    let mut line = String::with_capacity(nfc.len());
    let is_gap = |c: char| c.is_whitespace() || is_noise(c);
    for word in nfc.split(is_gap).filter(|word| !word.is_empty()) {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    match line.char_indices().nth(limit) {
        Some((end, _)) => {
            line.truncate(end);
            (line, true)
        }
        None => (line, false),
    }
}

/// NFC text that keeps its lines, cut at 256 KiB.
fn passage(text: &str) -> (String, bool) {
    let nfc = tidings_text::nfc(text);
    let mut passage = if has_noise(&nfc) {
        nfc.replace("\r\n", "\n").chars().map(|c| if c == '\r' { '\n' } else { c }).filter(|c| !is_noise(*c)).collect()
    } else {
        nfc.trim().to_owned()
    };
    let is_cut = wire::MAX_TEXT < passage.len();
    if is_cut {
        passage.truncate(passage.floor_char_boundary(wire::MAX_TEXT));
    }
    if passage.trim().len() < passage.len() {
        passage = passage.trim().to_owned();
    }
    (passage, is_cut)
}

/// Whether a text has noise or carriage returns: told by bytes, for nearly none has.
fn has_noise(text: &str) -> bool {
    let is_suspect = |byte| matches!(byte, 0..=8 | 11..=31 | 0x7f | 0xc2);
    text.bytes().fold(false, |found, byte| found | is_suspect(byte)) && text.chars().any(|c| c == '\r' || is_noise(c))
}

/// Control characters that no text needs.
fn is_noise(c: char) -> bool {
    c.is_control() && !matches!(c, '\n' | '\r' | '\t')
}

fn thread(seen: wire::Thread) -> Option<Thread> {
    let thread = Thread {
        id: seen.id.filter(|id| !id.is_empty()),
        // The thread's address is a help to the reader, no identity: one that cannot be read is left out.
        url: seen.url.and_then(|url| address("thread.url", Some(url)).ok().flatten()),
        title: line(seen.title.as_deref().unwrap_or_default(), MAX_TITLE).0,
        position: seen.position,
    };
    (thread != Thread::default()).then_some(thread)
}

fn hints(seen: &[String]) -> Vec<String> {
    let mut hints: Vec<String> = Vec::new();
    for hint in seen {
        let (hint, _) = line(hint, MAX_HINT);
        if !hint.is_empty() && hints.len() < MAX_HINTS && !hints.contains(&hint) {
            hints.push(hint);
        }
    }
    hints
}

fn change(seen: wire::Change) -> Result<Change, Refused> {
    if MAX_PASSAGES < seen.added.len() || MAX_PASSAGES < seen.removed.len() {
        return Err(Refused::ChangeTooLarge);
    }
    let page: PageType = seen.page.parse().map_err(|_| Refused::UnknownPage(seen.page))?;
    let passages = |seen: Vec<String>| seen.iter().map(|text| passage(text).0).collect();
    Ok(Change {
        page,
        added: passages(seen.added),
        removed: passages(seen.removed),
        fields: seen
            .fields
            .into_iter()
            .map(|(name, field)| (name, FieldChange { from: field.from, to: field.to }))
            .collect(),
        before: seen.before,
        after: seen.after,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin() -> Origin {
        Origin { source: "voz".parse().unwrap(), identity: "old-voz".parse().unwrap(), plugin: "feed".parse().unwrap() }
    }

    fn emitted() -> wire::Finding {
        wire::Finding {
            url: Some("https://www.Forum.example/t/9?utm_source=x#p3".to_owned()),
            title: Some(" Gia\u{0301}  qu\u{00e1}\nđắt ".to_owned()),
            kind: Some("post".to_owned()),
            ..wire::Finding::default()
        }
    }

    fn check(emitted: wire::Finding) -> Result<Finding, Refused> {
        normalise(emitted, &origin(), "2026-11-20T08:00:00Z".parse().unwrap())
    }

    #[test]
    fn text_is_composed_and_lines_are_joined() {
        assert_eq!(check(emitted()).unwrap().title, "Giá quá đắt");
    }

    #[test]
    fn id_follows_the_key_then_the_canonical_address() {
        let finding = check(emitted()).unwrap();
        assert_eq!(finding.id, FindingId::new(&"old-voz".parse().unwrap(), "forum.example/t/9"));
        assert_eq!(finding.canonical_url.unwrap().as_str(), "https://www.forum.example/t/9");
        assert_eq!(finding.site.unwrap(), "forum.example");
        let keyed = check(wire::Finding { key: Some("t9".to_owned()), ..emitted() }).unwrap();
        assert_eq!(keyed.id, FindingId::new(&"old-voz".parse().unwrap(), "t9"));
    }

    #[test]
    fn what_cannot_be_mended_is_refused_with_its_reason() {
        let nameless = wire::Finding { url: None, ..emitted() };
        assert_eq!(check(nameless), Err(Refused::NoIdentity));
        let wordless = wire::Finding { title: Some(" \u{0} ".to_owned()), ..emitted() };
        assert_eq!(check(wordless), Err(Refused::NoWords));
        let elsewhere = wire::Finding { url: Some("javascript:alert(1)".to_owned()), ..emitted() };
        assert!(matches!(check(elsewhere), Err(Refused::NoAddress { field: "url", .. })));
        let unknown = wire::Finding { kind: Some("tweet".to_owned()), ..emitted() };
        assert_eq!(check(unknown), Err(Refused::UnknownKind("tweet".to_owned())));
        let changed = wire::Finding { change: Some(wire::Change::default()), ..emitted() };
        assert_eq!(check(changed), Err(Refused::UnknownPage(String::new())));
    }

    #[test]
    fn long_text_is_cut_and_says_so() {
        let long = wire::Finding { text: Some("ă".repeat(200_000)), ..emitted() };
        let finding = check(long).unwrap();
        assert!(finding.truncated);
        assert_eq!(finding.text.len(), wire::MAX_TEXT);
    }

    #[test]
    fn engagement_is_no_content() {
        let finding = check(emitted()).unwrap();
        let liked =
            Finding { engagement: Some(Engagement { score: Some(9), ..Engagement::default() }), ..finding.clone() };
        assert_eq!(content_hash(&finding), content_hash(&liked));
        let edited = Finding { text: "more".to_owned(), ..finding.clone() };
        assert_ne!(content_hash(&finding), content_hash(&edited));
    }
}
