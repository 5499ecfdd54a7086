//! The syntax tree: what a query asks, with everything a reader could leave open decided.

use tidings_model::Timestamp;

use crate::KeyField;

/// A query that was read. Its [`Display`](std::fmt::Display) is the canonical text: reading
/// that again gives the same tree.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Query {
    /// `None` matches everything.
    pub root: Option<Node>,
}

/// A part of a query.
///
/// Trees that come from [`parse`](crate::parse()) hold no `And` in an `And`, no `Or` in an
/// `Or`, no `Not` in a `Not`, and no list of fewer than two. Each `And` has at least one
/// child that is no `Not`, and neither root, nor child of an `Or` or `Not`, is nothing but
/// negations; so each can be evaluated from what is there.
///
/// What a field says of a group is said of each of its parts: `intitle:(a OR b)` is read
/// as `intitle:a OR intitle:b`, `tier:(1 OR 2)` as `tier:1 OR tier:2`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Node {
    And(Vec<Node>),
    Or(Vec<Node>),
    Not(Box<Node>),
    /// The pattern stands in one field of the scope.
    Words {
        scope: Scope,
        pattern: Pattern,
    },
    /// The field has this value, written as [`KeyField::read`] gives it.
    Is {
        field: KeyField,
        value: String,
    },
    When(When),
}

/// Which fields of a finding words are looked for in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// Title, thread title, author and text.
    #[default]
    Anywhere,
    /// `intitle:`
    Title,
    /// `intext:`
    Text,
    /// `inurl:`, the words of the address.
    Url,
}

/// Words and how they stand to each other. What a word matches is said in `tidings-text`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Pattern {
    /// As typed, without white space; `strict` stands for a `+` before it. It may hold
    /// more than one token (`e-mail`): then it means their phrase.
    Word {
        text: String,
        strict: bool,
    },
    /// `pref*`, without the star: letters, digits and marks alone, [`MIN_PREFIX`](crate::MIN_PREFIX)
    /// of them at least.
    Prefix(String),
    Phrase(Phrase),
    /// `a NEAR/5 b`, in any order: at most `distance` words between the end of the one and
    /// the beginning of the other, which share no word. Both are a word, a prefix or a
    /// phrase without slop. `distance` is at most [`MAX_DISTANCE`](crate::MAX_DISTANCE).
    Near {
        left: Box<Pattern>,
        right: Box<Pattern>,
        distance: u32,
    },
    /// `100..200`: a number from the one to the other, both included. At least one is
    /// there. As typed, without signs of currency: digits, and points or commas between.
    Range {
        from: Option<String>,
        to: Option<String>,
    },
}

/// Words in order.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Phrase {
    /// Never empty; first and last are words, and no more than
    /// [`MAX_SLOTS`](crate::MAX_SLOTS) stars stand side by side.
    pub slots: Vec<Slot>,
    /// The words that may stand between them beside the stars, in all. 0 for an exact
    /// phrase, [`MAX_DISTANCE`](crate::MAX_DISTANCE) at most.
    pub slop: u32,
}

/// A place of a phrase.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Slot {
    /// As typed; it may hold more than one token.
    Word(String),
    /// `*`: one word, whichever.
    Any,
}

/// The finding's date, or its first sight, lies on one side of a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct When {
    pub time: TimeField,
    pub side: Side,
    pub moment: Moment,
}

/// A time of a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TimeField {
    /// [`Finding::date`](tidings_model::Finding::date).
    Date,
    /// First sight.
    Found,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Side {
    /// At the moment or after it.
    From,
    Before,
}

/// A point in time, fixed or counted back from now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Moment {
    At(Timestamp),
    Ago { count: u32, unit: TimeUnit },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TimeUnit {
    Hour,
    Day,
    Week,
}

impl Node {
    /// Whether the node asks for something that is there, rather than only excludes.
    pub(crate) fn is_positive(&self) -> bool {
        match self {
            Self::And(nodes) => nodes.iter().any(Self::is_positive),
            Self::Or(nodes) => nodes.iter().all(Self::is_positive),
            Self::Not(_) => false,
            Self::Words { .. } | Self::Is { .. } | Self::When(_) => true,
        }
    }

    /// All of `nodes`, which is not empty.
    pub(crate) fn all(nodes: Vec<Self>) -> Self {
        Self::list(nodes, Self::And, |node| match node {
            Self::And(nodes) => Ok(nodes),
            other => Err(other),
        })
    }

    /// Any of `nodes`, which is not empty.
    pub(crate) fn any(nodes: Vec<Self>) -> Self {
        Self::list(nodes, Self::Or, |node| match node {
            Self::Or(nodes) => Ok(nodes),
            other => Err(other),
        })
    }

    pub(crate) fn not(node: Self) -> Self {
        match node {
            Self::Not(inner) => *inner,
            other => Self::Not(Box::new(other)),
        }
    }

    /// Takes the lists of one kind inside each other apart; a list of one is its one node.
    fn list(nodes: Vec<Self>, make: fn(Vec<Self>) -> Self, open: fn(Self) -> Result<Vec<Self>, Self>) -> Self {
        let mut flat = Vec::with_capacity(nodes.len());
        for node in nodes {
            match open(node) {
                Ok(inner) => flat.extend(inner),
                Err(node) => flat.push(node),
            }
        }
        if flat.len() == 1 { flat.remove(0) } else { make(flat) }
    }
}

impl Moment {
    /// The moment, seen from `now`.
    pub fn seen_from(self, now: Timestamp) -> Timestamp {
        match self {
            Self::At(time) => time,
            Self::Ago { count, unit } => {
                let seconds = i64::from(count).saturating_mul(unit.seconds());
                Timestamp::from_second(now.as_second().saturating_sub(seconds))
                    .and_then(|time| time.checked_add(jiff::SignedDuration::from_nanos(now.subsec_nanosecond().into())))
                    .unwrap_or(Timestamp::MIN)
            }
        }
    }
}

impl TimeUnit {
    const fn seconds(self) -> i64 {
        match self {
            Self::Hour => 3_600,
            Self::Day => 86_400,
            Self::Week => 604_800,
        }
    }

    pub(crate) const fn letter(self) -> char {
        match self {
            Self::Hour => 'h',
            Self::Day => 'd',
            Self::Week => 'w',
        }
    }
}
