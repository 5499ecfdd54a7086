//! How a page is read: as a feed, by its JSON-LD, or as a list of blocks that repeat.

mod json_ld;

use std::collections::{BTreeMap, BTreeSet};

use scraper::{ElementRef, Html, Selector};

pub(crate) use json_ld::{Pointers, pointers};

/// Fewest blocks that make a list.
const MIN_BLOCKS: usize = 3;
/// Most elements of a page that are looked at.
const MAX_ELEMENTS: usize = 50_000;
/// Where what repeats is no content.
const ASIDE: &[&str] = &["nav", "header", "footer", "aside", "form", "menu"];
/// Where titles stand in a block, the best first; then where the link is.
const TITLES: &[(&str, &str)] = &[
    ("h1 a", "h1 a"),
    ("h2 a", "h2 a"),
    ("h3 a", "h3 a"),
    ("h4 a", "h4 a"),
    ("a h2", "a"),
    ("a h3", "a"),
    ("h2", "a"),
    ("h3", "a"),
    ("a", "a"),
];

/// How a page is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Reading {
    Feed,
    JsonLd(Pointers),
    List(Selectors),
}

/// Where the parts of a list stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Selectors {
    pub(crate) items: String,
    pub(crate) title: String,
    pub(crate) link: String,
}

/// The list of a page: of the blocks that repeat, those that hold the most words of
/// links that differ. `None` where nothing repeats.
pub(crate) fn list(tree: &Html) -> Option<Selectors> {
    let mut groups: BTreeMap<String, Vec<ElementRef<'_>>> = BTreeMap::new();
    for element in elements(tree) {
        if let Some(name) = signature(element) {
            groups.entry(name).or_default().push(element);
        }
    }
    let scored = groups.into_iter().filter_map(|(items, blocks)| {
        let (score, title, link) = score(&blocks)?;
        Some((score, Selectors { items, title: title.to_owned(), link: link.to_owned() }))
    });
    scored.max_by_key(|(score, _)| *score).map(|(_, selectors)| selectors)
}

fn elements(tree: &Html) -> impl Iterator<Item = ElementRef<'_>> {
    tree.root_element().descendants().filter_map(ElementRef::wrap).take(MAX_ELEMENTS)
}

/// A selector of the elements like this one; `None` where it says too little.
fn signature(element: ElementRef<'_>) -> Option<String> {
    let name = element.value().name();
    let is_block = ["li", "article", "div", "tr", "section", "a", "dt"].contains(&name);
    // Classes with digits are often made anew with each build of the page.
    let is_plain = |class: &&str| class.bytes().all(|b| b.is_ascii_lowercase() || matches!(b, b'-' | b'_'));
    match element.value().classes().find(is_plain) {
        Some(class) if is_block => Some(format!("{name}.{class}")),
        None if matches!(name, "li" | "article" | "tr") => {
            let parent = element.parent().and_then(ElementRef::wrap)?;
            let class = parent.value().classes().find(is_plain);
            Some(class.map_or_else(|| name.to_owned(), |class| format!(".{class} > {name}")))
        }
        _ => None,
    }
}

fn score(blocks: &[ElementRef<'_>]) -> Option<(usize, &'static str, &'static str)> {
    if blocks.len() < MIN_BLOCKS || blocks.iter().any(|block| is_aside(*block)) {
        return None;
    }
    for (title, link) in TITLES {
        let (titles, links) = (Selector::parse(title).ok()?, Selector::parse(link).ok()?);
        let mut texts = BTreeSet::new();
        for block in blocks {
            let href = block.select(&links).next().and_then(|link| link.value().attr("href"));
            let text = block.select(&titles).next().map(|title| title.text().collect::<String>());
            if let (Some(href), Some(text)) = (href, text.filter(|text| !text.trim().is_empty())) {
                texts.insert((href, text.split_whitespace().map(str::len).sum::<usize>().min(120)));
            }
        }
        // Nearly all of them: the plugin will take one without a title for a fault.
        if blocks.len() == texts.len() || (10 < blocks.len() && blocks.len() * 9 <= texts.len() * 10) {
            let words = texts.iter().map(|(_, length)| length).sum::<usize>();
            // A link inside a heading is what a list is about.
            return Some((if *title == "a" { words } else { words * 2 }, title, link));
        }
    }
    None
}

fn is_aside(block: ElementRef<'_>) -> bool {
    let mut ancestors = block.ancestors().filter_map(ElementRef::wrap);
    ancestors.any(|ancestor| ASIDE.contains(&ancestor.value().name()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(html: &str, expected: Option<(&str, &str, &str)>) {
        let found = list(&Html::parse_document(html));
        let found = found.as_ref().map(|list| (list.items.as_str(), list.title.as_str(), list.link.as_str()));
        assert_eq!(found, expected);
    }

    #[test]
    fn a_list_is_what_repeats_with_titles_that_link() {
        let nav = "<nav><ul><li><a href=/x>Products of ours</a><li><a href=/y>Prices of ours</a><li><a href=/z>Jobs</a></ul></nav>";
        let post = |n: usize| {
            format!(
                "<article class='post'><h2><a href=/{n}>News number {n}</a></h2><p>Words <a href=/t>tag</a></p></article>"
            )
        };
        let page = format!("{nav}<main>{}</main>", (0..5).map(post).collect::<String>());
        check(&page, Some(("article.post", "h2 a", "h2 a")));
        let row = |n: usize| format!("<li><a href=/{n}>Topic number {n}</a></li>");
        let page = format!("{nav}<ul class=topics>{}</ul>", (0..4).map(row).collect::<String>());
        check(&page, Some((".topics > li", "a", "a")));
        check(nav, None);
        check("<p>One page with <a href=/a>a link</a>", None);
    }
}
