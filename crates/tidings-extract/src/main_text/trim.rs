//! Trims what a chosen part holds beside its text: captions, boxes for readers, lines that only lead elsewhere.

use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, Anchored, Input, StartKind};

use super::caption;
use super::dom::{Dom, Tag};
use super::hints::Hints;
use super::strip::Totals;
use super::texts::Texts;

/// Longest line that is looked at for a known phrase, in letters.
const MAX_PHRASE_LINE: u32 = 160;
/// How long a line is that is dropped for being a link, in letters.
const LINK_LINE: std::ops::RangeInclusive<u32> = 10..=160;

/// Least letters of a text that runs.
const RUNNING: u32 = 40;

/// Trimming that would take more than this share of a text takes none of it.
const MOST: f64 = 0.35;

pub(super) fn trim(dom: &mut Dom<'_>, roots: &[usize]) {
    trim_beside(dom, roots);
    trim_ends(dom, roots);
}

/// Takes out lists of links above the first running text, and headings with nothing below them.
fn trim_ends(dom: &mut Dom<'_>, roots: &[usize]) {
    let totals = Totals::of(dom);
    let (mut lists, mut begun, mut headings, mut heading_until) = (Vec::new(), false, Vec::new(), 0);
    for root in roots {
        for id in std::iter::once(*root).chain(dom.descendants(*root)) {
            let node = &dom.nodes[id];
            if !begun && matches!(node.tag, Tag::Ul | Tag::Ol) && totals.chars[id] > 0 && totals.link_density(id) > 0.5
            {
                lists.push(id);
            }
            if node.tag.is_heading() {
                headings.push(id);
                heading_until = dom.end(id);
            } else if node.chars > 0 {
                begun |= node.chars >= RUNNING;
                if id >= heading_until {
                    headings.clear();
                }
            }
        }
    }
    if begun {
        for id in lists.into_iter().chain(headings) {
            dom.nodes[id].removed = true;
        }
    }
}

fn trim_beside(dom: &mut Dom<'_>, roots: &[usize]) {
    let mut cut = Vec::new();
    let (mut gone, all) = (0, cuts(dom, roots, &mut cut));
    let totals = Totals::of(dom);
    for id in &cut {
        gone += totals.chars[*id];
    }
    if f64::from(gone) <= MOST * f64::from(all) {
        for id in cut {
            dom.nodes[id].removed = true;
        }
    }
}

/// Notes what would be cut; how many letters there are.
fn cuts(dom: &Dom<'_>, roots: &[usize], cut: &mut Vec<usize>) -> u32 {
    let (totals, texts) = (Totals::of(dom), Texts::of(dom));
    let all: u32 = roots.iter().map(|root| totals.chars[*root]).sum();
    for root in roots {
        let mut id = *root;
        let end = dom.end(*root);
        let mut spare_until = 0;
        while id < end {
            let node = dom.nodes[id];
            let next = node.end as usize;
            if node.removed {
                id = next;
                continue;
            }
            if matches!(node.tag, Tag::Table | Tag::Pre | Tag::Code) {
                spare_until = spare_until.max(next);
            }
            let is_only = id == *root && roots.len() == 1;
            if !is_only && node.tag != Tag::Text && is_beside(dom, &totals, &texts, id, all, id < spare_until) {
                cut.push(id);
                id = next;
            } else {
                id += 1;
            }
        }
    }
    all
}

fn is_beside(dom: &Dom<'_>, totals: &Totals, texts: &Texts, id: usize, all: u32, spared: bool) -> bool {
    let node = &dom.nodes[id];
    let (chars, density) = (totals.chars[id], totals.link_density(id));
    if chars == 0 {
        return false;
    }
    let share = f64::from(chars) / f64::from(all.max(1));
    let is_block = node.tag.breaks_line() && !node.tag.is_heading();
    let hints = node.hints();
    if share < 0.3 && (node.tag == Tag::Figcaption || hints.has(Hints::CAPTION)) {
        return !caption::tells(&texts.start(dom, id, 400));
    }
    // An id may be made of the words of a heading, so it counts for less than a class.
    let most = if node.class_hints.has(Hints::CLUTTER) { 0.25 } else { 0.05 };
    if is_block && hints.has(Hints::CLUTTER) && share < most {
        return true;
    }
    if !node.tag.is_heading() && hints.has(Hints::WEAK_CLUTTER) && chars < 200 && share < 0.25 {
        return true;
    }
    if spared || !(node.tag.breaks_line() || node.tag == Tag::Span) {
        return false;
    }
    let is_line = matches!(node.tag, Tag::P | Tag::Li | Tag::Blockquote | Tag::Div) || node.tag.is_heading();
    if is_line
        && share < 0.3
        && chars <= MAX_PHRASE_LINE
        && (density > 0.0 || chars < 80)
        && leads_elsewhere(&texts.start(dom, id, 80))
    {
        return true;
    }
    let is_own_line = matches!(node.tag, Tag::P | Tag::Div);
    is_own_line && share < 0.2 && LINK_LINE.contains(&chars) && density > 0.9
}

static PHRASES: LazyLock<AhoCorasick> = LazyLock::new(|| {
    AhoCorasick::builder()
        .ascii_case_insensitive(true)
        .start_kind(StartKind::Anchored)
        .build(LEADS.iter().map(|phrase| phrase.trim()))
        .expect("a hundred short phrases fit any automaton")
});

/// Whether a line begins as those do which send the reader to another page, or ask for something.
fn leads_elsewhere(line: &str) -> bool {
    let line = line.trim_start_matches(|char: char| !char.is_alphanumeric() && char != '©');
    let lower = line.to_lowercase();
    PHRASES.try_find(Input::new(&lower).anchored(Anchored::Yes)).is_ok_and(|found| found.is_some())
}

