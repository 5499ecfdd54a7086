//! What a page says of itself and what can be counted on it: the facts whose change is news, by name.

mod terms;

use std::collections::{BTreeMap, BTreeSet};

use scraper::Html;
use url::Url;

use super::price::prices;
use super::stock::stock;
use super::structured::{Structured, elements, is};
use super::tools::tools;
use super::visible::{Visible, collapsed};

/// Longest fact that is kept, in characters.
const MAX_FACT: usize = 500;
/// Longest list of headings that is kept, in characters.
const MAX_LIST: usize = 3_000;
/// Most languages that a page names.
const MAX_LANGUAGES: usize = 100;
/// What parts the headings of a list.
const BAR: &str = " | ";

/// Facts by name.
///
/// Of the head: `title`, `description`, `canonical`, `robots`, `h1`, `og_title`, `og_description`, `og_type`, `lang`, `hreflang`.
/// Of what is watched: `headings`, `price` or `prices`, `stock`, `words`, `terms`, `links_in`, `links_out`.
/// Of the whole page: `types` of schema.org and marketing `tools`.
///
/// Prices and stock come from what the page says to programs and from `text`, the blocks that matter; where a part of the
/// page was `chosen`, its text comes first.
pub fn facts(page: &Html, seen: &Visible, text: &str, url: &str, chosen: bool) -> BTreeMap<String, String> {
    let mut facts = head(page);
    let lang = facts.get("lang").cloned().unwrap_or_default();
    let read = Structured::of(page, &lang);
    let mut put = |name: &str, value: String, longest: usize| {
        if !value.is_empty() {
            facts.insert(name.to_owned(), cut(&value, longest));
        }
    };
    put("hreflang", hreflang(page), MAX_FACT);
    put("headings", seen.headings.join(BAR), MAX_LIST);
    put("types", joined(read.types.iter()), MAX_FACT);
    put("tools", joined(tools(page)), MAX_LIST);
    offers(&read, text, &lang, chosen, &mut put);
    put("words", seen.text.split_whitespace().count().to_string(), MAX_FACT);
    put("terms", terms::terms(&seen.text, &lang).join(", "), MAX_FACT);
    let (inward, outward) = links(&seen.links, url);
    put("links_in", inward.to_string(), MAX_FACT);
    put("links_out", outward.to_string(), MAX_FACT);
    facts
}

/// What the page calls itself.
pub fn page_title(page: &Html) -> Option<String> {
    head(page).remove("title")
}

/// What the page says of itself; the first of each counts.
fn head(page: &Html) -> BTreeMap<String, String> {
    let mut found: BTreeMap<&str, String> = BTreeMap::new();
    for element in elements(page) {
        let value = element.value();
        let (name, attribute) = match value.name() {
            name @ ("title" | "h1") => {
                found.entry(name).or_insert_with(|| element.text().collect());
                continue;
            }
            "html" => ("lang", "lang"),
            "link" if is(value.attr("rel"), "canonical") => ("canonical", "href"),
            "meta" => match meta(value.attr("name"), value.attr("property")) {
                Some(name) => (name, "content"),
                None => continue,
            },
            _ => continue,
        };
        found.entry(name).or_insert_with(|| value.attr(attribute).unwrap_or_default().to_owned());
    }
    let kept = found.into_iter().map(|(name, value)| (name.to_owned(), cut(&collapsed(&value), MAX_FACT)));
    kept.filter(|(_, value)| !value.is_empty()).collect()
}

/// The fact that a `<meta>` of this name or property tells.
fn meta(name: Option<&str>, property: Option<&str>) -> Option<&'static str> {
    match property {
        Some("og:title") => Some("og_title"),
        Some("og:description") => Some("og_description"),
        Some("og:type") => Some("og_type"),
        _ => ["description", "robots"].into_iter().find(|known| is(name, known)),
    }
}

/// The languages in which the page says to exist.
fn hreflang(page: &Html) -> String {
    let links = elements(page).filter(|element| element.value().name() == "link");
    let languages = links.filter_map(|link| link.attr("hreflang"));
    joined(languages.take(MAX_LANGUAGES).map(|language| language.trim().to_ascii_lowercase()).collect::<BTreeSet<_>>())
}

