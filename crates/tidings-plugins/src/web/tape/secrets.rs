//! What of an exchange is a secret: told by the name that it stands under in params, queries, forms and JSON, then
//! taken out wherever its value stands.

use std::collections::BTreeSet;

use serde_json::Value;
use url::{Url, form_urlencoded};

/// What stands in the place of a secret; the same in params and requests, so that a replay asks what was recorded.
pub const HIDDEN: &str = "of-the-recording";
/// Shorter values are taken out only where their name stands.
const MIN_LENGTH: usize = 6;
/// Last words of names; one that begins as in `PLACES` is none.
const SECRET: &[&str] = &[
    "apikey",
    "auth",
    "authorization",
    "credential",
    "credentials",
    "key",
    "pass",
    "passphrase",
    "passwd",
    "password",
    "pwd",
    "secret",
    "session",
    "sessionid",
    "sid",
    "sig",
    "signature",
    "token",
];
/// First words of names that tell a place in a list or of a word to look for.
const PLACES: &[&str] = &["continuation", "next", "page", "paging", "previous", "sort"];

/// The secrets of one run.
#[derive(Debug, Default)]
pub(super) struct Secrets {
    /// As they were found, and as an address writes them; the longest first.
    values: Vec<String>,
}

impl Secrets {
    /// Those in params, addresses and bodies.
    pub(super) fn of<'a>(
        params: &Value,
        urls: impl Iterator<Item = &'a str>,
        bodies: impl Iterator<Item = &'a str>,
    ) -> Self {
        let mut found = BTreeSet::new();
        collect(params, &mut found);
        urls.for_each(|url| collect_query(query_of(url), &mut found));
        for body in bodies {
            match serde_json::from_str(body) {
                Ok(json) => collect(&json, &mut found),
                Err(_) => collect_query(body, &mut found),
            }
        }
        let mut values = BTreeSet::new();
        for value in found.into_iter().filter(|value| MIN_LENGTH <= value.len()) {
            values.insert(form_urlencoded::byte_serialize(value.as_bytes()).collect::<String>());
            values.insert(form_urlencoded::byte_serialize(value.as_bytes()).collect::<String>().replace('+', "%20"));
            values.insert(Value::from(value.as_str()).to_string().trim_matches('"').to_owned());
            values.insert(value);
        }
        let mut values: Vec<String> = values.into_iter().collect();
        values.sort_by_key(|value| std::cmp::Reverse(value.len()));
        Self { values }
    }

    /// `text` without the values.
    pub(super) fn hide(&self, text: &str) -> String {
        self.values.iter().fold(text.to_owned(), |text, value| text.replace(value, HIDDEN))
    }

    /// An address without the values, and without what stands under a secret's name.
    pub(super) fn hide_in_url(&self, url: &str) -> String {
        let query = query_of(url);
        let hidden = if query.is_empty() { url.to_owned() } else { url.replacen(query, &hide_pairs(query), 1) };
        self.hide(&hidden)
    }

    /// A body of a request: JSON or a form.
    pub(super) fn hide_in_body(&self, body: &str) -> String {
        let Ok(mut json) = serde_json::from_str::<Value>(body) else {
            return self.hide(&hide_pairs(body));
        };
        // What holds none stays as it was written.
        if self.hide_in_json(&mut json) { json.to_string() } else { body.to_owned() }
    }

    /// Hides in place, and says whether anything was hidden.
    pub(super) fn hide_in_json(&self, json: &mut Value) -> bool {
        let is_hidden = |value: &mut String, hidden: String| {
            let differs = *value != hidden;
            *value = hidden;
            differs
        };
        match json {
            Value::String(text) if Url::parse(text).is_ok() => {
                let hidden = self.hide_in_url(text);
                is_hidden(text, hidden)
            }
            Value::String(text) => {
                let hidden = self.hide(text);
                is_hidden(text, hidden)
            }
            Value::Array(values) => values.iter_mut().fold(false, |any, value| self.hide_in_json(value) | any),
            Value::Object(fields) => fields.iter_mut().fold(false, |any, (name, value)| {
                let hidden = match value {
                    Value::String(text) if is_secret(name) && !text.is_empty() => is_hidden(text, HIDDEN.to_owned()),
                    value => self.hide_in_json(value),
                };
                hidden | any
            }),
            _ => false,
        }
    }
}

