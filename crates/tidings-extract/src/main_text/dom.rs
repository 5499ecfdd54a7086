//! A page as a flat list in document order: the descendants of a node are the nodes up to its end.

use scraper::{Html, Node as TreeNode, node::Element};

use super::hints::Hints;

macro_rules! tags {
    ($($tag:ident $name:literal),* $(,)?) => {
        /// The elements that matter here.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(super) enum Tag {
            Text,
            Other,
            $($tag),*
        }

        impl Tag {
            fn of(name: &str) -> Self {
                match name {
                    $($name => Self::$tag,)*
                    _ => Self::Other,
                }
            }
        }
    };
}

tags! {
    Html "html", Head "head", Body "body", Div "div", P "p", Section "section", Article "article", Main "main",
    Header "header", Footer "footer", Aside "aside", Nav "nav", H1 "h1", H2 "h2", H3 "h3", H4 "h4", H5 "h5", H6 "h6",
    Ul "ul", Ol "ol", Li "li", Dl "dl", Dt "dt", Dd "dd", Table "table", Caption "caption", Thead "thead",
    Tbody "tbody", Tfoot "tfoot", Tr "tr", Td "td", Th "th", Col "col", Colgroup "colgroup", Pre "pre", Code "code",
    Blockquote "blockquote", Figure "figure", Figcaption "figcaption", Img "img", Picture "picture", Video "video",
    Audio "audio", Iframe "iframe", Object "object", Embed "embed", Form "form", Fieldset "fieldset", Input "input",
    Textarea "textarea", Select "select", Button "button", Label "label", A "a", Span "span", Br "br", Hr "hr",
    Address "address", Details "details", Summary "summary", Time "time", Script "script", Style "style",
    Noscript "noscript", Template "template", Link "link", Meta "meta", Title "title", Svg "svg", Math "math",
    Abbr "abbr", B "b", Bdo "bdo", Cite "cite", Data "data", Dfn "dfn", Em "em", Font "font", I "i", Kbd "kbd",
    Mark "mark", Q "q", Ruby "ruby", Samp "samp", Small "small", Strong "strong", Sub "sub", Sup "sup", Var "var",
    Wbr "wbr", Del "del", Ins "ins", Center "center", Canvas "canvas", U "u", S "s", Option "option", Dialog "dialog",
    Rt "rt", Rp "rp",
}

impl Tag {
    pub(super) fn is_heading(self) -> bool {
        matches!(self, Self::H1 | Self::H2 | Self::H3 | Self::H4 | Self::H5 | Self::H6)
    }

    /// Stands inside a line of text whatever it holds.
    pub(super) fn is_phrase(self) -> bool {
        matches!(
            self,
            Self::Text
                | Self::Abbr
                | Self::Audio
                | Self::B
                | Self::Bdo
                | Self::Br
                | Self::Button
                | Self::Cite
                | Self::Code
                | Self::Data
                | Self::Dfn
                | Self::Em
                | Self::Embed
                | Self::Font
                | Self::I
                | Self::Img
                | Self::Input
                | Self::Kbd
                | Self::Label
                | Self::Mark
                | Self::Math
                | Self::Meta
                | Self::Object
                | Self::Q
                | Self::Ruby
                | Self::Samp
                | Self::Script
                | Self::Select
                | Self::Small
                | Self::Span
                | Self::Strong
                | Self::Sub
                | Self::Sup
                | Self::Textarea
                | Self::Time
                | Self::Var
                | Self::Wbr
        )
    }

    /// Makes a division more than a paragraph.
    pub(super) fn is_block(self) -> bool {
        matches!(
            self,
            Self::Blockquote
                | Self::Dl
                | Self::Div
                | Self::Img
                | Self::Ol
                | Self::P
                | Self::Pre
                | Self::Table
                | Self::Ul
        )
    }

