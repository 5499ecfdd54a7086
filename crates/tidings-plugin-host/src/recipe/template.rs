//! Addresses with params and page numbers in them.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

use super::shape::Shape;

/// What stays as it is inside a path or query; the same as in the daemon's entry requests.
const KEPT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A part of a template.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part<'a> {
    Text(&'a str),
    Param(&'a str),
    Page,
}

/// Cuts a template at its braces.
///
/// # Errors
///
/// What stands in braces and is neither `{params.NAME}` nor `{page}`.
pub(super) fn parts(template: &str) -> Result<Vec<Part<'_>>, String> {
    let mut parts = Vec::new();
    let mut rest = template;
    while let Some((before, from)) = rest.split_once('{') {
        if !before.is_empty() {
            parts.push(Part::Text(before));
        }
        let (inside, after) = from.split_once('}').ok_or_else(|| "a `{` without its `}`".to_owned())?;
        parts.push(match inside.strip_prefix("params.") {
            Some(name) => Part::Param(name),
            None if inside == "page" => Part::Page,
            None => return Err(format!("`{{{inside}}}` is neither `{{params.NAME}}` nor `{{page}}`")),
        });
        rest = after;
    }
    if !rest.is_empty() {
        parts.push(Part::Text(rest));
    }
    Ok(parts)
}

/// The address of page `page`.
pub(super) fn fill(shape: &Shape, params: &Value, page: u32) -> String {
    let mut filled = String::new();
    for part in parts(shape.fetch.url.get_ref()).unwrap_or_default() {
        match part {
            Part::Text(text) => filled.push_str(text),
            Part::Page => filled.push_str(&page.to_string()),
            Part::Param(name) => {
                let default = shape.params.get(name).and_then(|param| param.default.as_ref());
                let value = match params.get(name).or(default) {
                    Some(Value::String(text)) => text.clone(),
                    Some(other) => other.to_string(),
                    None => String::new(),
                };
                // What stands at the start is a whole address, scheme and all.
                if filled.is_empty() {
                    filled.push_str(value.trim());
                } else {
                    filled.extend(utf8_percent_encode(&value, KEPT));
                }
            }
        }
    }
    filled
}

/// The template of the first page, for the daemon to ask for.
pub(super) fn of_first_page(shape: &Shape) -> String {
    let first = shape.fetch.pages.as_ref().map_or(1, |pages| pages.get_ref().from);
    shape.fetch.url.get_ref().replace("{page}", &first.to_string())
}
