//! Phrases on their way into a tree of words.

use rustc_hash::FxHashMap;

use super::chain::{Chains, Head};
use super::steps::{End, FIRST, Node, NodeId, Steps};
use super::{More, Phrases};
use crate::lexicon::{CLAUSE, Lexicon, NUMBER, Rule, Symbol};
use crate::pattern::{Part, Pattern};
use crate::pool::Pool;

/// Counts the nodes as they come.
type Number = usize;

const ROOT: Number = 0;

/// A tree that grows.
#[derive(Debug)]
pub(crate) struct PhraseTree {
    lexicon: Lexicon,
    /// Each behind those it is reached from.
    nodes: Vec<Growing>,
    children: FxHashMap<(Number, Symbol), Number>,
    ends: Chains<End>,
    gaps: Chains<(u8, Number)>,
    /// Where alternatives come together again: behind these nodes stands that one.
    joints: FxHashMap<Vec<Number>, Number>,
}

#[derive(Clone, Copy, Debug)]
struct Growing {
    way: Way,
    ends: Head,
    gaps: Head,
}

/// How a node is reached.
#[derive(Clone, Copy, Debug)]
enum Way {
    Word(Number, Symbol),
    Gap,
}

impl PhraseTree {
    pub(crate) fn new() -> Self {
        let root = Growing { way: Way::Gap, ends: Head::default(), gaps: Head::default() };
        Self {
            lexicon: Lexicon::new(),
            nodes: vec![root],
            children: FxHashMap::default(),
            ends: Chains::default(),
            gaps: Chains::default(),
            joints: FxHashMap::default(),
        }
    }

    /// Adds a phrase for `target`.
    pub(crate) fn add(&mut self, pattern: &Pattern, rule: Rule, target: u32) {
        let end = End::new(target, pattern.asks);
        let from = if pattern.leads { self.child_or_new(ROOT, CLAUSE) } else { ROOT };
        for node in self.grow(vec![from], &pattern.parts, rule) {
            let ends = &mut self.nodes[node].ends;
            if !self.ends.iter(*ends).any(|other| other == end) {
                self.ends.push(ends, end);
            }
        }
    }

    /// Where `parts` end that begin at any of `nodes`.
    fn grow(&mut self, mut nodes: Vec<Number>, parts: &[Part], rule: Rule) -> Vec<Number> {
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
    fn joined(&mut self, nodes: Vec<Number>) -> Vec<Number> {
        let (root, others): (Vec<_>, Vec<_>) = nodes.into_iter().partition(|node| *node == ROOT);
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
    fn join(&mut self, nodes: Vec<Number>) -> Number {
        if let Some(joint) = self.joints.get(&nodes) {
            return *joint;
        }
        let joint = self.new_node(Way::Gap);
        for node in &nodes {
            self.gaps.push(&mut self.nodes[*node].gaps, (0, joint));
        }
        self.joints.insert(nodes, joint);
        joint
    }

    fn child_or_new(&mut self, node: Number, symbol: Symbol) -> Number {
        if let Some(child) = self.children.get(&(node, symbol)) {
            return *child;
        }
        let child = self.new_node(Way::Word(node, symbol));
        self.children.insert((node, symbol), child);
        child
    }

    fn gap_or_new(&mut self, node: Number, most: u8) -> Number {
        if let Some((_, behind)) = self.gaps.iter(self.nodes[node].gaps).find(|(words, _)| *words == most) {
            return behind;
        }
        let behind = self.new_node(Way::Gap);
        self.gaps.push(&mut self.nodes[node].gaps, (most, behind));
        behind
    }

    fn new_node(&mut self, way: Way) -> Number {
        self.nodes.push(Growing { way, ends: Head::default(), gaps: Head::default() });
        self.nodes.len() - 1
    }

    /// The tree made ready to be walked: nodes lie where the step to them is looked up.
    pub(crate) fn into_phrases(self) -> Phrases {
        let is_step = |node: &&Growing| matches!(node.way, Way::Word(from, _) if from != ROOT);
        let mut steps = Steps::new(self.lexicon.len(), self.nodes.iter().filter(is_step).count());
        let mut ids: Vec<NodeId> = vec![0];
        for node in &self.nodes[1..] {
            ids.push(match node.way {
                Way::Word(ROOT, symbol) => FIRST | symbol,
                Way::Word(from, symbol) => steps.add(ids[from], symbol),
                Way::Gap => steps.add_behind(),
            });
        }
        let mut more = Vec::new();
        for (node, id) in self.nodes.iter().zip(&ids).skip(1) {
            let mut ends: Vec<End> = self.ends.iter(node.ends).collect();
            let gaps: Vec<(u8, NodeId)> = self.gaps.iter(node.gaps).map(|(most, behind)| (most, ids[behind])).collect();
            let ready: &mut Node = steps.node_mut(*id);
            ready.end = ends.pop().unwrap_or(End::NONE);
            if !ends.is_empty() || !gaps.is_empty() {
                ready.set_more(more.len());
                more.push(More { ends: ends.into(), gaps: gaps.into() });
            }
        }
        Phrases { lexicon: self.lexicon, steps, more, walks: Pool::default() }
    }
}
