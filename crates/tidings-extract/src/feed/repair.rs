//! What had to be mended to read a feed.

use std::fmt;

/// One kind of fault that a feed was forgiven.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repair {
    /// An `&` that begins no reference.
    BareAmpersand,
    /// A reference like `&nbsp;`, which XML does not know.
    UndeclaredEntity,
    /// A prefix like `dc:` whose namespace nobody declared.
    UndeclaredPrefix,
    /// Text or elements before the root.
    LeadingJunk,
    /// The document ends before its elements do.
    Truncated,
    /// An element whose end tag is missing.
    UnclosedElement,
    /// A date that could not be read, and was left out.
    UnreadableDate,
    /// Control characters in JSON strings.
    ControlCharacters,
    /// Elements nest deeper than [`super::MAX_DEPTH`]; the deeper ones were passed over.
    TooDeep,
    /// More items than [`super::MAX_ITEMS`]; the rest was not read.
    TooManyItems,
}

const ALL: [(Repair, &str); 10] = [
    (Repair::BareAmpersand, "bare `&`"),
    (Repair::UndeclaredEntity, "undeclared entity"),
    (Repair::UndeclaredPrefix, "undeclared prefix"),
    (Repair::LeadingJunk, "junk before the root"),
    (Repair::Truncated, "truncated"),
    (Repair::UnclosedElement, "unclosed element"),
    (Repair::UnreadableDate, "unreadable date"),
    (Repair::ControlCharacters, "control characters"),
    (Repair::TooDeep, "nested too deep"),
    (Repair::TooManyItems, "too many items"),
];

/// The kinds of faults that one feed was forgiven; displays as `bare `&`, truncated`.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct Repairs(u16);

impl Repairs {
    pub(super) fn add(&mut self, repair: Repair) {
        self.0 |= 1 << repair as u16;
    }

    pub fn contains(self, repair: Repair) -> bool {
        self.0 & (1 << repair as u16) != 0
    }

    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub fn iter(self) -> impl Iterator<Item = Repair> {
        ALL.into_iter().map(|(repair, _)| repair).filter(move |repair| self.contains(*repair))
    }
}

impl fmt::Display for Repair {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = ALL.iter().find(|(repair, _)| repair == self).map_or("", |(_, name)| name);
        formatter.write_str(name)
    }
}

impl fmt::Display for Repairs {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, repair) in self.iter().enumerate() {
            let comma = if position == 0 { "" } else { ", " };
            write!(formatter, "{comma}{repair}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Repairs {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_set().entries(self.iter()).finish()
    }
}
