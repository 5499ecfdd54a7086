//! A message in the few words that fit a chat: subject, findings, and how many more.

use tidings_model::{Evidence, Field, Finding, Severity};
use url::Url;

use crate::{Digest, Entry, Language, Message, Rendered, plain};

/// Findings that a chat message shows at most.
const MOST_ITEMS: usize = 10;
const LONGEST_SUBJECT: usize = 200;
const LONGEST_TITLE: usize = 180;
const LONGEST_NAME: usize = 60;
/// Characters of text around the evidence, and of them those before it.
const WINDOW: usize = 240;
const BEFORE: usize = 80;

/// What all chats say, before it is put into the markup of one. Every text is one harmless line.
pub(super) struct Brief {
    pub(super) subject: String,
    pub(super) items: Vec<Item>,
    /// What an operator's notice says.
    pub(super) lines: Vec<String>,
    /// Findings that `items` does not show.
    more: usize,
    /// Where all can be read.
    pub(super) link: Option<Url>,
    /// Of the severest finding.
    pub(super) severity: Option<Severity>,
    language: Language,
}

/// One finding.
pub(super) struct Item {
    pub(super) title: String,
    pub(super) link: Option<Url>,
    pub(super) snippet: Vec<Piece>,
    /// `high · forum.example · also in 3 sources`
    pub(super) note: String,
    pub(super) severity: Option<Severity>,
}

/// A stretch of a snippet.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Piece {
    Plain(String),
    /// Evidence.
    Marked(String),
}

/// How one chat writes what it shows.
pub(super) struct Markup {
    pub(super) escape: fn(&str) -> String,
    /// What stands before and after strong words.
    pub(super) strong: [&'static str; 2],
    /// A link with a text that is escaped already.
    pub(super) link: fn(&str, &Url) -> String,
}

impl Brief {
    pub(super) fn of(message: &Message, rendered: &Rendered) -> Self {
        let subject = plain::short_line(&rendered.subject, LONGEST_SUBJECT);
        match message {
            Message::Digest(digest) => Self::digest(digest, subject),
            Message::Notice(notice) => Self {
                subject,
                items: Vec::new(),
                lines: notice.lines.iter().map(|text| plain::short_line(text, 2 * WINDOW)).collect(),
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
            link: digest.link.as_ref().and_then(plain::link).cloned(),
            severity: digest.entries.iter().filter_map(|entry| entry.finding.severity).max(),
            language,
        }
    }

    /// `… and 12 more` when only the first `shown` items are shown; nothing when that is all.
    pub(super) fn rest(&self, shown: usize) -> Option<String> {
        let more = self.more + self.items.len() - shown.min(self.items.len());
        (0 < more).then(|| match self.language {
            Language::English => format!("… and {more} more"),
            Language::Vietnamese => format!("… và {more} mục khác"),
        })
    }

    /// What leads to all of them.
    pub(super) fn all(&self) -> &'static str {
        match self.language {
            Language::English => "Show all",
            Language::Vietnamese => "Xem tất cả",
        }
    }

    /// The whole as one text, with as many items as keep `size` of it within `limit`.
    pub(super) fn text(&self, markup: &Markup, size: fn(&str) -> usize, limit: usize) -> String {
        let Markup { escape, strong: [open, close], link } = markup;
        let tail = |shown: usize| {
            let rest = self.rest(shown).map(|rest| escape(&rest));
            let all = self.link.as_ref().map(|url| link(&escape(self.all()), url));
            let tail: Vec<_> = rest.into_iter().chain(all).collect();
            if tail.is_empty() { String::new() } else { format!("\n\n{}", tail.join("\n")) }
        };
        let mut text = format!("{open}{}{close}", escape(&self.subject));
        let lines = self.lines.iter().map(|line| format!("\n{}", escape(line)));
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
        let finding = &*entry.finding;
        let link = finding.url.as_ref().and_then(plain::link).cloned();
        let named = [&finding.title, &finding.text].into_iter().map(|text| plain::short_line(text, LONGEST_TITLE));
        let title = named.into_iter().find(|title| !title.is_empty()).unwrap_or_else(|| finding.id.to_string());
        Self {
            title,
            link,
            snippet: if finding.title.is_empty() { Vec::new() } else { snippet(finding, &entry.evidence) },
            note: note(entry, language),
            severity: finding.severity,
        }
    }

