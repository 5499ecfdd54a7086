//! The finding that tells a change.

use std::collections::BTreeMap;

use serde_json::Value;
use tidings_sdk::extract::change::{Difference, Edit};
use tidings_sdk::extract::scout::{Role, role_of};
use tidings_sdk::{Change, FieldChange, Finding, FindingKind, SnapshotId, Url};

use crate::told::Told;

/// Longest `diff`, in bytes; the whole states are in the snapshots.
const MAX_DIFF: usize = 8 << 10;
/// So many prices on a page are a price list, if nothing else says what it is.
const PRICE_LIST: usize = 3;

pub(crate) fn change(
    page: &str,
    blocks: &Difference,
    fields: BTreeMap<String, FieldChange>,
    before: Option<&SnapshotId>,
    after: &SnapshotId,
) -> Change {
    Change {
        page: page.to_owned(),
        added: blocks.added.clone(),
        removed: blocks.removed.clone(),
        fields,
        before: before.map(ToString::to_string),
        after: Some(after.to_string()),
    }
}

pub(crate) fn finding(title: &str, url: &str, told: &Told, change: Change) -> Finding {
    let text = if told.blocks.added.is_empty() { in_words(&change.fields) } else { told.blocks.added.join("\n") };
    let finding = Finding::new(title, url).kind(FindingKind::PageChange).change(change);
    let finding = if text.is_empty() { finding } else { finding.text(text) };
    if told.edits.is_empty() { finding } else { finding.attr("diff", diff(&told.edits)) }
}

/// The edited blocks with what differs in them marked, each on a line.
fn diff(edits: &[Edit]) -> String {
    let mut diff = String::new();
    for edit in edits {
        let line = edit.marked();
        if MAX_DIFF < diff.len() + line.len() {
            diff.push_str("…\n");
            break;
        }
        diff.push_str(&line);
        diff.push('\n');
    }
    diff.truncate(diff.trim_end().len());
    diff
}

/// The facts in words, for a change that adds no text.
fn in_words(fields: &BTreeMap<String, FieldChange>) -> String {
    let value = |value: &Option<Value>| value.as_ref().and_then(Value::as_str).unwrap_or("-").to_owned();
    fields
        .iter()
        .map(|(name, field)| format!("{name}: {} → {}", value(&field.from), value(&field.to)))
        .collect::<Vec<_>>()
        .join("\n")
}

/// One of the contract's page types: by the address, and where that says nothing by what the page holds.
pub(crate) fn page_type(url: &str, facts: &BTreeMap<String, String>) -> &'static str {
    let Ok(url) = Url::parse(url) else { return "other" };
    match role_of(&url) {
        Some(Role::Pricing) => "pricing",
        Some(Role::Careers) => "jobs",
        Some(Role::Blog) => "blog",
        Some(Role::Changelog) => "changelog",
        Some(Role::Status) => "status",
        Some(Role::Docs) => "docs",
        None if url.path() == "/" => "home",
        None if ["/product", "/san-pham"].iter().any(|part| url.path().contains(part)) => "product",
        Some(Role::Forum) | None => by_content(facts),
    }
}

/// Types of schema.org come first, then what the page calls itself, then its prices.
fn by_content(facts: &BTreeMap<String, String>) -> &'static str {
    const TYPES: [(&str, &[&str]); 4] = [
        ("jobs", &["JobPosting"]),
        ("docs", &["TechArticle", "APIReference"]),
        ("blog", &["BlogPosting", "NewsArticle", "Article", "Blog"]),
        ("product", &["Product", "ProductGroup"]),
    ];
    const NAMES: [(&str, &[&str]); 5] = [
        ("pricing", &["pricing", "prices", "plans and", "bảng giá", "báo giá", "preise", "tarifs"]),
        ("changelog", &["changelog", "release notes", "what's new", "what’s new", "có gì mới"]),
        ("jobs", &["careers", "open positions", "we're hiring", "tuyển dụng", "việc làm"]),
        ("status", &["system status", "service status", "status page", "all systems operational"]),
        ("docs", &["documentation", "api reference", "developer guide", "tài liệu"]),
    ];
    let fact = |name: &str| facts.get(name).map(String::as_str).unwrap_or_default();
    let types: Vec<&str> = fact("types").split(", ").collect();
    if let Some((page, _)) = TYPES.iter().find(|(_, names)| names.iter().any(|name| types.contains(name))) {
        return page;
    }
    let names = format!("{}\n{}", fact("title"), fact("h1")).to_lowercase();
    if let Some((page, _)) = NAMES.iter().find(|(_, known)| known.iter().any(|name| names.contains(name))) {
        return page;
    }
    match fact("og_type") {
        "product" | "og:product" => "product",
        "article" => "blog",
        _ if PRICE_LIST <= fact("prices").split(", ").count() => "pricing",
        _ => "other",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(url: &str, facts: &[(&str, &str)], expected: &str) {
        let facts = facts.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
        assert_eq!(page_type(url, &facts), expected, "{url}");
    }

    #[test]
    fn the_address_says_what_a_page_is() {
        check("https://acme.example/pricing", &[("types", "Product")], "pricing");
        check("https://acme.example/", &[], "home");
        check("https://acme.example/san-pham/but", &[], "product");
    }

    #[test]
    fn the_page_says_what_it_is_where_its_address_does_not() {
        let url = "https://acme.example/p/17";
        check(url, &[("types", "Offer, Product")], "product");
        check(url, &[("types", "JobPosting, Organization")], "jobs");
        check(url, &[("title", "Bảng giá phần mềm")], "pricing");
        check(url, &[("h1", "Release notes")], "changelog");
        check(url, &[("og_type", "article")], "blog");
        check(url, &[("prices", "1 USD, 2 USD, 3 USD")], "pricing");
        check(url, &[("prices", "1 USD, 2 USD")], "other");
    }

    #[test]
    fn a_long_diff_is_cut_and_says_so() {
        let edit = Edit { before: "a ".repeat(200), after: "b ".repeat(200) };
        let diff = diff(&vec![edit; 60]);
        assert!(diff.len() <= MAX_DIFF + 4 && diff.ends_with('…'));
    }
}
