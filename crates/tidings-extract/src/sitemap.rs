//! Sitemaps (sitemaps.org protocol 0.9): lists of pages and of further sitemaps, in XML or plain text, packed or not.
//!
//! Broken XML is read as far as it goes. Fetching, and following an index, are left to others.

use std::io::Read;

use flate2::read::MultiGzDecoder;
use jiff::Timestamp;

use crate::date::{self, DayOrder};
use crate::html::{Layout, push_collapsed};
use crate::markup::{Attributes, Scanner, Tag, Token};
use crate::reference::{Oddities, decode_into};

/// Most entries of one sitemap, as the protocol says; what follows is left out, and [`Sitemap::cut`] set.
pub const MAX_ENTRIES: usize = 50_000;
/// Largest sitemap once unpacked, in bytes, as the protocol says.
pub const MAX_BYTES: usize = 50 << 20;
/// Longest address, in bytes, as the protocol says.
const MAX_ADDRESS: usize = 2_048;
/// Most alternates of one page that are kept.
const MAX_ALTERNATES: usize = 100;

/// What a sitemap lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Lists {
    #[default]
    Pages,
    Sitemaps,
}

/// A sitemap as it was read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sitemap {
    pub lists: Lists,
    pub entries: Vec<Entry>,
    /// It ends too early, or holds more than [`MAX_ENTRIES`].
    pub cut: bool,
}

/// A page or a sitemap that is listed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Entry {
    /// The address as it stands there, references decoded; not checked to be a URL.
    pub loc: String,
    pub lastmod: Option<Timestamp>,
    /// Of a news sitemap.
    pub news: Option<News>,
    /// Language (`hreflang`) and address of the same page in others.
    pub alternates: Vec<(String, String)>,
}

/// What a news sitemap says of an article.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct News {
    pub title: String,
    pub published: Option<Timestamp>,
    /// Name of the publication.
    pub publication: String,
    pub lang: String,
}

/// Why there is nothing to read.
#[derive(Debug, thiserror::Error)]
pub enum SitemapError {
    #[error("is no sitemap: expected <urlset>, <sitemapindex> or an address on each line, found {found}")]
    NotASitemap { found: String },
    #[error("is larger than {} MiB once unpacked", MAX_BYTES >> 20)]
    TooLarge,
    #[error("cannot be unpacked")]
    Gzip { source: std::io::Error },
}

/// Unpacks gzip, told by its first bytes; anything else is handed back as it is.
///
/// # Errors
///
/// When it is damaged, or larger than [`MAX_BYTES`].
pub fn unpack(bytes: &[u8]) -> Result<Vec<u8>, SitemapError> {
    let limit = MAX_BYTES as u64 + 1;
    let mut unpacked = Vec::new();
    if bytes.starts_with(&[0x1f, 0x8b]) {
        let read = MultiGzDecoder::new(bytes).take(limit).read_to_end(&mut unpacked);
        // What was unpacked before the damage is still a sitemap, though a cut one.
        match read {
            Err(source) if unpacked.is_empty() => return Err(SitemapError::Gzip { source }),
            _ => {}
        }
    } else {
        unpacked.extend_from_slice(bytes);
    }
    if MAX_BYTES < unpacked.len() { Err(SitemapError::TooLarge) } else { Ok(unpacked) }
}

/// Reads a sitemap in linear time.
///
/// # Errors
///
/// When the text is neither XML with the elements of a sitemap nor a list of addresses.
pub fn parse(text: &str) -> Result<Sitemap, SitemapError> {
    let text = text.trim_start_matches('\u{feff}').trim_start();
    if MAX_BYTES < text.len() {
        return Err(SitemapError::TooLarge);
    }
    if text.starts_with('<') { parse_xml(text) } else { parse_lines(text) }
}

fn parse_lines(text: &str) -> Result<Sitemap, SitemapError> {
    let mut sitemap = Sitemap::default();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        if !(line.starts_with("http://") || line.starts_with("https://")) {
            if sitemap.entries.is_empty() {
                return Err(SitemapError::NotASitemap { found: quote(line) });
            }
            continue;
        }
        sitemap.push(Entry { loc: line.to_owned(), ..Entry::default() });
    }
    if text.is_empty() { Err(SitemapError::NotASitemap { found: "nothing".to_owned() }) } else { Ok(sitemap) }
}

