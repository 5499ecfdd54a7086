//! Cookies of one run: kept while it lasts, given to nobody else, then forgotten.

use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, SystemTime};

use http::{HeaderMap, HeaderValue, header};
use tidings_model::Timestamp;
use url::{Host, Url};

use crate::hosts::later;

/// Most cookies of one run; a further one takes the place of the oldest.
pub const MAX_COOKIES: usize = 100;
/// Longest name and value together, in bytes; a longer cookie is not kept.
const MAX_COOKIE: usize = 4 << 10;
/// Longest `Cookie` header, in bytes.
const MAX_HEADER: usize = 16 << 10;
/// Second labels under which a country registers names, as `co` in `shop.co.uk`.
const REGISTRIES: [&str; 12] = ["ac", "co", "com", "edu", "gob", "gov", "gouv", "info", "ltd", "name", "net", "org"];

/// The cookies of one run (RFC 6265); its clones share them.
#[derive(Clone, Debug, Default)]
pub struct Cookies {
    jar: Arc<Mutex<Vec<Cookie>>>,
}

#[derive(Debug)]
struct Cookie {
    name: String,
    value: String,
    /// The host that set it, or the domain it named.
    domain: String,
    host_only: bool,
    path: String,
    secure: bool,
    expires: Option<Timestamp>,
}

impl Cookies {
    /// What `url` is sent, where there is something.
    pub(crate) fn header(&self, url: &Url, now: Timestamp) -> Option<HeaderValue> {
        let mut jar = self.lock();
        jar.retain(|cookie| cookie.expires.is_none_or(|expires| now < expires));
        let mut fitting: Vec<&Cookie> = jar.iter().filter(|cookie| cookie.is_for(url)).collect();
        // Of two with one name, servers read the first: that of the longer path.
        fitting.sort_by_key(|cookie| std::cmp::Reverse(cookie.path.len()));
        let mut text = String::new();
        for cookie in fitting {
            if MAX_HEADER < text.len() + cookie.name.len() + cookie.value.len() + 3 {
                break;
            }
            let separator = if text.is_empty() { "" } else { "; " };
            text += &format!("{separator}{}={}", cookie.name, cookie.value);
        }
        let mut value = (!text.is_empty()).then(|| HeaderValue::from_str(&text).ok()).flatten()?;
        value.set_sensitive(true);
        Some(value)
    }

