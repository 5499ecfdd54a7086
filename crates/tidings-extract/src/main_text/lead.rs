//! The lines that lead into a text but stand outside of the part that holds it.

use super::dom::{Dom, Tag};
use super::hints::Hints;
use super::strip::Totals;
use super::texts::Texts;

/// How far up a text and its lead may meet.
const REACH: usize = 10;
const LENGTH: std::ops::RangeInclusive<u32> = 40..=700;
/// How much of a description has to be the same, in letters.
const SAME: usize = 30;
/// Least letters of a lead that nothing but its place tells.
const SENTENCE: u32 = 80;

/// The lead of the text that starts at `root` of the whole page: what begins as the page describes itself, else the
/// nearest that is named so, else the first sentences below the heading.
pub(super) fn lead(page: &Dom<'_>, root: usize, description: Option<&str>, text: &str) -> Option<String> {
    let mut top = root;
    for _ in 0..REACH {
        match page.parent(top).filter(|parent| *parent > 0) {
            Some(parent) => top = parent,
            None => break,
        }
    }
    let totals = Totals::of_range(page, top, root);
    let texts = Texts::of(page);
    let start = description.map(beginning).filter(|start| start.chars().count() >= SAME);
    let (mut named, mut described, mut below) = (None, None, None);
    let mut heading_end = None;
    let mut id = top + 1;
    while id < root {
        let node = &page.nodes[id];
        let holds_root = node.end as usize > root;
        let skips = matches!(node.tag, Tag::Nav | Tag::Aside | Tag::Footer | Tag::A | Tag::Figure | Tag::Ul | Tag::Ol)
            || super::strip::is_hidden(node);
        if skips && !holds_root {
            id = node.end as usize;
            continue;
        }
        if node.tag == Tag::H1 {
            heading_end = Some(node.end as usize);
        }
        let fits = !holds_root
            && LENGTH.contains(&totals.chars[id - top])
            && totals.links[id - top] < 0.3 * totals.chars[id - top] as f32
            && node.tag.breaks_line()
            && node.tag != Tag::H1;
        if fits {
            if described.is_none()
                && let Some(start) = &start
                && beginning(&texts.start(page, id, 300)) == *start
            {
                described = Some(id);
            }
            if below.is_none()
                && heading_end.is_some_and(|end| id >= end)
                && totals.chars[id - top] >= SENTENCE
                && is_paragraph(page, id)
                && texts.start(page, id, 4_000).ends_with(['.', '!', '?', '…', '"', '”', '“', '»'])
            {
                below = Some(id);
            }
            if node.hints().has(Hints::LEAD) {
                named = Some(id);
                id = node.end as usize;
                continue;
            }
        }
        id += 1;
    }
    let lead = texts.start(page, described.or(named).or(below)?, 4_000);
    let known: String = lead.chars().take(60).collect();
    (!text.contains(known.as_str())).then_some(lead)
}

fn is_paragraph(page: &Dom<'_>, id: usize) -> bool {
    match page.nodes[id].tag {
        Tag::P | Tag::H2 | Tag::H3 => true,
        Tag::Div => !page.descendants(id).any(|inner| page.nodes[inner].tag.breaks_line()),
        _ => false,
    }
}

fn beginning(text: &str) -> String {
    text.chars().filter(|char| char.is_alphanumeric()).flat_map(char::to_lowercase).take(SAME).collect()
}