    /// Starts and ends a line of the text.
    pub(super) fn breaks_line(self) -> bool {
        self.is_heading()
            || matches!(
                self,
                Self::Div
                    | Self::P
                    | Self::Section
                    | Self::Article
                    | Self::Main
                    | Self::Header
                    | Self::Footer
                    | Self::Aside
                    | Self::Nav
                    | Self::Ul
                    | Self::Ol
                    | Self::Li
                    | Self::Dl
                    | Self::Dt
                    | Self::Dd
                    | Self::Table
                    | Self::Caption
                    | Self::Tr
                    | Self::Pre
                    | Self::Blockquote
                    | Self::Figure
                    | Self::Figcaption
                    | Self::Form
                    | Self::Fieldset
                    | Self::Br
                    | Self::Hr
                    | Self::Address
                    | Self::Details
                    | Self::Summary
                    | Self::Body
                    | Self::Center
                    | Self::Option
                    | Self::Thead
                    | Self::Tbody
                    | Self::Tfoot
            )
    }
}

/// An element or a text. A page has fewer than 2^32 of them, as it is smaller than that.
#[derive(Clone, Copy)]
pub(super) struct Node<'a> {
    pub(super) tag: Tag,
    pub(super) element: Option<&'a Element>,
    pub(super) text: &'a str,
    pub(super) parent: u32,
    /// One past the last descendant.
    pub(super) end: u32,
    pub(super) class_hints: Hints,
    pub(super) id_hints: Hints,
    /// Taken out, with all in it.
    pub(super) removed: bool,
    /// Taken out, while its children take its place.
    pub(super) hollow: bool,
    /// A text, as letters of its words with single spaces, and what of it counts.
    pub(super) chars: u32,
    pub(super) commas: u32,
}

impl<'a> Node<'a> {
    pub(super) fn attr(&self, name: &str) -> Option<&'a str> {
        self.element?.attr(name)
    }

    pub(super) fn hints(&self) -> Hints {
        self.class_hints | self.id_hints
    }

    pub(super) fn weight(&self) -> f32 {
        let of = |hints: Hints| {
            (if hints.has(Hints::NEGATIVE) { -25.0 } else { 0.0 })
                + (if hints.has(Hints::POSITIVE) { 25.0 } else { 0.0 })
        };
        of(self.class_hints) + of(self.id_hints)
    }
}

#[derive(Clone)]
pub(super) struct Dom<'a> {
    pub(super) nodes: Vec<Node<'a>>,
    pub(super) body: usize,
}

impl<'a> Dom<'a> {
    pub(super) fn new(tree: &'a Html) -> Self {
        let mut nodes: Vec<Node<'a>> = Vec::with_capacity(1_024);
        let mut body = 0;
        // Ids of the open elements; a tree's traversal gives each open and close once.
        let mut open: Vec<u32> = Vec::new();
        let mut skip_depth = 0_usize;
        for edge in tree.tree.root().traverse() {
            match edge {
                scraper_edge::Open(node) => match node.value() {
                    TreeNode::Element(element) => {
                        let tag = Tag::of(element.name());
                        if skip_depth > 0 || is_unread(tag) {
                            skip_depth += 1;
                            continue;
                        }
                        let id = u32::try_from(nodes.len()).expect("a page has fewer nodes than bytes");
                        if tag == Tag::Body && body == 0 {
                            body = nodes.len();
                        }
                        nodes.push(Node::of_element(element, tag, open.last().copied().unwrap_or(0)));
                        open.push(id);
                    }
                    TreeNode::Text(text) if skip_depth == 0 && !open.is_empty() => {
                        nodes.push(Node::of_text(text, nodes.len(), open.last().copied().unwrap_or(0)));
                    }
                    _ => {}
                },
                scraper_edge::Close(node) => {
                    if node.value().is_element() {
                        if skip_depth > 0 {
                            skip_depth -= 1;
                        } else if let Some(id) = open.pop() {
                            nodes[id as usize].end = u32::try_from(nodes.len()).expect("as above");
                        }
                    }
                }
            }
        }
        Self { nodes, body }
    }

    pub(super) fn end(&self, id: usize) -> usize {
        self.nodes[id].end as usize
    }