    /// Keeps what an answer from `url` sets.
    pub(crate) fn keep(&self, url: &Url, headers: &HeaderMap, now: Timestamp) {
        for line in headers.get_all(header::SET_COOKIE).iter().take(MAX_COOKIES) {
            let Some(cookie) = line.to_str().ok().and_then(|line| Cookie::parse(line, url, now)) else {
                continue;
            };
            let mut jar = self.lock();
            jar.retain(|known| !known.is_replaced_by(&cookie));
            if cookie.expires.is_some_and(|expires| expires <= now) {
                continue;
            }
            if MAX_COOKIES <= jar.len() {
                jar.remove(0);
            }
            jar.push(cookie);
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.lock().is_empty()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Cookie>> {
        self.jar.lock().expect("no thread panics while it holds the jar")
    }
}

impl Cookie {
    fn parse(line: &str, url: &Url, now: Timestamp) -> Option<Self> {
        let mut parts = line.split(';');
        let (name, value) = parts.next()?.split_once('=')?;
        let (name, value) = (name.trim().to_owned(), value.trim().to_owned());
        if name.is_empty() || MAX_COOKIE < name.len() + value.len() {
            return None;
        }
        let host = url.host_str()?.to_ascii_lowercase();
        let path = default_path(url.path());
        let mut cookie = Self { name, value, domain: host, host_only: true, path, secure: false, expires: None };
        let mut max_age = None;
        for part in parts {
            let (key, value) = part.split_once('=').unwrap_or((part, ""));
            let value = value.trim();
            match key.trim().to_ascii_lowercase().as_str() {
                "domain" => cookie.take_domain(value, url)?,
                "path" if value.starts_with('/') => value.clone_into(&mut cookie.path),
                "secure" => cookie.secure = true,
                "max-age" => max_age = read_max_age(value, now).or(max_age),
                "expires" => cookie.expires = read_date(value).or(cookie.expires),
                _ => {}
            }
        }
        cookie.expires = max_age.or(cookie.expires);
        let is_fit = !cookie.secure || url.scheme() == "https";
        let keeps_prefix =
            !cookie.name.starts_with("__Host-") || cookie.secure && cookie.host_only && cookie.path == "/";
        let keeps_prefix = keeps_prefix && (!cookie.name.starts_with("__Secure-") || cookie.secure);
        (is_fit && keeps_prefix).then_some(cookie)
    }

    /// `None` where the host may not set cookies for this domain.
    fn take_domain(&mut self, domain: &str, url: &Url) -> Option<()> {
        let domain = domain.trim_start_matches('.').trim_end_matches('.').to_ascii_lowercase();
        if domain.is_empty() || domain == url.host_str()? {
            self.host_only = domain.is_empty() || is_registry(&domain);
            return Some(());
        }
        let is_name = matches!(url.host(), Some(Host::Domain(_)));
        if !is_name || is_registry(&domain) || !is_below(url.host_str()?, &domain) {
            return None;
        }
        self.domain = domain;
        self.host_only = false;
        Some(())
    }

    fn is_for(&self, url: &Url) -> bool {
        let Some(host) = url.host_str() else {
            return false;
        };
        let fits_host = host == self.domain || !self.host_only && is_below(host, &self.domain);
        let path = url.path();
        let fits_path = path == self.path
            || path
                .strip_prefix(self.path.as_str())
                .is_some_and(|rest| self.path.ends_with('/') || rest.starts_with('/'));
        fits_host && fits_path && (!self.secure || url.scheme() == "https")
    }

    fn is_replaced_by(&self, other: &Self) -> bool {
        (&self.name, &self.domain, &self.path) == (&other.name, &other.domain, &other.path)
    }
}

fn is_below(host: &str, domain: &str) -> bool {
    host.strip_suffix(domain).is_some_and(|sub| sub.ends_with('.'))
}

/// Whether names are registered right below `domain`, so that its owner is no one site.
/// Stricter than the public suffix list where in doubt: such a cookie stays with its host.
fn is_registry(domain: &str) -> bool {
    match domain.rsplit_once('.') {
        None => true,
        Some((second, country)) => country.len() == 2 && REGISTRIES.contains(&second),
    }
}

fn default_path(path: &str) -> String {
    match path.rfind('/') {
        Some(0) | None => "/".to_owned(),
        Some(end) => path[..end].to_owned(),
    }
}

fn read_max_age(value: &str, now: Timestamp) -> Option<Timestamp> {
    if value.starts_with('-') {
        return Some(now);
    }
    let seconds: u64 = value.parse().ok()?;
    Some(later(now, Duration::from_secs(seconds)))
}

/// As HTTP dates are written, and with hyphens as cookies have them.
fn read_date(value: &str) -> Option<Timestamp> {
    let date: SystemTime =
        httpdate::parse_http_date(value).or_else(|_| httpdate::parse_http_date(&value.replace('-', " "))).ok()?;
    Timestamp::try_from(date).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        text.parse().unwrap()
    }

    #[track_caller]
    fn check(set_at: &str, set: &str, asked: &str, expected: Option<&str>) {
        let now: Timestamp = "2026-11-22T10:00:00Z".parse().unwrap();
        let cookies = Cookies::default();
        let headers = HeaderMap::from_iter([(header::SET_COOKIE, set.parse().unwrap())]);
        cookies.keep(&url(set_at), &headers, now);
        let sent = cookies.header(&url(asked), now);
        assert_eq!(sent.as_ref().map(|value| value.to_str().unwrap()), expected, "{set} at {set_at} for {asked}");
    }

    #[test]
    fn a_cookie_goes_back_to_its_host_alone() {
        check("http://a.example/x", "k=1", "http://a.example/y", Some("k=1"));
        check("http://a.example/x", "k=1", "http://b.example/y", None);
        check("http://a.example/x", "k=1", "http://sub.a.example/y", None);
        check("http://127.0.0.1/", "k=1", "http://127.0.0.1/", Some("k=1"));
        check("http://127.0.0.1/", "k=1; Domain=0.0.1", "http://127.0.0.1/", None);
    }

    #[test]
    fn a_domain_is_one_site_and_never_a_registry() {
        check("http://www.a.example/", "k=1; Domain=.a.example", "http://shop.a.example/", Some("k=1"));
        check("http://www.a.example/", "k=1; Domain=b.example", "http://b.example/", None);
        check("http://www.a.example/", "k=1; Domain=example", "http://b.example/", None);
        check("http://a.co.uk/", "k=1; Domain=co.uk", "http://b.co.uk/", None);
        check("http://a.com.vn/", "k=1; Domain=com.vn", "http://b.com.vn/", None);
        check("http://bada.example/", "k=1; Domain=a.example", "http://a.example/", None);
    }

    #[test]
    fn paths_schemes_and_ends_are_minded() {
        check("http://a.example/f/x", "k=1", "http://a.example/f/y", Some("k=1"));
        check("http://a.example/f/x", "k=1", "http://a.example/food", None);
        check("http://a.example/f/x", "k=1; Path=/", "http://a.example/", Some("k=1"));
        check("https://a.example/", "k=1; Secure", "http://a.example/", None);
        check("http://a.example/", "k=1; Secure", "https://a.example/", None);
        check("http://a.example/", "k=1; Max-Age=0", "http://a.example/", None);
        check(
            "http://a.example/",
            "k=1; Max-Age=9; Expires=Thu, 01-Jan-1970 00:00:00 GMT",
            "http://a.example/",
            Some("k=1"),
        );
        check("http://a.example/", "k=1; Expires=Thu, 01-Jan-1970 00:00:00 GMT", "http://a.example/", None);
        check("http://a.example/", "__Host-k=1; Path=/", "http://a.example/", None);
    }

    #[test]
    fn a_jar_is_bounded_and_a_later_value_replaces() {
        let (cookies, now) = (Cookies::default(), Timestamp::UNIX_EPOCH);
        let at = url("http://a.example/");
        for n in 0..300 {
            let line = format!("k{n}=1").parse().unwrap();
            cookies.keep(&at, &HeaderMap::from_iter([(header::SET_COOKIE, line)]), now);
        }
        assert_eq!(cookies.lock().len(), MAX_COOKIES);
        let line = "k299=2".parse().unwrap();
        cookies.keep(&at, &HeaderMap::from_iter([(header::SET_COOKIE, line)]), now);
        assert!(cookies.header(&at, now).unwrap().to_str().unwrap().ends_with("k298=1; k299=2"));
        let long = format!("long={}", "x".repeat(5_000)).parse().unwrap();
        cookies.keep(&at, &HeaderMap::from_iter([(header::SET_COOKIE, long)]), now);
        assert!(!cookies.header(&at, now).unwrap().to_str().unwrap().contains("long="));
    }
}
