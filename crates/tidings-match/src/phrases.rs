//! All phrases in one tree of words, walked once along a text.

use rustc_hash::FxHashMap;
use tidings_text::{for_each_token, terms};

use crate::lexicon::{Lexicon, Rule, Symbol};

/// Most words of a phrase or name.
pub const MAX_PHRASE_WORDS: usize = 16;

type NodeId = u32;

/// No node stands at this number as a child: it is the root.
const NONE: NodeId = 0;

/// A phrase found: what it was added for, and its Unicode scalars in the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Hit {
    pub(crate) target: u32,
    pub(crate) start: u32,
    pub(crate) end: u32,
}

/// Why a phrase cannot be added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PhraseProblem {
    Empty,
    TooLong,
}

/// How many words a phrase has, if that is a number a phrase may have.
pub(crate) fn check_phrase(text: &str) -> Result<(), PhraseProblem> {
    match terms(text).len() {
        0 => Err(PhraseProblem::Empty),
        length if MAX_PHRASE_WORDS < length => Err(PhraseProblem::TooLong),
        _ => Ok(()),
    }
}

/// A set of phrases, each with a target.
#[derive(Debug)]
pub(crate) struct Phrases {
    lexicon: Lexicon,
    /// Children of the root by symbol: nearly every token ends here, so no hashing.
    first: Vec<NodeId>,
    /// Further children by node and symbol.
    edges: FxHashMap<u64, NodeId>,
    nodes: Vec<Node>,
}

#[derive(Debug, Default)]
struct Node {
    /// What the phrases that end here were added for.
    targets: Vec<u32>,
    has_children: bool,
}

/// A phrase that has begun and may go on.
#[derive(Clone, Copy, Debug)]
struct Begun {
    node: NodeId,
    start: u32,
}

impl Phrases {
    pub(crate) fn new() -> Self {
        Self {
            lexicon: Lexicon::default(),
            first: Vec::new(),
            edges: FxHashMap::default(),
            nodes: vec![Node::default()],
        }
    }

    /// Adds a phrase for `target`.
    pub(crate) fn add(&mut self, text: &str, rule: Rule, target: u32) -> Result<(), PhraseProblem> {
        check_phrase(text)?;
        let mut node = NONE;
        for term in terms(text) {
            let symbol = self.lexicon.intern(&term, rule);
            node = self.child_or_new(node, symbol);
        }
        let targets = &mut self.nodes[node as usize].targets;
        if !targets.contains(&target) {
            targets.push(target);
        }
        Ok(())
    }

    fn child_or_new(&mut self, node: NodeId, symbol: Symbol) -> NodeId {
        self.first.resize(self.lexicon.len(), NONE);
        let next = NodeId::try_from(self.nodes.len()).expect("the number of phrases is bounded");
        let child = if node == NONE {
            &mut self.first[symbol as usize]
        } else {
            self.nodes[node as usize].has_children = true;
            self.edges.entry(edge(node, symbol)).or_insert(NONE)
        };
        if *child == NONE {
            *child = next;
            self.nodes.push(Node::default());
            return next;
        }
        *child
    }

    /// Calls `found` for every phrase in `text`, in the order of their ends.
    pub(crate) fn find(&self, text: &str, mut found: impl FnMut(Hit)) {
        let (mut symbols, mut begun, mut going_on) = (Vec::new(), Vec::<Begun>::new(), Vec::new());
        for_each_token(text, |token| {
            self.lexicon.look_up(&token, &mut symbols);
            for &symbol in &symbols {
                for &Begun { node, start } in &begun {
                    if let Some(&child) = self.edges.get(&edge(node, symbol)) {
                        self.reach(Begun { node: child, start }, token.end, &mut going_on, &mut found);
                    }
                }
                let child = self.first[symbol as usize];
                if child != NONE {
                    self.reach(Begun { node: child, start: token.start }, token.end, &mut going_on, &mut found);
                }
            }
            std::mem::swap(&mut begun, &mut going_on);
            going_on.clear();
        });
    }

    #[inline]
    fn reach(&self, begun: Begun, end: u32, going_on: &mut Vec<Begun>, found: &mut impl FnMut(Hit)) {
        let node = &self.nodes[begun.node as usize];
        for &target in &node.targets {
            found(Hit { target, start: begun.start, end });
        }
        if node.has_children {
            going_on.push(begun);
        }
    }
}

fn edge(node: NodeId, symbol: Symbol) -> u64 {
    u64::from(node) << 32 | u64::from(symbol)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(phrases: &[&str], text: &str, expected: &[&str]) {
        let mut set = Phrases::new();
        for (target, phrase) in (0..).zip(phrases) {
            set.add(phrase, Rule::Inflected, target).unwrap();
        }
        let scalars: Vec<char> = text.chars().collect();
        let mut quotes = Vec::new();
        set.find(text, |hit| quotes.push(scalars[hit.start as usize..hit.end as usize].iter().collect::<String>()));
        assert_eq!(quotes, expected);
    }

    #[test]
    fn phrases_inside_each_other_are_all_found() {
        check(
            &["too expensive", "expensive", "way too", "too expensive for us"],
            "Way too expensive for us",
            &["Way too", "too expensive", "expensive", "too expensive for us"],
        );
    }

    #[test]
    fn english_words_match_their_inflections() {
        check(&["price increase"], "prices increased; price increases", &["prices increased", "price increases"]);
    }

    #[test]
    fn marks_bind_in_phrases() {
        check(&["đắt quá"], "Đắt quá! dat qua. đạt quá, đắt qua", &["Đắt quá", "dat qua", "đắt qua"]);
        check(&["ban"], "bạn ban bán", &["ban"]);
        check(&["đăt"], "đắt đặt đất dat", &["đắt", "đặt", "dat"]);
        check(&["hoà"], "hòa hoà hoa họa", &["hòa", "hoà", "hoa"]);
    }

    #[test]
    fn one_spelling_may_be_several_words() {
        check(&["đắt", "đất", "dat"], "dat", &["dat", "dat", "dat"]);
    }

    #[test]
    fn phrases_of_nothing_or_too_much_are_refused() {
        let mut set = Phrases::new();
        assert_eq!(set.add("?!", Rule::Inflected, 0), Err(PhraseProblem::Empty));
        assert_eq!(set.add(&"a ".repeat(MAX_PHRASE_WORDS + 1), Rule::Inflected, 0), Err(PhraseProblem::TooLong));
        assert_eq!(set.add(&"a ".repeat(MAX_PHRASE_WORDS), Rule::Inflected, 0), Ok(()));
    }
}
