//! Fields that hold names rather than text, and which values they take.

use std::fmt;

use tidings_model::{
    CompetitorId, Dimension, Kind, LabelId, Lang, MarkState, PageType, PluginId, Severity, SourceId, Tier, Url,
};
use unicode_normalization::UnicodeNormalization;

/// A field that a finding has whole values in.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KeyField {
    /// A host; covers its subdomains.
    Site,
    Source,
    Plugin,
    Kind,
    /// The whole name, in any case.
    Author,
    Lang,
    Competitor,
    Tier,
    /// The competitors that a tag is said of.
    About,
    Severity,
    Story,
    /// What sort of page changed.
    Page,
    /// `change` or `lead`.
    Has,
    Mark,
    /// A label of that dimension.
    Dimension(Dimension),
}

/// What `has:` can ask for.
pub(crate) const HAS: [&str; 2] = ["change", "lead"];

impl KeyField {
    /// Those that are there whatever the taxonomy says.
    pub const FIXED: [Self; 14] = [
        Self::Site,
        Self::Source,
        Self::Plugin,
        Self::Kind,
        Self::Author,
        Self::Lang,
        Self::Competitor,
        Self::Tier,
        Self::About,
        Self::Severity,
        Self::Story,
        Self::Page,
        Self::Has,
        Self::Mark,
    ];

    /// Its name in a query, without the colon.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Site => "site",
            Self::Source => "source",
            Self::Plugin => "plugin",
            Self::Kind => "kind",
            Self::Author => "author",
            Self::Lang => "lang",
            Self::Competitor => "competitor",
            Self::Tier => "tier",
            Self::About => "about",
            Self::Severity => "severity",
            Self::Story => "story",
            Self::Page => "page",
            Self::Has => "has",
            Self::Mark => "mark",
            Self::Dimension(dimension) => dimension.as_str(),
        }
    }

    /// `value` in the one way in which it is compared.
    ///
    /// # Errors
    ///
    /// What the field takes, when it does not take this.
    pub fn read(&self, value: &str) -> Result<String, String> {
        let value = value.trim();
        let lower = value.to_lowercase();
        match self {
            Self::Site => read_site(&lower),
            Self::Source => read(lower.parse::<SourceId>()),
            Self::Plugin => read(lower.parse::<PluginId>()),
            Self::Kind => read(lower.parse::<Kind>()),
            Self::Author => read_author(value),
            Self::Lang => read(lower.parse::<Lang>()),
            Self::Competitor | Self::About => read(lower.parse::<CompetitorId>()),
            Self::Tier => read_word(&lower, Tier::ALL.iter().map(ToString::to_string)),
            Self::Severity => read(lower.parse::<Severity>()),
            Self::Story => read_story(value),
            Self::Page => read(lower.parse::<PageType>()),
            Self::Has => read_word(&lower, HAS.into_iter().map(str::to_owned)),
            Self::Mark => read(lower.parse::<MarkState>()),
            Self::Dimension(_) => read(lower.parse::<LabelId>()),
        }
    }
}

impl fmt::Display for KeyField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

fn read<T: fmt::Display, E: fmt::Display>(value: Result<T, E>) -> Result<String, String> {
    value.map(|value| value.to_string()).map_err(|error| error.to_string())
}

fn read_word(value: &str, words: impl Iterator<Item = String> + Clone) -> Result<String, String> {
    words
        .clone()
        .find(|word| word == value)
        .ok_or_else(|| format!("expected one of {}", words.collect::<Vec<_>>().join(", ")))
}

fn read_site(value: &str) -> Result<String, String> {
    let host = value.trim_matches('.');
    let host = host.strip_prefix("www.").unwrap_or(host);
    let is_host = |ch: char| ch.is_alphanumeric() || matches!(ch, '-' | '_' | '.');
    if host.is_empty() || !host.chars().all(is_host) {
        return Err("expected a host such as `example.com`; for words of the address there is `inurl:`".to_owned());
    }
    if host.is_ascii() {
        return Ok(host.to_owned());
    }
    // Findings have the ASCII form of `bücher.example`.
    let url = Url::parse(&format!("http://{host}/")).map_err(|error| error.to_string())?;
    url.host_str().map(str::to_owned).ok_or_else(|| "expected a host such as `example.com`".to_owned())
}

fn read_author(value: &str) -> Result<String, String> {
    let author = author_key(value);
    if author.is_empty() { Err("expected a name".to_owned()) } else { Ok(author) }
}

fn read_story(value: &str) -> Result<String, String> {
    let is_id = |ch: char| ch.is_ascii_alphanumeric() || matches!(ch, '_' | '-');
    if value.is_empty() || 64 < value.len() || !value.chars().all(is_id) {
        return Err("expected the id of a story, such as `s_4k2m`".to_owned());
    }
    Ok(value.to_owned())
}

/// How an author is compared: NFC, lower case, without space around it.
pub(crate) fn author_key(author: &str) -> String {
    let author = author.trim();
    if author.is_ascii() { author.to_ascii_lowercase() } else { author.nfc().collect::<String>().to_lowercase() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(field: &KeyField, value: &str, expected: Option<&str>) {
        assert_eq!(field.read(value).ok().as_deref(), expected, "{field}:{value}");
    }

    #[test]
    fn values_have_one_spelling() {
        check(&KeyField::Site, "www.Forum.Example", Some("forum.example"));
        check(&KeyField::Site, "Bücher.example", Some("xn--bcher-kva.example"));
        check(&KeyField::Author, " Nguye\u{302}\u{303}n An ", Some("nguyễn an"));
        check(&KeyField::Lang, "VI", Some("vi"));
        check(&KeyField::Kind, "Page_Change", Some("page_change"));
    }

    #[test]
    fn impossible_values_are_refused() {
        check(&KeyField::Site, "forum.example/x", None);
        check(&KeyField::Site, ".", None);
        check(&KeyField::Author, " ", None);
        check(&KeyField::Tier, "4", None);
        check(&KeyField::Story, "a b", None);
        check(&KeyField::Dimension("pain".parse().unwrap()), "giá", None);
    }
}
