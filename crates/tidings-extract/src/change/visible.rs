//! The text of a page that a reader would watch: blocks on lines of their own, without navigation, banners and ads.

use scraper::{ElementRef, Html, Node, Selector};

use super::structured::elements;

/// Elements that never hold what is watched.
const NEVER: [&str; 22] = [
    "script", "style", "noscript", "template", "nav", "header", "footer", "aside", "svg", "iframe", "object", "select",
    "option", "button", "head", "canvas", "audio", "video", "dialog", "textarea", "input", "label",
];
/// Elements that begin and end a block.
const BLOCKS: [&str; 30] = [
    "p",
    "div",
    "section",
    "article",
    "main",
    "li",
    "ul",
    "ol",
    "dl",
    "dt",
    "dd",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "table",
    "tr",
    "blockquote",
    "pre",
    "br",
    "hr",
    "figure",
    "figcaption",
    "form",
    "fieldset",
    "details",
    "summary",
    "address",
];
/// First words of an id or class that name banners, ads and the like. A wrapper such as `has-sidebar` begins otherwise.
const NOISE: [&str; 16] = [
    "cookie",
    "cookies",
    "consent",
    "gdpr",
    "newsletter",
    "advert",
    "advertisement",
    "adsbygoogle",
    "breadcrumb",
    "breadcrumbs",
    "share",
    "social",
    "related",
    "recommendations",
    "popup",
    "sidebar",
];
/// A main element with less text than this, in bytes, is not the page.
const MIN_MAIN: usize = 200;

/// Most headings of a page that are kept.
const MAX_HEADINGS: usize = 60;
/// Most links of a page that are counted.
const MAX_LINKS: usize = 20_000;

/// What of a page is watched.
#[derive(Debug, Default)]
pub struct Scope {
    /// Only what is inside these, if there are any; else the main part of the page.
    pub include: Vec<Selector>,
    pub exclude: Vec<Selector>,
}

/// Reads a CSS selector.
///
/// # Errors
///
/// What is wrong with it, in words.
pub fn selector(css: &str) -> Result<Selector, String> {
    Selector::parse(css).map_err(|error| error.to_string())
}

/// What of a page is watched, read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Visible {
    /// Each block on a line.
    pub text: String,
    /// The texts of its headings of the first three ranks, in order; as many as `MAX_HEADINGS` at most.
    pub headings: Vec<String>,
    /// The addresses that it links to, as they are written.
    pub links: Vec<String>,
}

/// The watched text of a page, as [`visible`] reads it.
pub fn visible_text(page: &Html, scope: &Scope) -> Result<String, usize> {
    visible(page, scope).map(|seen| seen.text)
}

/// What is watched of a page, or the place in `scope.include` of the first selector that matches nothing.
///
/// A part that is no longer found is no part that was removed, so one selector that fails, fails the page.
pub fn visible(page: &Html, scope: &Scope) -> Result<Visible, usize> {
    if let Some(place) = scope.include.iter().position(|selector| page.select(selector).next().is_none()) {
        return Err(place);
    }
    if !scope.include.is_empty() {
        let mut roots: Vec<ElementRef<'_>> = scope.include.iter().flat_map(|selector| page.select(selector)).collect();
        // A match inside another would be told twice.
        let ids: Vec<_> = roots.iter().map(|root| root.id()).collect();
        roots.retain(|root| !root.ancestors().any(|above| ids.contains(&above.id())));
        roots.dedup_by_key(|root| root.id());
        return Ok(seen_in(&roots, scope, false));
    }
    let is_main = |element: &ElementRef<'_>| {
        matches!(element.value().name(), "main" | "article") || element.attr("role") == Some("main")
    };
    let mains: Vec<ElementRef<'_>> = elements(page).filter(is_main).collect();
    let inside = mains.iter().max_by_key(|main| main.descendants().count()).map(|main| seen_in(&[*main], scope, true));
    match inside.filter(|seen| MIN_MAIN <= seen.text.len()) {
        Some(seen) => Ok(seen),
        None => Ok(seen_in(&[page.root_element()], scope, true)),
    }
}

