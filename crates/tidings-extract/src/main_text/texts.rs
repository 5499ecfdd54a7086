//! The texts of a page in document order, so that what an element says costs the same however it is wrapped.

use super::dom::{Dom, Tag};

/// Texts that are still there and hold more than whitespace.
pub(super) struct Texts {
    ids: Vec<u32>,
    /// Whether something that parts words stands before it.
    apart: Vec<bool>,
}

impl Texts {
    pub(super) fn of(dom: &Dom<'_>) -> Self {
        let mut texts = Self { ids: Vec::new(), apart: Vec::new() };
        let mut apart = true;
        for id in dom.descendants(0) {
            let node = &dom.nodes[id];
            if node.tag == Tag::Text && node.chars > 0 {
                texts.ids.push(u32::try_from(id).expect("ids are made from u32"));
                texts.apart.push(apart);
                apart = false;
            } else {
                apart |= node.tag.breaks_line() || (node.tag == Tag::Text && !node.text.is_empty());
            }
        }
        texts
    }

    /// How the text of an element begins, its whitespace collapsed: about `limit` bytes of it.
    pub(super) fn start(&self, dom: &Dom<'_>, id: usize, limit: usize) -> String {
        let mut text = String::new();
        let end = dom.end(id);
        let first = self.ids.partition_point(|text| (*text as usize) < id);
        for (text_id, apart) in self.ids[first..].iter().zip(&self.apart[first..]) {
            if *text_id as usize >= end || text.len() > limit {
                break;
            }
            super::dom::step();
            if *apart {
                text.push(' ');
            }
            let piece = dom.nodes[*text_id as usize].text;
            // Whitespace around it is not what is asked for, save for parting words.
            let trimmed = piece.trim_start();
            if trimmed.len() < piece.len() {
                text.push(' ');
            }
            text.push_str(&trimmed[..trimmed.floor_char_boundary(limit)]);
        }
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }
}
