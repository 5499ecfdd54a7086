//! The words and facts that queries ask for, each under a number, and the queries that wait for it.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

use rustc_hash::FxHashMap;
use tidings_text::{NumberRule, PrefixRule, Token};

/// Number of a term.
pub(super) type TermId = u32;

/// Stands where there is no term.
pub(super) const NONE: TermId = TermId::MAX;

/// Highest number of a term.
pub(super) const MAX_TERM: TermId = NONE >> 1;

/// What a term is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// The folded form of a word of title, thread title, author or text.
    Folded,
    /// The word as written.
    Written,
    /// All words that a rule means: `pref*`, `100..200`.
    Rule,
    /// The folded form of a word of the address.
    UrlFolded,
    UrlWritten,
    UrlRule,
    /// `site:example.com`.
    Fact,
}

const KINDS: usize = Kind::Fact as usize + 1;

/// A rule that words are held against one by one.
#[derive(Clone, Debug)]
pub(super) enum Rule {
    Prefix(PrefixRule),
    Number(NumberRule),
}

/// A query to look at when a term is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Waiting {
    pub(super) query: u32,
    /// A second and a third term that must be there, or [`NONE`].
    pub(super) also: [TermId; 2],
    pub(super) proof: Proof,
    /// Whether the query waits for other terms too, so that it may come up twice.
    pub(super) waits_elsewhere: bool,
}

/// What shows that a query is true of a finding in which the terms are that it waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Proof {
    /// That they are there.
    Enough,
    /// That the last of them is not there, against what is said of it elsewhere.
    Absence,
    /// That the second stands so many words behind the first somewhere, and the third so many.
    Row([i8; 2]),
    /// Its expression.
    Expression,
}

#[derive(Debug)]
struct Entry {
    kind: Kind,
    word: Box<str>,
    /// How often queries name it.
    users: u32,
    /// Findings it was seen in.
    seen: u32,
    waiting: Vec<Waiting>,
}

static NEXT_STATE: AtomicU64 = AtomicU64::new(1);

/// All terms. One that nobody names any more gives its number back.
#[derive(Debug, Default)]
pub(super) struct Terms {
    ids: [FxHashMap<Box<str>, TermId>; KINDS],
    entries: Vec<Entry>,
    free: Vec<TermId>,
    /// A number that no other set of terms has or had.
    state: u64,
    /// Rules for words of texts, then those for words of addresses.
    rules: [Rules; 2],
}

#[derive(Debug, Default)]
struct Rules {
    /// By the prefix without marks.
    prefixes: FxHashMap<Box<str>, Vec<(PrefixRule, TermId)>>,
    /// How many of these there are of each length in bytes.
    lengths: BTreeMap<usize, usize>,
    numbers: Vec<(NumberRule, TermId)>,
}

impl Terms {
    /// The number of a term that is named once more.
    pub(super) fn acquire(&mut self, kind: Kind, word: &str) -> TermId {
        if let Some(&id) = self.ids[kind as usize].get(word) {
            self.entries[id as usize].users += 1;
            return id;
        }
        let entry = Entry { kind, word: word.into(), users: 1, seen: 0, waiting: Vec::new() };
        let id = match self.free.pop() {
            Some(id) => {
                self.entries[id as usize] = entry;
                id
            }
            None => {
                self.entries.push(entry);
                let id = TermId::try_from(self.entries.len() - 1).ok();
                id.filter(|id| *id <= MAX_TERM).expect("there are fewer terms than 2^31")
            }
        };
        self.ids[kind as usize].insert(word.into(), id);
        self.state = NEXT_STATE.fetch_add(1, Ordering::Relaxed);
        id
    }

    /// The number of the term that stands for what `rule` means; `name` tells it from others.
    pub(super) fn acquire_rule(&mut self, kind: Kind, name: &str, rule: Rule) -> TermId {
        let is_known = self.get(kind, name).is_some();
        let id = self.acquire(kind, name);
        if !is_known {
            self.rules[usize::from(kind == Kind::UrlRule)].add(rule, id);
        }
        id
    }

