//! The part of a text that shows why it matches, as HTML.

use std::ops::Range;

use tidings_query::Scope;

use crate::compile::Wanted;

/// Unicode scalars of a snippet, before escaping.
const LENGTH: usize = 240;

/// Scalars shown before the first match.
const LEAD: usize = 60;

/// Matches looked at in one text.
const MAX_MATCHES: usize = 2_000;

/// Words of a query looked for in one text, those of phrases included.
const MAX_WORDS: usize = 200;

/// A match: Unicode scalars of the text, and which of the wanted it is.
struct Match {
    range: Range<usize>,
    wanted: usize,
}

/// A phrase whose first words have been seen.
struct Begun {
    wanted: usize,
    seen: usize,
    start: usize,
    next_position: u32,
}

/// Finds those of `wanted` that are looked for in the field of `scope`.
fn matches(text: &str, wanted: &[Wanted], scope: Scope) -> Vec<Match> {
    let mut found = Vec::new();
    let mut words = 0;
    let wanted: Vec<&Wanted> = wanted
        .iter()
        .filter(|wanted| [Scope::Anywhere, scope].contains(&wanted.scope))
        .take_while(|wanted| {
            words += wanted.places.len();
            words <= MAX_WORDS
        })
        .collect();
    if wanted.is_empty() {
        return found;
    }
    let mut begun: Vec<Begun> = Vec::new();
    tidings_text::for_each_token(text, |token| {
        if MAX_MATCHES <= found.len() {
            return;
        }
        begun.extend((0..wanted.len()).map(|wanted| Begun {
            wanted,
            seen: 0,
            start: token.start as usize,
            next_position: token.position,
        }));
        begun.retain_mut(|phrase| {
            let places = &wanted[phrase.wanted].places;
            if token.position < phrase.next_position {
                return true;
            }
            if !places[phrase.seen].rule.matches(&token) {
                return false;
            }
            phrase.seen += 1;
            match places.get(phrase.seen) {
                Some(next) => phrase.next_position += next.step,
                None => found.push(Match { range: phrase.start..token.end as usize, wanted: phrase.wanted }),
            }
            phrase.seen < places.len()
        });
    });
    found.sort_by_key(|found| found.range.start);
    found
}

/// The whole of `title`, its matches marked.
pub(crate) fn marked_title(title: &str, wanted: &[Wanted]) -> String {
    let chars: Vec<char> = title.chars().collect();
    html(&chars, 0, &matches(title, wanted, Scope::Title), true)
}

/// The part of `text` with the most different matches, marked where `highlight` says so.
pub(crate) fn snippet(text: &str, wanted: &[Wanted], highlight: bool) -> String {
    let found = matches(text, wanted, Scope::Text);
    let lead = best_start(&found).saturating_sub(LEAD);
    // One scalar more tells whether the text goes on.
    let mut chars: Vec<char> = text.chars().skip(lead).take(LENGTH + 1).collect();
    let mut start = lead;
    if chars.len() <= LENGTH && 0 < lead {
        // Near the end of the text there is room for more before the match.
        let total = lead + chars.len();
        start = total.saturating_sub(LENGTH);
        chars = text.chars().skip(start).collect();
    }
    let goes_on = LENGTH < chars.len();
    chars.truncate(LENGTH);
    let first = found.iter().find(|found| start <= found.range.start).map_or(start, |found| found.range.start);
    let cut_front = if 0 < start { word_start(&chars, first - start) } else { 0 };
    if goes_on {
        chars.truncate(word_end(&chars));
    }
    let body = html(chars.get(cut_front..).unwrap_or_default(), start + cut_front, &found, highlight);
    let before = if 0 < start { "… " } else { "" };
    let after = if goes_on { " …" } else { "" };
    format!("{before}{body}{after}")
}

/// Where the window with the most different matches begins.
fn best_start(found: &[Match]) -> usize {
    let mut best = (0, 0);
    let mut different: Vec<usize> = Vec::new();
    for (at, first) in found.iter().enumerate() {
        let end = first.range.start.saturating_sub(LEAD) + LENGTH;
        different.clear();
        for other in found[at..].iter().take_while(|other| other.range.end <= end) {
            if !different.contains(&other.wanted) {
                different.push(other.wanted);
            }
        }
        if best.0 < different.len() {
            best = (different.len(), first.range.start);
        }
    }
    best.1
}

/// The first start of a word in `chars`, but not beyond `limit`.
fn word_start(chars: &[char], limit: usize) -> usize {
    let gap = chars.iter().take(limit).position(|ch| ch.is_whitespace());
    gap.map_or(0, |gap| gap + 1)
}

