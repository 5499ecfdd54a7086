//! A source's params, read with the place of what is wrong.

use serde::de::DeserializeOwned;
use serde_path_to_error::{Path, Segment};
use tidings_protocol::code;

use crate::{Error, Plugin, Result};

/// Reads and checks the params of one run.
///
/// # Errors
///
/// `config.invalid` with the JSON pointer of what is wrong.
pub(crate) fn read<P: Plugin>(params: serde_json::Value) -> Result<P::Params> {
    let params = from_value(params)?;
    P::check(&params).map_err(|error| error.with_code(code::CONFIG_INVALID))?;
    Ok(params)
}

fn from_value<T: DeserializeOwned>(params: serde_json::Value) -> Result<T> {
    serde_path_to_error::deserialize(params).map_err(|error| {
        let pointer = pointer(error.path());
        let at = if pointer.is_empty() { String::new() } else { format!(" at {pointer}") };
        Error::new(code::CONFIG_INVALID, format!("params{at}: {}", error.inner()))
            .with_data(|data| data.pointer = Some(pointer))
    })
}

/// The RFC 6901 form of a path; enum variants are no step in the JSON.
pub(crate) fn pointer(path: &Path) -> String {
    let step = |segment: &Segment| match segment {
        Segment::Seq { index } => Some(format!("/{index}")),
        Segment::Map { key } => Some(format!("/{}", key.replace('~', "~0").replace('/', "~1"))),
        Segment::Enum { .. } | Segment::Unknown => None,
    };
    path.iter().filter_map(step).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::Deserialize;
    use serde_json::json;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only read, never looked at")]
    struct Params {
        query: String,
        #[serde(default)]
        limits: BTreeMap<String, Vec<u8>>,
    }

    #[track_caller]
    fn check(params: serde_json::Value, pointer: &str, message: &str) {
        let error = from_value::<Params>(params).unwrap_err();
        assert_eq!(error.code(), code::CONFIG_INVALID);
        assert_eq!(error.data().pointer.as_deref(), Some(pointer));
        assert!(error.message().starts_with(message), "{}", error.message());
    }

    #[test]
    fn what_is_wrong_has_its_place() {
        check(json!({}), "", "params: missing field `query`");
        check(json!({"query": 1}), "/query", "params at /query: invalid type: integer `1`, expected a string");
        check(json!({"query": "", "limits": {"a/b": [1, -1]}}), "/limits/a~1b/1", "params at /limits/a~1b/1: ");
        check(json!({"query": "", "querry": ""}), "/querry", "params at /querry: unknown field `querry`, expected ");
    }
}
