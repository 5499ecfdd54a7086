//! Takes out what is plainly no content, and gives text that stands loose in divisions its paragraphs.

use super::dom::{Dom, Node, Tag};
use super::hints::Hints;
use super::similar;
use super::texts::Texts;

/// What is known of the page before its text is looked for.
#[derive(Clone, Copy)]
pub(super) struct Known<'k> {
    pub(super) title: &'k str,
    pub(super) has_author: bool,
}

/// A paragraph to be scored.
#[derive(Clone, Copy, Debug)]
pub(super) struct Paragraph {
    /// What its score goes to.
    pub(super) parent: u32,
    pub(super) chars: u32,
    pub(super) commas: u32,
    pub(super) links: f32,
}

pub(super) struct Stripped {
    pub(super) paragraphs: Vec<Paragraph>,
    /// How many loose paragraphs stand directly in a node.
    pub(super) loose: Vec<u32>,
    pub(super) byline: Option<String>,
    pub(super) texts: Texts,
}

pub(super) fn strip(dom: &mut Dom<'_>, known: Known<'_>, unlikely: bool) -> Stripped {
    let byline = take_out(dom, known, unlikely);
    let totals = Totals::of(dom);
    let loose = make_paragraphs(dom, &totals);
    let mut paragraphs = Vec::new();
    for id in dom.descendants(0) {
        let node = &dom.nodes[id];
        let scored = matches!(
            node.tag,
            Tag::Section | Tag::H2 | Tag::H3 | Tag::H4 | Tag::H5 | Tag::H6 | Tag::P | Tag::Td | Tag::Pre
        );
        if scored {
            paragraphs.push(Paragraph {
                parent: node.parent,
                chars: totals.chars[id],
                commas: totals.commas[id],
                links: totals.links[id],
            });
        }
    }
    paragraphs.extend(loose.paragraphs);
    Stripped { paragraphs, loose: loose.count, byline, texts: Texts::of(dom) }
}

fn take_out(dom: &mut Dom<'_>, known: Known<'_>, unlikely: bool) -> Option<String> {
    let (mut byline, mut title_seen) = (None, false);
    let content = has_content(dom);
    let (totals, texts) = (Totals::of(dom), Texts::of(dom));
    let mut id = dom.body;
    let end = dom.end(dom.body);
    // The element under which unlikely names are let be, and until where.
    let mut table_or_code_until = 0;
    // A heading in a heading is not compared again.
    let mut heading_until = 0;
    while id < end {
        let node = dom.nodes[id];
        let next = node.end as usize;
        let Some(element) = node.element else {
            id += 1;
            continue;
        };
        let is_hidden = is_hidden(&node);
        let mut remove =
            is_hidden || (element.attr("aria-modal") == Some("true") && element.attr("role") == Some("dialog"));
        if !remove && byline.is_none() && !known.has_author && is_byline(&node) {
            remove = (1..100).contains(&totals.chars[id]);
            byline = remove.then(|| texts.start(dom, id, 400));
        }
        let is_heading = matches!(node.tag, Tag::H1 | Tag::H2) && id >= heading_until;
        if !remove && !title_seen && is_heading && !known.title.is_empty() {
            title_seen = similar(known.title, &texts.start(dom, id, 1_000)) > 0.75;
            remove = title_seen;
            heading_until = next;
        }
        if !remove && unlikely && id != dom.body {
            if matches!(node.tag, Tag::Table | Tag::Code) {
                table_or_code_until = table_or_code_until.max(next);
            }
            let hints = node.hints();
            remove = (hints.has(Hints::UNLIKELY)
                && !hints.has(Hints::MAYBE)
                && id >= table_or_code_until
                && node.tag != Tag::A)
                || element.attr("role").is_some_and(|role| {
                    matches!(
                        role,
                        "menu" | "menubar" | "complementary" | "navigation" | "alert" | "alertdialog" | "dialog"
                    )
                });
        }
        if !remove && unlikely && id != dom.body && is_clutter(&node) {
            remove = totals.chars[id] * 10 < totals.chars[dom.body];
        }
        if !remove && unlikely && node.tag == Tag::Form {
            remove = is_asking(dom, id) && totals.chars[id] * 3 < totals.chars[dom.body];
        }
        if !remove
            && (node.tag.is_heading() || matches!(node.tag, Tag::Div | Tag::Section | Tag::Header))
            && !content[id]
        {
            remove = true;
        }
        if remove {
            dom.nodes[id].removed = true;
            id = next;
        } else {
            id += 1;
        }
    }
    byline
}

