//! Which facts of a page have changed, and which only moved as they always do.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use tidings_sdk::FieldChange;
use tidings_sdk::extract::change::difference;

/// Counts that move with every edit: told when they moved by more than a fifth, and by [`LEAST`] at least.
const COUNTS: [&str; 3] = ["words", "links_in", "links_out"];
const LEAST: u64 = 5;
/// Facts of the whole text: not told where only blocks that hold a `trigger` are asked for.
const OF_TEXT: [&str; 5] = ["words", "links_in", "links_out", "terms", "headings"];

/// The facts that differ, by name; with `whole`, those of the whole text too.
pub(crate) fn changed(before: &Value, after: &BTreeMap<String, String>, whole: bool) -> BTreeMap<String, FieldChange> {
    let none = serde_json::Map::new();
    let before = before.as_object().unwrap_or(&none);
    let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let was = |name: &str| before.get(name).and_then(Value::as_str);
    let is = |name: &str| after.get(name).map(String::as_str);
    names
        .into_iter()
        .filter(|name| was(name) != is(name) && (whole || !OF_TEXT.contains(&name.as_str())))
        .filter(|name| has_changed(name, was(name).unwrap_or_default(), is(name).unwrap_or_default()))
        .map(|name| (name.clone(), FieldChange { from: was(name).map(Value::from), to: is(name).map(Value::from) }))
        .collect()
}

fn has_changed(name: &str, before: &str, after: &str) -> bool {
    match name {
        name if COUNTS.contains(&name) => {
            let count = |text: &str| text.parse::<u64>().unwrap_or(0);
            let moved = count(before).abs_diff(count(after));
            LEAST <= moved && count(before) < moved.saturating_mul(5)
        }
        "terms" => {
            let terms = |text| -> BTreeSet<&str> { str::split(text, ", ").filter(|term| !term.is_empty()).collect() };
            let (before, after) = (terms(before), terms(after));
            // Most of the terms are others.
            before.len().max(after.len()) < 2 * before.symmetric_difference(&after).count().div_ceil(2)
        }
        // Headings that only moved, or count something, are the same.
        "headings" => !difference(&before.replace(" | ", "\n"), &after.replace(" | ", "\n")).is_empty(),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(name: &str, before: &str, after: &str, expected: bool) {
        let of = |value: &str| BTreeMap::from([(name.to_owned(), value.to_owned())]);
        let found = changed(&serde_json::json!(of(before)), &of(after), true);
        assert_eq!(found.contains_key(name), expected, "{name}: {before} → {after}");
    }

    #[test]
    fn counts_are_told_when_they_move_by_more_than_a_fifth() {
        check("words", "100", "120", false);
        check("words", "100", "121", true);
        check("words", "100", "79", true);
        check("links_in", "3", "5", false);
        check("links_out", "2", "9", true);
    }

    #[test]
    fn headings_that_moved_or_count_have_not_changed() {
        check("headings", "One | Two", "Two | One", false);
        check("headings", "News | 310 views", "News | 402 views", false);
        check("headings", "One | Two", "One | Three", true);
    }

    #[test]
    fn terms_are_told_when_most_are_others() {
        check("terms", "a, b, c, d", "a, b, c, e", false);
        check("terms", "a, b, c, d", "a, x, y, z", true);
    }

    #[test]
    fn every_other_fact_is_told() {
        check("title", "Pricing", "Prices", true);
        check("price", "10 USD", "12 USD", true);
        check("tools", "Hotjar", "Hotjar, Segment", true);
    }

    #[test]
    fn facts_of_the_whole_text_are_left_out_where_few_blocks_are_asked_for() {
        let after = BTreeMap::from([("headings".to_owned(), "New".to_owned()), ("title".to_owned(), "New".to_owned())]);
        let found = changed(&serde_json::json!({ "headings": "Old", "title": "Old" }), &after, false);
        assert_eq!(found.keys().collect::<Vec<_>>(), ["title"]);
    }
}
