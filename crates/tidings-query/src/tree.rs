//! The syntax tree, and the one text that stands for it.

use std::fmt;

/// A query that was read. Its [`Display`](fmt::Display) is the canonical text: reading
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
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Node {
    And(Vec<Node>),
    Or(Vec<Node>),
    Not(Box<Node>),
    /// As typed, without white space; `strict` stands for a `+` before it. It may hold
    /// more than one token (`e-mail`): then it means their phrase.
    Word {
        text: String,
        strict: bool,
    },
    /// Words side by side, as typed; never empty.
    Phrase(Vec<String>),
}

impl Node {
    /// Whether the node asks for something that is there, rather than only excludes.
    pub(crate) fn is_positive(&self) -> bool {
        match self {
            Self::And(nodes) => nodes.iter().any(Self::is_positive),
            Self::Or(nodes) => nodes.iter().all(Self::is_positive),
            Self::Not(_) => false,
            Self::Word { .. } | Self::Phrase(_) => true,
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

    /// Writes the node where one operand is expected.
    fn fmt_operand(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::And(_) | Self::Or(_) => write!(f, "({self})"),
            _ => fmt::Display::fmt(self, f),
        }
    }
}

impl fmt::Display for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.root.as_ref().map_or(Ok(()), |root| fmt::Display::fmt(root, f))
    }
}

impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::And(nodes) => fmt_list(nodes, " ", f),
            Self::Or(nodes) => fmt_list(nodes, " OR ", f),
            Self::Not(node) => {
                f.write_str("-")?;
                node.fmt_operand(f)
            }
            Self::Word { text, strict: true } => write!(f, "+{text}"),
            Self::Word { text, strict: false } => f.write_str(text),
            Self::Phrase(words) => write!(f, "\"{}\"", words.join(" ")),
        }
    }
}

fn fmt_list(nodes: &[Node], between: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    for (at, node) in nodes.iter().enumerate() {
        if 0 < at {
            f.write_str(between)?;
        }
        node.fmt_operand(f)?;
    }
    Ok(())
}
