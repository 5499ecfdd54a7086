//! All phrases in one tree of words, walked once along a text.

mod chain;
mod filter;
mod notes;
mod steps;
mod tree;

use tidings_text::{Pause, Place, Reader, Token, read_words};

use crate::lexicon::{CLAUSE, Lexicon};
use crate::negation::{Function, Negation};
use crate::pool::Pool;
use notes::{Meanings, Note, Notes};
use steps::{End, FIRST, NONE, Node, NodeId, Steps};
pub(crate) use tree::PhraseTree;

/// Up to so many phrases that have begun are cheaper to follow than to sort.
const MAX_UNSORTED: usize = 32;

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
    steps: Steps,
    more: Vec<More>,
    walks: Pool<Kept>,
}

/// What few nodes have.
#[derive(Debug)]
struct More {
    /// The further phrases that end at the node.
    ends: Box<[End]>,
    /// What goes on behind a gap, and how many words the gap may hold.
    gaps: Box<[(u8, NodeId)]>,
}

/// What it takes to walk along a text, kept from text to text.
#[derive(Debug, Default)]
struct Kept {
    notes: Notes,
    pairs: Vec<Pair>,
    begun: Vec<Begun>,
    going_on: Vec<Begun>,
}

/// What a phrase is behind its first two words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Pair {
    /// Nothing, or this node.
    Known(NodeId),
    /// One of the words is several, or not seen yet.
    Unknown,
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
    /// Calls `found` for every phrase in `text`, in the order of their ends.
    pub(crate) fn find(&self, text: &str, is_english: bool, found: impl FnMut(Hit)) {
        let mut kept = self.walks.take();
        let Kept { notes, pairs, begun, going_on } = &mut *kept;
        begun.clear();
        let (known, meanings) = notes.begin(is_english);
        let mut walk = Walk {
            phrases: self,
            is_english,
            meanings,
            pairs,
            read: 0,
            quiet: 0,
            is_idle: false,
            second: None,
            begun,
            going_on,
            leads: self.steps.first(CLAUSE) != Node::EMPTY,
            negation: Negation::default(),
            found,
        };
        read_words(text, known, &mut walk);
        self.walks.give_back(kept);
    }

    /// Comes to `node`, from which words may go on.
    #[inline]
    fn arrive(&self, node: Node, begun: Begun, place: Place, going_on: &mut Vec<Begun>, found: &mut impl FnMut(Hit)) {
        if node.has_children() {
            going_on.push(begun);
        }
        self.reach(node, begun, place, going_on, found);
    }

    /// Calls `found` for the phrases that end at `node`, and lets those go on that have a gap there.
    #[inline]
    fn reach(&self, node: Node, begun: Begun, place: Place, going_on: &mut Vec<Begun>, found: &mut impl FnMut(Hit)) {
        if node.end != End::NONE {
            found(begun.hit(node.end, place));
        }
        if let Some(number) = node.more() {
            self.reach_more(&self.more[number], begun, place, going_on, found);
        }
    }

    fn reach_more(
        &self,
        More { ends, gaps }: &More,
        begun: Begun,
        place: Place,
        going_on: &mut Vec<Begun>,
        found: &mut impl FnMut(Hit),
    ) {
        ends.iter().for_each(|end| found(begun.hit(*end, place)));
        for (most, behind) in gaps {
            let (node, gap) = (self.steps.node(*behind), begun.gap.and(*most));
            self.arrive(node, Begun { node: *behind, gap, ..begun }, place, going_on, found);
        }
    }
}

/// On the way along a text.
struct Walk<'w, F> {
    phrases: &'w Phrases,
    is_english: bool,
    meanings: &'w mut Meanings,
    /// For the next words what a phrase is that begins there, behind the word that follows.
    pairs: &'w mut Vec<Pair>,
    /// How many of these were read.
    read: usize,
    /// A bit for each of them that no phrase ends at, and none goes on behind that begins there.
    quiet: u64,
    /// Whether no phrase has begun that may go on.
    is_idle: bool,
    /// The phrase that began with the word before and goes on with the word at hand.
    second: Option<Begun>,
    begun: &'w mut Vec<Begun>,
    going_on: &'w mut Vec<Begun>,
    /// Whether there are phrases that must begin their clause.
    leads: bool,
    negation: Negation,
    found: F,
}

