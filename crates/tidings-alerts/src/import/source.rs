//! The `[[source]]` block that is offered.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Serialize, Serializer};
use tidings_model::SourceId;

/// A source as it stands in the configuration. Displayed, it is TOML.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceBlock {
    pub id: SourceId,
    pub plugin: &'static str,
    pub params: BTreeMap<&'static str, String>,
    pub labels: Vec<String>,
    /// Fetched as a feed reader does, for the feed was made for its owner.
    pub is_user_feed: bool,
}

/// The value of `robots` for what its owner subscribed to.
const USER_FEED: &str = "user_feed";

impl fmt::Display for SourceBlock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "[[source]]\nid = {}\nplugin = {}", quoted(self.id.as_str()), quoted(self.plugin))?;
        if self.is_user_feed {
            writeln!(f, "robots = {}", quoted(USER_FEED))?;
        }
        let params = self.params.iter().map(|(key, value)| format!("{key} = {}", quoted(value)));
        writeln!(f, "params = {{ {} }}", params.collect::<Vec<_>>().join(", "))?;
        if !self.labels.is_empty() {
            let labels = self.labels.iter().map(|label| quoted(label));
            writeln!(f, "labels = [{}]", labels.collect::<Vec<_>>().join(", "))?;
        }
        Ok(())
    }
}

/// A basic string of TOML.
fn quoted(text: &str) -> String {
    let mut quoted = String::from('"');
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            c if c.is_control() => quoted.push_str(&format!("\\u{:04X}", u32::from(c))),
            c => quoted.push(c),
        }
    }
    quoted + "\""
}

impl Serialize for SourceBlock {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Written<'a> {
            id: &'a SourceId,
            plugin: &'a str,
            params: &'a BTreeMap<&'static str, String>,
            #[serde(skip_serializing_if = "<[_]>::is_empty")]
            labels: &'a [String],
            #[serde(skip_serializing_if = "Option::is_none")]
            robots: Option<&'a str>,
        }
        let Self { id, plugin, params, labels, is_user_feed } = self;
        Written { id, plugin, params, labels, robots: is_user_feed.then_some(USER_FEED) }.serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_is_toml_whatever_is_in_it() {
        let block = SourceBlock {
            id: "news-a".parse().unwrap(),
            plugin: "news-search",
            params: BTreeMap::from([("engine", "google-news".to_owned()), ("query", "\"a\" \\b\n]\u{7f}".to_owned())]),
            labels: vec!["đối thủ".to_owned()],
            is_user_feed: true,
        };
        let expected = "[[source]]\nid = \"news-a\"\nplugin = \"news-search\"\nrobots = \"user_feed\"\n\
            params = { engine = \"google-news\", query = \"\\\"a\\\" \\\\b\\u000A]\\u007F\" }\nlabels = [\"đối thủ\"]\n";
        assert_eq!(block.to_string(), expected);
    }
}