const LEADS: &[&str] = &[
    // English
    "related articles",
    "related stories",
    "related posts",
    "related content",
    "related:",
    "related topics",
    "read more",
    "read also",
    "read next",
    "see also:",
    "also read",
    "you may also like",
    "you might also like",
    "more from",
    "more on this",
    "more stories",
    "recommended for you",
    "advertisement",
    "sponsored",
    "sign up for",
    "subscribe to",
    "join our newsletter",
    "follow us",
    "share this",
    "share on",
    "photo:",
    "photo by",
    "image:",
    "image credit",
    "picture:",
    "credit:",
    "source:",
    "this entry was posted",
    "posted in",
    "filed under",
    "tags:",
    "comments are closed",
    "no comments",
    "leave a comment",
    "back to",
    "download pdf",
    "click here",
    "© ",
    "all rights reserved",
    "last updated",
    "updated:",
    "about the author",
    "about the writer",
    "if you enjoyed",
    "if you liked",
    "did you like this",
    "was this article",
    "was this page",
    "rate this",
    "this post contains",
    "this article contains affiliate",
    "this post may contain",
    "disclosure:",
    "disclaimer:",
    "we may receive",
    "we may earn",
    "get the latest",
    "download the app",
    "do you want to be informed",
    "have a tip",
    "got a tip",
    "print this",
    "skip to",
    "view comments",
    "show comments",
    "copyright ",
    "advertising disclosure",
    "table of contents",
    // German
    "auch interessant",
    "lesen sie auch",
    "lesen sie mehr",
    "lesen sie dazu",
    "lies auch",
    "auch lesen",
    "mehr zum thema",
    "mehr dazu",
    "das könnte",
    "weitere artikel",
    "weitere informationen",
    "weiterführende",
    "weiterführender link",
    "ähnliche",
    "verwandte artikel",
    "siehe auch",
    "zum thema",
    "empfehlungen",
    "anzeige",
    "werbung",
    "foto:",
    "fotos:",
    "bild:",
    "bilder:",
    "titelbild:",
    "bildquelle",
    "quelle:",
    "quellen:",
    "quellenangaben",
    "zurück",
    "kommentare geschlossen",
    "keine kommentare",
    "jetzt abonnieren",
    "newsletter",
    "inhaltsverzeichnis",
    "autor:",
    "autoren:",
    "aktualisiert am",
    "zur person",
    "zur startseite",
    "hier geht es",
    "hier geht's",
    "mehr interessantes",
    "weitere themen",
    "weitere tipps",
    "weitere meldungen",
    "weitere nachrichten",
    "weitere beiträge",
    "dieser text wurde",
    "dieser artikel wurde",
    "dieser artikel erschien",
    "dieser beitrag stammt",
    "dieser beitrag erschien",
    "gefällt dir",
    "gefällt ihnen",
    "hat ihnen der artikel",
    "war dieser artikel",
    "kommentieren sie",
    "schreiben sie einen kommentar",
    "kommentar schreiben",
    "bild anzeigen",
    "drucken",
    "abbildung:",
    "grafik:",
    "ansprechpartner",
    "pressekontakt",
    "zur übersicht",
    "kontakt:",
    "teilen",
    "hier geht es zu",
    "alle rechte vorbehalten",
    // Vietnamese
    "xem thêm",
    "xem tiếp",
    "mời bạn đọc",
    "mời quý độc giả",
    "tags:",
    "chủ đề:",
    "bản quyền",
    "ý kiến bạn đọc",
    "gửi bình luận",
    "đọc thêm",
    "đọc tiếp",
    "tin liên quan",
    "bài liên quan",
    "bài viết liên quan",
    "có thể bạn quan tâm",
    "tin cùng chuyên mục",
    "bình luận",
    "chia sẻ",
    "theo dõi",
    "quảng cáo",
    "ảnh:",
    "nguồn:",
    "từ khóa",
    "tin khác",
    "bài cùng",
    "đăng ký nhận",
    // French, Spanish, Italian, Portuguese, Dutch, Polish
    "lire aussi",
    "à voir aussi",
    "source :",
    "photo :",
    "partager",
    "imprimer",
    "abonnez-vous",
    "inscrivez-vous",
    "suivez-nous",
    "à lire aussi",
    "voir aussi",
    "sur le même sujet",
    "articles liés",
    "crédit photo",
    "publicité",
    "lea también",
    "lee también",
    "lee además",
    "te recomendamos",
    "valora esta",
    "puede escribirnos",
    "síguenos",
    "suscríbete",
    "compartir",
    "imprimir",
    "lea además",
    "le puede interesar",
    "te puede interesar",
    "puede interesarle",
    "puedes ver",
    "ver también",
    "más noticias",
    "noticias relacionadas",
    "foto:",
    "imagen:",
    "fuente:",
    "publicidad",
    "vea también",
    "leggi anche",
    "leia também",
    "veja também",
    "lees ook",
    "czytaj też",
    "drukuj",
    "udostępnij",
    "czytaj także",
    "czytaj więcej",
    "źródło:",
    "zobacz też",
    "zobacz także",
    "fot.",
    "polecamy",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_send_away_are_known_by_how_they_begin() {
        assert!(leads_elsewhere("► Xem thêm: giá mới"));
        assert!(leads_elsewhere("ÄHNLICHE Beiträge"));
        assert!(!leads_elsewhere("The story is related: it says so."));
    }
}
