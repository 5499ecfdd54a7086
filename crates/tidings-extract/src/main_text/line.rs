//! Trims single lines of a text, whatever elements they are made of: those that only lead elsewhere, and the credits
//! of pictures.

use super::caption;
use super::dom::{Dom, Tag};
use super::phrase::leads_elsewhere;

/// Trimming that would take more than this share of a text takes none of it.
pub(super) const MOST: f64 = 0.35;
/// Longest line that may be cut, in letters.
const LONGEST: u32 = 160;
/// A line of links has a headline's length; a shorter one is a button, and what stands around it tells of it.
const HEADLINE: u32 = 32;
/// A line of fewer letters may begin as one does that leads elsewhere without a link.
const NOTE: u32 = 80;

#[derive(Default)]
struct Line {
    texts: Vec<usize>,
    chars: u32,
    links: u32,
    /// In the item of a list, or in a heading.
    item_or_heading: bool,
    /// In a table or in code.
    spared: bool,
}

impl Line {
    fn text(&self, dom: &Dom<'_>) -> String {
        let text: String = self.texts.iter().map(|id| dom.nodes[*id].text).collect();
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    fn is_beside(&self, dom: &Dom<'_>) -> bool {
        let is_link = f64::from(self.links) > 0.9 * f64::from(self.chars);
        if is_link && self.chars >= HEADLINE && !self.item_or_heading {
            return true;
        }
        let lower = self.text(dom).to_lowercase();
        ((self.links > 0 || self.chars < NOTE) && leads_elsewhere(&lower)) || caption::is_credit(&lower)
    }
}

/// Takes out the lines that are no part of the text that `roots` hold.
pub(super) fn trim(dom: &mut Dom<'_>, roots: &[usize]) {
    let lines: Vec<Line> = roots.iter().flat_map(|root| lines(dom, *root)).collect();
    let all: u32 = lines.iter().map(|line| line.chars).sum();
    let (mut cut, mut gone): (Vec<usize>, u32) = (Vec::new(), 0);
    for line in &lines {
        let is_small = line.chars <= LONGEST && f64::from(line.chars) < 0.3 * f64::from(all);
        if is_small && !line.spared && line.is_beside(dom) {
            cut.extend(&line.texts);
            gone += line.chars;
        }
    }
    if f64::from(gone) <= MOST * f64::from(all) {
        for id in cut {
            dom.nodes[id].removed = true;
        }
    }
}

fn lines(dom: &Dom<'_>, root: usize) -> Vec<Line> {
    let (mut lines, mut line) = (Vec::new(), Line::default());
    // Ends of the open blocks, innermost last, and of what else says something of the texts in it.
    let mut blocks: Vec<usize> = Vec::new();
    let (mut link, mut item_or_heading, mut spared) = (0, 0, 0);
    for id in std::iter::once(root).chain(dom.descendants(root)) {
        let (node, end) = (&dom.nodes[id], dom.end(id));
        let mut ends_line = node.tag.breaks_line();
        while blocks.pop_if(|end| *end <= id).is_some() {
            ends_line = true;
        }
        if ends_line && line.chars > 0 {
            lines.push(std::mem::take(&mut line));
        }
        match node.tag {
            Tag::Text if node.chars > 0 => {
                line.texts.push(id);
                line.chars += node.chars;
                line.links += if id < link { node.chars } else { 0 };
                line.item_or_heading |= id < item_or_heading;
                line.spared |= id < spared;
            }
            Tag::A => link = link.max(end),
            Tag::Table | Tag::Pre | Tag::Code => spared = spared.max(end),
            tag if tag == Tag::Li || tag.is_heading() => item_or_heading = item_or_heading.max(end),
            _ => {}
        }
        if node.tag.breaks_line() {
            blocks.push(end);
        }
    }
    if line.chars > 0 {
        lines.push(line);
    }
    lines
}
