//! `expected.json`: all that a replayed run did, in the form that the SDK's tests use too.

use std::path::Path;

use serde_json::{Value, json};
use tidings_plugins::Playback;
use url::Url;

use super::bench::Visit;

const FILE: &str = "expected.json";

/// How a run compares with what was expected of it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Comparison {
    Same,
    Written,
    /// Nothing was said to be expected.
    Missing,
    /// What differs first, and what to do.
    Differs(String),
}

/// Compares a run with `expected.json` in `dir`; with `bless` writes that file.
///
/// # Errors
///
/// When the file cannot be written.
pub(crate) fn compare(dir: &Path, visit: &Visit, playback: &Playback, bless: bool) -> std::io::Result<Comparison> {
    let path = dir.join(FILE);
    let actual = canonical(whole(visit, playback));
    if bless {
        std::fs::write(&path, format!("{actual:#}\n"))?;
        return Ok(Comparison::Written);
    }
    let Ok(expected) = std::fs::read_to_string(&path) else {
        return Ok(Comparison::Missing);
    };
    let expected: Value = match serde_json::from_str(&expected) {
        Ok(expected) => canonical(expected),
        Err(error) => return Ok(Comparison::Differs(format!("{FILE} is no JSON: {error}"))),
    };
    Ok(first_difference(&format!("{expected:#}"), &format!("{actual:#}")).map_or(Comparison::Same, Comparison::Differs))
}

fn whole(visit: &Visit, playback: &Playback) -> Value {
    let collected = &visit.collected;
    let findings = collected.findings.iter().map(|(outcome, finding)| {
        let mut finding = json!(finding);
        finding["outcome"] = json!(outcome);
        finding
    });
    let mut whole = json!({ "findings": findings.collect::<Vec<_>>(), "requests": playback.requests() });
    match &visit.end.result {
        Ok(report) => whole["report"] = json!(report),
        Err(error) => whole["error"] = json!(error),
    }
    if !collected.skipped.is_empty() {
        whole["skipped"] = json!(collected.skipped);
    }
    if !collected.committed.is_empty() {
        whole["state"] = json!(collected.committed);
    }
    whole
}

/// Addresses are compared as browsers write them.
fn canonical(mut whole: Value) -> Value {
    for request in whole.get_mut("requests").and_then(Value::as_array_mut).into_iter().flatten() {
        if let Some(url) = request.as_str().and_then(|url| Url::parse(url).ok()) {
            *request = json!(url.as_str());
        }
    }
    whole
}

fn first_difference(expected: &str, actual: &str) -> Option<String> {
    let lines = expected.lines().map(Some).chain(std::iter::repeat(None));
    let mut pairs = actual.lines().map(Some).chain([None]).zip(lines).enumerate();
    let (line, (actual, expected)) = pairs.find(|(_, (actual, expected))| actual != expected)?;
    let said = |line: Option<&str>| line.unwrap_or("nothing more").trim().chars().take(200).collect::<String>();
    Some(format!(
        "{FILE}:{}: expected `{}`, got `{}`; if that is right, write it with --bless",
        line + 1,
        said(expected),
        said(actual)
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_difference_is_named_with_its_line() {
        assert_eq!(first_difference("a\nb", "a\nb"), None);
        assert!(first_difference("a\nb", "a\nc").unwrap().contains(":2: expected `b`, got `c`"));
        assert!(first_difference("a\nb", "a").unwrap().contains("got `nothing more`"));
        assert!(first_difference("a", "a\nb").unwrap().contains("expected `nothing more`"));
    }

    #[test]
    fn requests_are_compared_as_browsers_write_them() {
        let written = canonical(json!({"requests": ["https://A.example"]}));
        assert_eq!(written, json!({"requests": ["https://a.example/"]}));
    }
}