fn seen_in(roots: &[ElementRef<'_>], scope: &Scope, filters: bool) -> Visible {
    let mut seen = Visible::default();
    for root in roots {
        enter(*root, scope, filters, &mut seen);
        break_line(&mut seen.text);
    }
    seen
}

/// Reads an element, and what it is itself.
fn enter(element: ElementRef<'_>, scope: &Scope, filters: bool, seen: &mut Visible) {
    let start = seen.text.len();
    walk(element, scope, filters, seen);
    match element.value().name() {
        "h1" | "h2" | "h3" if seen.headings.len() < MAX_HEADINGS => {
            let heading = collapsed(seen.text.get(start..).unwrap_or_default());
            seen.headings.extend(Some(heading.replace('\n', " ")).filter(|heading| !heading.is_empty()));
        }
        "a" if seen.links.len() < MAX_LINKS => seen.links.extend(element.attr("href").map(str::to_owned)),
        _ => {}
    }
}

/// The tree is at most as deep as the gate before it allows.
fn walk(element: ElementRef<'_>, scope: &Scope, filters: bool, seen: &mut Visible) {
    for child in element.children() {
        match child.value() {
            Node::Text(words) => push(words, &mut seen.text),
            Node::Element(_) => {
                let Some(child) = ElementRef::wrap(child) else { continue };
                let name = child.value().name();
                if is_left_out(child, name, scope, filters) {
                    continue;
                }
                let is_block = BLOCKS.contains(&name);
                if is_block {
                    break_line(&mut seen.text);
                } else if matches!(name, "td" | "th") {
                    push(" ", &mut seen.text);
                }
                enter(child, scope, filters, seen);
                if is_block {
                    break_line(&mut seen.text);
                }
            }
            _ => {}
        }
    }
}

fn is_left_out(element: ElementRef<'_>, name: &str, scope: &Scope, filters: bool) -> bool {
    let value = element.value();
    if matches!(name, "script" | "style" | "noscript" | "template") || value.attr("hidden").is_some() {
        return true;
    }
    if scope.exclude.iter().any(|selector| selector.matches(&element)) {
        return true;
    }
    if !filters {
        return false;
    }
    let is_noise = |names: Option<&str>| {
        names.unwrap_or_default().split_ascii_whitespace().any(|name| {
            let first = name.split(['-', '_']).next().unwrap_or_default().to_ascii_lowercase();
            NOISE.contains(&first.as_str())
        })
    };
    NEVER.contains(&name)
        || value.attr("aria-hidden") == Some("true")
        || matches!(value.attr("role"), Some("navigation" | "banner" | "contentinfo" | "dialog" | "search"))
        || (is_noise(value.attr("id")) || is_noise(value.attr("class"))) && !matches!(name, "html" | "body" | "main")
}

/// White space collapses.
fn push(words: &str, text: &mut String) {
    for (at, word) in words.split(|letter: char| letter.is_whitespace() || letter == '\u{200b}').enumerate() {
        let is_parted = 0 < at && !text.is_empty() && !text.ends_with([' ', '\n']);
        if is_parted {
            text.push(' ');
        }
        text.push_str(word);
    }
}

/// `words` with its white space collapsed.
pub(super) fn collapsed(words: &str) -> String {
    let mut text = String::new();
    push(words, &mut text);
    break_line(&mut text);
    text.truncate(text.trim_end().len());
    text
}

fn break_line(text: &mut String) {
    while text.ends_with(' ') {
        text.pop();
    }
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "<body><header>Menu</header><div class='cookie-bar'>We use cookies</div>
        <div id=plans><h2>Plans</h2><p>Basic:  <b>99</b> a month</p><ul><li>one<li>two</ul></div>
        <table><tr><td>Seats<td>5</table><footer>2026</footer></body>";

    #[track_caller]
    fn check(include: &[&str], exclude: &str, expected: Result<&str, usize>) {
        let parse = |css: &&str| Selector::parse(css).unwrap();
        let exclude = Some(exclude).filter(|css| !css.is_empty());
        let scope =
            Scope { include: include.iter().map(parse).collect(), exclude: exclude.iter().map(parse).collect() };
        assert_eq!(visible_text(&Html::parse_document(PAGE), &scope).as_deref().map_err(|place| *place), expected);
    }

    #[test]
    fn a_page_without_its_frame_is_watched() {
        check(&[], "", Ok("Plans\nBasic: 99 a month\none\ntwo\nSeats 5\n"));
    }

    #[test]
    fn one_selector_that_matches_nothing_fails_the_page() {
        check(&[".gone"], "", Err(0));
        check(&["#plans", ".gone"], "", Err(1));
    }

    #[test]
    fn a_wrapper_that_is_named_after_its_sidebar_is_watched() {
        let page = "<div class='layout has-sidebar'><p class='plan recommended'>Team: $20</p><div class=sidebar>Ads</div></div>";
        assert_eq!(visible_text(&Html::parse_document(page), &Scope::default()).unwrap(), "Team: $20\n");
    }

    #[test]
    fn what_is_chosen_is_watched_whatever_it_is() {
        check(&["#plans h2, h2"], "", Ok("Plans\n"));
        check(&["footer"], "", Ok("2026\n"));
        check(&["#plans"], "ul", Ok("Plans\nBasic: 99 a month\n"));
        check(&["#plans", "h2"], "ul", Ok("Plans\nBasic: 99 a month\n"));
    }
}
