//! Entry requests: made first, so that an unchanged place costs no process.

use std::fmt::Write as _;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;
use sha2::{Digest, Sha256};
use tidings_fetch::Response;
use tidings_protocol::{Manifest, Reply};
use url::Url;
use xxhash_rust::xxh3::xxh3_128;

use super::answer::Answer;
use super::{Kept, Web};
use crate::plugin::Plugin;
use crate::validators::{AnswerValidators, EntryValidators};

/// What stays as it is inside a URL's path or query.
const KEPT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// What the entry requests of a run have shown.
#[derive(Debug, Default)]
pub(crate) struct Entries {
    /// Every answer is that of the last good run.
    pub(crate) unchanged: bool,
    /// For the next run; `None` where an answer is missing.
    pub(crate) validators: Option<EntryValidators>,
}

impl Web<'_> {
    /// Makes the entry requests of `plugin`, conditionally where the last good run
    /// left something to compare with. Answers are kept for the plugin to ask for.
    pub(crate) async fn ask_entries(&self, plugin: &Plugin) -> Entries {
        if !self.origin.takes_entries() {
            return Entries::default();
        }
        let Some(urls) = entry_urls(&plugin.manifest, &self.job.params) else {
            return Entries::default();
        };
        let basis = basis(&self.job.params, &plugin.sha256);
        let last = self.job.validators.as_ref().filter(|last| last.basis == basis);
        let mut next = EntryValidators { basis, ..EntryValidators::default() };
        let (mut unchanged, mut complete) = (true, true);
        for url in urls {
            let known = last.and_then(|last| last.answers.get(url.as_str()));
            let asked = self.ask_entry(&url, known).await;
            match asked {
                Some((answer, same)) => {
                    unchanged &= same;
                    next.answers.insert(url.into(), answer);
                }
                None => (unchanged, complete) = (false, false),
            }
        }
        Entries { unchanged, validators: complete.then_some(next) }
    }

    /// The answer's validators, and whether it is the known one; `None` where there
    /// is nothing to compare with later.
    async fn ask_entry(&self, url: &Url, known: Option<&AnswerValidators>) -> Option<(AnswerValidators, bool)> {
        let reply = match self.conditional(url, known) {
            Ok(request) => self.send(request).await,
            Err(error) => Err(error),
        };
        let response = match reply {
            Ok(response) => response,
            Err(error) => {
                self.keep(url, Kept { reply: Err(error), _room: None });
                return None;
            }
        };
        if response.not_modified
            && let Some(known) = known
        {
            return Some((AnswerValidators::of(&response, known.body.clone()), true));
        }
        let is_good = response.status.is_success() && response.blocked.is_none();
        let body = format!("{:032x}", xxh3_128(&response.body));
        let same = is_good && known.is_some_and(|known| known.body == body);
        let validators = AnswerValidators::of(&response, body);
        self.keep_answer(url, Ok(Answer::new(response, same)));
        is_good.then_some((validators, same))
    }

    /// An answer that finds no room is asked for again when the plugin wants it.
    fn keep_answer(&self, url: &Url, reply: Reply<Answer>) {
        let size = reply.as_ref().map_or(0, |answer| answer.body().len());
        if let Some(room) = self.bodies.try_keep(size) {
            self.keep(url, Kept { reply, _room: Some(room) });
        }
    }
}

impl AnswerValidators {
    fn of(response: &Response, body: String) -> Self {
        Self { server: Some(response.validators.clone()).filter(|server| !server.is_empty()), body }
    }
}

/// What answers may be compared under: the same params and the same plugin file.
fn basis(params: &Value, plugin: &str) -> String {
    let digest = Sha256::new().chain_update(plugin).chain_update([0]).chain_update(params.to_string()).finalize();
    digest.iter().fold(String::with_capacity(64), |mut hex, byte| {
        write!(hex, "{byte:02x}").expect("a string takes all that is written");
        hex
    })
}

/// The manifest's templates filled in; `None` where there are none, or a param that
/// one of them needs is absent and has no default.
fn entry_urls(manifest: &Manifest, params: &Value) -> Option<Vec<Url>> {
    if manifest.entry.is_empty() {
        return None;
    }
    manifest.entry.iter().map(|entry| Url::parse(&fill(&entry.url, &manifest.params_schema, params)?).ok()).collect()
}

fn fill(template: &str, schema: &Value, params: &Value) -> Option<String> {
    let mut filled = String::new();
    let mut rest = template;
    while let Some((before, from)) = rest.split_once("{params.") {
        let (name, after) = from.split_once('}')?;
        filled.push_str(before);
        let value = params.get(name).or_else(|| schema.get("properties")?.get(name)?.get("default"))?;
        let value = match value {
            Value::String(text) => text.clone(),
            Value::Number(_) | Value::Bool(_) => value.to_string(),
            _ => return None,
        };
        if filled.is_empty() {
            // The start of a URL: what stands there is one, scheme and all.
            filled.push_str(value.trim());
        } else {
            filled.extend(utf8_percent_encode(&value, KEPT));
        }
        rest = after;
    }
    filled.push_str(rest);
    Some(filled)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(template: &str, params: &Value, expected: Option<&str>) {
        let schema = json!({"properties": {"page": {"default": 1}}});
        assert_eq!(fill(template, &schema, params).as_deref(), expected);
    }

    #[test]
    fn params_fill_a_template() {
        check(
            "https://a.example/s?q={params.q}&x=1",
            &json!({"q": "a b&c/đ"}),
            Some("https://a.example/s?q=a%20b%26c%2F%C4%91&x=1"),
        );
        check(
            "{params.base}/latest.json",
            &json!({"base": "https://f.example:8443/x"}),
            Some("https://f.example:8443/x/latest.json"),
        );
        check("https://a.example/{params.page}", &json!({}), Some("https://a.example/1"));
        check("https://a.example/{params.gone}", &json!({}), None);
        check("https://a.example/{params.list}", &json!({"list": [1]}), None);
    }

    #[test]
    fn the_basis_changes_with_params_and_plugin() {
        let one = basis(&json!({"q": "a"}), "f00");
        assert_eq!(one, basis(&json!({"q": "a"}), "f00"));
        assert_ne!(one, basis(&json!({"q": "b"}), "f00"));
        assert_ne!(one, basis(&json!({"q": "a"}), "f01"));
    }
}
