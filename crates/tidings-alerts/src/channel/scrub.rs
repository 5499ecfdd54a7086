//! Takes secrets out of what others say.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use url::Url;

/// A part of a secret address shorter than this is a word, not a secret.
const SHORTEST_PART: usize = 6;

const HIDDEN: &str = "[secret]";

/// What must not appear in an answer. Other sides echo: a 404 page shows the path that was asked for.
#[derive(Default)]
pub(super) struct Scrub {
    /// The longest first, so that no part of one is left.
    secrets: Vec<String>,
}

impl Scrub {
    /// Hides a secret word, plain and as Base64.
    pub(super) fn word(secret: &str) -> Self {
        Self::of([secret.to_owned(), STANDARD.encode(secret)])
    }

    /// Hides an address: whole, its path and query, and each part of them, as it stands and with `\/` as JSON writes it.
    pub(super) fn url(url: &Url) -> Self {
        let path = url.path().trim_start_matches('/');
        let query = url.query().unwrap_or_default();
        let whole = [url.as_str(), path, query, url.password().unwrap_or_default()];
        let parts = path.split('/').chain(query.split(['&', '=']));
        let long = whole.into_iter().chain(parts).filter(|part| SHORTEST_PART <= part.len() && !is_common(part));
        Self::of(long.flat_map(|text| [text.to_owned(), text.replace('/', r"\/")]))
    }

    /// Hides what both hide.
    pub(super) fn and(self, other: Self) -> Self {
        Self::of(self.secrets.into_iter().chain(other.secrets))
    }

    fn of(secrets: impl IntoIterator<Item = String>) -> Self {
        let mut secrets: Vec<_> = secrets.into_iter().filter(|secret| !secret.trim().is_empty()).collect();
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        secrets.dedup();
        Self { secrets }
    }

    pub(super) fn clean(&self, text: &str) -> String {
        self.secrets.iter().fold(text.to_owned(), |text, secret| text.replace(secret, HIDDEN))
    }
}

/// Words in the addresses of Slack, Discord and others that mean nothing to whoever reads them.
fn is_common(part: &str) -> bool {
    matches!(part, "services" | "webhook" | "webhooks" | "workflows" | "triggers" | "incoming")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_hidden_whole_and_in_parts() {
        let url = Url::parse("https://hooks.example/services/T0AAAAAAA/B0BBBBBBB/s3cr3tpart?key=k3yk3yk3y").unwrap();
        let scrub = Scrub::url(&url);
        for echo in [
            "Cannot POST /services/T0AAAAAAA/B0BBBBBBB/s3cr3tpart?key=k3yk3yk3y",
            r#"{"path":"\/services\/T0AAAAAAA\/B0BBBBBBB\/s3cr3tpart"}"#,
            "no hook s3cr3tpart with k3yk3yk3y",
            url.as_str(),
        ] {
            let clean = scrub.clean(echo);
            assert!(!clean.contains("s3cr3tpart") && !clean.contains("k3yk3yk3y"), "{clean}");
        }
        assert_eq!(scrub.clean("no services left"), "no services left");
    }

    #[test]
    fn a_word_is_hidden_in_base64_too() {
        assert_eq!(Scrub::word("hunter22").clean("535 aHVudGVyMjI= hunter22"), "535 [secret] [secret]");
        assert_eq!(Scrub::word("").clean("a b"), "a b");
    }
}
