//! Title, author, date and language that a page states of itself.

use std::sync::LazyLock;

use jiff::Timestamp;
use scraper::{ElementRef, Html};
use serde_json::Value;
use url::Url;

use crate::date::{self, DayOrder};
use crate::html::{Layout, push_collapsed, push_plain};

/// Most JSON-LD that is read, in bytes a block and values a page.
const MAX_JSON: usize = 1 << 20;
const MAX_VALUES: usize = 5_000;
/// Longest title and name, in letters.
const MAX_TITLE: usize = 500;
const MAX_NAME: usize = 200;

/// What was found, by where: earlier places are surer.
#[derive(Debug, Default)]
pub(super) struct Meta {
    pub(super) title: Option<String>,
    /// The only `<h1>`, where it is a headline and not the site's name.
    pub(super) headline: Option<String>,
    pub(super) author: Option<String>,
    pub(super) published: Option<Timestamp>,
    pub(super) lang: Option<String>,
    /// The text of the article as the page gives it to search engines.
    pub(super) body: Option<String>,
    /// `<meta name="description">`.
    pub(super) description: Option<String>,
}

#[derive(Default)]
struct Seen {
    json: Json,
    title_element: Option<String>,
    og_title: Option<String>,
    heading: Option<String>,
    headings: usize,
    site: Option<String>,
    author: Option<String>,
    /// Rank, then the date as written; the lowest rank counts.
    date: Option<(u8, String)>,
    lang: Option<String>,
    description: Option<String>,
}

pub(super) fn meta(tree: &Html, url: Option<&Url>) -> Meta {
    let mut seen = Seen::default();
    for node in tree.tree.root().descendants() {
        let Some(element) = ElementRef::wrap(node) else { continue };
        match element.value().name() {
            "html" => seen.lang = element.attr("lang").or_else(|| element.attr("xml:lang")).and_then(lang),
            "title" if seen.title_element.is_none() => {
                seen.title_element = one_line(&text(element, 4 * MAX_TITLE, 500), MAX_TITLE);
            }
            "meta" => seen.meta(element),
            "script"
                if element.attr("type").is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/ld+json")) =>
            {
                seen.json.read(&element.text().collect::<String>());
            }
            "h1" => {
                seen.headings += 1;
                if seen.heading.is_none() {
                    seen.heading = one_line(&text(element, 4 * MAX_TITLE, 500), MAX_TITLE);
                }
            }
            "time" => seen.time(element),
            "abbr" if element.attr("class").is_some_and(|class| class.contains("published")) => {
                seen.offer_date(4, element.attr("title"));
            }
            "span" | "p" | "div" | "li" | "small" | "em" | "i" | "b" | "td" | "font" | "footer" => seen.dated(element),
            _ => {}
        }
    }
    seen.finish(url)
}

impl Seen {
    fn meta(&mut self, element: ElementRef<'_>) {
        let Some(content) = element.attr("content").map(str::trim).filter(|content| !content.is_empty()) else {
            return;
        };
        let names = ["property", "name", "itemprop", "http-equiv"].into_iter().filter_map(|name| element.attr(name));
        for name in names.flat_map(str::split_ascii_whitespace) {
            match name.to_ascii_lowercase().as_str() {
                "og:title" | "twitter:title" | "dc.title" | "dcterms.title" | "headline" | "parsely-title"
                    if self.og_title.is_none() =>
                {
                    self.og_title = plain(content, MAX_TITLE);
                }
                "og:site_name" | "application-name" if self.site.is_none() => self.site = one_line(content, MAX_NAME),
                "author" | "article:author" | "dc.creator" | "dcterms.creator" | "parsely-author"
                | "sailthru.author" | "byl" | "twitter:data1"
                    if self.author.is_none() && (name != "twitter:data1") =>
                {
                    self.author = name_of(content);
                }
                "article:published_time" | "og:article:published_time" => self.offer_date(0, Some(content)),
                "datepublished"
                | "parsely-pub-date"
                | "sailthru.date"
                | "dcterms.created"
                | "dc.date.issued"
                | "dcterms.issued"
                | "publish-date"
                | "publishdate"
                | "pubdate"
                | "published_time"
                | "article.published"
                | "cxenseparse:recs:publishtime"
                | "date.created"
                | "dc.date.created" => {
                    self.offer_date(1, Some(content));
                }
                "dc.date"
                | "dcterms.date"
                | "date"
                | "datecreated"
                | "publication_date"
                | "citation_publication_date"
                | "og:pubdate"
                | "article_date_original"
                | "originalpublicationdate"
                | "ptime"
                | "pdate" => {
                    self.offer_date(2, Some(content));
                }
                "og:description" | "description" if self.description.is_none() => {
                    self.description = plain(content, 2_000);
                }
                "og:locale" | "content-language" | "language" | "dc.language" if self.lang.is_none() => {
                    self.lang = lang(content);
                }
                _ => {}
            }
        }
    }