    /// The term is named once less.
    pub(super) fn release(&mut self, id: TermId) {
        let entry = &mut self.entries[id as usize];
        entry.users -= 1;
        if 0 < entry.users {
            return;
        }
        let (kind, word) = (entry.kind, std::mem::take(&mut entry.word));
        self.ids[kind as usize].remove(&word);
        self.free.push(id);
        self.state = NEXT_STATE.fetch_add(1, Ordering::Relaxed);
        if matches!(kind, Kind::Rule | Kind::UrlRule) {
            self.rules[usize::from(kind == Kind::UrlRule)].remove(id);
        }
    }

    pub(super) fn get(&self, kind: Kind, word: &str) -> Option<TermId> {
        self.ids[kind as usize].get(word).copied()
    }

    /// The text of a fact, as in `site:example.com`; `None` for another kind of term.
    pub(super) fn fact(&self, id: TermId) -> Option<&str> {
        self.entries.get(id as usize).filter(|entry| entry.kind == Kind::Fact).map(|entry| &*entry.word)
    }

    /// Whether any query asks for terms of this kind.
    pub(super) fn has(&self, kind: Kind) -> bool {
        !self.ids[kind as usize].is_empty()
    }

    /// Calls `visit` with each term whose rule means the word.
    pub(super) fn for_each_rule(&self, kind: Kind, token: &Token<'_>, mut visit: impl FnMut(TermId)) {
        let rules = &self.rules[usize::from(kind == Kind::UrlRule)];
        if !rules.lengths.is_empty() {
            let unmarked = tidings_text::fold(token.exact);
            for length in rules.lengths.keys() {
                let same = unmarked.get(..*length).and_then(|start| rules.prefixes.get(start));
                same.into_iter().flatten().filter(|(rule, _)| rule.matches(token)).for_each(|(_, id)| visit(*id));
            }
        }
        rules.numbers.iter().filter(|(rule, _)| rule.matches(token)).for_each(|(_, id)| visit(*id));
    }

    /// Has `query` looked at when the term is there, and `also` is.
    pub(super) fn wait(&mut self, id: TermId, waiting: Waiting) {
        self.entries[id as usize].waiting.push(waiting);
    }

    pub(super) fn leave(&mut self, id: TermId, query: u32) {
        self.entries[id as usize].waiting.retain(|waiting| waiting.query != query);
    }

    /// Nothing waits for any term.
    pub(super) fn forget_waiting(&mut self) {
        self.entries.iter_mut().for_each(|entry| entry.waiting.clear());
    }

    pub(super) fn waiting(&self, id: TermId) -> &[Waiting] {
        &self.entries[id as usize].waiting
    }

    /// How common the term is: in how many findings it was seen, and for one not seen
    /// yet, how many queries name it, for what many ask for stands in many texts.
    pub(super) fn weight(&self, id: TermId) -> u64 {
        let entry = &self.entries[id as usize];
        u64::from(entry.seen) * 64 + u64::from(entry.users)
    }

    pub(super) fn add_seen(&mut self, id: TermId, count: u32) {
        let seen = &mut self.entries[id as usize].seen;
        *seen = seen.saturating_add(count);
    }

    /// A number that no other set of terms has or had.
    pub(super) fn state(&self) -> u64 {
        self.state
    }

    /// One past the highest number.
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }
}

impl Rules {
    fn add(&mut self, rule: Rule, id: TermId) {
        match rule {
            Rule::Prefix(rule) => {
                *self.lengths.entry(rule.unmarked().len()).or_default() += 1;
                self.prefixes.entry(rule.unmarked().into()).or_default().push((rule, id));
            }
            Rule::Number(rule) => self.numbers.push((rule, id)),
        }
    }

    fn remove(&mut self, id: TermId) {
        self.numbers.retain(|(_, other)| *other != id);
        let lengths = &mut self.lengths;
        self.prefixes.retain(|unmarked, rules| {
            let before = rules.len();
            rules.retain(|(_, other)| *other != id);
            if rules.len() < before
                && let Some(count) = lengths.get_mut(&unmarked.len())
            {
                *count -= 1;
            }
            !rules.is_empty()
        });
        lengths.retain(|_, count| 0 < *count);
    }
}
