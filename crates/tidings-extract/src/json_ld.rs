//! JSON-LD: what a page says to programs in schema.org's words. Which of it is wanted is told by type.

use scraper::{Html, Selector};
use serde_json::{Map, Value};

/// Most values that one page yields.
const MAX_FOUND: usize = 5_000;
/// Most values of JSON that are looked at; the rest of a page beyond it is not read.
const MAX_VALUES: usize = 100_000;

/// The values of a page that are of one of `types` (`NewsArticle`, `JobPosting`), in their order and wherever they stand.
///
/// Inside a value that is wanted no others are looked for. In the place of an `ItemList` stand its elements: what a
/// `ListItem` holds in `item`, with the `name` and `url` of the `ListItem` where it has none itself.
/// What is no JSON is passed over, as browsers and search engines do.
pub fn json_ld(page: &Html, types: &[&str]) -> Vec<Value> {
    let scripts = Selector::parse("script[type='application/ld+json' i]").expect("a fixed selector is valid");
    let mut search = Search { types, left: MAX_VALUES, found: Vec::new() };
    for script in page.select(&scripts) {
        let text: String = script.text().collect();
        if let Ok(value) = serde_json::from_str::<Value>(text.trim()) {
            search.visit(&value);
        }
    }
    search.found
}

struct Search<'a> {
    types: &'a [&'a str],
    left: usize,
    found: Vec<Value>,
}

impl Search<'_> {
    /// The depth of JSON is bounded by its reader.
    fn visit(&mut self, value: &Value) {
        if self.left == 0 || MAX_FOUND <= self.found.len() {
            return;
        }
        self.left -= 1;
        match value {
            Value::Array(values) => values.iter().for_each(|value| self.visit(value)),
            Value::Object(fields) if !self.types.iter().any(|name| is_a(fields, name)) => {
                fields.values().for_each(|value| self.visit(value));
            }
            Value::Object(fields) if is_a(fields, "ItemList") => {
                let room = MAX_FOUND - self.found.len();
                self.found.extend(elements(fields).take(room));
            }
            Value::Object(_) => self.found.push(value.clone()),
            _ => {}
        }
    }
}

/// Whether it is of a type, written by name (`Product`), prefix (`schema:Product`) or address.
fn is_a(fields: &Map<String, Value>, wanted: &str) -> bool {
    let names = match fields.get("@type") {
        Some(Value::Array(names)) => names.as_slice(),
        Some(name) => std::slice::from_ref(name),
        None => return false,
    };
    names.iter().filter_map(Value::as_str).any(|name| name.rsplit(['/', '#', ':']).next() == Some(wanted))
}

fn elements(list: &Map<String, Value>) -> impl Iterator<Item = Value> + '_ {
    let elements = match list.get("itemListElement") {
        Some(Value::Array(elements)) => elements.as_slice(),
        Some(element) => std::slice::from_ref(element),
        None => &[],
    };
    elements.iter().filter_map(|element| match element {
        Value::Object(fields) if is_a(fields, "ListItem") => Some(unwrapped(fields)),
        Value::Object(_) => Some(element.clone()),
        _ => None,
    })
}

/// What stands in a `ListItem`: whole, or only its address.
fn unwrapped(list_item: &Map<String, Value>) -> Value {
    let mut fields = match list_item.get("item") {
        Some(Value::Object(item)) => item.clone(),
        Some(Value::String(url)) => [("url".to_owned(), Value::from(url.as_str()))].into_iter().collect(),
        _ => Map::new(),
    };
    for (name, value) in list_item.iter().filter(|(name, _)| matches!(name.as_str(), "name" | "url")) {
        fields.entry(name.clone()).or_insert_with(|| value.clone());
    }
    Value::Object(fields)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(json: &str, types: &[&str], expected: &Value) {
        let page = Html::parse_document(&format!("<script type='application/ld+json'>{json}</script>"));
        assert_eq!(json!(json_ld(&page, types)), *expected);
    }

    #[test]
    fn values_are_found_by_type_wherever_they_stand() {
        let page = r#"{"@graph":[{"@type":"WebPage","hasPart":{"@type":["Thing","schema:NewsArticle"],"headline":"a"}},
            {"@type":"https://schema.org/BlogPosting","headline":"b","isPartOf":{"@type":"BlogPosting"}}]}"#;
        let [one, other] = [
            json!({"@type": ["Thing", "schema:NewsArticle"], "headline": "a"}),
            json!({"@type": "https://schema.org/BlogPosting", "headline": "b", "isPartOf": {"@type": "BlogPosting"}}),
        ];
        check(page, &["NewsArticle", "BlogPosting"], &json!([one, other]));
        check(page, &["NewsArticle"], &json!([one]));
        check(page, &["Article"], &json!([]));
    }

    #[test]
    fn a_list_stands_for_its_elements() {
        check(
            r#"{"@type":"ItemList","itemListElement":[
                {"@type":"ListItem","position":1,"url":"/1","item":{"@type":"Product","name":"Desk"}},
                {"@type":"ListItem","position":2,"name":"Chair","item":"/2"},
                {"@type":"ListItem","position":3,"name":"Lamp","url":"/3"},
                {"@type":"Product","name":"Rug","url":"/4"}]}"#,
            &["ItemList"],
            &json!([
                {"@type": "Product", "name": "Desk", "url": "/1"},
                {"url": "/2", "name": "Chair"},
                {"name": "Lamp", "url": "/3"},
                {"@type": "Product", "name": "Rug", "url": "/4"},
            ]),
        );
    }

    #[test]
    fn what_is_no_json_is_passed_over() {
        check("{broken", &["Product"], &json!([]));
        check(&"[".repeat(5_000), &["Product"], &json!([]));
    }
}