    fn time(&mut self, element: ElementRef<'_>) {
        let class = element.attr("class").unwrap_or_default().to_ascii_lowercase();
        if class.contains("updated") && !class.contains("published") {
            return;
        }
        let rank = if element.attr("itemprop") == Some("datePublished") || element.attr("pubdate").is_some() {
            3
        } else if class.contains("publish") || class.contains("entry-date") {
            4
        } else {
            6
        };
        let text = short_text(element);
        self.offer_date(rank, element.attr("datetime").or(text.as_deref()));
    }

    /// An element that says by its name that it holds the date.
    fn dated(&mut self, element: ElementRef<'_>) {
        if element.attr("itemprop") == Some("datePublished") {
            let text = short_text(element);
            self.offer_date(3, element.attr("content").or(element.attr("datetime")).or(text.as_deref()));
            return;
        }
        let Some(class) = element.attr("class").or_else(|| element.attr("id")) else { return };
        if !DATE_WORDS.is_match(class) {
            return;
        }
        if let Some(text) = short_text(element) {
            self.offer_date(7, Some(&text));
        }
    }

    fn offer_date(&mut self, rank: u8, text: Option<&str>) {
        let Some(text) = text.map(str::trim).filter(|text| (6..=120).contains(&text.len())) else { return };
        if self.date.as_ref().is_none_or(|(known, _)| rank < *known)
            && text.bytes().any(|byte| byte.is_ascii_digit())
            && read_date(text, DayOrder::DayFirst).is_some()
        {
            self.date = Some((rank, text.to_owned()));
        }
    }

    fn finish(self, url: Option<&Url>) -> Meta {
        let lang = self.lang.or(self.json.lang);
        let order = lang.as_deref().map_or(DayOrder::Unknown, DayOrder::of_lang);
        let order = match (order, url.and_then(Url::domain)) {
            (DayOrder::Unknown, Some(host)) if !host.ends_with(".com") && !host.ends_with(".org") => DayOrder::DayFirst,
            (order, _) => order,
        };
        let stated = self.date;
        let read = |text: &str| read_date(text, order);
        let published = self
            .json
            .published
            .as_deref()
            .and_then(read)
            .or_else(|| stated.as_ref().filter(|(rank, _)| *rank <= 4).and_then(|(_, text)| read(text)))
            .or_else(|| url.and_then(date_of_url))
            .or_else(|| stated.and_then(|(_, text)| read(&text)));
        let heading = self.heading.clone();
        let title = self
            .json
            .title
            .or(self.og_title.map(|title| without_site(&title, self.site.as_deref(), self.heading.as_deref())))
            .or_else(|| {
                self.title_element.map(|title| without_site(&title, self.site.as_deref(), self.heading.as_deref()))
            })
            .or(self.heading);
        // Some headings hold a kicker or a date beside the title.
        let is_headline = |heading: &String| {
            heading.chars().count() > 10
                && self.site.as_ref() != Some(heading)
                && !title.as_ref().is_some_and(|title| heading.contains(title))
        };
        let headline = heading.filter(|heading| self.headings == 1 && is_headline(heading));
        Meta {
            title,
            headline,
            author: self.json.author.or(self.author),
            published,
            lang,
            body: self.json.body,
            description: self.description,
        }
    }
}

static DATE_WORDS: LazyLock<Words> = LazyLock::new(|| {
    let words = ["date", "publish", "posted", "time", "meta", "byline", "info", "ngay", "datum", "fecha", "thoi-gian"];
    Words(aho_corasick::AhoCorasick::builder().ascii_case_insensitive(true).build(words).expect("few short words"))
});

struct Words(aho_corasick::AhoCorasick);

impl Words {
    fn is_match(&self, text: &str) -> bool {
        self.0.is_match(text)
    }
}

/// The text of an element that holds little.
fn short_text(element: ElementRef<'_>) -> Option<String> {
    let mut text = String::new();
    for (number, node) in element.descendants().enumerate() {
        let part = node.value().as_text().map_or("", |part| &**part);
        if number > 40 || text.len() + part.len() > 160 {
            return None;
        }
        text.push_str(part);
        text.push(' ');
    }
    one_line(&text, 120)
}

/// How the text of an element begins: `most` bytes and nodes of it at most.
fn text(element: ElementRef<'_>, most: usize, nodes: usize) -> String {
    let mut text = String::new();
    for node in element.descendants().take(nodes) {
        let part = node.value().as_text().map_or("", |part| &**part);
        text.push_str(&part[..part.floor_char_boundary(most.saturating_sub(text.len()))]);
    }
    text
}

/// A date, or one after a few words ("Published on", "Đăng ngày"), or before a stroke.
fn read_date(text: &str, order: DayOrder) -> Option<Timestamp> {
    let sane = |date: &Timestamp| (631_152_000..4_102_444_800).contains(&date.as_second());
    if let Some(date) = date::parse(text, order).filter(sane) {
        return Some(date);
    }
    let first = text.char_indices().find(|(_, char)| char.is_ascii_digit())?.0;
    if let Some(date) = date::parse(&text[first..], order).filter(sane) {
        return Some(date);
    }
    text.split(['|', '•', '·', '–', '(', ')', ';', '\n'])
        .filter(|part| part.trim().len() >= 6)
        .find_map(|part| date::parse(part, order).filter(sane))
}

