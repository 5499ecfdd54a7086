//! A message in the few words that fit a chat: subject, findings, and how many more.

use tidings_model::Severity;

use crate::inert::{line, link};
use crate::marked::Marked;
use crate::{Digest, Entry, Language, Message, Rendered};

/// Findings that a chat message shows at most.
const MOST_ITEMS: usize = 10;
const LONGEST_SUBJECT: usize = 200;
const LONGEST_LINE: usize = 500;
const LONGEST_NAME: usize = 60;

/// What all chats say, before it is put into the markup of one. Every text is one harmless line.
pub(super) struct Brief {
    pub(super) subject: String,
    pub(super) items: Vec<Item>,
    /// What an operator's notice says.
    pub(super) lines: Vec<String>,
    /// Findings that `items` does not show.
    more: usize,
    /// Where all can be read.
    pub(super) link: Option<String>,
    /// Of the severest finding.
    pub(super) severity: Option<Severity>,
    language: Language,
}

/// One finding.
pub(super) struct Item {
    pub(super) title: String,
    pub(super) link: Option<String>,
    pub(super) snippet: Marked,
    /// `High severity · forum.example · also in 3 sources`
    pub(super) note: String,
    pub(super) severity: Option<Severity>,
}

/// How one chat writes what it shows.
pub(super) struct Markup {
    /// Appends one character of a finding, so that it means itself.
    pub(super) push: fn(&mut String, char),
    /// What stands before and after strong words.
    pub(super) strong: [&'static str; 2],
    /// A link with a text that is escaped already.
    pub(super) link: fn(&str, &str) -> String,
}

impl Markup {
    pub(super) fn escape(&self, text: &str) -> String {
        let mut escaped = String::with_capacity(text.len());
        text.chars().for_each(|c| (self.push)(&mut escaped, c));
        escaped
    }

    pub(super) fn marked(&self, marked: &Marked) -> String {
        let [open, close] = self.strong;
        marked.shown(open, close, self.push)
    }
}

impl Brief {
    pub(super) fn of(message: &Message, rendered: &Rendered) -> Self {
        let subject = line(&rendered.subject, LONGEST_SUBJECT);
        match message {
            Message::Digest(digest) => Self::digest(digest, subject),
            Message::Notice(notice) => Self {
                subject,
                items: Vec::new(),
                lines: notice.lines.iter().map(|text| line(text, LONGEST_LINE)).collect(),
                more: 0,
                link: None,
                severity: None,
                language: notice.language,
            },
        }
    }

    fn digest(digest: &Digest, subject: String) -> Self {
        let language = digest.language;
        Self {
            subject,
            items: digest.entries.iter().take(MOST_ITEMS).map(|entry| Item::of(entry, language)).collect(),
            lines: Vec::new(),
            more: digest.entries.len().saturating_sub(MOST_ITEMS) + digest.left_out,
            link: digest.link.as_ref().and_then(link),
            severity: digest.entries.iter().filter_map(|entry| entry.finding.severity).max(),
            language,
        }
    }

    /// `And 12 more.` when only the first `shown` items are shown; nothing when that is all.
    pub(super) fn rest(&self, shown: usize) -> Option<String> {
        let more = self.more + self.items.len().saturating_sub(shown);
        (0 < more).then(|| self.language.words().more.of(more))
    }

    /// What leads to all of them.
    pub(super) fn all(&self) -> &'static str {
        self.language.words().read_all
    }

    /// The whole as one text, with as many items as keep `size` of it within `limit`.
    pub(super) fn text(&self, markup: &Markup, size: fn(&str) -> usize, limit: usize) -> String {
        let [open, close] = markup.strong;
        let tail = |shown: usize| {
            let rest = self.rest(shown).map(|rest| markup.escape(&rest));
            let all = self.link.as_ref().map(|url| (markup.link)(&markup.escape(self.all()), url));
            let tail: Vec<_> = rest.into_iter().chain(all).collect();
            if tail.is_empty() { String::new() } else { format!("\n\n{}", tail.join("\n")) }
        };
        let mut text = format!("{open}{}{close}", markup.escape(&self.subject));
        let lines = self.lines.iter().map(|line| format!("\n{}", markup.escape(line)));
        let items = self.items.iter().map(|item| format!("\n\n{}", item.text(markup)));
        let mut shown = 0;
        for part in lines.chain(items) {
            if limit < size(&text) + size(&part) + size(&tail(shown)) {
                break;
            }
            text.push_str(&part);
            shown += usize::from(part.starts_with("\n\n"));
        }
        text + &tail(shown)
    }
}

impl Item {
    fn of(entry: &Entry, language: Language) -> Self {
        Self {
            title: Marked::title(entry).plain(),
            link: entry.finding.url.as_ref().and_then(link),
            snippet: Marked::snippet(entry),
            note: note(entry, language),
            severity: entry.finding.severity,
        }
    }

    /// Title, snippet and note, each on a line of its own so that no text moves the others.
    pub(super) fn text(&self, markup: &Markup) -> String {
        let title = markup.escape(&self.title);
        let title = self.link.as_ref().map_or(title.clone(), |url| (markup.link)(&title, url));
        let lines = [title, markup.marked(&self.snippet), markup.escape(&self.note)];
        lines.into_iter().filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
    }
}

fn note(entry: &Entry, language: Language) -> String {
    let (finding, words) = (&*entry.finding, language.words());
    let severity = finding.severity.map(|severity| match severity {
        Severity::Critical => words.critical,
        Severity::High => words.high,
        Severity::Medium => words.medium,
        Severity::Low => words.low,
    });
    let site = finding.site.as_deref().unwrap_or(finding.source.as_str());
    [
        severity.map(str::to_owned),
        Some(line(site, LONGEST_NAME)),
        (0 < entry.also_in).then(|| words.also_in.of(entry.also_in)),
        entry.is_old.then(|| words.old_note.to_owned()),
        entry.is_revision.then(|| words.changed_note.to_owned()),
    ]
    .into_iter()
    .flatten()
    .collect::<Vec<_>>()
    .join(" · ")
}
