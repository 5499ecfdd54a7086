//! A source's params against the JSON Schema of its plugin.

use std::fmt;

use jsonschema::error::{TypeKind, ValidationErrorKind};
use jsonschema::{PatternOptions, ValidationError, Validator};
use serde_json::Value;
use tidings_model::nearest;

/// One thing that is wrong with a source's params.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParamsError {
    /// JSON pointer to the value; empty for the params as a whole.
    pub pointer: String,
    /// What was expected there.
    pub message: String,
}

impl fmt::Display for ParamsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.pointer.is_empty() {
            write!(f, "params: {}", self.message)
        } else {
            write!(f, "params at {}: {}", self.pointer, self.message)
        }
    }
}

impl std::error::Error for ParamsError {}

/// A `params_schema` that is no usable JSON Schema.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("manifest /params_schema is no usable JSON Schema: {problem}")]
pub(crate) struct SchemaError {
    problem: String,
}

/// A compiled `params_schema`.
#[derive(Debug)]
pub(crate) struct ParamsSchema {
    validator: Validator,
    /// The keys that stand at the top, for hints.
    keys: Vec<String>,
}

impl ParamsSchema {
    pub(crate) fn new(schema: &Value) -> Result<Self, SchemaError> {
        // Patterns come from plugins, so they run on the engine whose time is linear.
        let validator = jsonschema::options()
            .with_pattern_options(PatternOptions::regex())
            .build(schema)
            .map_err(|error| SchemaError { problem: error.to_string() })?;
        let keys = schema
            .get("properties")
            .and_then(Value::as_object)
            .map(|properties| properties.keys().cloned().collect())
            .unwrap_or_default();
        Ok(Self { validator, keys })
    }

    pub(crate) fn check(&self, params: &Value) -> Result<(), Vec<ParamsError>> {
        // Params that run were checked before: what is wrong is looked for where something is.
        if self.validator.is_valid(params) {
            return Ok(());
        }
        let errors: Vec<ParamsError> = self
            .validator
            .iter_errors(params)
            .map(|error| ParamsError { pointer: error.instance_path().to_string(), message: self.message(&error) })
            .collect();
        if errors.is_empty() { Ok(()) } else { Err(errors) }
    }

    fn message(&self, error: &ValidationError<'_>) -> String {
        match error.kind() {
            ValidationErrorKind::AdditionalProperties { unexpected }
                if error.instance_path().to_string().is_empty() =>
            {
                self.unknown_keys(unexpected)
            }
            ValidationErrorKind::Required { property } => {
                format!("`{}` is missing", property.as_str().unwrap_or_default())
            }
            ValidationErrorKind::Type { kind } => {
                format!("expected {}, found {}", type_names(kind), short(error.instance()))
            }
            ValidationErrorKind::Enum { options } => {
                format!("expected one of {options}, found {}", short(error.instance()))
            }
            _ => error.to_string(),
        }
    }

    fn unknown_keys(&self, unexpected: &[String]) -> String {
        let named: Vec<String> = unexpected.iter().map(|key| format!("`{key}`")).collect();
        let nearest = unexpected.first().and_then(|key| nearest(key, self.keys.iter().map(String::as_str)));
        let hint = match nearest {
            Some(key) => format!("; did you mean `{key}`?"),
            None if self.keys.is_empty() => "; it takes none".to_owned(),
            None => format!("; it takes {}", self.keys.join(", ")),
        };
        format!("unknown {}{hint}", named.join(", "))
    }
}

fn type_names(kind: &TypeKind) -> String {
    let names: Vec<String> = match kind {
        TypeKind::Single(name) => vec![name.to_string()],
        TypeKind::Multiple(names) => names.iter().map(|name| name.to_string()).collect(),
    };
    names.join(" or ")
}

/// A value as a message shows it: 60 characters at most.
fn short(value: &Value) -> String {
    let text = value.to_string();
    if text.chars().count() <= 60 { text } else { text.chars().take(59).chain(['…']).collect() }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(params: &Value, expected: &[(&str, &str)]) {
        let schema = json!({
            "type": "object", "additionalProperties": false, "required": ["query"],
            "properties": {
                "query": {"type": "string", "pattern": "^[a-z ]+$"},
                "min_points": {"type": "integer", "minimum": 0},
                "order": {"enum": ["new", "top"]}
            }
        });
        let errors = ParamsSchema::new(&schema).unwrap().check(params).err().unwrap_or_default();
        let found: Vec<_> = errors.iter().map(|error| (error.pointer.as_str(), error.message.as_str())).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn sound_params_pass() {
        check(&json!({"query": "crm", "min_points": 3}), &[]);
    }

    #[test]
    fn each_error_names_its_place_and_what_was_expected() {
        check(&json!({}), &[("", "`query` is missing")]);
        check(&json!({"query": 7}), &[("/query", "expected string, found 7")]);
        check(
            &json!({"query": "a", "order": "old"}),
            &[("/order", "expected one of [\"new\",\"top\"], found \"old\"")],
        );
        check(&json!({"query": "a", "min_points": -1}), &[("/min_points", "-1 is less than the minimum of 0")]);
    }

    #[test]
    fn a_misspelt_key_gets_the_nearest_right_name() {
        check(&json!({"query": "a", "min_point": 1}), &[("", "unknown `min_point`; did you mean `min_points`?")]);
        check(&json!({"query": "a", "zzz": 1}), &[("", "unknown `zzz`; it takes min_points, order, query")]);
    }

    #[test]
    fn a_schema_that_is_none_is_refused() {
        assert!(ParamsSchema::new(&json!({"type": "objekt"})).is_err());
    }
}
