//! From an item of a list to a finding.

use jiff::Timestamp;
use serde_json::Value;
use tidings_sdk::extract::date::{self, DayOrder};
use tidings_sdk::feed;
use tidings_sdk::{El, Engagement, Finding, Page};

use super::Recipe;
use super::field::{Field, Role, Source};

/// One item of a list.
#[derive(Clone, Copy, Debug)]
pub(super) enum Item<'page> {
    Element(El<'page>),
    Json(&'page Value),
    Feed(&'page feed::Item),
}

/// A finding, and what is needed before it is handed over.
#[derive(Debug)]
pub(super) struct Draft {
    pub(super) finding: Finding,
    /// Key, else address: what tells whether it was there before.
    pub(super) name: String,
    pub(super) url: Option<String>,
    pub(super) has_words: bool,
}

/// Why an item is none.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Unreadable {
    pub(super) url: Option<String>,
    pub(super) reason: String,
}

/// Reads the fields of an item.
///
/// # Errors
///
/// The first required field that it lacks.
pub(super) fn read(recipe: &Recipe, item: Item<'_>, page: &Page) -> Result<Draft, Unreadable> {
    let values: Vec<(&Field, Vec<String>)> =
        recipe.fields.iter().map(|field| (field, values(field, item, page))).collect();
    let first = |role: Role| {
        let found = values.iter().find(|(field, values)| field.role == role && !values.is_empty());
        found.map(|(_, values)| values[0].clone())
    };
    let url = first(Role::Url);
    let lacks = |reason: String| Unreadable { url: url.clone(), reason };
    for name in &recipe.shape.expect.required {
        if values.iter().any(|(field, values)| field.name == *name.get_ref() && values.is_empty()) {
            return Err(lacks(format!("it has no `{}`", name.get_ref())));
        }
    }
    let has_words = first(Role::Title).is_some() || first(Role::Text).is_some();
    if !has_words && recipe.shape.item.detail.is_none() {
        return Err(lacks("it has neither a title nor a text".to_owned()));
    }
    let Some(name) = first(Role::Key).or_else(|| url.clone()) else {
        return Err(lacks("it has neither a key nor an address".to_owned()));
    };
    Ok(Draft { finding: finding(recipe, &values), name, url, has_words })
}

fn finding(recipe: &Recipe, values: &[(&Field, Vec<String>)]) -> Finding {
    let mut finding = Finding::default();
    let mut engagement = Engagement::default();
    for (field, values) in values {
        let Some(first) = values.first() else { continue };
        let first = if field.all { values.join(", ") } else { first.clone() };
        finding = match field.role {
            Role::Title => finding.title(first),
            Role::Url => finding.url(first),
            Role::CanonicalUrl => finding.canonical_url(first),
            Role::Text => finding.text(if field.all { values.join("\n\n") } else { first }),
            Role::Author => finding.author(first),
            Role::Published => finding.published(time(&first)),
            Role::Updated => finding.updated(time(&first)),
            Role::Lang => finding.lang(first),
            Role::Key => finding.key(first),
            Role::Hints => values.iter().fold(finding, |finding, hint| finding.hint(hint)),
            Role::Attr if field.all => finding.attr(&field.name, values.clone()),
            Role::Attr => finding.attr(&field.name, first),
            Role::Score | Role::Replies | Role::Views => {
                let count = count(&first);
                match field.role {
                    Role::Score => engagement.score = count,
                    Role::Replies => engagement.replies = count,
                    _ => engagement.views = count,
                }
                finding
            }
        };
    }
    let finding = finding.engagement(engagement);
    recipe.shape.item.kind.map_or(finding.clone(), |kind| finding.kind(kind))
}

/// What a field finds in an item; nothing where what stands there is no address, time or count.
fn values(field: &Field, item: Item<'_>, page: &Page) -> Vec<String> {
    if let Source::Constant(constant) = &field.source {
        return vec![constant.clone()];
    }
    let raw = raw_values(field, item);
    let refined = raw.iter().filter_map(|raw| field.refine(raw));
    let sound = refined.filter_map(|value| {
        if field.role.is_address() {
            page.absolute(&value).ok()
        } else if field.role.is_time() {
            time(&value).map(|_| value)
        } else if field.role.is_count() {
            count(&value).map(|_| value)
        } else {
            Some(value)
        }
    });
    if field.all { sound.collect() } else { sound.take(1).collect() }
}

fn raw_values(field: &Field, item: Item<'_>) -> Vec<String> {
    match (item, &field.source) {
        (Item::Element(element), Source::Element { css, attr }) => {
            let elements = match css {
                None => vec![element],
                Some(css) if field.all => element.select(css),
                Some(css) => element.first(css).into_iter().collect(),
            };
            elements.into_iter().filter_map(|element| of_element(field, element, attr.as_deref())).collect()
        }
        (Item::Json(value), Source::Json { pointer }) => {
            let value = pointer.as_deref().map_or(Some(value), |pointer| value.pointer(pointer));
            match value {
                Some(Value::Array(values)) => values.iter().filter_map(scalar).collect(),
                Some(value) => scalar(value).into_iter().collect(),
                None => Vec::new(),
            }
        }
        (Item::Feed(item), _) => of_feed(field.role, item),
        _ => Vec::new(),
    }
}

fn of_element(field: &Field, element: El<'_>, attr: Option<&str>) -> Option<String> {
    match attr {
        Some(attr) => element.attr(attr).map(str::to_owned),
        None if field.role.is_address() => element.link(),
        None if field.role.is_time() => {
            let stated = element.attr("datetime").or_else(|| element.first("[datetime]")?.attr("datetime"));
            Some(stated.map_or_else(|| element.text(), str::to_owned))
        }
        None => Some(element.text()),
    }
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

fn of_feed(role: Role, item: &feed::Item) -> Vec<String> {
    let text = |text: Option<&str>| text.map(str::to_owned).into_iter().collect();
    match role {
        Role::Title => text(item.title.as_deref()),
        Role::Url => item.url().map(String::from).into_iter().collect(),
        Role::Text => vec![item.text().to_owned()],
        Role::Author => text(item.author.as_deref()),
        Role::Published => item.published.or(item.updated).iter().map(Timestamp::to_string).collect(),
        Role::Updated => item.updated.iter().map(Timestamp::to_string).collect(),
        Role::Lang => text(item.lang.as_deref()),
        Role::Key => text(item.id.as_deref()),
        Role::Hints => item.categories.clone(),
        Role::Replies => item.replies.iter().map(u64::to_string).collect(),
        Role::CanonicalUrl | Role::Score | Role::Views | Role::Attr => Vec::new(),
    }
}

/// A time as people write it, or as seconds or milliseconds since 1970.
fn time(text: &str) -> Option<Timestamp> {
    match text.parse::<i64>() {
        // Four digits are a year, and eight a day.
        Ok(number) if (100_000_000..100_000_000_000).contains(&number) => Timestamp::from_second(number).ok(),
        Ok(number) if 100_000_000_000 <= number => Timestamp::from_millisecond(number).ok(),
        _ => date::parse(text, DayOrder::Unknown),
    }
}

/// A whole number with what people write around it, as in `1,204 views`; `1.5k` is none.
fn count(text: &str) -> Option<i64> {
    let start = text.find(|c: char| c.is_ascii_digit())?;
    let mut digits = String::new();
    let mut rest = &text[start..];
    loop {
        let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        digits.push_str(&rest[..end]);
        rest = &rest[end..];
        let after = rest.strip_prefix([',', '.', ' ', '\u{a0}', '\'']).unwrap_or_default();
        let group = after.bytes().take_while(u8::is_ascii_digit).count();
        if group != 3 {
            let is_fraction = group != 0 && !rest.starts_with(' ');
            let is_short = rest.starts_with(['k', 'K', 'm', 'M']);
            let number: i64 = digits.parse().ok().filter(|_| !is_fraction && !is_short)?;
            return Some(if text[..start].ends_with('-') { -number } else { number });
        }
        rest = after;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_dates_or_numbers() {
        let check = |text: &str, expected: Option<&str>| {
            assert_eq!(time(text).map(|time| time.to_string()).as_deref(), expected, "{text}");
        };
        check("2026-11-20T08:00:00+07:00", Some("2026-11-20T01:00:00Z"));
        check("1763600000", Some("2025-11-20T00:53:20Z"));
        check("1763600000123", Some("2025-11-20T00:53:20.123Z"));
        check("yesterday", None);
    }

    #[test]
    fn counts_are_read_out_of_their_words() {
        for (text, expected) in [
            ("1,204 views", Some(1204)),
            ("-3", Some(-3)),
            ("none", None),
            ("12", Some(12)),
            ("1.5k", None),
            ("2k", None),
            ("3 of 7", Some(3)),
            ("1.234.567", Some(1_234_567)),
        ] {
            assert_eq!(count(text), expected, "{text}");
        }
    }
}
