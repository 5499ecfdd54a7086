//! A news site: a front page that names its feed, articles, and the feed, as RSS or
//! as Atom.

use std::fmt::Write;
use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderName, StatusCode};
use axum::response::Html;
use axum::routing::get;
use axum::{Router, middleware};
use serde::Deserialize;
use tidings_model::{Clock, Timestamp, Url};

use super::shelf::{Ago, Arrivals, Placed, Served, Shelf, Shelved, conditional};

/// An article as its file has it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Article {
    /// Absent for what comes later.
    ago: Option<Ago>,
    title: String,
    author: String,
    categories: Vec<String>,
    /// Paragraphs, with an empty line between them.
    text: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    article: Vec<Article>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    Rss,
    Atom,
}

#[derive(Debug)]
pub(super) struct News {
    base: Url,
    name: &'static str,
    lang: &'static str,
    format: Format,
    shelf: Shelf<Article>,
}

impl Shelved for News {
    type Item = Article;

    fn shelf(&self) -> &Shelf<Article> {
        &self.shelf
    }
}

impl News {
    pub(super) fn english(base: Url, arrivals: Arrivals) -> Self {
        let articles = read(include_str!("english.toml"));
        Self { base, name: "Small Office Weekly", lang: "en", format: Format::Rss, shelf: place(arrivals, articles) }
    }

    pub(super) fn vietnamese(base: Url, arrivals: Arrivals) -> Self {
        let articles = read(include_str!("vietnamese.toml"));
        Self { base, name: "Báo Cửa Hàng", lang: "vi", format: Format::Atom, shelf: place(arrivals, articles) }
    }

    /// Address of the feed.
    pub(super) fn feed(&self) -> Url {
        self.address("feed.xml")
    }

    fn address(&self, path: &str) -> Url {
        self.base.join(path).expect("a relative path joins to a base with a host")
    }

    /// The articles at `now` with their addresses, the newest first.
    fn articles(&self, now: Timestamp) -> impl Iterator<Item = (Url, &Placed<Article>)> {
        let numbered = self.shelf.at(now).iter().enumerate().rev();
        numbered.map(|(index, placed)| (self.address(&format!("articles/{}", index + 1)), placed))
    }

    fn rss(&self, now: Timestamp) -> Result<String, std::fmt::Error> {
        let mut xml = String::from(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
             <rss version=\"2.0\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\"><channel>\n",
        );
        writeln!(xml, "<title>{}</title><link>{}</link>", escape(self.name), self.base)?;
        writeln!(xml, "<description>{}</description><language>{}</language>", escape(self.name), self.lang)?;
        for (address, Placed { published, item }) in self.articles(now) {
            writeln!(xml, "<item><title>{}</title><link>{address}</link>", escape(&item.title))?;
            writeln!(xml, "<guid isPermaLink=\"true\">{address}</guid>")?;
            writeln!(xml, "<pubDate>{}</pubDate>", published.strftime("%a, %d %b %Y %H:%M:%S +0000"))?;
            writeln!(xml, "<dc:creator>{}</dc:creator>", escape(&item.author))?;
            for category in &item.categories {
                writeln!(xml, "<category>{}</category>", escape(category))?;
            }
            writeln!(xml, "<description>{}</description></item>", escape(&paragraphs(&item.text)))?;
        }
        xml.push_str("</channel></rss>\n");
        Ok(xml)
    }

    fn atom(&self, now: Timestamp) -> Result<String, std::fmt::Error> {
        let newest = self.shelf.at(now).last().map_or(now, |placed| placed.published);
        let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
        writeln!(xml, "<feed xmlns=\"http://www.w3.org/2005/Atom\" xml:lang=\"{}\">", self.lang)?;
        writeln!(xml, "<title>{}</title><id>{}</id>", escape(self.name), self.base)?;
        writeln!(xml, "<link rel=\"alternate\" href=\"{}\"/><link rel=\"self\" href=\"{}\"/>", self.base, self.feed())?;
        writeln!(xml, "<updated>{newest:.0}</updated>")?;
        for (address, Placed { published, item }) in self.articles(now) {
            writeln!(xml, "<entry><title>{}</title><id>{address}</id>", escape(&item.title))?;
            writeln!(xml, "<link rel=\"alternate\" href=\"{address}\"/>")?;
            writeln!(xml, "<published>{published:.0}</published><updated>{published:.0}</updated>")?;
            writeln!(xml, "<author><name>{}</name></author>", escape(&item.author))?;
            for category in &item.categories {
                writeln!(xml, "<category term=\"{}\"/>", escape(category))?;
            }
            writeln!(xml, "<content type=\"html\">{}</content></entry>", escape(&paragraphs(&item.text)))?;
        }
        xml.push_str("</feed>\n");
        Ok(xml)
    }

