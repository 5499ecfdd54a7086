//! Known forum software: which elements of its pages are what. The table stands in `profiles.rs`.

use scraper::{ElementRef, Html};

use super::element::{body_of, first, matches, select, text_of};
use super::profiles::PROFILES;
use super::{MAX_POSTS, Post, Raw, moment};

/// Where one forum software puts the parts of a post. Each is CSS below the post's element, tried in order; `@name`
/// behind it takes that attribute, and `@name` alone the attribute of the post's own element.
pub(super) struct Profile {
    pub(super) name: &'static str,
    /// An element that only pages of this software have; empty where `post` itself is such.
    pub(super) mark: &'static str,
    pub(super) post: &'static str,
    pub(super) author: &'static [&'static str],
    pub(super) date: &'static [&'static str],
    pub(super) text: &'static [&'static str],
    /// What is left out of the text.
    pub(super) drop: &'static str,
    pub(super) id: &'static [&'static str],
    pub(super) link: &'static [&'static str],
    pub(super) position: &'static [&'static str],
    pub(super) score: &'static [&'static str],
    /// CSS on the whole page.
    pub(super) title: &'static [&'static str],
}

/// The posts of a page whose software is known; of several that match, that which finds most.
pub(super) fn read(document: &Html) -> Option<Raw> {
    let root = document.root_element();
    for profile in &PROFILES {
        if !profile.mark.is_empty() && first(root, profile.mark).is_none() {
            continue;
        }
        let posts = select(root, profile.post);
        let mut posts: Vec<_> = posts.into_iter().take(MAX_POSTS).filter_map(|post| profile.post(post)).collect();
        // Some software wraps a post in two elements that both look like one.
        posts.dedup_by(|inner, outer| inner.0.id.is_some() && inner.0.id == outer.0.id);
        if !posts.is_empty() {
            let title = profile.title.iter().find_map(|css| first(root, css)).map(title_of);
            return Some(Raw { read_by: profile.name, known: true, title, posts });
        }
    }
    None
}

/// A title without the labels that some software puts into it.
fn title_of(element: ElementRef<'_>) -> String {
    let text = body_of(element, &|inner| matches(inner, ".label, .label-append, .prefix, .ipsBadge, .badge"));
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if text.is_empty() { text_of(element) } else { text }
}

impl Profile {
    fn post(&self, element: ElementRef<'_>) -> Option<(Post, Option<String>)> {
        let body = self.text.iter().find_map(|css| if css.is_empty() { Some(element) } else { first(element, css) })?;
        let dropped = |inner: ElementRef<'_>| !self.drop.is_empty() && matches(inner, self.drop);
        let text = body_of(body, &dropped);
        if text.is_empty() {
            return None;
        }
        let position = value(element, self.position).and_then(|text| number(&text)).filter(|number| *number > 0);
        let post = Post {
            id: value(element, self.id).and_then(|id| post_id(&id)),
            author: value(element, self.author),
            published: None,
            text,
            url: value(element, self.link),
            position: position.and_then(|number| u32::try_from(number).ok()),
            score: value(element, self.score).and_then(|text| number(&text)),
        };
        let dates = self.date.iter().flat_map(|css| if css.is_empty() { vec![element] } else { select(element, css) });
        let date = dates.take(20).find_map(moment::stated);
        Some((post, date))
    }
}

/// The first of the values that is there.
pub(super) fn value(element: ElementRef<'_>, wanted: &[&'static str]) -> Option<String> {
    wanted.iter().find_map(|css| {
        let (path, attribute) = css.split_once('@').unwrap_or((css, ""));
        let found = if path.is_empty() { element } else { first(element, css)? };
        let text = match attribute {
            "" => text_of(found),
            name => found.attr(name)?.trim().to_owned(),
        };
        Some(text).filter(|text| !text.is_empty())
    })
}

/// The number of `post-6331411`, `p123`, `msg_77`, of such a class among others, or behind the `#` of a link; anything
/// else as it is, as `t3_9ab` of Reddit.
fn post_id(id: &str) -> Option<String> {
    let id = id.rsplit('#').next().unwrap_or(id).trim();
    let numbered = |part: &str| {
        let digits = part.trim_start_matches(|c: char| !c.is_ascii_digit());
        Some(digits.to_owned()).filter(|digits| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()))
    };
    if id.contains(char::is_whitespace) {
        return id.split_whitespace().filter(|class| class.starts_with("post-")).find_map(numbered);
    }
    let name = numbered(id).unwrap_or_else(|| id.to_owned());
    Some(name).filter(|name| !name.is_empty() && name.len() <= 100)
}

/// The first number of a text, its thousands parted by dots, commas or blanks; `1.2k` is 1200.
pub(super) fn number(text: &str) -> Option<i64> {
    let text = text.trim();
    let start = text.find(|c: char| c.is_ascii_digit())?;
    let negative = text[..start].ends_with(['-', '\u{2212}']);
    let run: &str = &text[start..];
    let end = run.find(|c: char| !c.is_ascii_digit() && !matches!(c, '.' | ',')).unwrap_or(run.len());
    let (run, unit) = (run[..end].trim_end_matches(['.', ',']), run[end..].trim_start().chars().next());
    let times = match unit {
        Some('k' | 'K') => 1_000,
        Some('m' | 'M') => 1_000_000,
        _ => 1,
    };
    let whole = if times == 1 {
        run.chars().filter(char::is_ascii_digit).take(15).collect::<String>().parse::<i64>().ok()?
    } else {
        let (whole, part) = run.split_once(['.', ',']).unwrap_or((run, ""));
        let tenths: i64 = part.chars().next().and_then(|digit| digit.to_digit(10)).map_or(0, i64::from);
        let whole: i64 = whole.chars().filter(char::is_ascii_digit).take(9).collect::<String>().parse().ok()?;
        whole * times + tenths * times / 10
    };
    Some(if negative { -whole } else { whole })
}