    /// Title, snippet and note, each on a line of its own so that no text moves the others.
    pub(super) fn text(&self, markup: &Markup) -> String {
        let Markup { escape, strong: [open, close], link } = markup;
        let title = escape(&self.title);
        let title = self.link.as_ref().map_or(title.clone(), |url| link(&title, url));
        let snippet: String = self
            .snippet
            .iter()
            .map(|piece| match piece {
                Piece::Plain(text) => escape(text),
                Piece::Marked(text) => format!("{open}{}{close}", escape(text)),
            })
            .collect();
        let lines = [title, snippet, escape(&self.note)];
        lines.into_iter().filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
    }
}

fn note(entry: &Entry, language: Language) -> String {
    let finding = &*entry.finding;
    let also_in = (0 < entry.also_in).then(|| also_in(entry.also_in, language));
    let [old, changed] = match language {
        Language::English => ["old page", "changed"],
        Language::Vietnamese => ["trang cũ", "đã thay đổi"],
    };
    let site = finding.site.as_deref().map(|site| plain::short_line(site, LONGEST_NAME));
    [
        finding.severity.map(|severity| severity_word(severity, language).to_owned()),
        Some(site.unwrap_or_else(|| finding.source.to_string())),
        also_in,
        entry.is_old.then(|| old.to_owned()),
        entry.is_revision.then(|| changed.to_owned()),
    ]
    .into_iter()
    .flatten()
    .collect::<Vec<_>>()
    .join(" · ")
}

fn also_in(sources: usize, language: Language) -> String {
    match (language, sources) {
        (Language::English, 1) => "also in 1 source".to_owned(),
        (Language::English, _) => format!("also in {sources} sources"),
        (Language::Vietnamese, _) => format!("cũng có ở {sources} nguồn khác"),
    }
}

fn severity_word(severity: Severity, language: Language) -> &'static str {
    match (language, severity) {
        (Language::English, _) => severity.as_str(),
        (Language::Vietnamese, Severity::Low) => "thấp",
        (Language::Vietnamese, Severity::Medium) => "trung bình",
        (Language::Vietnamese, Severity::High) => "cao",
        (Language::Vietnamese, Severity::Critical) => "nghiêm trọng",
    }
}

/// The text around the first evidence that does not lie in the title, with all evidence in it marked.
fn snippet(finding: &Finding, evidence: &[Evidence]) -> Vec<Piece> {
    let shown = evidence.iter().find_map(|one| Some((&one.field, body(finding, &one.field)?)));
    let (field, text) = shown.unwrap_or((&Field::Text, &finding.text));
    let mut spans: Vec<(usize, usize)> =
        evidence.iter().filter(|one| one.field == *field).map(|one| (one.start as usize, one.end as usize)).collect();
    spans.sort_unstable();
    let from = spans.first().map_or(0, |(start, _)| window_start(text, *start));
    let window: Vec<char> = text.chars().skip(from).take(WINDOW + 1).collect();
    let is_cut = WINDOW < window.len();
    let window = &window[..window.len().min(WINDOW)];
    let mut pieces = Vec::new();
    let mut push = |marked: bool, chars: &[char]| {
        let text = stretch(&chars.iter().collect::<String>());
        if !text.is_empty() {
            pieces.push(if marked { Piece::Marked(text) } else { Piece::Plain(text) });
        }
    };
    if 0 < from {
        push(false, &['…']);
    }
    let mut done = 0;
    for (start, end) in spans {
        let start = start.saturating_sub(from).clamp(done, window.len());
        let end = end.saturating_sub(from).clamp(start, window.len());
        push(false, &window[done..start]);
        push(true, &window[start..end]);
        done = end;
    }
    push(false, &window[done..]);
    if is_cut {
        push(false, &['…']);
    }
    pieces
}

/// Some characters before the evidence, at the beginning of a word if there is one.
fn window_start(text: &str, evidence: usize) -> usize {
    let from = evidence.saturating_sub(BEFORE);
    let before = text.chars().skip(from).take(evidence - from);
    let is_at_word = from == 0 || text.chars().nth(from - 1).is_some_and(char::is_whitespace);
    let word = if is_at_word { None } else { before.into_iter().position(char::is_whitespace) };
    from + word.unwrap_or(0)
}

/// The fields that a snippet is taken from.
fn body<'a>(finding: &'a Finding, field: &Field) -> Option<&'a str> {
    match field {
        Field::Text => Some(&finding.text),
        Field::ChangeAdded(index) => {
            finding.change.as_ref().and_then(|change| change.added.get(*index as usize)).map(String::as_str)
        }
        Field::Attr(name) => finding.attrs.get(name).and_then(serde_json::Value::as_str),
        Field::Title | Field::Author | Field::Url | Field::ThreadTitle => None,
    }
}

/// As [`plain::line`], with one space kept where the text began or ended with any.
fn stretch(text: &str) -> String {
    let line = plain::line(text);
    let gap = |is_there: bool| if is_there { " " } else { "" };
    match line.is_empty() {
        true => gap(!text.is_empty()).to_owned(),
        false => {
            format!("{}{line}{}", gap(text.starts_with(char::is_whitespace)), gap(text.ends_with(char::is_whitespace)))
        }
    }
}