fn parse_xml(text: &str) -> Result<Sitemap, SitemapError> {
    let mut reader = Reader::default();
    let mut root = None;
    let mut scanner = Scanner::new(text);
    for token in scanner.by_ref() {
        match token {
            Token::Start(tag) => {
                let (prefix, name) = split(tag.name);
                if root.is_none() {
                    root = Some(name.to_owned());
                    reader.sitemap.lists = match name.to_ascii_lowercase().as_str() {
                        "urlset" => Lists::Pages,
                        "sitemapindex" => Lists::Sitemaps,
                        _ => return Err(SitemapError::NotASitemap { found: quote(&format!("<{}>", tag.name)) }),
                    };
                    continue;
                }
                reader.start(&tag, prefix, name);
            }
            Token::End(name) => reader.end(split(name).1),
            Token::Text(text) => reader.text(text, true),
            Token::Cdata(text) => reader.text(text, false),
            Token::Doctype(_) | Token::Other => {}
        }
    }
    if root.is_none() {
        return Err(SitemapError::NotASitemap { found: quote(text) });
    }
    // An entry without its end tag counts as far as it was read.
    reader.sitemap.cut |= scanner.is_cut() || reader.entry.is_some();
    reader.finish();
    Ok(reader.sitemap)
}

#[derive(Default)]
struct Reader<'a> {
    sitemap: Sitemap,
    /// The entry that is open, and the prefix of its element.
    entry: Option<(&'a str, Entry)>,
    /// Name of the element whose text is being read.
    field: Option<&'static str>,
    value: String,
}

/// The fields that are read, of the entry itself and of its news.
const OWN: [&str; 2] = ["loc", "lastmod"];
const OF_NEWS: [&str; 4] = ["title", "publication_date", "name", "language"];

