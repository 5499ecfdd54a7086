//! The main text of a page, with its title, author, date and language.
//!
//! Paragraphs give a score to what holds them, by length, punctuation and names of classes; the best part is taken with
//! its like-minded siblings, and lists of links, forms and share bars are cut out of it. When too little is left, less
//! is cut, so that a short page is not an empty one.

mod caption;
mod choose;
mod clean;
mod dom;
mod fallback;
mod hints;
mod lead;
mod line;
mod meta;
mod phrase;
mod render;
mod strip;
mod texts;
mod trim;

use std::collections::HashSet;

use jiff::Timestamp;
use url::Url;

use crate::html::{self, Layout, NoTree, push_plain};
use dom::Dom;
use meta::Meta;
use strip::{Known, Totals};

/// Text of fewer letters than this is looked for again, with less cut off.
const ENOUGH: usize = 500;

/// What a page is there for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MainText {
    pub title: Option<String>,
    pub author: Option<String>,
    pub published: Option<Timestamp>,
    /// A language tag as the page states it, `vi` or `en-US`.
    pub lang: Option<String>,
    /// Plain text, each block on a line of its own.
    pub text: String,
}

/// Finds the main text of a page. `url` helps to date it.
///
/// Takes time linear in the page's length.
///
/// # Errors
///
/// When the page is too large or nests too deep for a tree, see [`html::tree`].
pub fn main_text(page: &str, url: Option<&Url>) -> Result<MainText, NoTree> {
    let tree = html::tree(page)?;
    let meta = meta::meta(&tree, url);
    let mut found = text(&Dom::new(&tree), &meta);
    if found.text.len() < ENOUGH && page.contains("<noscript") {
        let plain = html::tree(&html::noscript_as_part(page))?;
        let inner = text(&Dom::new(&plain), &meta);
        if inner.text.len() > ENOUGH {
            found = inner;
        }
    }
    let Meta { title, headline, author, published, lang, .. } = meta;
    Ok(MainText { title: headline.or(title), author: author.or(found.byline), published, lang, text: found.text })
}

#[derive(Default)]
struct Found {
    text: String,
    byline: Option<String>,
    /// Letters before the last trimming.
    chars: usize,
    roots: Vec<usize>,
    /// What has an unlikely name was not left out.
    late: bool,
}

/// What one attempt cuts off.
#[derive(Clone, Copy)]
struct Effort {
    unlikely: bool,
    weigh: bool,
    conditionally: bool,
}

const EFFORTS: [Effort; 4] = [
    Effort { unlikely: true, weigh: true, conditionally: true },
    Effort { unlikely: false, weigh: true, conditionally: true },
    Effort { unlikely: false, weigh: false, conditionally: true },
    Effort { unlikely: false, weigh: false, conditionally: false },
];

fn text(page: &Dom<'_>, meta: &Meta) -> Found {
    let known = Known { title: meta.title.as_deref().unwrap_or_default(), has_author: meta.author.is_some() };
    let mut best = Found::default();
    for effort in EFFORTS {
        let found = attempt(page, known, effort);
        let enough = found.chars >= ENOUGH;
        // What was cut off is more often clutter than text, so it has to be much.
        if best.chars == 0 || found.chars > 2 * best.chars {
            best = found;
        }
        if enough {
            break;
        }
    }
    if let Some(better) = fallback::better(page, &best).filter(|better| !better.text.is_empty()) {
        best = Found { byline: best.byline, ..better };
    }
    if let Some(body) = meta.body.as_deref().filter(|body| body.len() >= 200 && best.text.len() * 2 < body.len()) {
        best.text.clear();
        push_plain(body, Layout::Lines, &mut best.text);
    } else if let Some(root) = best.roots.first()
        && let Some(lead) = lead::lead(page, *root, meta.description.as_deref(), &best.text)
    {
        best.text = lead + "\n" + &best.text;
    }
    best
}

fn attempt(page: &Dom<'_>, known: Known<'_>, effort: Effort) -> Found {
    let mut dom = page.clone();
    let stripped = strip::strip(&mut dom, known, effort.unlikely);
    let totals = Totals::of(&dom);
    let roots = choose::choose(&dom, &stripped, &totals, effort.weigh);
    let how = clean::How { weigh: effort.weigh, conditionally: effort.conditionally };
    clean::clean(&mut dom, &roots, &stripped.loose, how);
    let left = Totals::of(&dom);
    let chars = roots.iter().map(|root| left.chars[*root] as usize).sum();
    trim::trim(&mut dom, &roots);
    Found { text: render::render(&dom, &roots), byline: stripped.byline, chars, roots, late: !effort.unlikely }
}

/// How much of `other` is made of words of `title`, 0 to 1.
fn similar(title: &str, other: &str) -> f32 {
    let words = |text: &str| -> Vec<String> {
        text.to_lowercase()
            .split(|char: char| !char.is_alphanumeric())
            .filter(|word| !word.is_empty())
            .map(str::to_owned)
            .collect()
    };
    let (title, other) = (words(title), words(other));
    if title.is_empty() || other.is_empty() {
        return 0.0;
    }
    let known: HashSet<&String> = title.iter().collect();
    let length = |words: &[&String]| words.iter().map(|word| word.chars().count() + 1).sum::<usize>() as f32;
    let strange: Vec<&String> = other.iter().filter(|word| !known.contains(word)).collect();
    1.0 - length(&strange) / length(&other.iter().collect::<Vec<_>>())
}

#[cfg(test)]
mod tests;