    pub(super) fn parent(&self, id: usize) -> Option<usize> {
        (id > 0).then(|| self.nodes[id].parent as usize)
    }

    pub(super) fn children(&self, id: usize) -> Children<'_, 'a> {
        Children { dom: self, at: id + 1, end: self.end(id) }
    }

    pub(super) fn child_elements(&self, id: usize) -> impl Iterator<Item = usize> {
        self.children(id).filter(|child| self.nodes[*child].tag != Tag::Text)
    }

    /// The nodes under `id` that are still there, in document order.
    pub(super) fn descendants(&self, id: usize) -> Descendants<'_, 'a> {
        Descendants { dom: self, at: id + 1, end: self.end(id) }
    }
}

use ego_tree::iter::Edge as scraper_edge;

/// Holds no text of the page, or how to pronounce what stands beside it.
fn is_unread(tag: Tag) -> bool {
    matches!(
        tag,
        Tag::Head
            | Tag::Script
            | Tag::Style
            | Tag::Noscript
            | Tag::Template
            | Tag::Svg
            | Tag::Canvas
            | Tag::Rt
            | Tag::Rp
    )
}

impl<'a> Node<'a> {
    fn of_element(element: &'a Element, tag: Tag, parent: u32) -> Self {
        Self {
            tag,
            element: Some(element),
            text: "",
            parent,
            end: 0,
            class_hints: Hints::of(element.attr("class").unwrap_or_default()),
            id_hints: Hints::of(element.attr("id").unwrap_or_default()),
            removed: false,
            hollow: false,
            chars: 0,
            commas: 0,
        }
    }

    fn of_text(text: &'a str, id: usize, parent: u32) -> Self {
        let (chars, commas) = measure(text);
        Self {
            tag: Tag::Text,
            element: None,
            text,
            parent,
            end: u32::try_from(id + 1).expect("a page has fewer nodes than bytes"),
            class_hints: Hints::default(),
            id_hints: Hints::default(),
            removed: false,
            hollow: false,
            chars,
            commas,
        }
    }
}

/// Letters of a text, a run of whitespace as one, and its commas of any script. A text of whitespace has none.
fn measure(text: &str) -> (u32, u32) {
    let (mut chars, mut commas, mut space, mut any) = (0, 0, false, false);
    for char in text.chars() {
        if char.is_whitespace() {
            space = true;
            continue;
        }
        chars += 1 + u32::from(space);
        space = false;
        any = true;
        commas += u32::from(matches!(char, ',' | '،' | '﹐' | '︐' | '⹁' | '⸴' | '⸲' | '，'));
    }
    (if any { chars + u32::from(space) } else { 0 }, commas)
}

#[cfg(test)]
thread_local! {
    /// Nodes that were looked at, so that tests can tell what a page costs.
    pub(super) static STEPS: std::cell::Cell<u64> = const { std::cell::Cell::new(0) };
}

/// Counts a node that is looked at.
#[inline]
pub(super) fn step() {
    #[cfg(test)]
    STEPS.with(|steps| steps.set(steps.get() + 1));
}

pub(super) struct Children<'d, 'a> {
    dom: &'d Dom<'a>,
    at: usize,
    end: usize,
}

impl Iterator for Children<'_, '_> {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        while self.at < self.end {
            step();
            let (id, node) = (self.at, &self.dom.nodes[self.at]);
            if node.hollow {
                self.at += 1;
                continue;
            }
            self.at = node.end as usize;
            if !node.removed {
                return Some(id);
            }
        }
        None
    }
}

pub(super) struct Descendants<'d, 'a> {
    dom: &'d Dom<'a>,
    at: usize,
    end: usize,
}

impl Iterator for Descendants<'_, '_> {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        while self.at < self.end {
            step();
            let (id, node) = (self.at, &self.dom.nodes[self.at]);
            if node.removed {
                self.at = node.end as usize;
                continue;
            }
            self.at += 1;
            if !node.hollow {
                return Some(id);
            }
        }
        None
    }
}