impl<'a> Reader<'a> {
    fn start(&mut self, tag: &Tag<'a>, prefix: &'a str, name: &'a str) {
        if name.eq_ignore_ascii_case("url") || name.eq_ignore_ascii_case("sitemap") {
            self.finish();
            self.entry = Some((prefix, Entry::default()));
            return;
        }
        let Some((own_prefix, entry)) = &mut self.entry else { return };
        self.value.clear();
        // `image:loc` is the address of a picture, `loc` that of the page.
        let known: &[&'static str] = if prefix == *own_prefix { &OWN } else { &OF_NEWS };
        self.field = known.iter().find(|field| name.eq_ignore_ascii_case(field)).copied();
        if prefix != *own_prefix && name.eq_ignore_ascii_case("news") {
            entry.news = Some(News::default());
        }
        if name.eq_ignore_ascii_case("link") && entry.alternates.len() < MAX_ALTERNATES {
            let (lang, href) = (attribute(tag, "hreflang"), attribute(tag, "href"));
            entry.alternates.extend(lang.zip(href));
        }
    }

    fn text(&mut self, text: &str, encoded: bool) {
        if self.field.is_none() || MAX_ADDRESS < self.value.len() {
            return;
        }
        if encoded {
            decode_into(text, &mut self.value, &mut Oddities::default());
        } else {
            self.value.push_str(text);
        }
    }

    fn end(&mut self, name: &str) {
        if name.eq_ignore_ascii_case("url") || name.eq_ignore_ascii_case("sitemap") {
            return self.finish();
        }
        let (Some(field), Some((_, entry))) = (self.field.take(), &mut self.entry) else { return };
        let value = self.value.trim();
        let time = || date::parse(value, DayOrder::Unknown);
        let mut line = String::new();
        push_collapsed(value, Layout::OneLine, &mut line);
        match (field, &mut entry.news) {
            ("loc", _) if value.len() <= MAX_ADDRESS => value.clone_into(&mut entry.loc),
            ("lastmod", _) => entry.lastmod = time(),
            ("title", Some(news)) => news.title = line,
            ("publication_date", Some(news)) => news.published = time(),
            ("name", Some(news)) => news.publication = line,
            ("language", Some(news)) => news.lang = line,
            _ => {}
        }
    }

    fn finish(&mut self) {
        self.field = None;
        if let Some((_, entry)) = self.entry.take().filter(|(_, entry)| !entry.loc.is_empty()) {
            self.sitemap.push(entry);
        }
    }
}

impl Sitemap {
    fn push(&mut self, entry: Entry) {
        if self.entries.len() < MAX_ENTRIES {
            self.entries.push(entry);
        } else {
            self.cut = true;
        }
    }
}

fn split(name: &str) -> (&str, &str) {
    name.split_once(':').unwrap_or(("", name))
}

fn attribute(tag: &Tag<'_>, name: &str) -> Option<String> {
    let mut decoded = String::new();
    decode_into(Attributes::value(tag.attributes, name)?.trim(), &mut decoded, &mut Oddities::default());
    Some(decoded)
}

fn quote(found: &str) -> String {
    let start: String = found.chars().take(60).map(|letter| if letter.is_control() { ' ' } else { letter }).collect();
    format!("`{start}`")
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn locs(text: &str) -> Vec<String> {
        parse(text).unwrap().entries.into_iter().map(|entry| entry.loc).collect()
    }

    #[test]
    fn pages_are_listed_with_date_languages_and_news() {
        let sitemap = parse(
            r#"<?xml version="1.0"?><urlset xmlns="s" xmlns:image="i" xmlns:news="n" xmlns:xhtml="x">
            <url><loc> https://a.example/?a=1&amp;b=2 </loc><lastmod>2026-11-20</lastmod>
              <image:image><image:loc>https://a.example/x.png</image:loc></image:image>
              <xhtml:link rel="alternate" hreflang="vi" href="https://a.example/vi"/></url>
            <url><loc><![CDATA[https://a.example/tin]]></loc><news:news><news:publication><news:name>Sổ Tay</news:name>
              <news:language>vi</news:language></news:publication><news:publication_date>2026-11-20T08:00:00+07:00</news:publication_date>
              <news:title>Giá mới &amp; cũ</news:title></news:news></url></urlset>"#,
        )
        .unwrap();
        assert_eq!(sitemap.entries[0].loc, "https://a.example/?a=1&b=2");
        assert_eq!(sitemap.entries[0].lastmod.unwrap().to_string(), "2026-11-20T00:00:00Z");
        assert_eq!(sitemap.entries[0].alternates, [("vi".to_owned(), "https://a.example/vi".to_owned())]);
        let news = sitemap.entries[1].news.as_ref().unwrap();
        assert_eq!(
            (news.title.as_str(), news.publication.as_str(), news.lang.as_str()),
            ("Giá mới & cũ", "Sổ Tay", "vi")
        );
        assert_eq!(news.published.unwrap().to_string(), "2026-11-20T01:00:00Z");
        assert!(!sitemap.cut);
    }

    #[test]
    fn an_index_lists_sitemaps_whatever_its_prefix() {
        let sitemap =
            parse("<s:sitemapindex><s:sitemap><s:loc>https://a.example/1.xml</s:loc></s:sitemap></s:sitemapindex>");
        let sitemap = sitemap.unwrap();
        assert_eq!((sitemap.lists, sitemap.entries.len()), (Lists::Sitemaps, 1));
    }

    #[test]
    fn what_is_broken_is_read_as_far_as_it_goes() {
        let text = "<urlset><url><loc>https://a.example/1?x&y</loc></url><url><loc>https://a.example/2</loc><url><loc>https://a";
        assert_eq!(locs(text), ["https://a.example/1?x&y", "https://a.example/2"]);
        assert!(parse(text).unwrap().cut);
    }

    #[test]
    fn a_text_lists_an_address_on_each_line() {
        assert_eq!(
            locs("\u{feff}https://a.example/1\r\n\r\nhttps://a.example/2\nnoise"),
            ["https://a.example/1", "https://a.example/2"]
        );
    }

    #[test]
    fn other_things_are_no_sitemap() {
        for text in ["", "<html><p>Not found</p>", "Sorry.", "<!-- -->"] {
            assert!(matches!(parse(text), Err(SitemapError::NotASitemap { .. })), "{text}");
        }
        assert!(parse("<html>").unwrap_err().to_string().ends_with("found `<html>`"));
    }

    #[test]
    fn packed_sitemaps_are_unpacked_within_a_bound() {
        let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packer.write_all(b"https://a.example/").unwrap();
        assert_eq!(unpack(&packer.finish().unwrap()).unwrap(), b"https://a.example/");
        assert_eq!(unpack(b"<urlset/>").unwrap(), b"<urlset/>");
        let mut bomb = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        bomb.write_all(&vec![b' '; MAX_BYTES + 1]).unwrap();
        assert!(matches!(unpack(&bomb.finish().unwrap()), Err(SitemapError::TooLarge)));
        assert!(matches!(unpack(&[0x1f, 0x8b, 0]), Err(SitemapError::Gzip { .. })));
    }

    #[test]
    fn entries_are_bounded() {
        let sitemap =
            parse(&format!("<urlset>{}", "<url><loc>https://a.example/</loc></url>".repeat(MAX_ENTRIES + 5))).unwrap();
        assert_eq!((sitemap.entries.len(), sitemap.cut), (MAX_ENTRIES, true));
    }
}
