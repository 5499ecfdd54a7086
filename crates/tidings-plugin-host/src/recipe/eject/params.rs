//! The params of a recipe as a struct.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use tidings_protocol::Example;

use super::super::shape::{Param, ParamType, Shape};
use super::{EjectError, one_line, quoted};

/// Words that no field can be named by.
const RESERVED: &[&str] = &[
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "crate", "do", "dyn", "else",
    "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop", "macro", "match", "mod",
    "move", "mut", "override", "priv", "pub", "ref", "return", "self", "static", "struct", "super", "trait", "true",
    "try", "type", "typeof", "unsafe", "unsized", "use", "virtual", "where", "while", "yield",
];

pub(super) struct Params<'a> {
    params: &'a BTreeMap<String, Param>,
    /// Names as Rust takes them, by those of the recipe.
    names: BTreeMap<&'a str, String>,
}

impl<'a> Params<'a> {
    pub(super) fn of(shape: &'a Shape) -> Self {
        let mut names: BTreeMap<&str, String> = BTreeMap::new();
        for name in shape.params.keys() {
            let mut ident = ident(name);
            while names.values().any(|taken| *taken == ident) {
                ident.push('_');
            }
            names.insert(name, ident);
        }
        Self { params: &shape.params, names }
    }

    /// A param as the text that is put into an address.
    pub(super) fn as_text(&self, name: &str) -> String {
        let field = &self.names[name];
        match self.params[name].type_ {
            ParamType::String => format!("&params.{field}"),
            ParamType::Integer | ParamType::Boolean => format!("&params.{field}.to_string()"),
        }
    }

    /// The struct, and a function for each default.
    pub(super) fn declaration(&self) -> Result<String, EjectError> {
        let (mut fields, mut defaults) = (String::new(), String::new());
        for (name, param) in self.params {
            let (field, type_) = (&self.names[name.as_str()], type_of(param));
            if let Some(text) = &param.description {
                fields.push_str(&format!("    /// {}\n", one_line(text)));
            }
            if field != name {
                fields.push_str(&format!("    #[serde(rename = {})]\n", quoted(name)));
            }
            if let Some(default) = &param.default {
                fields.push_str(&format!("    #[serde(default = \"default_{field}\")]\n"));
                let value = value(name, param, default)?;
                defaults.push_str(&format!("\n\nfn default_{field}() -> {type_} {{\n    {value}\n}}"));
            }
            fields.extend(bounds(param).map(|bounds| format!("    #[schemars(extend({bounds}))]\n")));
            fields.push_str(&format!("    pub {field}: {type_},\n"));
        }
        let body = if fields.is_empty() { "{}".to_owned() } else { format!("{{\n{fields}}}") };
        Ok(format!("pub struct Params {body}{defaults}"))
    }

    pub(super) fn examples(&self, examples: &[Example]) -> Result<String, EjectError> {
        let lines: Result<Vec<String>, EjectError> = examples
            .iter()
            .map(|example| {
                let fields = self.fields(example)?;
                let fields = if fields.is_empty() { "{}".to_owned() } else { format!("{{ {} }}", fields.join(", ")) };
                Ok(format!("            Example::new({}, Params {fields}),", quoted(&example.title)))
            })
            .collect();
        Ok(lines?.join("\n"))
    }

    fn fields(&self, example: &Example) -> Result<Vec<String>, EjectError> {
        let none = Map::new();
        let said = example.params.as_object().unwrap_or(&none);
        let field = |(name, param): (&String, &Param)| {
            let field = &self.names[name.as_str()];
            match (said.get(name), &param.default) {
                (Some(said), _) => Ok(format!("{field}: {}", value(name, param, said)?)),
                (None, Some(_)) => Ok(format!("{field}: default_{field}()")),
                (None, None) => Err(EjectError::Missing { title: example.title.clone(), name: name.clone() }),
            }
        };
        self.params.iter().map(field).collect()
    }
}

/// What the schema says of the values beside their type.
fn bounds(param: &Param) -> Option<String> {
    let words = param.words.as_ref().map(|words| format!("\"enum\" = {}", json!(words)));
    let least = param.minimum.map(|least| format!("\"minimum\" = {least}"));
    let most = param.maximum.map(|most| format!("\"maximum\" = {most}"));
    let bounds: Vec<String> = [words, least, most].into_iter().flatten().collect();
    (!bounds.is_empty()).then(|| bounds.join(", "))
}

fn type_of(param: &Param) -> &'static str {
    match param.type_ {
        ParamType::String => "String",
        ParamType::Integer => "i64",
        ParamType::Boolean => "bool",
    }
}

fn value(name: &str, param: &Param, value: &Value) -> Result<String, EjectError> {
    let (written, type_) = match param.type_ {
        ParamType::String => (value.as_str().map(|text| format!("{}.to_owned()", quoted(text))), "string"),
        ParamType::Integer => (value.as_i64().map(|number| number.to_string()), "integer"),
        ParamType::Boolean => (value.as_bool().map(|is| is.to_string()), "boolean"),
    };
    written.ok_or_else(|| EjectError::Value { name: name.to_owned(), value: value.to_string(), type_ })
}

/// A name as Rust takes it; those of recipes are of letters, digits, `_` and `-`.
fn ident(name: &str) -> String {
    let plain = name.to_ascii_lowercase().replace('-', "_");
    let is_name = plain.starts_with(|c: char| c.is_ascii_lowercase()) && !RESERVED.contains(&plain.as_str());
    if is_name { plain } else { format!("param_{plain}") }
}
