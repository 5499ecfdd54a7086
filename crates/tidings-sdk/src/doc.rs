//! An HTML page, and its elements.

use std::rc::Rc;

use jiff::Timestamp;
use scraper::{ElementRef, Html, Selector};
use tidings_extract::date::DayOrder;
use tidings_extract::html::{NoTree, plain_text, tree};
use tidings_protocol::Skip;
use url::Url;

use crate::ctx::Complaints;
use crate::{Error, Page, Result};

/// An HTML page, parsed as browsers do.
///
/// One that nests deeper than 512 elements, or is larger than 10 MiB, is not parsed:
/// nothing is found in it, [`El::require`] says why, and the run counts it as skipped.
#[derive(Debug)]
pub struct Doc {
    html: Html,
    url: String,
    /// Address that links are relative to.
    base: Option<Url>,
    /// Why nothing can be found in it.
    unread: Option<NoTree>,
}

/// An element of a [`Doc`].
#[derive(Clone, Copy, Debug)]
pub struct El<'doc> {
    element: ElementRef<'doc>,
    doc: &'doc Doc,
}

impl Page {
    /// The page's HTML.
    pub fn html(&self) -> Doc {
        Doc::parse(self.text(), self.url(), &self.complaints)
    }
}

impl Doc {
    fn parse(text: &str, url: &str, complaints: &Rc<Complaints>) -> Self {
        let (html, unread) = match tree(text) {
            Ok(html) => (html, None),
            Err(reason) => {
                complaints.borrow_mut().push(Skip { url: url.to_owned(), reason: reason.to_string() });
                (Html::parse_document(""), Some(reason))
            }
        };
        let mut base = Url::parse(url).ok();
        if let Some(declared) = html.select(&selector("base[href]")).next().and_then(|element| element.attr("href")) {
            base = base.and_then(|page| page.join(declared).ok());
        }
        Self { html, url: url.to_owned(), base, unread }
    }

    pub fn root(&self) -> El<'_> {
        El { element: self.html.root_element(), doc: self }
    }

    /// All elements that `css` selects, in document order.
    ///
    /// # Panics
    ///
    /// When `css` is no selector.
    #[track_caller]
    pub fn select(&self, css: &str) -> Vec<El<'_>> {
        self.root().select(css)
    }

    /// The first element that `css` selects.
    ///
    /// # Panics
    ///
    /// When `css` is no selector.
    #[track_caller]
    pub fn first(&self, css: &str) -> Option<El<'_>> {
        self.root().first(css)
    }

    /// The first element that `css` selects.
    ///
    /// # Errors
    ///
    /// `plugin.parse` with URL and selector where there is none.
    ///
    /// # Panics
    ///
    /// When `css` is no selector.
    #[track_caller]
    pub fn require(&self, css: &str) -> Result<El<'_>> {
        self.root().require(css)
    }
}

impl<'doc> El<'doc> {
    /// All elements inside this one that `css` selects, in document order.
    ///
    /// # Panics
    ///
    /// When `css` is no selector.
    #[track_caller]
    pub fn select(&self, css: &str) -> Vec<Self> {
        let doc = self.doc;
        self.element.select(&selector(css)).map(|element| Self { element, doc }).collect()
    }

    /// The first element inside this one that `css` selects.
    ///
    /// # Panics
    ///
    /// When `css` is no selector.
    #[track_caller]
    pub fn first(&self, css: &str) -> Option<Self> {
        let doc = self.doc;
        self.element.select(&selector(css)).next().map(|element| Self { element, doc })
    }

    /// The first element inside this one that `css` selects.
    ///
    /// # Errors
    ///
    /// `plugin.parse` with URL and selector where there is none.
    ///
    /// # Panics
    ///
    /// When `css` is no selector.
    #[track_caller]
    pub fn require(&self, css: &str) -> Result<Self> {
        self.first(css).ok_or_else(|| {
            let url = &self.doc.url;
            let why = self.doc.unread.map(|reason| format!(", which {reason}")).unwrap_or_default();
            Error::parse(url, format!("selector `{css}` matched nothing on {url}{why}"))
                .with_data(|data| data.selector = Some(css.to_owned()))
        })
    }

    /// The readable text inside, as browsers copy it: blocks on lines of their own,
    /// white space collapsed, scripts left out.
    pub fn text(&self) -> String {
        plain_text(&self.element.inner_html())
    }

