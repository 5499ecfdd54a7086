//! The address by which two findings are one page, however a reader came to it.
//!
//! Bolder than URL normaliser v1, on which ids rest and which is frozen: here a wrong
//! guess costs a doubtful tie, which the texts may still refuse. May change at will.

use url::Url;
use url::form_urlencoded;

use crate::url_key::is_tracking;

/// Further parameters that say how a reader came, or in which dress the page is shown.
const DRESS: &[&str] = &[
    "__tn__",
    "__twitter_impression",
    "_branch_match_id",
    "amp",
    "amp_js_v",
    "at_campaign",
    "at_medium",
    "cmp",
    "fb_action_ids",
    "feature",
    "guccounter",
    "igsh",
    "ito",
    "mibextid",
    "ncid",
    "ocid",
    "output",
    "outputtype",
    "rdid",
    "ref",
    "ref_url",
    "s_cid",
    "share",
    "si",
    "smid",
    "sr_share",
    "src",
    "srsltid",
    "usqp",
    "xtor",
    "zarsrc",
];

/// First labels of hosts that show the pages of the site behind them to phones.
const MOBILE_LABELS: &[&str] = &["m", "mobile", "amp", "touch", "wap", "www"];

/// Addresses that stand for another one, which is in a parameter.
const WRAPPERS: &[(&str, &str, &[&str])] = &[
    ("google.com", "/url", &["url", "q"]),
    ("l.facebook.com", "/l.php", &["u"]),
    ("lm.facebook.com", "/l.php", &["u"]),
    ("bing.com", "/news/apiclick.aspx", &["url"]),
    ("out.reddit.com", "/", &["url"]),
];

/// What all addresses of one page share: without scheme, tracking, and the dress of
/// phones and AMP; unwrapped where it leads on to another page. `None` for the front
/// page of a site, which many things are filed under.
pub fn story_address(url: &Url) -> Option<String> {
    let unwrapped = unwrap(url);
    let url = unwrapped.as_ref().unwrap_or(url);
    let host = bare_host(url.host_str()?);
    let path = bare_path(url.path());
    let mut pairs: Vec<&str> = url.query().map(|query| query.split('&').collect()).unwrap_or_default();
    pairs.retain(|pair| !pair.is_empty() && !is_dress(pair));
    pairs.sort_unstable();
    if path.is_empty() && pairs.is_empty() {
        return None;
    }
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    let mark = if pairs.is_empty() { "" } else { "?" };
    Some(format!("{host}{port}{path}{mark}{}", pairs.join("&")))
}

/// The page behind an AMP cache, or behind a link that only counts its readers.
fn unwrap(url: &Url) -> Option<Url> {
    let host = url.host_str()?;
    let bare = host.strip_prefix("www.").unwrap_or(host);
    let cached = match bare {
        "google.com" => url.path().strip_prefix("/amp/"),
        _ if bare.ends_with(".cdn.ampproject.org") => {
            ["/c/", "/v/", "/i/"].iter().find_map(|prefix| url.path().strip_prefix(prefix))
        }
        _ => None,
    };
    if let Some(cached) = cached {
        let (scheme, rest) = cached.strip_prefix("s/").map_or(("http", cached), |rest| ("https", rest));
        return Url::parse(&format!("{scheme}://{rest}")).ok().filter(Url::has_host);
    }
    let (.., names) = WRAPPERS.iter().find(|(host, path, _)| *host == bare && url.path().starts_with(path))?;
    let target = names.iter().find_map(|name| url.query_pairs().find(|(key, _)| key == name))?.1;
    Url::parse(&target).ok().filter(|target| matches!(target.scheme(), "http" | "https"))
}

/// `en.m.wikipedia.org` and `www.wikipedia.org` are `en.wikipedia.org` and `wikipedia.org`.
fn bare_host(host: &str) -> String {
    let host = host.trim_end_matches('.');
    let mut labels: Vec<&str> = host.split('.').collect();
    // Two labels at least are the site itself: `m.example` is one.
    while 2 < labels.len() && MOBILE_LABELS.contains(&labels[0]) {
        labels.remove(0);
    }
    if 3 < labels.len() && labels[1] == "m" {
        labels.remove(1);
    }
    labels.join(".")
}

