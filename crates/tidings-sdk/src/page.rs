//! What the web answered.

use std::cell::OnceCell;
use std::rc::Rc;

use base64::Engine;
use serde::de::DeserializeOwned;
use tidings_extract::feed::{self, Feed};
use tidings_extract::html::tree;
use tidings_extract::json_ld::json_ld;
use tidings_extract::main_text::{MainText, main_text};
use tidings_protocol::{FetchResponse, code};
use url::Url;

use crate::ctx::Complaints;
use crate::{Context, Error, Result, params};

/// One answer of the web. A 404 is one too: [`Page::ok`] turns it into an error.
#[derive(Debug)]
pub struct Page {
    response: FetchResponse,
    /// The body, where it was asked for as bytes.
    bytes: Option<Vec<u8>>,
    decoded: OnceCell<String>,
    pub(crate) complaints: Rc<Complaints>,
}

impl Page {
    pub(crate) fn new(mut response: FetchResponse, complaints: &Rc<Complaints>) -> Result<Self> {
        let decode = |body: String| base64::engine::general_purpose::STANDARD.decode(body);
        let bytes = response.body_b64.take().map(decode).transpose();
        let bytes = bytes
            .map_err(|error| Error::new(code::PROTOCOL_BAD_MESSAGE, error))
            .with_context(|| format!("body of {}", response.url))?;
        Ok(Self { response, bytes, decoded: OnceCell::new(), complaints: Rc::clone(complaints) })
    }

    /// Where redirects ended; links of the page are relative to it.
    pub fn url(&self) -> &str {
        if self.response.final_url.is_empty() { &self.response.url } else { &self.response.final_url }
    }

    pub fn status(&self) -> u16 {
        self.response.status
    }