/// Which nodes hold text, or an element other than line breaks.
fn has_content(dom: &Dom<'_>) -> Vec<bool> {
    let mut content = vec![false; dom.nodes.len()];
    for id in (1..dom.nodes.len()).rev() {
        let node = &dom.nodes[id];
        let here = content[id] || node.chars > 0 || !matches!(node.tag, Tag::Text | Tag::Br | Tag::Hr);
        content[node.parent as usize] |= here;
    }
    content
}

pub(super) fn is_hidden(node: &Node<'_>) -> bool {
    if node.attr("hidden").is_some() {
        return true;
    }
    if let Some(style) = node.attr("style") {
        let style: String = style.chars().filter(|char| !char.is_whitespace()).take(2_000).collect();
        let style = style.to_ascii_lowercase();
        if style.contains("display:none") || style.contains("visibility:hidden") {
            return true;
        }
    }
    node.attr("aria-hidden") == Some("true")
        && !node.attr("class").is_some_and(|class| class.contains("fallback-image"))
}

/// A box whose class says that it is boilerplate.
fn is_clutter(node: &Node<'_>) -> bool {
    node.tag.breaks_line()
        && !node.tag.is_heading()
        && node.class_hints.has(Hints::CLUTTER)
        && !node.class_hints.has(Hints::BODY)
}

/// Whether a form has fields to fill in.
fn is_asking(dom: &Dom<'_>, form: usize) -> bool {
    dom.descendants(form).any(|id| {
        let node = &dom.nodes[id];
        matches!(node.tag, Tag::Textarea | Tag::Select)
            || (node.tag == Tag::Input && !matches!(node.attr("type"), Some("hidden" | "submit" | "button")))
    })
}

fn is_byline(node: &Node<'_>) -> bool {
    node.attr("rel") == Some("author")
        || node.attr("itemprop").is_some_and(|property| property.contains("author"))
        || node.hints().has(Hints::BYLINE)
}

/// Letters under each node, of what is still there.
pub(super) struct Totals {
    pub(super) chars: Vec<u32>,
    pub(super) commas: Vec<u32>,
    /// Letters inside links; those within the page count for less.
    pub(super) links: Vec<f32>,
}

impl Totals {
    pub(super) fn of(dom: &Dom<'_>) -> Self {
        let count = dom.nodes.len();
        let mut totals = Self { chars: vec![0; count], commas: vec![0; count], links: vec![0.0; count] };
        // Whole removed subtrees are skipped by their order: a parent comes before its children.
        let mut there = vec![true; count];
        for id in 0..count {
            let node = &dom.nodes[id];
            there[id] = !node.removed && (id == 0 || there[node.parent as usize]);
        }
        for id in (0..count).rev().filter(|id| there[*id]) {
            let node = &dom.nodes[id];
            totals.chars[id] += node.chars;
            totals.commas[id] += node.commas;
            if node.tag == Tag::A {
                let weight = if node.attr("href").is_some_and(|href| href.len() > 1 && href.starts_with('#')) {
                    0.3
                } else {
                    1.0
                };
                totals.links[id] = totals.chars[id] as f32 * weight;
            }
            if id > 0 {
                let parent = node.parent as usize;
                totals.chars[parent] += totals.chars[id];
                totals.commas[parent] += totals.commas[id];
                totals.links[parent] += totals.links[id];
            }
        }
        totals
    }

    /// Of the nodes from `first` up to `last`, counted from `first`; what ends behind `last` is counted in part.
    pub(super) fn of_range(dom: &Dom<'_>, first: usize, last: usize) -> Self {
        let count = last.saturating_sub(first);
        let mut totals = Self { chars: vec![0; count], commas: Vec::new(), links: vec![0.0; count] };
        for id in (first..last).rev() {
            let (node, at) = (&dom.nodes[id], id - first);
            totals.chars[at] += node.chars;
            if node.tag == Tag::A {
                totals.links[at] = totals.chars[at] as f32;
            }
            if let Some(parent) = (node.parent as usize).checked_sub(first).filter(|_| id > first) {
                totals.chars[parent] += totals.chars[at];
                totals.links[parent] += totals.links[at];
            }
        }
        totals
    }

    pub(super) fn link_density(&self, id: usize) -> f32 {
        if self.chars[id] == 0 { 0.0 } else { self.links[id] / self.chars[id] as f32 }
    }
}

#[derive(Default)]
struct Loose {
    paragraphs: Vec<Paragraph>,
    count: Vec<u32>,
}

