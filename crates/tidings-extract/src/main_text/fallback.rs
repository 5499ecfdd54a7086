//! Where to look when the best part holds too little: what the page marks as its body, its article, all of it.

use super::dom::{Dom, Tag};
use super::hints::Hints;
use super::strip::Totals;
use super::{ENOUGH, Found, render, trim};

/// Least letters outside of links that a marked body needs.
const LEAST: f32 = 100.0;

/// Texts of fewer letters may be labels.
const LABEL: u32 = 40;

/// A better text than `found`, where there is one.
pub(super) fn better(page: &Dom<'_>, found: &Found) -> Option<Found> {
    let mut dom = page.clone();
    take_out(&mut dom);
    let totals = Totals::of(&dom);
    let long = long_texts(&dom);
    let plain = |id: usize| long[id] as f32;
    let marked = outermost(&dom, |dom, id| {
        let node = &dom.nodes[id];
        node.attr("itemprop").is_some_and(|property| property.contains("articleBody")) || node.hints().has(Hints::BODY)
    });
    let marked: Vec<usize> = marked.into_iter().filter(|id| plain(*id) >= LEAST).collect();
    let held: f32 = marked.iter().map(|id| plain(*id)).sum();
    let overlaps = |id: &usize| {
        found.roots.iter().any(|root| (*id..dom.end(*id)).contains(root) || (*root..dom.end(*root)).contains(id))
    };
    let chars = found.chars as f32;
    let few = (1..=3).contains(&marked.len());
    if few && (held > 0.3 * chars && !marked.iter().any(overlaps) || found.late && held > 0.5 * chars) {
        return Some(take(dom, marked, &totals));
    }
    if found.chars >= ENOUGH {
        return None;
    }
    for tags in [&[Tag::Article][..], &[Tag::Main], &[Tag::Body]] {
        let parts = outermost(&dom, |dom, id| tags.contains(&dom.nodes[id].tag));
        let held: f32 = parts.iter().map(|id| plain(*id)).sum();
        if held > 1.5 * found.chars as f32 && held >= LEAST {
            return Some(take(dom, parts, &totals));
        }
    }
    None
}

fn take(mut dom: Dom<'_>, roots: Vec<usize>, totals: &Totals) -> Found {
    // Lists of links are no text, wherever they stand.
    for root in &roots {
        let mut id = *root + 1;
        while id < dom.end(*root) {
            let node = dom.nodes[id];
            let is_block = matches!(node.tag, Tag::Div | Tag::Ul | Tag::Ol | Tag::Section | Tag::Table | Tag::Dl);
            if node.removed || (is_block && totals.chars[id] > 0 && totals.link_density(id) > 0.6) {
                dom.nodes[id].removed = true;
                id = node.end as usize;
            } else {
                id += 1;
            }
        }
    }
    let chars = roots.iter().map(|root| totals.chars[*root] as usize).sum();
    trim::trim(&mut dom, &roots);
    Found { text: render::render(&dom, &roots), chars, roots, ..Found::default() }
}

/// Letters under each node in texts that are no labels, outside of links.
fn long_texts(dom: &Dom<'_>) -> Vec<u32> {
    let mut letters = vec![0; dom.nodes.len()];
    let mut link_until = 0;
    for id in dom.descendants(0) {
        let node = &dom.nodes[id];
        if node.tag == Tag::A {
            link_until = link_until.max(dom.end(id));
        }
        if node.chars >= LABEL && id >= link_until {
            letters[id] = node.chars;
        }
    }
    for id in (1..letters.len()).rev() {
        letters[dom.nodes[id].parent as usize] += letters[id];
    }
    letters
}

fn take_out(dom: &mut Dom<'_>) {
    let (mut id, end) = (dom.body + 1, dom.end(dom.body));
    while id < end {
        let node = dom.nodes[id];
        let remove = matches!(
            node.tag,
            Tag::Nav | Tag::Footer | Tag::Form | Tag::Button | Tag::Select | Tag::Textarea | Tag::Iframe | Tag::Dialog
        ) || super::strip::is_hidden(&node)
            || (node.tag == Tag::Header && node.hints().has(Hints::UNLIKELY))
            || node.hints().has(Hints::CLUTTER);
        // What holds most of the page is no clutter, whatever it is called.
        if remove && (node.end as usize - id) * 2 < end {
            dom.nodes[id].removed = true;
            id = node.end as usize;
        } else {
            id += 1;
        }
    }
}

/// The nodes that fit and stand in no other that does, in document order.
fn outermost(dom: &Dom<'_>, fits: impl Fn(&Dom<'_>, usize) -> bool) -> Vec<usize> {
    let (mut found, mut until) = (Vec::new(), 0);
    for id in std::iter::once(dom.body).chain(dom.descendants(dom.body)) {
        if id >= until && dom.nodes[id].tag != Tag::Text && fits(dom, id) {
            found.push(id);
            until = dom.end(id);
        }
    }
    found
}
