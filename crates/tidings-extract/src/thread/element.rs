//! Elements of a page: chosen by CSS, and read as text.

use std::cell::RefCell;
use std::collections::HashMap;

use scraper::{ElementRef, Html, Selector};
use url::Url;

/// What holds for a whole page.
pub(super) struct Scope<'a> {
    url: Option<&'a Url>,
    base: Option<Url>,
    pub(super) lang: Option<String>,
}

impl<'a> Scope<'a> {
    pub(super) fn new(document: &Html, url: Option<&'a Url>) -> Self {
        let root = document.root_element();
        let stated = first(root, "base[href]").and_then(|base| base.attr("href"));
        let base = match (stated, url) {
            (Some(href), Some(url)) => url.join(href).ok().or_else(|| Some(url.clone())),
            (Some(href), None) => Url::parse(href).ok(),
            (None, url) => url.cloned(),
        };
        let lang = root.attr("lang").or_else(|| root.attr("xml:lang")).map(str::trim).filter(|lang| !lang.is_empty());
        Self { url, base, lang: lang.map(str::to_owned) }
    }

    /// A link as it stands on the page; as written where the page's own address is not known.
    pub(super) fn absolute(&self, href: &str) -> Option<String> {
        let href = href.trim();
        if href.is_empty() || href.starts_with("javascript:") {
            return None;
        }
        match &self.base {
            Some(base) => base.join(href).ok().map(String::from),
            None => Some(href.to_owned()),
        }
    }

    pub(super) fn here(&self) -> Option<String> {
        self.url.map(Url::to_string)
    }
}

thread_local! {
    static COMPILED: RefCell<HashMap<&'static str, Option<Selector>>> = RefCell::default();
}

/// The compiled form of a selector of ours; each is compiled once on a thread. What stands behind `@` names an attribute.
fn compiled(css: &'static str) -> Option<Selector> {
    let css = css.split_once('@').map_or(css, |(css, _)| css);
    COMPILED.with_borrow_mut(|known| known.entry(css).or_insert_with(|| Selector::parse(css).ok()).clone())
}

pub(super) fn select<'a>(element: ElementRef<'a>, css: &'static str) -> Vec<ElementRef<'a>> {
    compiled(css).map(|selector| element.select(&selector).collect()).unwrap_or_default()
}

pub(super) fn first<'a>(element: ElementRef<'a>, css: &'static str) -> Option<ElementRef<'a>> {
    compiled(css).and_then(|selector| element.select(&selector).next())
}

pub(super) fn matches(element: ElementRef<'_>, css: &'static str) -> bool {
    compiled(css).is_some_and(|selector| selector.matches(&element))
}

/// All text of an element on one line.
pub(super) fn text_of(element: ElementRef<'_>) -> String {
    let mut text = String::new();
    push(element, &|_| false, &mut text);
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The readable text of an element, blocks on lines of their own, without what `drop` names.
pub(super) fn body_of(element: ElementRef<'_>, drop: &dyn Fn(ElementRef<'_>) -> bool) -> String {
    let mut text = String::new();
    push(element, drop, &mut text);
    let mut lines = String::with_capacity(text.len());
    for line in text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")) {
        if line.is_empty() {
            continue;
        }
        if !lines.is_empty() {
            lines.push('\n');
        }
        lines.push_str(&line);
    }
    lines
}

/// The text nodes that are direct children.
pub(super) fn own_text(element: ElementRef<'_>) -> String {
    let mut text = String::new();
    for child in element.children() {
        if let Some(part) = child.value().as_text() {
            text.push_str(part);
            text.push(' ');
        }
    }
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Trees nest 512 deep at most, so this recursion is bounded.
fn push(element: ElementRef<'_>, drop: &dyn Fn(ElementRef<'_>) -> bool, out: &mut String) {
    for child in element.children() {
        if let Some(text) = child.value().as_text() {
            // A line break of the source is a blank.
            out.extend(text.chars().map(|c| if c == '\n' || c == '\r' { ' ' } else { c }));
        } else if let Some(inner) = ElementRef::wrap(child) {
            let name = inner.value().name();
            if is_hidden(name) || drop(inner) {
                continue;
            }
            // Who is quoted stands on a line above the quote.
            let block = is_block(name) || (name == "cite" && matches!(element.value().name(), "blockquote" | "div"));
            if block {
                out.push('\n');
            } else if name == "td" || name == "th" {
                out.push(' ');
            }
            push(inner, drop, out);
            if block && name != "br" {
                out.push('\n');
            }
        }
    }
}

fn is_hidden(name: &str) -> bool {
    matches!(
        name,
        "script"
            | "style"
            | "noscript"
            | "template"
            | "svg"
            | "iframe"
            | "select"
            | "textarea"
            | "button"
            | "head"
            | "object"
            | "audio"
            | "video"
    )
}

fn is_block(name: &str) -> bool {
    matches!(
        name,
        "address"
            | "article"
            | "aside"
            | "blockquote"
            | "br"
            | "center"
            | "dd"
            | "details"
            | "div"
            | "dl"
            | "dt"
            | "fieldset"
            | "figcaption"
            | "figure"
            | "footer"
            | "form"
            | "h1"
            | "h2"
            | "h3"
            | "h4"
            | "h5"
            | "h6"
            | "header"
            | "hr"
            | "li"
            | "main"
            | "nav"
            | "ol"
            | "p"
            | "pre"
            | "section"
            | "summary"
            | "table"
            | "tbody"
            | "tfoot"
            | "thead"
            | "tr"
            | "ul"
    )
}