fn make_paragraphs(dom: &mut Dom<'_>, totals: &Totals) -> Loose {
    let phrases = phrases(dom);
    let blocks = holds_block(dom);
    let mut loose = Loose { paragraphs: Vec::new(), count: vec![0; dom.nodes.len()] };
    let body: Vec<usize> = dom.descendants(dom.body).collect();
    for id in body {
        match dom.nodes[id].tag {
            Tag::P if has_double_break(dom, id) => {
                dom.nodes[id].tag = Tag::Div;
                runs(dom, totals, &phrases, id, &mut loose);
            }
            Tag::Div => division(dom, totals, &phrases, blocks[id], id, &mut loose),
            _ => {}
        }
    }
    loose
}

fn division(dom: &mut Dom<'_>, totals: &Totals, phrases: &[bool], blocks: bool, id: usize, loose: &mut Loose) {
    let mut elements = dom.child_elements(id);
    let (only, second) = (elements.next(), elements.next());
    drop(elements);
    let bare = !dom.children(id).any(|child| dom.nodes[child].chars > 0);
    if let Some(only) = only.filter(|only| second.is_none() && bare && dom.nodes[*only].tag == Tag::P)
        && totals.link_density(id) < 0.25
    {
        hollow(dom, id, only);
        return;
    }
    let all_phrase = dom.children(id).all(|child| phrases[child]);
    if all_phrase && totals.link_density(id) < 0.25 && !has_double_break(dom, id) {
        dom.nodes[id].tag = Tag::P;
        return;
    }
    runs(dom, totals, phrases, id, loose);
    if !blocks && loose.count[id] == 0 {
        dom.nodes[id].tag = Tag::P;
    }
}

fn hollow(dom: &mut Dom<'_>, id: usize, only: usize) {
    let parent = dom.nodes[id].parent;
    let children: Vec<usize> = dom.children(id).collect();
    for child in children {
        dom.nodes[child].parent = parent;
    }
    debug_assert_eq!(dom.nodes[only].parent, parent);
    dom.nodes[id].hollow = true;
}

/// Notes each stretch of phrases of a node as a paragraph; two line breaks end one.
fn runs(dom: &Dom<'_>, totals: &Totals, phrases: &[bool], id: usize, loose: &mut Loose) {
    let (mut chars, mut commas, mut links, mut breaks) = (0, 0, 0.0, 0);
    let parent = u32::try_from(id).expect("ids are made from u32");
    let mut flush = |chars: &mut u32, commas: &mut u32, links: &mut f32| {
        if *chars > 0 {
            loose.paragraphs.push(Paragraph { parent, chars: *chars, commas: *commas, links: *links });
            loose.count[id] += 1;
        }
        (*chars, *commas, *links) = (0, 0, 0.0);
    };
    for child in dom.children(id) {
        if dom.nodes[child].tag == Tag::Br {
            breaks += 1;
            if breaks >= 2 {
                flush(&mut chars, &mut commas, &mut links);
            }
        } else if phrases[child] {
            if totals.chars[child] > 0 {
                breaks = 0;
            }
            chars += totals.chars[child];
            commas += totals.commas[child];
            links += totals.links[child];
        } else {
            breaks = 0;
            flush(&mut chars, &mut commas, &mut links);
        }
    }
    flush(&mut chars, &mut commas, &mut links);
}

fn has_double_break(dom: &Dom<'_>, id: usize) -> bool {
    let mut breaks = 0;
    for child in dom.children(id) {
        let node = &dom.nodes[child];
        if node.tag == Tag::Br {
            breaks += 1;
            if breaks == 2 {
                return true;
            }
        } else if node.tag != Tag::Text || node.chars > 0 {
            breaks = 0;
        }
    }
    false
}

/// Which nodes stand inside a line: phrases, and links, insertions and deletions that hold nothing else.
fn phrases(dom: &Dom<'_>) -> Vec<bool> {
    let mut inner = vec![true; dom.nodes.len()];
    for id in (1..dom.nodes.len()).rev() {
        let node = &dom.nodes[id];
        if node.removed {
            continue;
        }
        inner[id] = node.tag.is_phrase() || (matches!(node.tag, Tag::A | Tag::Del | Tag::Ins) && inner[id]);
        if !inner[id] {
            inner[node.parent as usize] = false;
        }
    }
    inner
}

fn holds_block(dom: &Dom<'_>) -> Vec<bool> {
    let mut holds = vec![false; dom.nodes.len()];
    for id in (1..dom.nodes.len()).rev() {
        let node = &dom.nodes[id];
        if !node.removed && (holds[id] || node.tag.is_block()) {
            holds[node.parent as usize] = true;
        }
    }
    holds
}