impl<F: FnMut(Hit)> Reader for Walk<'_, F> {
    type Note = Note;

    fn look_up(&mut self, token: &Token<'_>) -> Note {
        let Phrases { lexicon, steps, .. } = self.phrases;
        self.meanings.note(token, lexicon, self.is_english, |symbol| steps.first(symbol))
    }

    /// Looks for all pairs of words at once, so that the waits for memory overlap.
    fn expect(&mut self, notes: &[Note]) {
        let steps = &self.phrases.steps;
        let (mut bare, mut listed, mut going_on, mut possible) = (0_u64, 0_u64, 0_u64, 0_u64);
        for (at, note) in notes.iter().enumerate() {
            bare |= u64::from(note.first.is_bare()) << at;
            listed |= u64::from(note.is_listed()) << at;
            going_on |= u64::from(note.first.has_children()) << at;
        }
        for (at, pair) in notes.windows(2).enumerate() {
            possible |= u64::from(steps.may_have(FIRST | pair[0].number(), pair[1].number())) << at;
        }
        let unknown = listed | going_on & (listed >> 1 | 1 << (notes.len() - 1));
        possible &= going_on & !unknown;
        self.quiet = bare & !possible & !unknown;
        self.pairs.clear();
        self.pairs.resize(notes.len(), Pair::Known(NONE));
        self.read = 0;
        for at in ones(possible) {
            let child = steps.child(FIRST | notes[at].number(), notes[at + 1].number());
            self.pairs[at] = Pair::Known(child.unwrap_or(NONE));
        }
        ones(unknown).for_each(|at| self.pairs[at] = Pair::Unknown);
    }

    #[inline]
    fn read(&mut self, note: Note, place: Place) {
        let Place { start, start_byte, position, pause, .. } = place;
        let at = self.read;
        self.read += 1;
        let function = note.function();
        let negated = self.negation.reaches(pause);
        self.negation.pass(function);
        if self.quiet & 1 << at != 0 && self.is_idle {
            return;
        }
        let pair = self.pairs[at];
        let (phrases, begun, going_on) = (self.phrases, &mut *self.begun, &mut *self.going_on);
        let (steps, found) = (&phrases.steps, &mut self.found);
        if pause != Pause::None {
            begun.retain(|begun| begun.gap == Gap::None);
        }
        if self.leads && (pause != Pause::None || position == 0) {
            let lead = Begun { node: FIRST | CLAUSE, start, start_byte, negated: false, gap: Gap::None };
            phrases.arrive(steps.first(CLAUSE), lead, place, begun, found);
        }
        let single = [note.number()];
        let symbols = self.meanings.symbols(note, &single);
        for &symbol in symbols {
            for &begun in &*begun {
                if steps.may_have(begun.node, symbol)
                    && let Some(node) = steps.child(begun.node, symbol)
                {
                    let begun = Begun { node, gap: Gap::None, ..begun };
                    phrases.arrive(steps.node(node), begun, place, going_on, found);
                }
            }
        }
        if let Some(second) = self.second.take() {
            phrases.arrive(steps.node(second.node), second, place, going_on, found);
        }
        for &symbol in symbols {
            let node = if note.is_listed() { steps.first(symbol) } else { note.first };
            let begun = Begun { node: FIRST | symbol, start, start_byte, negated, gap: Gap::None };
            match pair {
                Pair::Known(NONE) => {}
                Pair::Known(node) => self.second = Some(Begun { node, ..begun }),
                Pair::Unknown if node.has_children() => going_on.push(begun),
                Pair::Unknown => {}
            }
            phrases.reach(node, begun, place, going_on, found);
        }
        self.is_idle = self.second.is_none() && begun.is_empty() && going_on.is_empty() && !self.leads;
        if self.is_idle {
            return;
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

/// The places of the bits of a number.
fn ones(mut bits: u64) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let at = bits.trailing_zeros() as usize;
        let bit = bits & bits.wrapping_neg();
        bits ^= bit;
        (bit != 0).then_some(at)
    })
}

impl Begun {
    #[inline]
    const fn hit(&self, end: End, place: Place) -> Hit {
        let Self { start, start_byte, negated, .. } = *self;
        let (target, asks) = (end.target(), end.asks());
        Hit { target, start, end: place.end, start_byte, end_byte: place.end_byte, negated, asks }
    }

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

#[cfg(test)]
mod tests;
