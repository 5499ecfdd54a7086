//! URL normaliser v1, frozen: ids are made from it, so it never changes.

use url::Url;

/// Query parameters that say how a reader came, not what is shown.
const TRACKING: &[&str] = &[
    "fbclid",
    "gclid",
    "gclsrc",
    "dclid",
    "gbraid",
    "wbraid",
    "msclkid",
    "yclid",
    "twclid",
    "ttclid",
    "igshid",
    "mc_cid",
    "mc_eid",
    "_hsenc",
    "_hsmi",
    "mkt_tok",
    "oly_anon_id",
    "oly_enc_id",
    "vero_id",
    "wickedid",
    "ref_src",
    "cmpid",
    "spm",
    "_ga",
    "_gl",
];

pub(crate) fn is_tracking(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name.starts_with("utm_") || TRACKING.contains(&name.as_str())
}

/// The address without what does not choose the page: fragment (but a `#!` route),
/// tracking parameters, an empty query, a dot behind the host.
pub fn canonical_url(url: &Url) -> Url {
    let mut canonical = url.clone();
    if !url.fragment().is_some_and(|fragment| fragment.starts_with('!')) {
        canonical.set_fragment(None);
    }
    if let Some(query) = url.query() {
        // The raw text is kept: decoding and encoding again would change addresses.
        let kept: Vec<&str> = query
            .split('&')
            .filter(|pair| !pair.is_empty() && !is_tracking(pair.split('=').next().unwrap_or(pair)))
            .collect();
        canonical.set_query((!kept.is_empty()).then(|| kept.join("&")).as_deref());
    }
    if let Some(host) = url.host_str().and_then(|host| host.strip_suffix('.')).map(str::to_owned) {
        // A host that cannot be set again is left as it was: the dot is harmless.
        canonical.set_host(Some(&host)).unwrap_or_default();
    }
    canonical
}

/// What two addresses of one page share: the canonical URL without scheme,
/// `www.` and a slash at the end of the path.
pub fn url_key(url: &Url) -> String {
    let canonical = canonical_url(url);
    let host = canonical.host_str().unwrap_or("");
    let mut key = host.strip_prefix("www.").unwrap_or(host).to_owned();
    if let Some(port) = canonical.port() {
        key.push(':');
        key.push_str(&port.to_string());
    }
    key.push_str(canonical.path().trim_end_matches('/'));
    if let Some(query) = canonical.query() {
        key.push('?');
        key.push_str(query);
    }
    if let Some(fragment) = canonical.fragment() {
        key.push('#');
        key.push_str(fragment);
    }
    key
}

/// Host of `url` without `www.`; `None` where it has no host.
pub fn site_of(url: &Url) -> Option<String> {
    let host = url.host_str()?.trim_end_matches('.');
    Some(host.strip_prefix("www.").unwrap_or(host).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(url: &str, canonical: &str, key: &str) {
        let url = Url::parse(url).unwrap();
        assert_eq!(canonical_url(&url).as_str(), canonical);
        assert_eq!(url_key(&url), key);
    }

    #[test]
    fn drops_what_does_not_choose_the_page() {
        check(
            "HTTP://WWW.Example.com:80/a/?utm_source=x&id=3&fbclid=y#top",
            "http://www.example.com/a/?id=3",
            "example.com/a?id=3",
        );
        check("https://example.com./?utm_medium=x", "https://example.com/", "example.com");
        check("https://example.com/#!/route", "https://example.com/#!/route", "example.com#!/route");
    }

    #[test]
    fn keeps_what_may_choose_the_page() {
        check(
            "https://example.com:8443/a?b=%2F&a=1&a=2",
            "https://example.com:8443/a?b=%2F&a=1&a=2",
            "example.com:8443/a?b=%2F&a=1&a=2",
        );
    }

    #[test]
    fn normalising_twice_changes_nothing() {
        let once = canonical_url(&Url::parse("https://e.com./x?&utm_a=1&&b#f").unwrap());
        assert_eq!(canonical_url(&once), once);
    }

    #[test]
    fn site_has_no_www() {
        assert_eq!(site_of(&Url::parse("https://www.forum.example./t").unwrap()).unwrap(), "forum.example");
    }
}