    /// The readable text inside, without the elements that any of `css` selects.
    ///
    /// # Panics
    ///
    /// When one of `css` is no selector.
    #[track_caller]
    pub fn text_without(&self, css: &[&str]) -> String {
        let removed: Vec<_> = css.iter().flat_map(|css| self.select(css)).map(|found| found.element.id()).collect();
        if removed.is_empty() {
            return self.text();
        }
        let mut html = self.doc.html.clone();
        for id in removed {
            if let Some(mut node) = html.tree.get_mut(id) {
                node.detach();
            }
        }
        let rest = html.tree.get(self.element.id()).and_then(ElementRef::wrap);
        rest.map(|element| plain_text(&element.inner_html())).unwrap_or_default()
    }

    /// An attribute by its name.
    pub fn attr(&self, name: &str) -> Option<&'doc str> {
        self.element.attr(name)
    }

    /// Where it links to, or the first link inside it: the whole address.
    pub fn link(&self) -> Option<String> {
        let first_inside = || self.first("[href]").and_then(|inside| inside.attr("href"));
        let href = self.attr("href").or_else(first_inside)?.trim();
        let absolute = match &self.doc.base {
            Some(base) => base.join(href),
            None => Url::parse(href),
        };
        absolute.ok().map(String::from)
    }

    /// The time it states in `datetime`, or that of the first `<time>` inside it.
    pub fn time(&self) -> Option<Timestamp> {
        let first_inside = || self.first("[datetime]").and_then(|inside| inside.attr("datetime"));
        tidings_extract::date::parse(self.attr("datetime").or_else(first_inside)?, DayOrder::Unknown)
    }
}

#[track_caller]
fn selector(css: &str) -> Selector {
    match Selector::parse(css) {
        Ok(selector) => selector,
        Err(error) => panic!("`{css}` is no CSS selector: {error}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = r#"<base href="/sub/"><ul>
        <li class="topic"><a class="title" href="one?a=1&amp;b=2">First &amp; best</a>
            <time datetime="2026-11-20T08:00:00+07:00">yesterday</time><script>var hidden</script></li>
        <li class="topic"><b>No link</b><p>one</p><p>two</p></li></ul>"#;

    fn doc(text: &str) -> Doc {
        Doc::parse(text, "https://a.example/list", &Rc::default())
    }

    #[test]
    fn elements_give_text_link_and_time() {
        let doc = doc(PAGE);
        let rows = doc.select("li.topic");
        assert_eq!(rows.len(), 2);
        assert_eq!(rows[0].require("a.title").unwrap().text(), "First & best");
        assert_eq!(rows[0].link().unwrap(), "https://a.example/sub/one?a=1&b=2");
        assert_eq!(rows[0].time().unwrap().to_string(), "2026-11-20T01:00:00Z");
        assert_eq!(rows[0].text(), "First & best yesterday");
        assert_eq!(rows[1].text(), "No link\n\none\n\ntwo");
        assert_eq!((rows[1].link(), rows[1].time()), (None, None));
    }

    #[test]
    fn text_can_be_had_without_parts_of_it() {
        let doc = doc(PAGE);
        let row = doc.require("li.topic").unwrap();
        assert_eq!(row.text_without(&["time", "b"]), "First & best");
        assert_eq!(row.text_without(&["table"]), row.text());
    }

    #[test]
    fn what_is_required_and_missing_names_url_and_selector() {
        let error = doc(PAGE).require("table.prices").unwrap_err();
        assert_eq!(error.code(), "plugin.parse");
        assert_eq!(error.data().selector.as_deref(), Some("table.prices"));
        assert_eq!(error.message(), "selector `table.prices` matched nothing on https://a.example/list");
    }

    #[test]
    fn a_page_too_deep_to_parse_is_skipped_aloud() {
        let complaints: Rc<Complaints> = Rc::default();
        let deep = format!("{}<a href=x>in</a>", "<div>".repeat(600));
        let doc = Doc::parse(&deep, "https://a.example/deep", &complaints);
        assert!(doc.require("a").unwrap_err().message().contains("nests deeper than 512"));
        assert_eq!(complaints.borrow()[0].url, "https://a.example/deep");
    }

    #[test]
    #[should_panic(expected = "`li[` is no CSS selector")]
    fn a_wrong_selector_is_the_authors_fault() {
        doc("").select("li[");
    }
}
