//! The part of the taxonomy that is made through the API: a text in the shape of a taxonomy
//! file, and the same as JSON.

use serde_json::Value;
use tidings_match::taxonomy_file::Place;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// What is to be put on top of the taxonomy files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Made {
    text: String,
    /// Lines and columns of the text are not those that the caller has written.
    from_json: bool,
}

/// Why JSON is no taxonomy.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidMade {
    #[error("found {0}; expected an object with `own`, `competitor`, `lists`, `label` or `severity`")]
    NoObject(&'static str),
    #[error("found `null` at `{0}`; leave out what there is not")]
    Null(String),
    #[error("found a value that taxonomy files cannot hold: {0}")]
    NoToml(String),
}

impl Made {
    /// From the text of a taxonomy file.
    pub fn from_toml(text: String) -> Self {
        Self { text, from_json: false }
    }

    /// From the tables of a taxonomy file as an object.
    ///
    /// # Errors
    ///
    /// When it is no object, or has what TOML has not.
    pub fn from_json(value: &Value) -> Result<Self, InvalidMade> {
        if !value.is_object() {
            return Err(InvalidMade::NoObject(type_name(value)));
        }
        if let Some(pointer) = null_in(value, String::new()) {
            return Err(InvalidMade::Null(pointer));
        }
        let table = toml::Table::try_from(value).map_err(|error| InvalidMade::NoToml(error.to_string()))?;
        let text = toml::to_string(&table).map_err(|error| InvalidMade::NoToml(error.to_string()))?;
        Ok(Self { text, from_json: true })
    }

    pub fn text(&self) -> &str {
        &self.text
    }

    pub(crate) fn is_from_json(&self) -> bool {
        self.from_json
    }
}

fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

/// Where a `null` stands.
fn null_in(value: &Value, pointer: String) -> Option<String> {
    match value {
        Value::Null => Some(pointer),
        Value::Array(items) => items.iter().enumerate().find_map(|(at, item)| null_in(item, format!("{pointer}/{at}"))),
        Value::Object(members) => {
            members.iter().find_map(|(key, member)| null_in(member, format!("{pointer}/{}", escaped(key))))
        }
        _ => None,
    }
}

/// The text as JSON; empty where it is no TOML.
pub(crate) fn to_json(text: &str) -> Value {
    let table = text.parse::<toml::Table>().unwrap_or_default();
    serde_json::to_value(table).expect("a TOML table has string keys only")
}

/// The steps to the key, value or table that begins at `place` of `text`, or to the string around it.
pub(crate) fn steps_to(text: &str, place: &Place) -> Option<Vec<String>> {
    let root = DeTable::parse(text).ok()?;
    let byte = byte_of(text, place)?;
    in_table(root.get_ref(), byte)
}

/// As a JSON pointer.
pub(crate) fn pointer(steps: &[String]) -> String {
    steps.iter().map(|step| format!("/{}", escaped(step))).collect()
}

fn escaped(step: &str) -> String {
    step.replace('~', "~0").replace('/', "~1")
}

fn byte_of(text: &str, place: &Place) -> Option<usize> {
    let line_start = match place.line {
        1 => 0,
        line => text.match_indices('\n').nth(line.checked_sub(2)?)?.0 + 1,
    };
    let line = text.get(line_start..)?;
    let column = line.char_indices().map(|(at, _)| at).chain([line.len()]).nth(place.column.checked_sub(1)?)?;
    Some(line_start + column)
}

fn in_table(table: &DeTable<'_>, byte: usize) -> Option<Vec<String>> {
    table.iter().find_map(|(key, value)| {
        let inner = in_value(value, byte).or_else(|| (key.span().start == byte).then(Vec::new));
        inner.map(|inner| std::iter::once(key.get_ref().to_string()).chain(inner).collect())
    })
}

fn in_value(value: &Spanned<DeValue<'_>>, byte: usize) -> Option<Vec<String>> {
    let deeper = match value.get_ref() {
        DeValue::Table(table) => in_table(table, byte),
        DeValue::Array(items) => items.iter().enumerate().find_map(|(at, item)| {
            in_value(item, byte).map(|inner| std::iter::once(at.to_string()).chain(inner).collect())
        }),
        _ => None,
    };
    let is_inside = matches!(value.get_ref(), DeValue::String(_)) && value.span().contains(&byte);
    deeper.or_else(|| (is_inside || value.span().start == byte).then(Vec::new))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const TEXT: &str = "[own]\nname = \"Ours\"\n\n[[competitor]]\nid = \"acme\"\naliases = [\"Á\", \"Acme\"]\n\n\
                        [[label]]\nphrases.en = [\"dear\"]\n";

    #[track_caller]
    fn check(line: usize, column: usize, expected: Option<&str>) {
        let place = Place { path: "t".into(), line, column };
        assert_eq!(steps_to(TEXT, &place).map(|steps| pointer(&steps)).as_deref(), expected);
    }

    #[test]
    fn places_are_pointers() {
        check(2, 8, Some("/own/name"));
        check(2, 1, Some("/own/name"));
        check(4, 1, Some("/competitor/0"));
        check(5, 6, Some("/competitor/0/id"));
        check(6, 17, Some("/competitor/0/aliases/1"));
        check(6, 19, Some("/competitor/0/aliases/1"));
        check(9, 15, Some("/label/0/phrases/en/0"));
        check(9, 3, None);
        check(99, 1, None);
    }

    #[test]
    fn json_and_toml_say_the_same() {
        let value = json!({"competitor": [{"id": "acme", "name": "Acme", "tier": 1, "aliases": ["A"]}]});
        let made = Made::from_json(&value).unwrap();
        assert_eq!(to_json(made.text()), value);
    }

    #[test]
    fn what_is_no_taxonomy_is_said() {
        let error = |value| Made::from_json(&value).unwrap_err().to_string();
        assert!(error(json!([])).starts_with("found an array; expected an object"));
        assert!(error(json!({"label": [{"a/b": null}]})).starts_with("found `null` at `/label/0/a~1b`"));
    }
}