/// The last end of a word in `chars`; all of it where there is one word only.
fn word_end(chars: &[char]) -> usize {
    chars.iter().rposition(|ch| ch.is_whitespace()).filter(|end| LENGTH / 2 < *end).unwrap_or(chars.len())
}

/// `chars`, which stand at scalar `start` of their text, escaped; white space is one space.
fn html(chars: &[char], start: usize, found: &[Match], highlight: bool) -> String {
    let mut html = String::with_capacity(chars.len() + 32);
    let mut marks = marks(found, start, start + chars.len()).into_iter().filter(|_| highlight).peekable();
    let mut is_open = false;
    let mut after_space = true;
    for (place, ch) in (start..).zip(chars) {
        if is_open && marks.next_if(|mark| mark.end <= place).is_some() {
            html.push_str("</mark>");
            is_open = false;
        }
        if !is_open && marks.peek().is_some_and(|mark| mark.start <= place) {
            html.push_str("<mark>");
            is_open = true;
        }
        let is_space = ch.is_whitespace() || ch.is_control();
        match ch {
            _ if is_space && after_space => {}
            _ if is_space => html.push(' '),
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            ch => html.push(*ch),
        }
        after_space = is_space;
    }
    if is_open {
        html.push_str("</mark>");
    }
    html.truncate(html.trim_end().len());
    html
}

/// The matches inside `start..end`, those that overlap made one.
fn marks(found: &[Match], start: usize, end: usize) -> Vec<Range<usize>> {
    let mut marks: Vec<Range<usize>> = Vec::new();
    for found in found.iter().filter(|found| start <= found.range.start && found.range.end <= end) {
        match marks.last_mut() {
            Some(last) if found.range.start < last.end => last.end = last.end.max(found.range.end),
            _ => marks.push(found.range.clone()),
        }
    }
    marks
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::places::runs;

    fn wanted(parts: &[&str]) -> Vec<Wanted> {
        let mut wanted = Vec::new();
        for part in parts {
            let quoted = if part.ends_with('*') { (*part).to_owned() } else { format!("\"{part}\"") };
            let query = tidings_query::parse(&quoted).unwrap();
            let Some(tidings_query::Node::Words { scope, pattern }) = query.root else {
                panic!("{part} is one pattern")
            };
            wanted.extend(runs(&pattern).unwrap().into_iter().map(|run| Wanted { scope, places: run.places }));
        }
        wanted
    }

    #[track_caller]
    fn check(text: &str, words: &[&str], expected: &str) {
        assert_eq!(snippet(text, &wanted(words), true), expected);
    }

    #[test]
    fn short_text_is_shown_whole() {
        check("Dịch vụ khách hàng rất tệ", &["khach", "hang"], "Dịch vụ <mark>khách</mark> <mark>hàng</mark> rất tệ");
        check("Giá đắt quá", &["đắt quá"], "Giá <mark>đắt quá</mark>");
        check("no match", &[], "no match");
        check("", &["a"], "");
    }

    #[test]
    fn markup_is_escaped() {
        check("<b>R&D's \"price\"</b>", &["price"], "&lt;b&gt;R&amp;D&#39;s &quot;<mark>price</mark>&quot;&lt;/b&gt;");
    }

    #[test]
    fn prefixes_and_open_places_are_marked() {
        check("Pricing is high", &["pric*"], "<mark>Pricing</mark> is high");
        check("how do they pay us", &["how * * pay"], "<mark>how do they pay</mark> us");
    }

    #[test]
    fn overlapping_matches_are_one_mark() {
        check("a b c", &["a b", "b c"], "<mark>a b c</mark>");
    }

    #[test]
    fn long_text_is_cut_round_the_matches() {
        let text = format!("{} price of support {}", "word ".repeat(200), "more ".repeat(200));
        let shown = snippet(&text, &wanted(&["support", "price"]), true);
        assert!(shown.starts_with("… word") && shown.ends_with("more …"), "{shown}");
        assert!(shown.contains("<mark>price</mark> of <mark>support</mark>"), "{shown}");
        let scalars = shown.replace("<mark>", "").replace("</mark>", "").chars().count();
        assert!((200..=LENGTH + 4).contains(&scalars), "{scalars}");
    }

    #[test]
    fn match_at_the_end_is_shown_with_what_comes_before() {
        let text = format!("{}price", "word ".repeat(200));
        let shown = snippet(&text, &wanted(&["price"]), true);
        assert!(shown.starts_with("… word") && shown.ends_with(" <mark>price</mark>"), "{shown}");
        assert!(200 < shown.chars().count());
    }

    #[test]
    fn one_endless_word_is_cut() {
        let text = "a".repeat(1000);
        assert_eq!(snippet(&text, &wanted(&[]), true), format!("{} …", "a".repeat(LENGTH)));
    }
}
