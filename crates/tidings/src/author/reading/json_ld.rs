//! How the JSON-LD of a page is read: which of its types, and where their fields stand.

use std::collections::BTreeSet;

use scraper::Html;
use serde_json::Value;
use tidings_extract::json_ld::json_ld;
use url::Url;

/// Types that are read alike.
const FAMILIES: &[&[&str]] = &[
    &[
        "Article",
        "NewsArticle",
        "BlogPosting",
        "TechArticle",
        "LiveBlogPosting",
        "ReportageNewsArticle",
        "AnalysisNewsArticle",
        "OpinionNewsArticle",
        "SocialMediaPosting",
        "DiscussionForumPosting",
    ],
    &["JobPosting"],
    &["Product", "ProductGroup"],
    &[
        "Event",
        "BusinessEvent",
        "EducationEvent",
        "ExhibitionEvent",
        "Festival",
        "MusicEvent",
        "SaleEvent",
        "SocialEvent",
        "SportsEvent",
    ],
    &["ItemList"],
];
const TITLES: &[&str] = &["/headline", "/name", "/title"];
const URLS: &[&str] = &["/url", "/mainEntityOfPage/@id", "/mainEntityOfPage", "/@id", "/offers/url"];
const TEXTS: &[&str] = &["/description", "/abstract", "/articleBody"];
const TIMES: &[&str] = &["/datePublished", "/datePosted", "/dateCreated"];
const AUTHORS: &[&str] = &["/author/name", "/author/0/name", "/author", "/hiringOrganization/name", "/brand/name"];

/// Where the parts of the values stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pointers {
    pub(crate) types: Vec<&'static str>,
    pub(crate) title: &'static str,
    pub(crate) url: &'static str,
    pub(crate) text: Option<&'static str>,
    pub(crate) published: Option<&'static str>,
    pub(crate) author: Option<&'static str>,
}

/// Of the families, the one that has most things with titles and addresses of their own, and how many.
pub(crate) fn pointers(page: &Html) -> Option<(usize, Pointers)> {
    // Of equals the first: a list of products is read as products.
    FAMILIES.iter().rev().filter_map(|family| of_family(page, family)).max_by_key(|(count, _)| *count)
}

fn of_family(page: &Html, family: &[&'static str]) -> Option<(usize, Pointers)> {
    let types: Vec<&'static str> = family.iter().copied().filter(|name| !json_ld(page, &[*name]).is_empty()).collect();
    let values = json_ld(page, &types);
    let title = first(TITLES, &values, |text| !text.trim().is_empty(), 9)?;
    let url = first(URLS, &values, is_address, 9)?;
    let optional = |pointers| first(pointers, &values, |text| !text.trim().is_empty(), 5);
    let (text, published, author) = (optional(TEXTS), optional(TIMES), optional(AUTHORS));
    let addresses: BTreeSet<&str> = values.iter().filter_map(|value| value.pointer(url)?.as_str()).collect();
    Some((addresses.len(), Pointers { types, title, url, text, published, author }))
}

/// The first pointer at which `least` tenths of the values have something sound.
fn first(
    pointers: &[&'static str],
    values: &[Value],
    is_sound: impl Fn(&str) -> bool,
    least: usize,
) -> Option<&'static str> {
    let has = |pointer: &str| {
        values.iter().filter(|value| value.pointer(pointer).and_then(Value::as_str).is_some_and(&is_sound)).count()
    };
    pointers.iter().copied().find(|pointer| !values.is_empty() && values.len() * least <= has(pointer) * 10)
}

/// Ids within the page's own graph are addresses of nothing.
fn is_address(text: &str) -> bool {
    let is_web = Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.fragment().is_none());
    is_web || text.starts_with('/')
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(json: &Value, expected: &str) {
        let page = Html::parse_document(&format!("<script type='application/ld+json'>{json}</script>"));
        let found = pointers(&page).map_or_else(String::new, |(count, read)| {
            format!(
                "{count} {} {} {} {}",
                read.types.join("+"),
                read.title,
                read.url,
                read.published.unwrap_or_default()
            )
        });
        assert_eq!(found, expected);
    }

    #[test]
    fn the_family_with_most_of_its_own_is_read() {
        let article = |n: usize| {
            json!({"@type": if n == 1 { "Article" } else { "NewsArticle" }, "headline": n.to_string(),
            "@id": format!("#{n}"), "mainEntityOfPage": {"@id": format!("https://acme.example/{n}")}, "datePublished": "2026-05-01"})
        };
        let product = json!({"@type": "Product", "name": "Desk", "url": "/desk"});
        check(
            &json!([article(1), product, article(2), article(3)]),
            "3 Article+NewsArticle /headline /mainEntityOfPage/@id /datePublished",
        );
        check(&json!([product]), "1 Product /name /url ");
    }

    #[test]
    fn a_list_is_read_as_what_it_lists_if_that_has_a_type() {
        let list = |items: Value| json!({"@type": "ItemList", "itemListElement": items});
        let product = json!({"@type": "ListItem", "item": {"@type": "Product", "name": "Desk", "url": "/desk"}});
        check(&list(json!([product])), "1 Product /name /url ");
        let named = json!([{"@type": "ListItem", "name": "Desk", "url": "https://acme.example/desk"}]);
        check(&list(named), "1 ItemList /name /url ");
    }

    #[test]
    fn what_has_no_title_or_no_address_is_not_read() {
        check(&json!([{"@type": "ItemList", "itemListElement": [{"@type": "ListItem", "url": "/desk"}]}]), "");
        check(&json!([{"@type": "JobPosting", "title": "Cook"}]), "");
        check(&json!([{"@type": "WebPage", "name": "Home", "url": "/"}]), "");
    }
}