    /// A header by its name in lower case; repeated ones are joined by `, `.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.response.headers.get(name).map(String::as_str)
    }

    /// The page, where the answer is what was asked for.
    ///
    /// # Errors
    ///
    /// `http.blocked` for a page that keeps robots out, `http.status` for any
    /// status but 2xx.
    pub fn ok(self) -> Result<Self> {
        let (url, status) = (self.url(), self.status());
        let error = if let Some(seen) = &self.response.blocked {
            Error::new(code::HTTP_BLOCKED, format!("{url} answers with a block page ({seen})"))
                .with_data(|data| data.seen = Some(seen.clone()))
        } else if (200..300).contains(&status) {
            return Ok(self);
        } else {
            Error::new(code::HTTP_STATUS, format!("{url} answered {status}"))
        };
        Err(error.with_data(|data| {
            data.url = Some(url.to_owned());
            data.status = Some(status);
            data.retry_after_s = self.header("retry-after").and_then(|seconds| seconds.trim().parse().ok());
        }))
    }

    /// The body as text. Where it was asked for as bytes: read as UTF-8, with
    /// U+FFFD for what is none.
    pub fn text(&self) -> &str {
        match (&self.response.text, &self.bytes) {
            (Some(text), _) => text,
            (None, Some(bytes)) => self.decoded.get_or_init(|| String::from_utf8_lossy(bytes).into_owned()),
            (None, None) => "",
        }
    }

    /// The body; as UTF-8 unless it was asked for with [`Request::bytes`](crate::Request::bytes).
    pub fn bytes(&self) -> &[u8] {
        self.bytes.as_deref().unwrap_or_else(|| self.text().as_bytes())
    }

    /// The body read as JSON.
    ///
    /// # Errors
    ///
    /// `plugin.parse` with the URL and the place in the JSON.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T> {
        let mut json = serde_json::Deserializer::from_str(self.text());
        let read = serde_path_to_error::deserialize(&mut json).map_err(|error| {
            let pointer = params::pointer(error.path());
            let message = format!("{} is not the JSON expected at `{pointer}`: {}", self.url(), error.inner());
            Error::parse(self.url(), message).with_data(|data| data.pointer = Some(pointer))
        })?;
        json.end()
            .map_err(|error| Error::parse(self.url(), format!("{} has more after its JSON: {error}", self.url())))?;
        Ok(read)
    }

    /// The body read as a feed, of any format.
    ///
    /// # Errors
    ///
    /// `plugin.parse` where it is none.
    pub fn feed(&self) -> Result<Feed> {
        feed::parse(self.text(), Url::parse(self.url()).ok().as_ref())
            .map_err(|error| Error::parse(self.url(), Error::from(error).message()))
            .with_context(|| format!("{} is no feed", self.url()))
    }

    /// What the page says to programs: the values of its JSON-LD that are of one of `types`, e.g. `NewsArticle` or
    /// `JobPosting`. `ItemList` gives the elements of a list.
    ///
    /// # Errors
    ///
    /// `plugin.parse` for a page that is too large or nests too deep to be read.
    pub fn json_ld(&self, types: &[&str]) -> Result<Vec<serde_json::Value>> {
        let page = tree(self.text()).map_err(|error| Error::parse(self.url(), format!("{} {error}", self.url())))?;
        Ok(json_ld(&page, types))
    }

    /// The main text of the page, with its title, author, date and language.
    ///
    /// # Errors
    ///
    /// `plugin.parse` for a page that is too large or nests too deep to be read.
    pub fn main_text(&self) -> Result<MainText> {
        main_text(self.text(), Url::parse(self.url()).ok().as_ref())
            .map_err(|error| Error::parse(self.url(), format!("{} {error}", self.url())))
    }

    /// Whether the body is the same as at the last good run.
    pub fn unchanged(&self) -> bool {
        self.response.unchanged
    }

    /// `href` as seen from this page.
    ///
    /// # Errors
    ///
    /// `plugin.parse` where it is no address.
    pub fn absolute(&self, href: &str) -> Result<String> {
        let resolve = || Url::parse(self.url())?.join(href.trim());
        let resolved: Result<Url, url::ParseError> = resolve();
        resolved
            .map(String::from)
            .map_err(|error| Error::parse(self.url(), format!("`{href}` on {} is no address: {error}", self.url())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(response: FetchResponse) -> Page {
        Page::new(response, &Rc::default()).unwrap()
    }

    fn answer(status: u16, text: &str) -> FetchResponse {
        let text = Some(text.to_owned());
        FetchResponse { url: "https://a.example/x/".to_owned(), status, text, ..FetchResponse::default() }
    }

    #[test]
    fn only_2xx_is_ok() {
        assert!(page(answer(204, "")).ok().is_ok());
        let error = page(answer(404, "")).ok().unwrap_err();
        assert_eq!((error.code(), error.data().status), (code::HTTP_STATUS, Some(404)));
        assert_eq!(error.data().url.as_deref(), Some("https://a.example/x/"));
        let headers = [("retry-after".to_owned(), "120".to_owned())].into();
        let error = page(FetchResponse { headers, ..answer(503, "") }).ok().unwrap_err();
        assert_eq!(error.data().retry_after_s, Some(120));
    }

    #[test]
    fn a_block_page_is_told_from_a_status() {
        let error = page(FetchResponse { blocked: Some("captcha".to_owned()), ..answer(200, "") }).ok().unwrap_err();
        assert_eq!((error.code(), error.data().seen.as_deref()), (code::HTTP_BLOCKED, Some("captcha")));
    }

    #[test]
    fn json_that_is_not_as_expected_names_its_place() {
        let page = page(answer(200, r#"{"hits": [{"id": "x"}]}"#));
        #[derive(Debug, serde::Deserialize)]
        #[expect(dead_code, reason = "only read, never looked at")]
        struct Hit {
            id: u32,
        }
        let error = page.json::<std::collections::BTreeMap<String, Vec<Hit>>>().unwrap_err();
        assert_eq!((error.code(), error.data().pointer.as_deref()), (code::PLUGIN_PARSE, Some("/hits/0/id")));
        assert_eq!(page.json::<serde_json::Value>().unwrap()["hits"][0]["id"], "x");
    }

    #[test]
    fn a_feed_has_its_links_relative_to_the_page() {
        let text = "<rss version='2.0'><channel><item><title>One</title><link>/1</link></item></channel></rss>";
        let feed = page(answer(200, text)).feed().unwrap();
        assert_eq!(feed.items[0].link.as_deref(), Some("https://a.example/1"));
        let error = page(answer(200, "<html></html>")).feed().unwrap_err();
        assert_eq!((error.code(), error.data().url.as_deref()), (code::PLUGIN_PARSE, Some("https://a.example/x/")));
        assert!(error.message().starts_with("https://a.example/x/ is no feed: "), "{error}");
    }

    #[test]
    fn the_main_text_is_read_where_a_tree_can_be_built() {
        let text = "<title>Prices</title><nav><a href=/>Home</a></nav><article><p>The seat price went up, says Acme.</p></article>";
        let found = page(answer(200, text)).main_text().unwrap();
        assert_eq!(found.text, "The seat price went up, says Acme.");
        assert_eq!(found.title.as_deref(), Some("Prices"));
        let error = page(answer(200, &"<div>".repeat(30_000))).main_text().unwrap_err();
        assert_eq!(error.code(), code::PLUGIN_PARSE);
        assert!(error.message().contains("https://a.example/x/ nests deeper"), "{error}");
    }

    #[test]
    fn bytes_survive_as_they_are() {
        let body_b64 = Some("/wD+".to_owned());
        let page = page(FetchResponse { text: None, body_b64, ..answer(200, "") });
        assert_eq!(page.bytes(), [0xff, 0x00, 0xfe]);
        assert_eq!(page.text(), "\u{fffd}\0\u{fffd}");
    }

    #[test]
    fn links_are_relative_to_where_redirects_ended() {
        let page = page(FetchResponse { final_url: "https://b.example/y/".to_owned(), ..answer(200, "") });
        assert_eq!(page.absolute("../z?q=1").unwrap(), "https://b.example/z?q=1");
        assert_eq!(page.absolute("https://[").unwrap_err().code(), code::PLUGIN_PARSE);
    }
}
