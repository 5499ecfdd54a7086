//! Trims what a chosen part holds beside its text: credited pictures, boxes for readers, lists above, headings below.

use super::caption;
use super::dom::{Dom, Tag};
use super::hints::Hints;
use super::line::{self, MOST};
use super::strip::Totals;
use super::texts::Texts;

/// Least letters of a text that runs.
const RUNNING: u32 = 40;

pub(super) fn trim(dom: &mut Dom<'_>, roots: &[usize]) {
    trim_beside(dom, roots);
    line::trim(dom, roots);
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
        while id < end {
            let node = dom.nodes[id];
            let next = node.end as usize;
            if node.removed {
                id = next;
                continue;
            }
            let is_only = id == *root && roots.len() == 1;
            if !is_only && node.tag != Tag::Text && is_beside(dom, &totals, &texts, id, all) {
                cut.push(id);
                id = next;
            } else {
                id += 1;
            }
        }
    }
    all
}

fn is_beside(dom: &Dom<'_>, totals: &Totals, texts: &Texts, id: usize, all: u32) -> bool {
    let node = &dom.nodes[id];
    let chars = totals.chars[id];
    if chars == 0 {
        return false;
    }
    let share = f64::from(chars) / f64::from(all.max(1));
    let is_block = node.tag.breaks_line() && !node.tag.is_heading();
    let hints = node.hints();
    if share < 0.3 && (node.tag == Tag::Figcaption || hints.has(Hints::CAPTION)) {
        return caption::is_label(&texts.start(dom, id, 400));
    }
    // An id may be made of the words of a heading, so it counts for less than a class.
    let most = if node.class_hints.has(Hints::CLUTTER) { 0.25 } else { 0.05 };
    if is_block && hints.has(Hints::CLUTTER) && share < most {
        return true;
    }
    !node.tag.is_heading() && hints.has(Hints::WEAK_CLUTTER) && chars < 200 && share < 0.25
}
