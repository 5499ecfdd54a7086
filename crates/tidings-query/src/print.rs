//! The one text that stands for a tree.

use std::fmt;

use jiff::civil::Time;
use jiff::tz::TimeZone;

use crate::tree::{Moment, Node, Pattern, Phrase, Query, Scope, Side, Slot, TimeField, When};

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
            Self::Not(node) => match &**node {
                Self::Words { scope: Scope::Anywhere, pattern: Pattern::Near { .. } } => write!(f, "-({node})"),
                node => {
                    f.write_str("-")?;
                    fmt_operand(node, f)
                }
            },
            Self::Words { scope, pattern } => match (scope.name(), pattern) {
                (None, pattern) => fmt::Display::fmt(pattern, f),
                (Some(name), Pattern::Near { .. }) => write!(f, "{name}:({pattern})"),
                (Some(name), pattern) => write!(f, "{name}:{pattern}"),
            },
            Self::Is { field, value } if is_bare(value) => write!(f, "{field}:{value}"),
            Self::Is { field, value } => write!(f, "{field}:\"{value}\""),
            Self::When(when) => fmt::Display::fmt(when, f),
        }
    }
}

fn fmt_list(nodes: &[Node], between: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    for (at, node) in nodes.iter().enumerate() {
        if 0 < at {
            f.write_str(between)?;
        }
        fmt_operand(node, f)?;
    }
    Ok(())
}

/// Writes a node where one operand is expected.
fn fmt_operand(node: &Node, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match node {
        Node::And(_) | Node::Or(_) => write!(f, "({node})"),
        _ => fmt::Display::fmt(node, f),
    }
}

/// Whether a value is read back whole without quotes.
pub(crate) fn is_bare(value: &str) -> bool {
    value.chars().all(|ch| ch.is_alphanumeric() || matches!(ch, '-' | '_' | '.')) && !value.starts_with('-')
}

impl Scope {
    /// Its field in a query.
    pub(crate) const fn name(self) -> Option<&'static str> {
        match self {
            Self::Anywhere => None,
            Self::Title => Some("intitle"),
            Self::Text => Some("intext"),
            Self::Url => Some("inurl"),
        }
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Word { text, strict: true } => write!(f, "+{text}"),
            Self::Word { text, strict: false } => f.write_str(text),
            Self::Prefix(prefix) => write!(f, "{prefix}*"),
            Self::Phrase(phrase) => fmt::Display::fmt(phrase, f),
            Self::Near { left, right, distance } => write!(f, "{left} NEAR/{distance} {right}"),
            Self::Range { from, to } => {
                write!(f, "{}..{}", from.as_deref().unwrap_or_default(), to.as_deref().unwrap_or_default())
            }
        }
    }
}

impl fmt::Display for Phrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("\"")?;
        for (at, slot) in self.slots.iter().enumerate() {
            if 0 < at {
                f.write_str(" ")?;
            }
            f.write_str(match slot {
                Slot::Word(word) => word,
                Slot::Any => "*",
            })?;
        }
        f.write_str("\"")?;
        if 0 < self.slop { write!(f, "~{}", self.slop) } else { Ok(()) }
    }
}

impl fmt::Display for When {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match (self.time, self.side, self.moment) {
            (TimeField::Date, Side::From, Moment::At(_)) => "after:",
            (TimeField::Date, Side::From, Moment::Ago { .. }) => "since:",
            (TimeField::Date, Side::Before, _) => "before:",
            (TimeField::Found, Side::From, _) => "found:",
            (TimeField::Found, Side::Before, _) => "found:..",
        };
        f.write_str(name)?;
        fmt::Display::fmt(&self.moment, f)
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::At(time) => {
                let civil = TimeZone::UTC.to_datetime(*time);
                if civil.time() == Time::midnight() { write!(f, "{}", civil.date()) } else { write!(f, "{time}") }
            }
            Self::Ago { count, unit } => write!(f, "{count}{}", unit.letter()),
        }
    }
}
