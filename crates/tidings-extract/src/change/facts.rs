//! What a page says of itself in its head: the facts whose change is news, by name.

use std::collections::BTreeMap;

use scraper::{Html, Selector};

use super::visible::collapsed;

/// Longest fact that is kept, in characters.
const MAX_FACT: usize = 500;

/// Facts by name: `title`, `description`, `canonical`, `robots`, `h1`, `og_title`, `og_description`, `lang`.
pub fn facts(page: &Html) -> BTreeMap<String, String> {
    const ATTRIBUTES: [(&str, &str, &str); 6] = [
        ("description", "meta[name=description i]", "content"),
        ("canonical", "link[rel=canonical i]", "href"),
        ("robots", "meta[name=robots i]", "content"),
        ("og_title", "meta[property='og:title']", "content"),
        ("og_description", "meta[property='og:description']", "content"),
        ("lang", "html[lang]", "lang"),
    ];
    let first = |css: &str| page.select(&Selector::parse(css).expect("the selectors of this file are valid")).next();
    let texts = [("title", "title"), ("h1", "h1")]
        .map(|(name, css)| (name, first(css).map(|element| element.text().collect::<String>())));
    let attributes = ATTRIBUTES.map(|(name, css, attribute)| {
        (name, first(css).and_then(|element| element.attr(attribute)).map(str::to_owned))
    });
    texts
        .into_iter()
        .chain(attributes)
        .filter_map(|(name, value)| {
            Some((name.to_owned(), collapsed(&value?).chars().take(MAX_FACT).collect::<String>()))
        })
        .filter(|(_, value)| !value.is_empty())
        .collect()
}

/// What the page calls itself.
pub fn page_title(page: &Html) -> Option<String> {
    facts(page).remove("title")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_head_tells_facts_and_what_is_empty_is_none() {
        let page = Html::parse_document(
            "<html lang=vi><title> Bảng\n giá </title><meta name=Description content='Ba gói'><link rel=canonical href=/gia>
             <meta name=robots content=''><h1>Giá <b>mới</b></h1>",
        );
        let expected = [
            ("canonical", "/gia"),
            ("description", "Ba gói"),
            ("h1", "Giá mới"),
            ("lang", "vi"),
            ("title", "Bảng giá"),
        ];
        let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(facts(&page), BTreeMap::from(expected));
    }
}