fn offers(read: &Structured, text: &str, lang: &str, chosen: bool, put: &mut impl FnMut(&str, String, usize)) {
    let said: BTreeSet<_> = prices(text, lang).into_iter().collect();
    let stated = if chosen && !said.is_empty() { &BTreeSet::new() } else { &read.prices };
    let (first, second) = (stated, &said);
    let lone = if first.is_empty() { second } else { first };
    if let (1, Some(price)) = (lone.len(), lone.first()) {
        put("price", price.to_string(), MAX_FACT);
    }
    let all: BTreeSet<_> = first | second;
    if 1 < all.len() {
        put("prices", joined(all), MAX_LIST);
    }
    let (stated, said) = (read.stock, stock(text));
    let state = if chosen { said.or(stated) } else { stated.or(said) };
    put("stock", state.unwrap_or_default().to_owned(), MAX_FACT);
}

/// How many links stay on the site, and how many leave it.
fn links(links: &[String], url: &str) -> (usize, usize) {
    let Ok(base) = Url::parse(url) else { return (0, 0) };
    let host = |url: &Url| url.host_str().map(|host| host.trim_start_matches("www.").to_owned());
    let own = host(&base);
    links.iter().filter_map(|link| base.join(link.trim()).ok()).fold((0, 0), |(inward, outward), link| {
        match link.scheme() {
            "http" | "https" if host(&link) == own => (inward + 1, outward),
            "http" | "https" => (inward, outward + 1),
            _ => (inward, outward),
        }
    })
}

fn joined<T: ToString>(items: impl IntoIterator<Item = T>) -> String {
    items.into_iter().map(|item| item.to_string()).collect::<Vec<_>>().join(", ")
}

fn cut(value: &str, longest: usize) -> String {
    value.chars().take(longest).collect()
}

#[cfg(test)]
mod tests {
    use super::super::visible::{Scope, visible};
    use super::*;

    #[track_caller]
    fn check(html: &str, chosen: bool, expected: &[(&str, &str)]) {
        let page = Html::parse_document(html);
        let seen = visible(&page, &Scope::default()).unwrap();
        let facts = facts(&page, &seen, &seen.text, "https://www.acme.example/gia", chosen);
        let expected = expected.iter().map(|(name, value)| (name.to_string(), value.to_string()));
        assert_eq!(facts, expected.collect());
    }

    #[test]
    fn the_head_tells_facts_and_what_is_empty_is_none() {
        check(
            "<html lang=vi><title> Bảng\n giá </title><meta name=Description content='Ba gói'><link rel=canonical href=/gia>
             <meta name=robots content=''><link rel=alternate hreflang=vi href=/gia><link rel=alternate hreflang=EN href=/en>
             <h1>Giá <b>mới</b></h1>",
            false,
            &[
                ("canonical", "/gia"),
                ("description", "Ba gói"),
                ("h1", "Giá mới"),
                ("headings", "Giá mới"),
                ("hreflang", "en, vi"),
                ("lang", "vi"),
                ("links_in", "0"),
                ("links_out", "0"),
                ("title", "Bảng giá"),
                ("words", "2"),
            ],
        );
    }

    #[test]
    fn what_is_watched_is_counted() {
        check(
            "<h2>Gói</h2><p>Team: 99.000₫</p><p>Pro: 199.000₫</p><nav><h2>Menu</h2><a href=/x>x</a></nav>
             <p><a href=/mua>Mua</a> <a href='https://acme.example/a'>a</a> <a href='https://other.example/'>b</a> <a href='mailto:a@b.example'>c</a></p>
             <script src='https://plausible.io/js/script.js'></script>",
            false,
            &[
                ("headings", "Gói"),
                ("links_in", "2"),
                ("links_out", "1"),
                ("prices", "99000 VND, 199000 VND"),
                ("tools", "Plausible"),
                ("words", "9"),
            ],
        );
    }

    #[test]
    fn a_price_for_programs_comes_first_unless_a_part_of_the_page_is_chosen() {
        let html = "<p>Hammer $5. In stock</p><script type='application/ld+json'>
            {\"@type\":\"Product\",\"price\":7,\"priceCurrency\":\"USD\",\"availability\":\"SoldOut\"}</script>";
        let rest = [("links_in", "0"), ("links_out", "0"), ("types", "Product"), ("words", "4")];
        let expected = |more: &[(&'static str, &'static str)]| [more, &rest[..]].concat();
        check(html, false, &expected(&[("price", "7 USD"), ("prices", "5 USD, 7 USD"), ("stock", "out_of_stock")]));
        check(html, true, &expected(&[("price", "5 USD"), ("stock", "in_stock")]));
    }
}