fn bare_path(path: &str) -> &str {
    let mut path = path.trim_end_matches('/');
    for ending in ["/amp", ".amp", "/index.html", "/index.htm", "/index.php"] {
        path = path.strip_suffix(ending).unwrap_or(path);
    }
    path = path.strip_suffix(".amp.html").or_else(|| path.strip_suffix("-amp.html")).unwrap_or(path);
    path = path.strip_suffix(".html").or_else(|| path.strip_suffix(".htm")).unwrap_or(path);
    if let Some(rest) = path.strip_prefix("/amp/") {
        // Keeps the slash.
        path = &path[path.len() - rest.len() - 1..];
    }
    path.trim_end_matches('/')
}

fn is_dress(pair: &str) -> bool {
    let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
    let name = name.to_ascii_lowercase();
    // `?m=1` is Blogger's page for phones; any other `m` may choose the page.
    let is_phone = name == "m" && value == "1";
    // Decoded only where it may matter.
    let name = if name.contains('%') {
        form_urlencoded::parse(name.as_bytes()).next().map_or(name.clone(), |(name, _)| name.into_owned())
    } else {
        name
    };
    is_phone || is_tracking(&name) || DRESS.contains(&name.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(expected: Option<&str>, urls: &[&str]) {
        for url in urls {
            assert_eq!(story_address(&Url::parse(url).unwrap()).as_deref(), expected, "{url}");
        }
    }

    #[test]
    fn one_page_has_one_address() {
        check(
            Some("example.com/news/price-rise"),
            &[
                "https://example.com/news/price-rise",
                "http://www.example.com/news/price-rise/",
                "https://m.example.com/news/price-rise?utm_source=x&fbclid=y",
                "https://amp.example.com/news/price-rise.html",
                "https://example.com/news/price-rise/amp/",
                "https://example.com/amp/news/price-rise",
                "https://example.com/news/price-rise.amp",
                "https://example.com/news/price-rise.amp.html?outputType=amp",
                "https://example.com/news/price-rise?ref=hn&smid=tw-share#top",
                "https://www-example-com.cdn.ampproject.org/c/s/www.example.com/news/price-rise",
                "https://www.google.com/amp/s/amp.example.com/news/price-rise",
                "https://www.google.com/url?sa=t&url=https%3A%2F%2Fexample.com%2Fnews%2Fprice-rise&usg=x",
                "https://l.facebook.com/l.php?u=https%3A%2F%2Fwww.example.com%2Fnews%2Fprice-rise%3Ffbclid%3Dx&h=y",
            ],
        );
        check(
            Some("vi.wikipedia.org/wiki/CRM"),
            &["https://vi.m.wikipedia.org/wiki/CRM", "https://vi.wikipedia.org/wiki/CRM"],
        );
        check(
            Some("blog.example/a?id=3&p=7"),
            &["https://blog.example/a?p=7&id=3&m=1", "https://blog.example/a?id=3&&p=7&amp"],
        );
    }

    #[test]
    fn what_may_choose_the_page_stays() {
        check(Some("shop.example.com/p?id=1"), &["https://shop.example.com/p?id=1"]);
        check(Some("shop.example.com/p?id=2"), &["https://shop.example.com/p?id=2"]);
        check(Some("m.example/a?m=2"), &["https://m.example/a?m=2"]);
        check(Some("example.com/amplifier"), &["https://example.com/amplifier"]);
        check(Some("example.com:8443/a"), &["https://example.com:8443/a"]);
    }

    #[test]
    fn front_page_is_no_address() {
        check(
            None,
            &["https://example.com/", "https://www.example.com/index.html?utm_source=x", "http://m.example.com"],
        );
    }

    #[test]
    fn hostile_wrappers_lead_nowhere() {
        check(Some("google.com/url?sa=t"), &["https://www.google.com/url?sa=t"]);
        check(Some("google.com/url?q=javascript:alert(1)"), &["https://www.google.com/url?q=javascript:alert(1)"]);
    }
}