/// `api_key`, `X-Api-Key`, `apiKey`, `client_secret` and the like; not `next_page_token`.
fn is_secret(name: &str) -> bool {
    let mut words: Vec<String> = vec![String::new()];
    let mut was_lower = false;
    for letter in name.chars() {
        let is_border = !letter.is_alphanumeric() || letter.is_uppercase() && was_lower;
        if is_border {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut().filter(|_| letter.is_alphanumeric()) {
            word.extend(letter.to_lowercase());
        }
        was_lower = letter.is_lowercase();
    }
    words.retain(|word| !word.is_empty());
    let of = |word: Option<&String>, list: &[&str]| word.is_some_and(|word| list.contains(&word.as_str()));
    of(words.last(), SECRET) && !of(words.first(), PLACES)
}

fn collect(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::String(text) if Url::parse(text).is_ok() => collect_query(query_of(text), found),
        Value::Array(values) => values.iter().for_each(|value| collect(value, found)),
        Value::Object(fields) => fields.iter().for_each(|(name, value)| match value {
            Value::String(text) if is_secret(name) => drop(found.insert(text.clone())),
            value => collect(value, found),
        }),
        _ => {}
    }
}

fn collect_query(query: &str, found: &mut BTreeSet<String>) {
    let pairs = form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| is_secret(name));
    found.extend(pairs.map(|(_, value)| value.into_owned()));
}

fn query_of(url: &str) -> &str {
    let query = url.split_once('?').map_or("", |(_, query)| query);
    query.split('#').next().unwrap_or_default()
}

/// A query with what stands under the names of secrets hidden; the rest is kept byte by byte.
fn hide_pairs(query: &str) -> String {
    let hide = |pair: &str| match pair.split_once('=') {
        Some((name, value)) if !value.is_empty() && is_secret(&decoded(name)) => format!("{name}={HIDDEN}"),
        _ => pair.to_owned(),
    };
    query.split('&').map(hide).collect::<Vec<_>>().join("&")
}

fn decoded(name: &str) -> String {
    form_urlencoded::parse(name.as_bytes()).next().map(|(name, _)| name.into_owned()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn secrets_are_told_by_their_names() {
        for name in
            ["key", "api_key", "apiKey", "X-Api-Key", "client_secret", "access_token", "auth[token]", "PASSWORD"]
        {
            assert!(is_secret(name), "{name}");
        }
        for name in ["q", "keyword", "next_page_token", "pageToken", "author", "monkey", "sort_key", ""] {
            assert!(!is_secret(name), "{name}");
        }
    }

    #[test]
    fn what_was_told_as_a_secret_is_hidden_wherever_it_stands() {
        let params = json!({"api_key": "s3cret/äö", "feed": "https://a.example/f?token=0123456789&q=x", "q": "tea", "pin": {"pwd": "1"}});
        let urls = ["https://a.example/s?key=only-here&page=2"];
        let secrets = Secrets::of(&params, urls.into_iter(), ["{\"secret\":\"posted!\"}"].into_iter());
        let mut hidden = params.clone();
        assert!(secrets.hide_in_json(&mut hidden));
        assert_eq!(
            hidden,
            json!({"api_key": HIDDEN, "feed": format!("https://a.example/f?token={HIDDEN}&q=x"), "q": "tea", "pin": {"pwd": HIDDEN}})
        );
        assert_eq!(secrets.hide_in_url(urls[0]), format!("https://a.example/s?key={HIDDEN}&page=2"));
        assert_eq!(
            secrets.hide_in_url("https://a.example/s3cret%2F%C3%A4%C3%B6/x"),
            format!("https://a.example/{HIDDEN}/x")
        );
        assert_eq!(secrets.hide("0123456789 posted! only-here"), format!("{HIDDEN} {HIDDEN} {HIDDEN}"));
        assert_eq!(secrets.hide_in_body("pass=1&q=tea"), format!("pass={HIDDEN}&q=tea"));
        assert_eq!(secrets.hide_in_body("{ \"q\": 1 }"), "{ \"q\": 1 }", "what holds none stays as it is");
    }
}