    fn page(&self, title: &str, body: &str) -> String {
        let (mime, title) = (self.format.mime(), escape(title));
        format!(
            "<!DOCTYPE html>\n<html lang=\"{}\"><head><meta charset=\"utf-8\"><title>{title}</title>\n\
             <link rel=\"alternate\" type=\"{mime}\" href=\"/feed.xml\"></head>\n<body>{body}</body></html>\n",
            self.lang,
        )
    }
}

impl Format {
    const fn mime(self) -> &'static str {
        match self {
            Self::Rss => "application/rss+xml",
            Self::Atom => "application/atom+xml",
        }
    }
}

fn read(text: &str) -> Vec<Article> {
    let file: File = toml::from_str(text).expect("the market's own files are read by its tests");
    file.article
}

fn place(arrivals: Arrivals, articles: Vec<Article>) -> Shelf<Article> {
    Shelf::new(arrivals, articles, |article| article.ago)
}

/// `text` with an element for each paragraph.
pub(super) fn paragraphs(text: &str) -> String {
    text.trim().split("\n\n").map(|paragraph| format!("<p>{}</p>", escape(paragraph))).collect()
}

/// `text` as it stands in XML and HTML, between tags or in quotes.
pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&#39;")
}

pub(super) fn routes(clock: Arc<dyn Clock>, site: News) -> Router {
    let served = Arc::new(Served { clock, site });
    Router::new()
        .route("/", get(front))
        .route("/feed.xml", get(feed))
        .route("/articles/{number}", get(article))
        .layer(middleware::from_fn_with_state(Arc::clone(&served), conditional::<News>))
        .route("/robots.txt", get(robots))
        .with_state(served)
}

async fn robots() -> &'static str {
    "User-agent: *\nDisallow: /drafts/\n"
}

type Site = State<Arc<Served<News>>>;

async fn front(State(served): Site) -> Html<String> {
    let mut list = format!("<h1>{}</h1>", escape(served.site.name));
    for (address, placed) in served.site.articles(served.clock.now()) {
        list.push_str(&format!("\n<p><a href=\"{}\">{}</a></p>", address.path(), escape(&placed.item.title)));
    }
    Html(served.site.page(served.site.name, &list))
}

async fn feed(State(served): Site) -> Result<([(HeaderName, &'static str); 1], String), StatusCode> {
    let now = served.clock.now();
    let xml = match served.site.format {
        Format::Rss => served.site.rss(now),
        Format::Atom => served.site.atom(now),
    };
    let xml = xml.map_err(|std::fmt::Error| StatusCode::INTERNAL_SERVER_ERROR)?;
    Ok(([(CONTENT_TYPE, served.site.format.mime())], xml))
}

async fn article(State(served): Site, Path(number): Path<usize>) -> Result<Html<String>, StatusCode> {
    let articles = served.site.shelf.at(served.clock.now());
    let placed = number.checked_sub(1).and_then(|index| articles.get(index)).ok_or(StatusCode::NOT_FOUND)?;
    let Article { title, author, text, .. } = &placed.item;
    let body = format!(
        "<article><h1>{}</h1><p>{}, <time datetime=\"{:.0}\">{}</time></p>{}</article>",
        escape(title),
        escape(author),
        placed.published,
        placed.published.strftime("%Y-%m-%d %H:%M"),
        paragraphs(text),
    );
    Ok(Html(served.site.page(title, &body)))
}
