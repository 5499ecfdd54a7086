//! Which feeds an HTML page names.

use url::Url;

use crate::html::{Layout, push_collapsed, push_plain};
use crate::markup::{Attributes, Scanner, Tag, Token};
use crate::reference::{Oddities, decode_into};

/// Most feeds taken from one page.
pub const MAX_FEED_LINKS: usize = 64;

/// A feed that a page names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeedLink {
    pub url: Url,
    /// What the page calls it; empty where it gives no name.
    pub title: String,
    /// Declared by `<link rel="alternate">`; else it is an `<a>` whose address looks like a feed.
    pub declared: bool,
}

/// The feeds of a page: those it declares by `<link rel="alternate">` in document order, or, when it declares none,
/// the `<a>` links whose address looks like a feed. `base` is the page's address; `<base href>` is honoured.
///
/// Each address stands once, at most [`MAX_FEED_LINKS`] of them. Takes linear time on any input.
pub fn feed_links(html: &str, base: &Url) -> Vec<FeedLink> {
    let mut base = base.clone();
    let (mut declared, mut guessed) = (Vec::new(), Vec::new());
    // The anchor whose text is being read, for its title.
    let mut open: Option<(FeedLink, String)> = None;
    let mut scanner = Scanner::new(html);
    while let Some(token) = scanner.next() {
        match token {
            Token::Start(tag) if is(&tag, &["script", "style", "template", "noscript"]) && !tag.empty => {
                scanner.skip_raw_text(tag.name);
            }
            Token::Start(tag) if is(&tag, &["base"]) => {
                if let Some(url) = value(&tag, "href").and_then(|href| base.join(href.trim()).ok()) {
                    base = url;
                }
            }
            Token::Start(tag) if is(&tag, &["link"]) => push_new(&mut declared, declared_feed(&tag, &base)),
            Token::Start(tag) if is(&tag, &["a"]) => {
                push_new(&mut guessed, open.take().map(titled));
                open = guessed_feed(&tag, &base).map(|link| (link, String::new()));
            }
            Token::End(name) if name.eq_ignore_ascii_case("a") => push_new(&mut guessed, open.take().map(titled)),
            Token::Text(text) => {
                if let Some((_, title)) = open.as_mut().filter(|(_, title)| title.len() < 200) {
                    title.push_str(text);
                }
            }
            _ => {}
        }
    }
    push_new(&mut guessed, open.take().map(titled));
    if declared.is_empty() { guessed } else { declared }
}

fn titled((link, text): (FeedLink, String)) -> FeedLink {
    if !link.title.is_empty() {
        return link;
    }
    let mut title = String::new();
    push_plain(&text, Layout::OneLine, &mut title);
    FeedLink { title, ..link }
}

fn push_new(links: &mut Vec<FeedLink>, link: Option<FeedLink>) {
    if let Some(link) =
        link.filter(|link| links.len() < MAX_FEED_LINKS && links.iter().all(|known| known.url != link.url))
    {
        links.push(link);
    }
}

fn is(tag: &Tag<'_>, names: &[&str]) -> bool {
    names.iter().any(|name| tag.name.eq_ignore_ascii_case(name))
}

fn value(tag: &Tag<'_>, name: &str) -> Option<String> {
    let raw = Attributes::value(tag.attributes, name)?;
    let mut decoded = String::with_capacity(raw.len());
    decode_into(raw, &mut decoded, &mut Oddities::default());
    Some(decoded)
}

fn title(tag: &Tag<'_>) -> String {
    let mut title = String::new();
    push_collapsed(&value(tag, "title").unwrap_or_default(), Layout::OneLine, &mut title);
    title
}

fn declared_feed(tag: &Tag<'_>, base: &Url) -> Option<FeedLink> {
    let rel = value(tag, "rel")?.to_ascii_lowercase();
    let mut rels = rel.split_ascii_whitespace();
    let kind = value(tag, "type").unwrap_or_default().to_ascii_lowercase();
    let is_feed = match kind.split(';').next().unwrap_or_default().trim() {
        "application/rss+xml"
        | "application/atom+xml"
        | "application/rdf+xml"
        | "application/feed+json"
        | "application/x.atom+xml"
        | "application/x-atom+xml" => true,
        // Also the types of other things, so the address has to say it too.
        "application/json" | "application/xml" | "text/xml" => false,
        _ => rel.split_ascii_whitespace().any(|rel| rel == "feed"),
    };
    let may_be_feed = matches!(kind.as_str(), "application/json" | "application/xml" | "text/xml");
    if !rels.any(|rel| rel == "alternate" || rel == "feed") || !(is_feed || may_be_feed) {
        return None;
    }
    let url = address(&value(tag, "href")?, base)?;
    (is_feed || looks_like_feed(&url)).then(|| FeedLink { url, title: title(tag), declared: true })
}

