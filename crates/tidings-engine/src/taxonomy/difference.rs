//! What differs between two taxonomies, entry by entry.
//!
//! It compares their JSON as the store keeps it, so that taxonomies which earlier versions
//! of the program wrote can be compared too.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Map, Value};

/// Entries that came, went, or are not what they were. An entry is `own`, `competitor:ID`,
/// `list:NAME`, `DIMENSION:ID` for a label, or `severity:LEVEL QUERY` for a rule.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Differences {
    pub added: Vec<String>,
    pub removed: Vec<String>,
    pub changed: Vec<EntryChange>,
}

/// An entry that is not what it was.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct EntryChange {
    pub entry: String,
    /// By key of the entry.
    pub keys: BTreeMap<String, KeyChange>,
}

/// What became of a key's value.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum KeyChange {
    /// Of a list.
    Items { added: Vec<Value>, removed: Vec<Value> },
    /// Of anything else; absent is absent.
    Value {
        #[serde(skip_serializing_if = "Option::is_none")]
        from: Option<Value>,
        #[serde(skip_serializing_if = "Option::is_none")]
        to: Option<Value>,
    },
}

impl Differences {
    /// From the JSON of one taxonomy to that of another.
    pub fn between(old: &Value, new: &Value) -> Self {
        let (old, new) = (entries(old), entries(new));
        let names = |of: &BTreeMap<String, Value>, other: &BTreeMap<String, Value>| {
            of.keys().filter(|name| !other.contains_key(*name)).cloned().collect()
        };
        let changed = |(name, new): (&String, &Value)| {
            let keys = key_changes(old.get(name)?, new);
            (!keys.is_empty()).then(|| EntryChange { entry: name.clone(), keys })
        };
        Self { added: names(&new, &old), removed: names(&old, &new), changed: new.iter().filter_map(changed).collect() }
    }
}

/// The entries of a taxonomy's JSON, by name.
fn entries(taxonomy: &Value) -> BTreeMap<String, Value> {
    let list = |key: &str| taxonomy[key].as_array().map(Vec::as_slice).unwrap_or_default();
    let text = |entry: &Value, key: &str| entry[key].as_str().unwrap_or("?").to_owned();
    let own = taxonomy.get("own").map(|own| ("own".to_owned(), own.clone()));
    let competitors =
        list("competitors").iter().map(|entry| (format!("competitor:{}", text(entry, "id")), entry.clone()));
    let lists = taxonomy["lists"].as_object().into_iter().flatten();
    let lists = lists.map(|(name, words)| (format!("list:{name}"), serde_json::json!({ "words": words })));
    let labels = list("labels").iter();
    let labels = labels.map(|entry| (format!("{}:{}", text(entry, "dimension"), text(entry, "id")), entry.clone()));
    let rules = list("severity").iter();
    let rules =
        rules.map(|entry| (format!("severity:{} {}", text(entry, "level"), text(entry, "query")), entry.clone()));
    own.into_iter().chain(competitors).chain(lists).chain(labels).chain(rules).collect()
}

fn key_changes(old: &Value, new: &Value) -> BTreeMap<String, KeyChange> {
    let empty = Map::new();
    let (old, new) = (old.as_object().unwrap_or(&empty), new.as_object().unwrap_or(&empty));
    let keys: std::collections::BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    let change = |key: &String| key_change(old.get(key), new.get(key)).map(|change| (key.clone(), change));
    keys.into_iter().filter_map(change).collect()
}

fn key_change(from: Option<&Value>, to: Option<&Value>) -> Option<KeyChange> {
    if from == to {
        return None;
    }
    let items = |value: Option<&Value>| match value {
        None => Some(Vec::new()),
        Some(value) => value.as_array().cloned(),
    };
    let (Some(old), Some(new)) = (items(from), items(to)) else {
        return Some(KeyChange::Value { from: from.cloned(), to: to.cloned() });
    };
    let without = |these: &[Value], others: &[Value]| {
        these.iter().filter(|item| !others.contains(item)).cloned().collect::<Vec<_>>()
    };
    let (added, removed) = (without(&new, &old), without(&old, &new));
    // Another order, or an absent list that is empty now, means the same.
    (!added.is_empty() || !removed.is_empty()).then_some(KeyChange::Items { added, removed })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn entries_come_go_and_change() {
        let old = json!({
            "own": {"name": "Ours"},
            "competitors": [{"id": "acme", "name": "Acme", "tier": 1, "aliases": ["A", "B"]}, {"id": "beta", "name": "Beta"}],
            "labels": [{"dimension": "pain", "id": "price", "name": "Price", "phrases": ["dear"]}],
            "severity": [{"level": "high", "query": "tier:1"}],
        });
        let new = json!({
            "competitors": [{"id": "acme", "name": "Acme", "tier": 2, "aliases": ["B", "C"]}],
            "lists": {"no": ["ko"]},
            "labels": [{"dimension": "pain", "id": "price", "name": "Price", "phrases": ["dear"], "implied": ["my"]}],
            "severity": [{"level": "high", "query": "tier:2"}],
        });
        let told = serde_json::to_value(Differences::between(&old, &new)).unwrap();
        assert_eq!(
            told,
            json!({
                "added": ["list:no", "severity:high tier:2"],
                "removed": ["competitor:beta", "own", "severity:high tier:1"],
                "changed": [
                    {"entry": "competitor:acme", "keys": {
                        "aliases": {"added": ["C"], "removed": ["A"]}, "tier": {"from": 1, "to": 2},
                    }},
                    {"entry": "pain:price", "keys": {"implied": {"added": ["my"], "removed": []}}},
                ],
            })
        );
        assert_eq!(Differences::between(&old, &old), Differences::default());
    }

    #[test]
    fn another_order_is_no_difference() {
        let taxonomy = |aliases: Value| json!({"competitors": [{"id": "acme", "aliases": aliases}]});
        let told = Differences::between(&taxonomy(json!(["A", "B"])), &taxonomy(json!(["B", "A"])));
        assert_eq!(told, Differences::default());
    }
}
