//! All phrases in one tree of words, walked once along a text.

mod chain;
mod notes;

use rustc_hash::FxHashMap;
use tidings_text::{Pause, Place, Reader, Token, read_words};

use crate::lexicon::{CLAUSE, Lexicon, NUMBER, Rule, Symbol};
use crate::negation::{Function, Negation};
use crate::pattern::{Part, Pattern};
use crate::pool::Pool;
use chain::{Chains, Head};
use notes::{Meanings, Note, Notes};

type NodeId = u32;

/// Up to so many phrases that have begun are cheaper to follow than to sort.
const MAX_UNSORTED: usize = 32;

/// No node stands at this number as a child: it is the root.
const NONE: NodeId = 0;

/// A phrase found: what it was added for, and its Unicode scalars and bytes in the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Hit {
    pub(crate) target: u32,
    pub(crate) start: u32,
    pub(crate) end: u32,
    pub(crate) start_byte: u32,
    pub(crate) end_byte: u32,
    /// Whether a negator before it takes it back.
    pub(crate) negated: bool,
    /// Whether it counts only in a question.
    pub(crate) asks: bool,
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
    /// The phrases that end at a node.
    ends: Chains<End>,
    /// What goes on behind a gap at a node, and how many words the gap may hold.
    gaps: Chains<(u8, NodeId)>,
    /// Where alternatives come together again: behind these nodes stands that one.
    joints: FxHashMap<Vec<NodeId>, NodeId>,
    walks: Pool<Kept>,
}

/// What there is to know of a node; most are but a word on the way.
#[derive(Clone, Copy, Debug, Default)]
struct Node {
    ends: Head,
    gaps: Head,
    has_children: bool,
}

/// What it takes to walk along a text, kept from text to text.
#[derive(Debug, Default)]
struct Kept {
    notes: Notes,
    begun: Vec<Begun>,
    going_on: Vec<Begun>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct End {
    target: u32,
    asks: bool,
}

/// A phrase that has begun and may go on.
#[derive(Clone, Copy, Debug)]
struct Begun {
    node: NodeId,
    start: u32,
    start_byte: u32,
    negated: bool,
    gap: Gap,
}

/// What may stand before the next word of a phrase.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Gap {
    /// Nothing but signs.
    None,
    /// Up to so many words of the same clause.
    Open(u8),
}

impl Gap {
    const fn and(self, words: u8) -> Self {
        match (self, words) {
            (gap, 0) => gap,
            (Self::None, words) => Self::Open(words),
            (Self::Open(before), words) => Self::Open(before.saturating_add(words)),
        }
    }
}

impl Phrases {
    pub(crate) fn new() -> Self {
        Self {
            lexicon: Lexicon::new(),
            first: Vec::new(),
            edges: FxHashMap::default(),
            nodes: vec![Node::default()],
            ends: Chains::default(),
            gaps: Chains::default(),
            joints: FxHashMap::default(),
            walks: Pool::default(),
        }
    }

    /// Adds a phrase for `target`.
    pub(crate) fn add(&mut self, pattern: &Pattern, rule: Rule, target: u32) {
        // What walks know of words may no longer be all there is.
        self.walks.clear();
        let end = End { target, asks: pattern.asks };
        let from = if pattern.leads { self.child_or_new(NONE, CLAUSE) } else { NONE };
        for node in self.grow(vec![from], &pattern.parts, rule) {
            let ends = &mut self.nodes[node as usize].ends;
            if !self.ends.iter(*ends).any(|other| other == end) {
                self.ends.push(ends, end);
            }
        }
    }

    /// Where `parts` end that begin at any of `nodes`.
    fn grow(&mut self, mut nodes: Vec<NodeId>, parts: &[Part], rule: Rule) -> Vec<NodeId> {
        for part in parts {
            let mut ends = Vec::new();
            for node in self.joined(nodes) {
                match part {
                    Part::Word(term) => {
                        let symbol = self.lexicon.intern(term, rule);
                        ends.push(self.child_or_new(node, symbol));
                    }
                    Part::Strict(term) => {
                        let symbol = self.lexicon.intern(term, Rule::Strict);
                        ends.push(self.child_or_new(node, symbol));
                    }
                    Part::Number => ends.push(self.child_or_new(node, NUMBER)),
                    Part::Gap(most) => ends.push(self.gap_or_new(node, *most)),
                    Part::OneOf(all) => ends.extend(all.iter().flat_map(|parts| self.grow(vec![node], parts, rule))),
                }
            }
            ends.sort_unstable();
            ends.dedup();
            nodes = ends;
        }
        nodes
    }

    /// As few nodes as can stand for all of `nodes`; nothing leads away from the root but
    /// words, so it stands for itself.
    fn joined(&mut self, nodes: Vec<NodeId>) -> Vec<NodeId> {
        let (root, others): (Vec<_>, Vec<_>) = nodes.into_iter().partition(|node| *node == NONE);
        let mut joined = root;
        match others.len() {
            0 => {}
            1 => joined.extend(others),
            _ => joined.push(self.join(others)),
        }
        joined
    }

    /// One node that is reached wherever one of `nodes` is, so that what follows
    /// alternatives is there once, not for each.
    fn join(&mut self, nodes: Vec<NodeId>) -> NodeId {
        if let Some(joint) = self.joints.get(&nodes) {
            return *joint;
        }
        let joint = self.next_node();
        self.nodes.push(Node::default());
        for node in &nodes {
            self.gaps.push(&mut self.nodes[*node as usize].gaps, (0, joint));
        }
        self.joints.insert(nodes, joint);
        joint
    }

