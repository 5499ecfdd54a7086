//! Block pages: answers that keep robots out, told apart by their bytes.
//!
//! Every mark is weighed with what else the answer is. A block page says hardly more
//! than that it blocks, so one sentence of a vendor's name in an article, a captcha
//! in a contact form, or a login link beside a text is none. Linear in what is
//! looked at, which is the first 64 KiB.

mod marks;
mod shape;

use http::{HeaderMap, StatusCode, header};
use url::Url;

use marks::{Found, Need, RULES};
use shape::Shape;

/// How much of a body is looked at. A longer one is no block page by its looks.
const LOOKED_AT: usize = 64 << 10;
/// Most visible text, in bytes, of a page that does nothing but block.
const BLOCK_TEXT: usize = 2_048;
/// Most visible text, in bytes, outside `<noscript>`, of a page that needs a script to be one.
const SHELL_TEXT: usize = 160;

/// Most visible text, in bytes, of a page that only runs a vendor's script.
const BARE_TEXT: usize = 256;

/// Headers that vendors send with a block page only: name, value, and what it is.
const HEADERS: [(&str, &str, &str); 7] = [
    ("cf-mitigated", "challenge", "Cloudflare challenge"),
    ("x-amzn-waf-action", "challenge", "AWS WAF challenge"),
    ("x-amzn-waf-action", "captcha", "AWS WAF captcha"),
    ("x-vercel-mitigated", "challenge", "Vercel challenge"),
    ("x-vercel-mitigated", "deny", "Vercel denial"),
    ("x-sucuri-block", "", "Sucuri block"),
    ("x-datadome-cid", "", "DataDome"),
];
/// Parts of a path at which a site asks who one is.
const LOGIN_PATHS: [&str; 12] = [
    "login",
    "log-in",
    "signin",
    "sign-in",
    "authwall",
    "checkpoint",
    "dang-nhap",
    "dangnhap",
    "login.php",
    "login.aspx",
    "wp-login.php",
    "sso",
];

/// What was seen of a block page, e.g. `Cloudflare challenge`; `None` for any other answer.
///
/// `asked` is the URL of the request, `ended` that where redirects ended.
pub fn seen(asked: &Url, ended: &Url, status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Option<&'static str> {
    let is_refusal = status.is_client_error() || status.is_server_error();
    if let Some(seen) = by_header(headers, is_refusal) {
        return Some(seen);
    }
    if status.is_redirection() || !(is_refusal || is_html(headers, body)) {
        return None;
    }
    if status == StatusCode::NOT_FOUND || status == StatusCode::GONE {
        return None;
    }
    let head = &body[..body.len().min(LOOKED_AT)];
    let shape = Shape::of(head, BLOCK_TEXT + 1);
    let is_thin = body.len() <= LOOKED_AT && shape.text <= BLOCK_TEXT;
    if !is_thin {
        return None;
    }
    let page = Page { found: Found::of(head, shape.title), shape, is_refusal };
    let rule = RULES.iter().find(|rule| page.meets(rule.needs));
    rule.map(|rule| rule.seen).or_else(|| page.login_wall(asked, ended)).or_else(|| page.shell())
}

/// A thin page and its marks.
struct Page {
    found: Found,
    shape: Shape,
    is_refusal: bool,
}

impl Page {
    fn meets(&self, needs: &[Need]) -> bool {
        needs.iter().all(|need| match need {
            Need::Refusal => self.is_refusal,
            Need::NoForm => !self.shape.has_field,
            Need::Bare => self.shape.text <= BARE_TEXT,
            Need::Mark(mark) => self.found.anywhere(*mark),
            Need::Title(mark) => self.found.in_title(*mark),
        })
    }

    fn login_wall(&self, asked: &Url, ended: &Url) -> Option<&'static str> {
        if asked != ended && is_login(ended) && !is_login(asked) {
            return Some("login wall: the request was sent on to a login page");
        }
        let asks = self.found.anywhere(marks::Mark::LoginFirst);
        (self.shape.has_password && (self.is_refusal || asks)).then_some("login wall")
    }

    fn shell(&self) -> Option<&'static str> {
        let holds_data = self.found.anywhere(marks::Mark::Data);
        if self.is_refusal || holds_data || !self.shape.has_script || SHELL_TEXT < self.shape.text {
            return None;
        }
        if self.found.anywhere(marks::Mark::EnableScript) {
            return Some("script-only shell: it asks to enable JavaScript");
        }
        (self.found.anywhere(marks::Mark::EmptyRoot) && self.shape.text_of_body <= SHELL_TEXT / 4)
            .then_some("script-only shell: its body is empty")
    }
}

fn by_header(headers: &HeaderMap, is_refusal: bool) -> Option<&'static str> {
    let matches = |(name, value, _): &&(&str, &str, &str)| {
        headers.get(*name).is_some_and(|found| {
            // Without a value to tell by, the header counts beside a refusal only.
            if value.is_empty() { is_refusal } else { found.as_bytes().eq_ignore_ascii_case(value.as_bytes()) }
        })
    };
    HEADERS.iter().find(matches).map(|(_, _, seen)| *seen)
}

/// Whether a browser would show it as a page; a feed or JSON that quotes a mark is not judged.
fn is_html(headers: &HeaderMap, body: &[u8]) -> bool {
    match headers.get(header::CONTENT_TYPE) {
        Some(value) => memchr::memmem::find(&value.as_bytes().to_ascii_lowercase(), b"html").is_some(),
        None => {
            let start = body.trim_ascii_start();
            [&b"<!doctype html"[..], b"<html"]
                .iter()
                .any(|sign| start.get(..sign.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(sign)))
        }
    }
}

fn is_login(url: &Url) -> bool {
    let mut parts = url.path_segments().into_iter().flatten();
    parts.any(|part| LOGIN_PATHS.iter().any(|login| part.eq_ignore_ascii_case(login)))
}

#[cfg(test)]
mod tests;
