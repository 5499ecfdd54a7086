//! The finding that tells a change.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use tidings_sdk::extract::change::{Difference, page_title};
use tidings_sdk::extract::scout::{Role, role_of};
use tidings_sdk::{Change, FieldChange, Finding, FindingKind, SnapshotId, Url};

use crate::params::{PageType, Params};

/// The facts that differ, by name.
pub(crate) fn fields(before: &Value, after: &BTreeMap<String, String>) -> BTreeMap<String, FieldChange> {
    let none = serde_json::Map::new();
    let before = before.as_object().unwrap_or(&none);
    let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    names
        .into_iter()
        .filter(|name| before.get(*name).and_then(Value::as_str) != after.get(*name).map(String::as_str))
        .map(|name| {
            let to = after.get(name).map(|value| Value::from(value.as_str()));
            (name.clone(), FieldChange { from: before.get(name).cloned(), to })
        })
        .collect()
}

pub(crate) fn finding(
    params: &Params,
    url: &str,
    html: &tidings_sdk::extract::change::Html,
    found: Difference,
    fields: BTreeMap<String, FieldChange>,
    before: Option<&SnapshotId>,
    after: &SnapshotId,
) -> Finding {
    let title = page_title(html).unwrap_or_else(|| url.to_owned());
    let text = if found.added.is_empty() { told(&fields) } else { found.added.join("\n") };
    let change = Change {
        page: page_type(params, url).to_owned(),
        added: found.added,
        removed: found.removed,
        fields,
        before: before.map(ToString::to_string),
        after: Some(after.to_string()),
    };
    let finding = Finding::new(title, url).key(format!("change {after}")).kind(FindingKind::PageChange).change(change);
    if text.is_empty() { finding } else { finding.text(text) }
}

/// The facts in words, for a change that adds no text.
fn told(fields: &BTreeMap<String, FieldChange>) -> String {
    let value = |value: &Option<Value>| value.as_ref().and_then(Value::as_str).unwrap_or("-").to_owned();
    fields
        .iter()
        .map(|(name, field)| format!("{name}: {} → {}", value(&field.from), value(&field.to)))
        .collect::<Vec<_>>()
        .join("\n")
}

/// One of the contract's page types.
fn page_type(params: &Params, url: &str) -> &'static str {
    if let Some(page) = params.page {
        return match page {
            PageType::Home => "home",
            PageType::Pricing => "pricing",
            PageType::Product => "product",
            PageType::Docs => "docs",
            PageType::Blog => "blog",
            PageType::Changelog => "changelog",
            PageType::Jobs => "jobs",
            PageType::Status => "status",
            PageType::Other => "other",
        };
    }
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
        Some(Role::Forum) | None => "other",
    }
}
