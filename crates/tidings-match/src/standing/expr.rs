//! A query in terms: what is asked of one finding.

use tidings_query::{Node, Pattern, Phrase, Query, Scope, Slot, When};
use tidings_text::{NumberRule, PrefixRule, WordRule};

use super::terms::{Kind, Rule, TermId, Terms};

/// Terms that stand for one word: any of its spellings.
pub(super) type Spellings = Box<[TermId]>;

#[derive(Debug)]
pub(super) enum Expr {
    All(Box<[Expr]>),
    Any(Box<[Expr]>),
    Not(Box<Expr>),
    /// One of these is there, wherever.
    Has(Spellings),
    /// Words that stand in one field of the scope.
    Stands(Scope, Places),
    When(When),
}

/// How words stand to each other.
#[derive(Debug)]
pub(super) enum Places {
    /// In order, with `slop` words between them at most; no spellings stand for any word.
    Row {
        slots: Box<[Spellings]>,
        slop: u32,
    },
    Near {
        left: Box<Places>,
        right: Box<Places>,
        distance: u32,
    },
}

impl Expr {
    /// `None` for the empty query, which matches everything.
    pub(super) fn of(query: &Query, terms: &mut Terms) -> Option<Self> {
        query.root.as_ref().map(|root| Self::of_node(root, terms))
    }

    fn of_node(node: &Node, terms: &mut Terms) -> Self {
        let mut all = |nodes: &[Node]| nodes.iter().map(|node| Self::of_node(node, terms)).collect();
        match node {
            Node::And(nodes) => Self::All(all(nodes)),
            Node::Or(nodes) => Self::Any(all(nodes)),
            Node::Not(node) => Self::Not(Box::new(Self::of_node(node, terms))),
            Node::Words { scope, pattern } => {
                let places = Places::of(pattern, *scope, terms);
                match places {
                    // Where a word stands does not matter, if it may stand anywhere.
                    Places::Row { slots, .. } if slots.len() == 1 && matches!(scope, Scope::Anywhere | Scope::Url) => {
                        Self::Has(slots.into_iter().next().unwrap_or_default())
                    }
                    places => Self::Stands(*scope, places),
                }
            }
            Node::Is { field, value } => Self::Has([terms.acquire(Kind::Fact, &format!("{field}:{value}"))].into()),
            Node::When(when) => Self::When(*when),
        }
    }

    /// Calls `visit` with each term that is named, as often as it is.
    pub(super) fn for_each_term(&self, visit: &mut impl FnMut(TermId)) {
        match self {
            Self::All(parts) | Self::Any(parts) => parts.iter().for_each(|part| part.for_each_term(visit)),
            Self::Not(part) => part.for_each_term(visit),
            Self::Has(spellings) => spellings.iter().copied().for_each(visit),
            Self::Stands(_, places) => places.for_each_term(visit),
            Self::When(_) => {}
        }
    }
}

impl Places {
    fn of(pattern: &Pattern, scope: Scope, terms: &mut Terms) -> Self {
        let in_url = scope == Scope::Url;
        match pattern {
            Pattern::Word { text, strict } => {
                let mut slots = Vec::new();
                push_words(text, *strict, in_url, terms, &mut slots);
                Self::Row { slots: slots.into(), slop: 0 }
            }
            Pattern::Prefix(prefix) => {
                let rule = PrefixRule::of(prefix).map(Rule::Prefix);
                Self::of_rule(&format!("{prefix}*"), rule, in_url, terms)
            }
            Pattern::Phrase(Phrase { slots, slop }) => {
                let mut places = Vec::with_capacity(slots.len());
                for slot in slots {
                    match slot {
                        Slot::Word(word) => push_words(word, false, in_url, terms, &mut places),
                        Slot::Any => places.push(Spellings::default()),
                    }
                }
                Self::Row { slots: places.into(), slop: *slop }
            }
            Pattern::Near { left, right, distance } => Self::Near {
                left: Box::new(Self::of(left, scope, terms)),
                right: Box::new(Self::of(right, scope, terms)),
                distance: *distance,
            },
            Pattern::Range { from, to } => {
                let (from, to) = (from.as_deref(), to.as_deref());
                let name = format!("{}..{}", from.unwrap_or_default(), to.unwrap_or_default());
                Self::of_rule(&name, NumberRule::of(from, to).map(Rule::Number), in_url, terms)
            }
        }
    }

    /// One word that a rule means; without a rule, one that never stands anywhere.
    fn of_rule(name: &str, rule: Option<Rule>, in_url: bool, terms: &mut Terms) -> Self {
        let kind = if in_url { Kind::UrlRule } else { Kind::Rule };
        let id = match rule {
            Some(rule) => terms.acquire_rule(kind, name, rule),
            None => terms.acquire(Kind::Fact, name),
        };
        Self::Row { slots: [[id].into()].into(), slop: 0 }
    }

    fn for_each_term(&self, visit: &mut impl FnMut(TermId)) {
        match self {
            Self::Row { slots, .. } => slots.iter().flatten().copied().for_each(visit),
            Self::Near { left, right, .. } => {
                left.for_each_term(visit);
                right.for_each_term(visit);
            }
        }
    }
}

/// Adds a place for each word in `text`.
fn push_words(text: &str, strict: bool, in_url: bool, terms: &mut Terms, slots: &mut Vec<Spellings>) {
    let (folded, written) = if in_url { (Kind::UrlFolded, Kind::UrlWritten) } else { (Kind::Folded, Kind::Written) };
    for rule in WordRule::of(text, strict) {
        slots.push(match rule {
            WordRule::Open { folded: word } => [terms.acquire(folded, &word)].into(),
            WordRule::Strict { exact } => [terms.acquire(written, &exact)].into(),
            WordRule::Marked { exact, unmarked } => {
                exact.iter().chain([&unmarked]).map(|spelling| terms.acquire(written, spelling)).collect()
            }
        });
    }
}
