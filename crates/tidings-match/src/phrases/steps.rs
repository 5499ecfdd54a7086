//! The nodes of a tree of words, found by the node before and the word: one look at memory a step.

use super::filter::{Filter, mixed};
use crate::lexicon::Symbol;

/// A node of the tree: where it is kept, and for a child of the root its symbol.
pub(super) type NodeId = u32;

/// Marks a child of the root.
pub(super) const FIRST: NodeId = 1 << 31;

/// Marks a node that stands behind a gap.
pub(super) const BEHIND: NodeId = 1 << 30;

/// No node.
pub(super) const NONE: NodeId = NodeId::MAX;

/// The phrase that ends at a node: twice its target, and one more where it counts only in a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct End(u32);

impl End {
    pub(super) const NONE: Self = Self(u32::MAX);

    pub(super) const fn new(target: u32, asks: bool) -> Self {
        Self(target << 1 | asks as u32)
    }

    pub(super) const fn target(self) -> u32 {
        self.0 >> 1
    }

    pub(super) const fn asks(self) -> bool {
        self.0 & 1 != 0
    }
}

/// What there is to know of a node; most are but a word on the way, or the end of one phrase.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Node {
    /// One of the phrases that end there.
    pub(super) end: End,
    /// The number of what else there is to know, and a bit for whether words go on.
    more: u32,
}

const HAS_CHILDREN: u32 = 1 << 31;

impl Node {
    pub(super) const EMPTY: Self = Self { end: End::NONE, more: 0 };

    pub(super) const fn has_children(self) -> bool {
        self.more & HAS_CHILDREN != 0
    }

    /// Whether it is but a word on the way.
    #[inline]
    pub(super) fn is_bare(self) -> bool {
        (self.end == End::NONE) & (self.more & !HAS_CHILDREN == 0)
    }

    /// The number of its further ends and its gaps, if it has any.
    pub(super) const fn more(self) -> Option<usize> {
        match self.more & !HAS_CHILDREN {
            0 => None,
            number => Some(number as usize - 1),
        }
    }

    pub(super) const fn set_more(&mut self, number: usize) {
        self.more |= number as u32 + 1;
    }
}

#[derive(Clone, Copy, Debug)]
struct Step {
    from: NodeId,
    symbol: Symbol,
    to: Node,
}

/// All nodes of a tree.
#[derive(Debug)]
pub(super) struct Steps {
    /// Children of the root by symbol: nearly every word ends here, so no hashing.
    first: Vec<Node>,
    /// Those behind gaps.
    behind: Vec<Node>,
    /// The others, each near the place that its step hashes to; as many as a power of two, and
    /// a quarter at least is free.
    steps: Vec<Step>,
    /// Which words stand side by side in no phrase, of nearly all that do in texts.
    filter: Filter,
}

impl Steps {
    /// No nodes yet, but room for so many: children of the root, and other steps.
    pub(super) fn new(symbols: usize, steps: usize) -> Self {
        let free = Step { from: NONE, symbol: 0, to: Node::EMPTY };
        Self {
            first: vec![Node::EMPTY; symbols],
            behind: Vec::new(),
            steps: vec![free; (steps + steps / 3 + 1).next_power_of_two()],
            filter: Filter::new(steps),
        }
    }

    /// Adds a node that `symbol` leads to.
    pub(super) fn add(&mut self, from: NodeId, symbol: Symbol) -> NodeId {
        self.node_mut(from).more |= HAS_CHILDREN;
        self.filter.add(edge(from, symbol));
        let mut at = self.place(from, symbol);
        while self.steps[at].from != NONE {
            at = (at + 1) & (self.steps.len() - 1);
        }
        self.steps[at] = Step { from, symbol, to: Node::EMPTY };
        at as NodeId
    }

    /// Adds a node behind a gap.
    pub(super) fn add_behind(&mut self) -> NodeId {
        self.behind.push(Node::EMPTY);
        BEHIND | (self.behind.len() as NodeId - 1)
    }

    /// The node of phrases that begin with `symbol`.
    #[inline]
    pub(super) fn first(&self, symbol: Symbol) -> Node {
        self.first[symbol as usize]
    }

    #[inline]
    pub(super) fn node(&self, id: NodeId) -> Node {
        if id & FIRST != 0 {
            self.first[(id ^ FIRST) as usize]
        } else if id & BEHIND != 0 {
            self.behind[(id ^ BEHIND) as usize]
        } else {
            self.steps[id as usize].to
        }
    }

    pub(super) fn node_mut(&mut self, id: NodeId) -> &mut Node {
        if id & FIRST != 0 {
            &mut self.first[(id ^ FIRST) as usize]
        } else if id & BEHIND != 0 {
            &mut self.behind[(id ^ BEHIND) as usize]
        } else {
            &mut self.steps[id as usize].to
        }
    }

    /// False where [`Steps::child`] would find none, mostly.
    #[inline]
    pub(super) fn may_have(&self, from: NodeId, symbol: Symbol) -> bool {
        self.filter.may_have(edge(from, symbol))
    }

    /// The node that `symbol` leads to.
    #[inline]
    pub(super) fn child(&self, from: NodeId, symbol: Symbol) -> Option<NodeId> {
        let mut at = self.place(from, symbol);
        loop {
            let step = &self.steps[at];
            if step.from == from && step.symbol == symbol {
                return Some(at as NodeId);
            }
            if step.from == NONE {
                return None;
            }
            at = (at + 1) & (self.steps.len() - 1);
        }
    }

    #[inline]
    fn place(&self, from: NodeId, symbol: Symbol) -> usize {
        mixed(edge(from, symbol)) as usize & (self.steps.len() - 1)
    }
}

const fn edge(from: NodeId, symbol: Symbol) -> u64 {
    (from as u64) << 32 | symbol as u64
}