fn date_of_url(url: &Url) -> Option<Timestamp> {
    let parts: Vec<&str> = url.path().split(['/', '-', '_']).collect();
    parts.windows(3).find_map(|parts| {
        let [year, month, day] = parts else { return None };
        let fits = year.len() == 4 && year.starts_with("20") && month.len() <= 2 && day.len() <= 2;
        let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        if !fits || !digits(year) || !digits(month) || !digits(day) {
            return None;
        }
        date::parse(&format!("{year}-{month:0>2}-{day:0>2}"), DayOrder::Unknown)
    })
}

/// A title without the name of its site after a stroke.
fn without_site(title: &str, site: Option<&str>, heading: Option<&str>) -> String {
    if let Some(heading) = heading.filter(|heading| heading.chars().count() > 10 && title.contains(*heading)) {
        return heading.to_owned();
    }
    for stroke in [" | ", " - ", " – ", " — ", " » ", " :: ", " · ", " • ", " / "] {
        let Some((rest, last)) = title.rsplit_once(stroke) else { continue };
        let is_site = site.is_some_and(|site| last.trim().eq_ignore_ascii_case(site));
        if is_site || (rest.split_whitespace().count() > 3 && last.split_whitespace().count() <= 4) {
            return rest.trim().to_owned();
        }
    }
    title.to_owned()
}

fn one_line(text: &str, most: usize) -> Option<String> {
    let mut line = String::new();
    push_collapsed(text, Layout::OneLine, &mut line);
    let line: String = line.trim().chars().take(most).collect();
    (!line.is_empty()).then_some(line)
}

/// Many pages write entities twice in their metadata.
fn plain(text: &str, most: usize) -> Option<String> {
    let mut line = String::new();
    push_plain(text, Layout::OneLine, &mut line);
    let line: String = line.trim().chars().take(most).collect();
    (!line.is_empty()).then_some(line)
}

fn name_of(text: &str) -> Option<String> {
    let name = plain(text, MAX_NAME)?;
    (!name.starts_with("http") && !name.contains("://")).then_some(name)
}

fn lang(text: &str) -> Option<String> {
    let lang = text.split([',', ';']).next()?.trim().replace('_', "-");
    let fits = (2..=35).contains(&lang.len()) && lang.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    fits.then_some(lang)
}

/// What JSON-LD says of the article.
#[derive(Default)]
struct Json {
    title: Option<String>,
    author: Option<String>,
    published: Option<String>,
    lang: Option<String>,
    body: Option<String>,
}

impl Json {
    fn read(&mut self, text: &str) {
        if text.len() > MAX_JSON {
            return;
        }
        let text = text.trim().trim_start_matches("<![CDATA[").trim_end_matches("]]>").trim_end_matches(';');
        let Ok(value) = serde_json::from_str::<Value>(text) else { return };
        let mut rest = vec![&value];
        let mut left = MAX_VALUES;
        while let Some(value) = rest.pop() {
            left = left.saturating_sub(1);
            if left == 0 {
                return;
            }
            match value {
                Value::Array(values) => rest.extend(values.iter().rev().take(left)),
                Value::Object(object) => {
                    if is_article(object.get("@type")) {
                        self.article(object);
                    }
                    rest.extend(["mainEntity", "@graph"].iter().filter_map(|key| object.get(*key)));
                }
                _ => {}
            }
        }
    }

    fn article(&mut self, object: &serde_json::Map<String, Value>) {
        let text = |key: &str| object.get(key).and_then(Value::as_str);
        let fill = |slot: &mut Option<String>, value: Option<String>| {
            if slot.is_none() {
                *slot = value;
            }
        };
        fill(&mut self.title, text("headline").or(text("name")).and_then(|title| plain(title, MAX_TITLE)));
        fill(&mut self.published, text("datePublished").or(text("dateCreated")).map(str::to_owned));
        fill(&mut self.lang, text("inLanguage").and_then(lang));
        fill(&mut self.body, text("articleBody").or(text("reviewBody")).map(str::to_owned));
        fill(&mut self.author, object.get("author").and_then(people));
    }
}

fn is_article(kind: Option<&Value>) -> bool {
    let named = |kind: &str| {
        kind.ends_with("Article") || kind.ends_with("Posting") || matches!(kind, "Report" | "Review" | "Recipe")
    };
    match kind {
        Some(Value::String(kind)) => named(kind),
        Some(Value::Array(kinds)) => kinds.iter().filter_map(Value::as_str).any(named),
        _ => false,
    }
}

fn people(value: &Value) -> Option<String> {
    match value {
        Value::String(name) => name_of(name),
        Value::Object(person) => person.get("name").and_then(people),
        Value::Array(list) => {
            let names: Vec<String> = list.iter().take(10).filter_map(people).collect();
            (!names.is_empty()).then(|| names.join(", "))
        }
        _ => None,
    }
}
