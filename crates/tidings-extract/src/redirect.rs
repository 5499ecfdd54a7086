//! Addresses that lead elsewhere and say where: the counting redirects of search engines.

use url::Url;

/// Path of a redirect on a host of that name, and the parameters that may hold its target.
struct Redirect {
    /// A label of the host: `google` stands for each of its countries.
    label: &'static str,
    path: &'static str,
    targets: &'static [&'static str],
}

const REDIRECTS: &[Redirect] = &[
    Redirect { label: "google", path: "/url", targets: &["url", "q"] },
    Redirect { label: "bing", path: "/news/apiclick.aspx", targets: &["url"] },
];

/// Where a counting redirect leads, read from its own address; `None` for any other address,
/// and for a redirect that does not say where in plain words.
pub fn target(address: &Url) -> Option<Url> {
    let host = address.host_str()?;
    let known = REDIRECTS.iter().find(|redirect| {
        let labels = host.strip_prefix("www.").unwrap_or(host).split('.').next();
        labels == Some(redirect.label) && address.path().eq_ignore_ascii_case(redirect.path)
    })?;
    let named = |name: &&str| address.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned());
    let targets = known.targets.iter().filter_map(named).filter_map(|target| Url::parse(&target).ok());
    targets.into_iter().find(|target| matches!(target.scheme(), "http" | "https") && target.has_host())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(address: &str, expected: Option<&str>) {
        let found = target(&Url::parse(address).unwrap());
        assert_eq!(found.as_ref().map(Url::as_str), expected, "{address}");
    }

    #[test]
    fn a_redirect_says_where_it_leads() {
        let expected = Some("https://ledger.example/a?b=1&c=%C3%A9");
        check(
            "https://www.google.com/url?rct=j&sa=t&url=https://ledger.example/a%3Fb%3D1%26c%3D%25C3%25A9&ct=ga&cd=x",
            expected,
        );
        check("https://google.com.vn/url?q=https%3A%2F%2Fledger.example%2Fa%3Fb%3D1%26c%3D%25C3%25A9", expected);
        check(
            "http://www.bing.com/news/apiclick.aspx?ref=FexRss&url=https%3a%2f%2fledger.example%2fx&c=1",
            Some("https://ledger.example/x"),
        );
    }

    #[test]
    fn other_addresses_lead_nowhere_else() {
        check("https://ledger.example/url?url=https://elsewhere.example/", None);
        check("https://www.google.com/search?q=https://elsewhere.example/", None);
        check("https://www.google.com/url?url=javascript:alert(1)", None);
        check("https://www.google.com/url?sa=t", None);
        check("https://google.ledger.example/other?url=https://elsewhere.example/", None);
    }

    proptest! {
        #[test]
        fn what_was_wrapped_is_unwrapped(path in "[a-z0-9/]{0,20}", query in "[a-z&=%é ]{0,20}") {
            let mut inner = Url::parse("https://ledger.example/").unwrap();
            inner.set_path(&path);
            inner.set_query(Some(&query));
            let mut outer = Url::parse("https://www.google.com/url?rct=j").unwrap();
            outer.query_pairs_mut().append_pair("url", inner.as_str());
            prop_assert_eq!(target(&outer), Some(inner));
        }
    }
}
