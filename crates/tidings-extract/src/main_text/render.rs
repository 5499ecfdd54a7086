//! The text of the chosen parts, a block a line.

use super::dom::{Dom, Tag};

/// Says where a word may be parted, and is no letter of it.
const SOFT_HYPHEN: char = '\u{ad}';

/// Text of `roots` and what is still under them: blocks on lines of their own, whitespace collapsed, save in `<pre>`.
pub(super) fn render(dom: &Dom<'_>, roots: &[usize]) -> String {
    let mut lines = Lines::default();
    for root in roots {
        one(dom, *root, &mut lines);
        lines.end_line();
    }
    lines.out.truncate(lines.out.trim_end().len());
    lines.out
}

fn one(dom: &Dom<'_>, root: usize, lines: &mut Lines) {
    // Ends of the open blocks, innermost last.
    let mut open: Vec<(usize, Tag)> = Vec::new();
    let mut pre_until = 0;
    let visit = std::iter::once(root).chain(dom.descendants(root));
    for id in visit {
        while let Some((_, tag)) = open.pop_if(|(end, _)| *end <= id) {
            lines.close(tag);
        }
        let node = &dom.nodes[id];
        match node.tag {
            Tag::Text if id < pre_until => lines.verbatim(node.text),
            Tag::Text => lines.collapsed(node.text),
            tag if tag.breaks_line() => {
                lines.end_line();
                if tag == Tag::Pre {
                    pre_until = dom.end(id);
                }
                open.push((dom.end(id), tag));
            }
            tag @ (Tag::Td | Tag::Th) => open.push((dom.end(id), tag)),
            _ => {}
        }
    }
    while let Some((_, tag)) = open.pop() {
        lines.close(tag);
    }
}

#[derive(Default)]
struct Lines {
    out: String,
    space: bool,
}

impl Lines {
    fn at_start(&self) -> bool {
        self.out.is_empty() || self.out.ends_with('\n')
    }

    fn close(&mut self, tag: Tag) {
        if matches!(tag, Tag::Td | Tag::Th) {
            self.space = true;
        } else {
            self.end_line();
        }
    }

    fn end_line(&mut self) {
        self.space = false;
        let end = self.out.trim_end_matches([' ', '\t']).len();
        self.out.truncate(end);
        if !self.at_start() {
            self.out.push('\n');
        }
    }

    fn collapsed(&mut self, text: &str) {
        for char in text.chars() {
            if char == SOFT_HYPHEN {
                continue;
            }
            if char.is_whitespace() {
                self.space = true;
            } else {
                if self.space && !self.at_start() {
                    self.out.push(' ');
                }
                self.space = false;
                self.out.push(char);
            }
        }
    }

    fn verbatim(&mut self, text: &str) {
        if self.space && !self.at_start() {
            self.out.push(' ');
        }
        self.space = false;
        self.out.push_str(text);
    }
}