    fn child_or_new(&mut self, node: NodeId, symbol: Symbol) -> NodeId {
        self.first.resize(self.lexicon.len(), NONE);
        let next = self.next_node();
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

    fn gap_or_new(&mut self, node: NodeId, most: u8) -> NodeId {
        let next = self.next_node();
        let gaps = &mut self.nodes[node as usize].gaps;
        if let Some((_, child)) = self.gaps.iter(*gaps).find(|(words, _)| *words == most) {
            return child;
        }
        self.gaps.push(gaps, (most, next));
        self.nodes.push(Node::default());
        next
    }

    /// The node of phrases that begin with `symbol`; a symbol that begins none may lie beyond the list.
    fn first(&self, symbol: Symbol) -> NodeId {
        self.first.get(symbol as usize).copied().unwrap_or(NONE)
    }

    fn next_node(&self) -> NodeId {
        NodeId::try_from(self.nodes.len()).expect("the number of phrases is bounded")
    }

    /// Calls `found` for every phrase in `text`, in the order of their ends.
    pub(crate) fn find(&self, text: &str, is_english: bool, found: impl FnMut(Hit)) {
        let mut kept = self.walks.take();
        let Kept { notes, begun, going_on } = &mut *kept;
        begun.clear();
        let (known, meanings) = notes.begin(is_english);
        let (leading, negation) = (self.first(CLAUSE), Negation::default());
        let mut walk = Walk { phrases: self, is_english, meanings, begun, going_on, leading, negation, found };
        read_words(text, known, &mut walk);
        self.walks.give_back(kept);
    }

    fn reach(&self, begun: Begun, place: Place, going_on: &mut Vec<Begun>, found: &mut impl FnMut(Hit)) {
        let Begun { node, start, start_byte, negated, gap } = begun;
        let Place { end, end_byte, .. } = place;
        let Node { ends, gaps, has_children } = self.nodes[node as usize];
        for End { target, asks } in self.ends.iter(ends) {
            found(Hit { target, start, end, start_byte, end_byte, negated, asks });
        }
        if has_children {
            going_on.push(begun);
        }
        for (most, node) in self.gaps.iter(gaps) {
            self.reach(Begun { node, gap: gap.and(most), ..begun }, place, going_on, found);
        }
    }
}

/// On the way along a text.
struct Walk<'w, F> {
    phrases: &'w Phrases,
    is_english: bool,
    meanings: &'w mut Meanings,
    begun: &'w mut Vec<Begun>,
    going_on: &'w mut Vec<Begun>,
    /// The node of phrases that must begin their clause.
    leading: NodeId,
    negation: Negation,
    found: F,
}

impl<F: FnMut(Hit)> Reader for Walk<'_, F> {
    type Note = Note;

    fn look_up(&mut self, token: &Token<'_>) -> Note {
        self.meanings.note(token, &self.phrases.lexicon, self.is_english)
    }

    #[inline]
    fn read(&mut self, note: Note, place: Place) {
        let Place { start, start_byte, position, pause, .. } = place;
        let (function, symbols) = self.meanings.of(&note);
        let negated = self.negation.reaches(pause);
        self.negation.pass(function);
        let (begun, going_on) = (&mut *self.begun, &mut *self.going_on);
        if pause != Pause::None {
            begun.retain(|begun| begun.gap == Gap::None);
        }
        if self.leading != NONE && (pause != Pause::None || position == 0) {
            let lead = Begun { node: self.leading, start, start_byte, negated: false, gap: Gap::None };
            self.phrases.reach(lead, place, begun, &mut self.found);
        }
        if symbols.is_empty() && begun.is_empty() {
            return;
        }
        for &symbol in symbols {
            for &begun in &*begun {
                if let Some(&node) = self.phrases.edges.get(&edge(begun.node, symbol)) {
                    self.phrases.reach(Begun { node, gap: Gap::None, ..begun }, place, going_on, &mut self.found);
                }
            }
            let node = self.phrases.first(symbol);
            if node != NONE {
                let begun = Begun { node, start, start_byte, negated, gap: Gap::None };
                self.phrases.reach(begun, place, going_on, &mut self.found);
            }
        }
        if function != Function::Negator {
            going_on.extend(begun.iter().filter_map(|begun| begun.passing_over()));
        }
        if MAX_UNSORTED < going_on.len() {
            keep_widest(going_on);
        }
        std::mem::swap(begun, going_on);
        going_on.clear();
    }
}

impl Begun {
    /// Itself, one word nearer to the end of its gap.
    #[inline]
    const fn passing_over(self) -> Option<Self> {
        match self.gap {
            Gap::None | Gap::Open(0) => None,
            Gap::Open(words) => Some(Self { gap: Gap::Open(words - 1), ..self }),
        }
    }
}

/// Of what has begun at one place and stands at one node keeps what may go farthest, for
/// it finds all that the others would: "a a a a" is many ways to be at "a … a".
fn keep_widest(begun: &mut Vec<Begun>) {
    let key = |begun: &Begun| (begun.node, begun.start, begun.gap == Gap::None);
    begun.sort_unstable_by_key(|begun| (key(begun), std::cmp::Reverse(begun.gap)));
    begun.dedup_by_key(|begun| key(begun));
}

fn edge(node: NodeId, symbol: Symbol) -> u64 {
    u64::from(node) << 32 | u64::from(symbol)
}

#[cfg(test)]
mod tests;
