//! Domains of competitors, in addresses and in running text.

use rustc_hash::FxHashMap;
use tidings_model::Url;

/// A domain in lower case as URLs have it, `None` when `domain` is none.
///
/// A scheme, path or `www.` in front is no part of a domain.
pub(crate) fn normal(domain: &str) -> Option<String> {
    let is_plain = |ch: char| ch.is_alphanumeric() || matches!(ch, '.' | '-');
    if !domain.contains('.') || !domain.chars().all(is_plain) || domain.starts_with("www.") {
        return None;
    }
    let url = Url::parse(&format!("https://{domain}/")).ok()?;
    let host = url.domain()?;
    let has_labels = host.split('.').all(|label| !label.is_empty() && label.len() <= 63);
    (has_labels && host.len() <= 253).then(|| host.to_owned())
}

/// Whose a host is.
#[derive(Debug, Default)]
pub(crate) struct Domains {
    owners: FxHashMap<String, usize>,
}

impl Domains {
    /// Gives `domain`, as [`normal`] has it, to `owner`.
    pub(crate) fn add(&mut self, domain: String, owner: usize) {
        self.owners.insert(domain, owner);
    }

    /// Whose `host` is, itself or as a subdomain; the longest domain decides.
    pub(crate) fn owner(&self, host: &str) -> Option<usize> {
        let mut rest = host.trim_end_matches('.');
        loop {
            if let Some(owner) = self.owners.get(rest) {
                return Some(*owner);
            }
            (_, rest) = rest.split_once('.')?;
        }
    }
}

/// Whether `text[start..end]` is `domain`, whole or behind a subdomain, and not the
/// beginning of a longer one.
pub(crate) fn stands_at(domain: &str, text: &str, start: usize, end: usize) -> bool {
    if text[start..end].to_lowercase() != domain {
        return false;
    }
    let is_label = |ch: char| ch.is_alphanumeric() || matches!(ch, '-' | '_');
    let before = text[..start].chars().next_back();
    let mut behind = text[end..].chars();
    let goes_on = match behind.next() {
        Some('.') => behind.next().is_some_and(is_label),
        Some(ch) => is_label(ch),
        None => false,
    };
    !before.is_some_and(is_label) && !goes_on
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn domains_are_bare_hosts() {
        assert_eq!(normal("Acme.COM").as_deref(), Some("acme.com"));
        assert_eq!(normal("bán.example").as_deref(), Some("xn--bn-mia.example"));
        for bad in
            ["acme", "https://acme.com", "www.acme.com", "acme.com/x", "a..b", ".acme.com", "1.2.3.4", "acme com", ""]
        {
            assert_eq!(normal(bad), None, "{bad}");
        }
    }

    #[test]
    fn subdomains_belong_to_their_domain() {
        let mut domains = Domains::default();
        domains.add("acme.com".to_owned(), 1);
        domains.add("shop.acme.com".to_owned(), 2);
        assert_eq!(domains.owner("acme.com"), Some(1));
        assert_eq!(domains.owner("app.acme.com."), Some(1));
        assert_eq!(domains.owner("eu.shop.acme.com"), Some(2));
        assert_eq!(domains.owner("notacme.com"), None);
    }

    #[test]
    fn domain_in_text_stands_whole() {
        let check = |text: &str, expected: bool| {
            let start = text.to_lowercase().find("acme.com").unwrap();
            assert_eq!(stands_at("acme.com", text, start, start + 8), expected, "{text}");
        };
        check("see Acme.com.", true);
        check("https://www.acme.com/pricing", true);
        check("mail bob@acme.com", true);
        check("acme.com.vn", false);
        check("not-acme.com", false);
        check("acme.community", false);
    }
}
