//! A pattern of a query as rules on tokens, each with how far it stands behind the one before.

use tidings_query::{Pattern, Phrase, Slot};
use tidings_text::{NumberRule, PrefixRule, Token, WordRule};

use crate::SearchError;

/// Which tokens stand at a place.
#[derive(Clone, Debug)]
pub(crate) enum TokenRule {
    Word(WordRule),
    Prefix(PrefixRule),
    Number(NumberRule),
}

impl TokenRule {
    pub(crate) fn matches(&self, token: &Token<'_>) -> bool {
        match self {
            Self::Word(rule) => rule.matches(token),
            Self::Prefix(rule) => rule.matches(token),
            Self::Number(rule) => rule.matches(token),
        }
    }
}

/// A place of a run of words.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    /// Positions behind the place before: 1, and one more for each star. 0 for the first.
    pub(crate) step: u32,
    pub(crate) rule: TokenRule,
}

/// Words in order.
#[derive(Clone, Debug)]
pub(crate) struct Run {
    /// Never empty.
    pub(crate) places: Vec<Place>,
    /// Positions that may be left free beside those of the steps, in all.
    pub(crate) slop: u32,
}

impl Run {
    fn of_one(rule: TokenRule) -> Self {
        Self { places: vec![Place { step: 0, rule }], slop: 0 }
    }
}

/// The runs of a pattern: one, or the two that `NEAR` joins.
pub(crate) fn runs(pattern: &Pattern) -> Result<Vec<Run>, SearchError> {
    Ok(match pattern {
        Pattern::Word { text, strict } => {
            let places = WordRule::of(text, *strict).into_iter().enumerate();
            let places = places.map(|(at, rule)| Place { step: u32::from(0 < at), rule: TokenRule::Word(rule) });
            vec![run(places.collect(), 0, pattern)?]
        }
        Pattern::Phrase(phrase) => vec![phrase_run(phrase, pattern)?],
        Pattern::Prefix(prefix) => {
            let rule = PrefixRule::of(prefix)
                .ok_or_else(|| unfit(pattern, "write the beginning of one word, 40 letters at most"))?;
            vec![Run::of_one(TokenRule::Prefix(rule))]
        }
        Pattern::Range { from, to } => {
            let rule = NumberRule::of(from.as_deref(), to.as_deref())
                .ok_or_else(|| unfit(pattern, "write two numbers, the smaller one first"))?;
            vec![Run::of_one(TokenRule::Number(rule))]
        }
        Pattern::Near { left, right, .. } => {
            let mut both = runs(left)?;
            both.extend(runs(right)?);
            both
        }
    })
}

fn phrase_run(phrase: &Phrase, pattern: &Pattern) -> Result<Run, SearchError> {
    let mut places: Vec<Place> = Vec::new();
    let mut stars = 0;
    for slot in &phrase.slots {
        match slot {
            Slot::Any => stars += 1,
            Slot::Word(word) => {
                for rule in WordRule::of(word, false) {
                    let step = if places.is_empty() { 0 } else { 1 + stars };
                    places.push(Place { step, rule: TokenRule::Word(rule) });
                    stars = 0;
                }
            }
        }
    }
    run(places, phrase.slop, pattern)
}

fn run(places: Vec<Place>, slop: u32, pattern: &Pattern) -> Result<Run, SearchError> {
    if places.is_empty() {
        return Err(SearchError::EmptyWord { word: pattern.to_string() });
    }
    Ok(Run { places, slop })
}

fn unfit(pattern: &Pattern, hint: &'static str) -> SearchError {
    SearchError::Unfit { part: pattern.to_string(), hint }
}
