//! Writes XML element by element: escaped, indented, without the characters that it cannot hold.

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event};

/// Attributes, each with its value.
pub(super) type Attributes<'a> = &'a [(&'a str, &'a str)];

pub(super) struct Xml {
    writer: Writer<Vec<u8>>,
}

impl Xml {
    pub(super) fn new() -> Self {
        let mut xml = Self { writer: Writer::new_with_indent(Vec::new(), b' ', 1) };
        xml.event(Event::Decl(BytesDecl::new("1.0", Some("utf-8"), None)));
        xml
    }

    /// An element with what `inside` writes.
    pub(super) fn element(&mut self, name: &str, attributes: Attributes, inside: impl FnOnce(&mut Self)) {
        self.event(Event::Start(start(name, attributes)));
        inside(self);
        self.event(Event::End(BytesEnd::new(name)));
    }

    /// An element with text.
    pub(super) fn text(&mut self, name: &str, attributes: Attributes, text: &str) {
        self.element(name, attributes, |xml| xml.event(Event::Text(BytesText::new(&legal(text)))));
    }

    /// An element with nothing in it.
    pub(super) fn empty(&mut self, name: &str, attributes: Attributes) {
        self.event(Event::Empty(start(name, attributes)));
    }

    fn event(&mut self, event: Event) {
        self.writer.write_event(event).expect("memory takes all that is written to it");
    }

    pub(super) fn finish(self) -> String {
        let mut document = String::from_utf8(self.writer.into_inner()).expect("all that was written is text");
        document.push('\n');
        document
    }
}

fn start<'a>(name: &'a str, attributes: Attributes) -> BytesStart<'a> {
    let mut start = BytesStart::new(name);
    for (key, value) in attributes {
        start.push_attribute((*key, legal(value).as_str()));
    }
    start
}

/// `text` without the characters that XML 1.0 has no way to write.
fn legal(text: &str) -> String {
    let is_legal = |ch: &char| matches!(ch, '\t' | '\n' | ' '..='\u{7e}' | '\u{a0}'..='\u{fffd}' | '\u{10000}'..);
    text.chars().filter(is_legal).collect()
}