fn guessed_feed(tag: &Tag<'_>, base: &Url) -> Option<FeedLink> {
    let url = address(&value(tag, "href")?, base)?;
    looks_like_feed(&url).then(|| FeedLink { url, title: title(tag), declared: false })
}

/// `feed:https://…` and `feed://…` are an old way to say that an address is a feed.
fn address(href: &str, base: &Url) -> Option<Url> {
    let href = href.trim();
    if href.is_empty() || href.starts_with('#') {
        return None;
    }
    let url = match href.strip_prefix("feed:") {
        Some(rest) if rest.starts_with("//") => Url::parse(&format!("https:{rest}")),
        Some(rest) => Url::parse(rest),
        None => base.join(href),
    };
    url.ok().filter(|url| matches!(url.scheme(), "http" | "https"))
}

fn looks_like_feed(url: &Url) -> bool {
    let path = url.path().trim_end_matches('/').to_ascii_lowercase();
    let last = path.rsplit('/').next().unwrap_or_default();
    let named = matches!(
        last,
        "feed"
            | "feeds"
            | "rss"
            | "rss2"
            | "atom"
            | "rdf"
            | "rss.xml"
            | "atom.xml"
            | "feed.xml"
            | "feed.json"
            | "feed.rss"
            | "feed.atom"
            | "index.rss"
            | "index.rdf"
            | "index.atom"
            | "rss.php"
            | "feed.php"
            | "index.xml"
            | "atom10.xml"
            | "rss20.xml"
    );
    let ending = [".rss", ".atom", ".rdf"].iter().any(|ending| last.ends_with(ending));
    let asked = url.query_pairs().any(|(key, value)| {
        let value = value.to_ascii_lowercase();
        matches!(
            (&*key, value.as_str()),
            ("feed" | "format" | "type" | "alt", "rss" | "rss2" | "atom" | "rdf" | "feed")
        )
    });
    named || ending || asked
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(html: &str, expected: &[(&str, &str)]) {
        let base = Url::parse("https://acme.example/blog/").unwrap();
        let found = feed_links(html, &base);
        let found: Vec<_> = found.iter().map(|link| (link.url.as_str(), link.title.as_str())).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn declared_feeds_come_in_order() {
        check(
            "<head><link rel=alternate type='application/rss+xml' title='Acme &amp; more' href='/feed?a=1&amp;b=2'>
             <LINK REL='Alternate stylesheet' TYPE='application/atom+xml; charset=utf-8' HREF=atom>
             <link rel='alternate' type='application/feed+json' href='//cdn.example/f.json'>",
            &[
                ("https://acme.example/feed?a=1&b=2", "Acme & more"),
                ("https://acme.example/blog/atom", ""),
                ("https://cdn.example/f.json", ""),
            ],
        );
    }

    #[test]
    fn alternates_of_other_kinds_are_no_feeds() {
        check(
            "<link rel=alternate hreflang=vi href=/vi><link rel=stylesheet type='application/rss+xml' href=/x>
             <link rel=alternate type='application/json' href='/wp-json/wp/v2/pages/2'>
             <link rel=alternate type='application/json+oembed' href='/oembed'>",
            &[],
        );
        check(
            "<link rel=alternate type='application/json' href='/feed.json'>",
            &[("https://acme.example/feed.json", "")],
        );
    }

    #[test]
    fn anchors_serve_when_nothing_is_declared() {
        check(
            "<a href='/about'>About</a> <a href='/rss.xml'><b>Tin</b> mới</a> <a href='?feed=rss2'>RSS</a>
             <a href='feed://acme.example/x'>no</a><a href='/news.atom' title='News'>x</a>",
            &[
                ("https://acme.example/rss.xml", "Tin mới"),
                ("https://acme.example/blog/?feed=rss2", "RSS"),
                ("https://acme.example/news.atom", "News"),
            ],
        );
        check(
            "<a href=/feed>a</a><link rel=alternate type='application/rss+xml' href=/rss>",
            &[("https://acme.example/rss", "")],
        );
    }

    #[test]
    fn the_base_of_the_page_is_honoured_and_doubles_are_dropped() {
        check(
            "<base href='https://www.acme.example/en/'><link rel=alternate type=application/rss+xml href=feed>
             <link rel=alternate type=application/rss+xml href=https://www.acme.example/en/feed>",
            &[("https://www.acme.example/en/feed", "")],
        );
    }

    #[test]
    fn scripts_and_comments_name_no_feed() {
        check(
            "<script>'<link rel=alternate type=application/rss+xml href=/a>'</script><!-- <a href=/feed>x</a> -->",
            &[],
        );
    }
}
