//! The phrase language of labels, read into a tree.
//!
//! | you write | meaning |
//! |---|---|
//! | `slow to load` | words side by side |
//! | `slow … load` | up to [`DEFAULT_GAP`] words between, none of them behind a comma or point, none a negator |
//! | `slow ~5 load` | up to five words between |
//! | `(too\|so) slow` | one of these |
//! | `(very)? slow` | or none |
//! | `{not} {able}` | one of a list of the taxonomy |
//! | `{number} days` | any number in digits |
//! | `+dating` | these letters and marks alone: no inflections, no spelling without marks |
//! | `^i use` | only where a clause begins |
//! | `any good?` | only in a sentence that ends in a question mark |

use std::collections::BTreeMap;

use tidings_model::Phrase;
use tidings_text::{Term, terms};

/// Most words of a phrase or name, gaps counted in full.
pub const MAX_PHRASE_WORDS: usize = 24;

/// Most words of a phrase with all its alternatives.
pub const MAX_ALTERNATIVES: usize = 2_000;

/// The words that `…` leaves room for.
pub(crate) const DEFAULT_GAP: u8 = 3;

/// Most words of a gap.
pub(crate) const MAX_GAP: u8 = 9;

/// The list that every taxonomy has.
pub(crate) const NUMBER: &str = "number";

/// Deepest brackets in brackets.
const MAX_DEPTH: usize = 4;

/// Longest phrase as typed, in bytes.
const MAX_BYTES: usize = 8 * 1_024;

/// A phrase, read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pattern {
    pub(crate) parts: Vec<Part>,
    /// Whether it begins its clause.
    pub(crate) leads: bool,
    /// Whether it counts only in a question.
    pub(crate) asks: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Word(Term),
    /// A word in these letters and marks alone.
    Strict(Term),
    /// Any word that begins with a digit.
    Number,
    /// So many words at most.
    Gap(u8),
    /// One of them; an empty one stands for nothing.
    OneOf(Vec<Vec<Part>>),
}

/// Why a phrase cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PatternProblem {
    #[error("it has no word")]
    Empty,
    #[error("it has {0} words, its gaps counted in full; {MAX_PHRASE_WORDS} are allowed")]
    TooLong(usize),
    #[error("it is {0} bytes long; {MAX_BYTES} are allowed")]
    TooManyBytes(usize),
    #[error("its alternatives have {0} words; {MAX_ALTERNATIVES} are allowed, so part it in two")]
    TooManyAlternatives(usize),
    #[error("`{0}` is not closed")]
    Open(char),
    #[error("`{0}` has no beginning")]
    Unopened(char),
    #[error("`|` stands outside of brackets; write `(one|other)`")]
    LooseBar,
    #[error("an alternative in `(…|…)` is empty; write `(…)?` for what may be left out")]
    EmptyAlternative,
    #[error("brackets lie more than {MAX_DEPTH} deep")]
    TooDeep,
    #[error("a gap has no word on both its sides")]
    LooseGap,
    #[error("the gap after `~` must be 1 to {MAX_GAP} words")]
    WrongGap,
    #[error("there is no list `{name}`")]
    UnknownList { name: String },
    #[error("a list cannot use a list")]
    ListInList,
}

/// The lists that phrases may name, read.
#[derive(Debug, Default)]
pub(crate) struct Lists(BTreeMap<String, Vec<Vec<Part>>>);

impl Lists {
    /// # Errors
    ///
    /// The list, the item and what is wrong with it.
    pub(crate) fn read(lists: &BTreeMap<String, Vec<Phrase>>) -> Result<Self, (String, String, PatternProblem)> {
        let mut read = Self::default();
        for (name, items) in lists {
            let item =
                |item: &Phrase| Self::read_item(&item.0).map_err(|problem| (name.clone(), item.0.clone(), problem));
            read.0.insert(name.clone(), items.iter().map(item).collect::<Result<_, _>>()?);
        }
        Ok(read)
    }

    pub(crate) fn read_item(text: &str) -> Result<Vec<Part>, PatternProblem> {
        let mut reader = Reader { rest: text, lists: None, depth: 0 };
        let parts = reader.read_all()?;
        check_gaps(&parts)?;
        Pattern { parts, leads: false, asks: false }.checked().map(|pattern| pattern.parts)
    }

    pub(crate) fn insert(&mut self, name: String, items: Vec<Vec<Part>>) {
        self.0.insert(name, items);
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}

impl Pattern {
    /// A name: its words, whatever signs stand between them.
    pub(crate) fn name(text: &str) -> Result<Self, PatternProblem> {
        Self { parts: words(text).collect(), leads: false, asks: false }.checked()
    }

    pub(crate) fn read(text: &str, lists: &Lists) -> Result<Self, PatternProblem> {
        if MAX_BYTES < text.len() {
            return Err(PatternProblem::TooManyBytes(text.len()));
        }
        let trimmed = text.trim_end();
        let asks = trimmed.ends_with('?') && !trimmed.ends_with(")?") && !trimmed.ends_with("}?");
        let body = if asks { &trimmed[..trimmed.len() - 1] } else { trimmed };
        let (leads, body) = body.trim_start().strip_prefix('^').map_or((false, body), |body| (true, body));
        let mut reader = Reader { rest: body, lists: Some(lists), depth: 0 };
        let parts = reader.read_all()?;
        check_gaps(&parts)?;
        Self { parts, leads, asks }.checked()
    }

    fn checked(self) -> Result<Self, PatternProblem> {
        if shortest(&self.parts) == 0 {
            return Err(PatternProblem::Empty);
        }
        let longest = longest(&self.parts);
        if MAX_PHRASE_WORDS < longest {
            return Err(PatternProblem::TooLong(longest));
        }
        let alternatives = self.alternatives();
        if MAX_ALTERNATIVES < alternatives {
            return Err(PatternProblem::TooManyAlternatives(alternatives));
        }
        Ok(self)
    }

    /// How many words it has with all its alternatives.
    pub(crate) fn alternatives(&self) -> usize {
        count(&self.parts)
    }
}

fn words(text: &str) -> impl Iterator<Item = Part> {
    terms(text).into_iter().map(Part::Word)
}

fn count(parts: &[Part]) -> usize {
    let of = |part: &Part| match part {
        Part::Word(_) | Part::Strict(_) | Part::Number | Part::Gap(_) => 1,
        Part::OneOf(all) => all.iter().map(|parts| count(parts)).sum(),
    };
    parts.iter().map(of).sum()
}

fn longest(parts: &[Part]) -> usize {
    let of = |part: &Part| match part {
        Part::Word(_) | Part::Strict(_) | Part::Number => 1,
        Part::Gap(most) => usize::from(*most),
        Part::OneOf(all) => all.iter().map(|parts| longest(parts)).max().unwrap_or(0),
    };
    parts.iter().map(of).sum()
}

fn shortest(parts: &[Part]) -> usize {
    let of = |part: &Part| match part {
        Part::Word(_) | Part::Strict(_) | Part::Number => 1,
        Part::Gap(_) => 0,
        Part::OneOf(all) => all.iter().map(|parts| shortest(parts)).min().unwrap_or(0),
    };
    parts.iter().map(of).sum()
}

/// A gap needs a word that is always there on both its sides.
fn check_gaps(parts: &[Part]) -> Result<(), PatternProblem> {
    for (at, part) in parts.iter().enumerate() {
        match part {
            Part::Word(_) | Part::Strict(_) | Part::Number => {}
            Part::Gap(_) => {
                let is_firm = |side: &[Part]| 0 < shortest(side);
                let touches = matches!(parts.get(at + 1), Some(Part::Gap(_)));
                if touches || !is_firm(&parts[..at]) || !is_firm(&parts[at + 1..]) {
                    return Err(PatternProblem::LooseGap);
                }
            }
            Part::OneOf(all) => all.iter().try_for_each(|parts| check_gaps(parts))?,
        }
    }
    Ok(())
}

struct Reader<'t> {
    rest: &'t str,
    /// `None` inside a list.
    lists: Option<&'t Lists>,
    depth: usize,
}

impl Reader<'_> {
    fn read_all(&mut self) -> Result<Vec<Part>, PatternProblem> {
        let parts = self.read_parts()?;
        match self.rest.chars().next() {
            None => Ok(parts),
            Some('|') => Err(PatternProblem::LooseBar),
            Some(sign) => Err(PatternProblem::Unopened(sign)),
        }
    }

    /// Up to a bar, a closing bracket or the end.
    fn read_parts(&mut self) -> Result<Vec<Part>, PatternProblem> {
        let mut parts = Vec::new();
        loop {
            let plain = self.rest.find(is_sign).unwrap_or(self.rest.len());
            for word in self.rest[..plain].split_whitespace() {
                match word.strip_prefix('+') {
                    Some(word) => parts.extend(terms(word).into_iter().map(Part::Strict)),
                    None => parts.extend(words(word)),
                }
            }
            self.rest = &self.rest[plain..];
            let Some(sign) = self.rest.chars().next() else {
                return Ok(parts);
            };
            match sign {
                '|' | ')' | '}' => return Ok(parts),
                '(' => parts.push(self.read_group()?),
                '{' => parts.push(self.read_list()?),
                '~' => parts.push(self.read_gap()?),
                _ => {
                    self.rest = &self.rest[sign.len_utf8()..];
                    parts.push(Part::Gap(DEFAULT_GAP));
                }
            }
        }
    }

    fn read_group(&mut self) -> Result<Part, PatternProblem> {
        if self.depth == MAX_DEPTH {
            return Err(PatternProblem::TooDeep);
        }
        self.depth += 1;
        let mut all = Vec::new();
        loop {
            self.rest = &self.rest[1..];
            let parts = self.read_parts()?;
            if parts.is_empty() {
                return Err(PatternProblem::EmptyAlternative);
            }
            all.push(parts);
            match self.rest.chars().next() {
                Some('|') => {}
                Some(')') => break,
                _ => return Err(PatternProblem::Open('(')),
            }
        }
        self.rest = &self.rest[1..];
        self.depth -= 1;
        Ok(self.read_optional(all))
    }

    fn read_list(&mut self) -> Result<Part, PatternProblem> {
        let end = self.rest.find('}').ok_or(PatternProblem::Open('{'))?;
        let name = self.rest[1..end].trim();
        if name == NUMBER {
            self.rest = &self.rest[end + 1..];
            return Ok(self.read_optional(vec![vec![Part::Number]]));
        }
        let lists = self.lists.ok_or(PatternProblem::ListInList)?;
        let all = lists.0.get(name).cloned();
        let all = all.ok_or_else(|| PatternProblem::UnknownList { name: name.to_owned() })?;
        self.rest = &self.rest[end + 1..];
        Ok(self.read_optional(all))
    }

    /// `?` right behind a bracket: what stands in it may be left out.
    fn read_optional(&mut self, mut all: Vec<Vec<Part>>) -> Part {
        if let Some(rest) = self.rest.strip_prefix('?') {
            self.rest = rest;
            all.push(Vec::new());
        }
        Part::OneOf(all)
    }

    fn read_gap(&mut self) -> Result<Part, PatternProblem> {
        let digits = self.rest[1..].bytes().take_while(u8::is_ascii_digit).count();
        let most = self.rest[1..=digits].parse().map_err(|_| PatternProblem::WrongGap)?;
        if !(1..=MAX_GAP).contains(&most) {
            return Err(PatternProblem::WrongGap);
        }
        self.rest = &self.rest[1 + digits..];
        Ok(Part::Gap(most))
    }
}

const fn is_sign(ch: char) -> bool {
    matches!(ch, '(' | ')' | '|' | '{' | '}' | '~' | '…')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lists() -> Lists {
        let items = ["không", "ko"].map(|item| Lists::read_item(item).unwrap());
        let mut lists = Lists::default();
        lists.insert("not".to_owned(), items.to_vec());
        lists
    }

    /// The plain phrases behind a pattern, a gap as `_n`.
    fn expanded(parts: &[Part]) -> Vec<String> {
        parts.iter().fold(vec![String::new()], |begun, part| {
            let ends = match part {
                Part::Word(term) => vec![term.exact.clone()],
                Part::Strict(term) => vec![format!("+{}", term.exact)],
                Part::Number => vec!["#".to_owned()],
                Part::Gap(most) => vec![format!("_{most}")],
                Part::OneOf(all) => all.iter().flat_map(|parts| expanded(parts)).collect(),
            };
            let join =
                |begin: &String| ends.iter().map(|end| format!("{begin} {end}").trim().to_owned()).collect::<Vec<_>>();
            begun.iter().flat_map(join).collect()
        })
    }

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        assert_eq!(expanded(&Pattern::read(text, &lists()).unwrap().parts), expected);
    }

    #[track_caller]
    fn refuse(text: &str, expected: &PatternProblem) {
        assert_eq!(Pattern::read(text, &lists()).unwrap_err(), *expected);
    }

    #[test]
    fn patterns_stand_for_plain_phrases() {
        check("too expensive", &["too expensive"]);
        check("(too|way too) (dear|pricey)", &["too dear", "too pricey", "way too dear", "way too pricey"]);
        check("(very)? slow", &["very slow", "slow"]);
        check("{not} vào được", &["không vào được", "ko vào được"]);
        check("+dating (c++|+app)", &["+dating c++", "+dating +app"]);
        check("^i use", &["i use"]);
        check("{number} (days|{number})", &["# days", "# #"]);
        check("{not}? … x… y ~5 z".trim_start_matches("{not}? … "), &["x _3 y _5 z"]);
        check("(a(b|c)?|d) e", &["a b e", "a c e", "a e", "d e"]);
    }

    #[test]
    fn question_mark_at_the_end_asks() {
        let asks = |text| Pattern::read(text, &lists()).unwrap().asks;
        assert!(asks("any good?"));
        assert!(asks("any (good|use) ?"));
        assert!(!asks("any good"));
        assert!(!asks("good (one)?"));
    }

    #[test]
    fn wrong_patterns_are_refused() {
        refuse("?!", &PatternProblem::Empty);
        refuse("(very)?", &PatternProblem::Empty);
        refuse("(too|so", &PatternProblem::Open('('));
        refuse("too) dear", &PatternProblem::Unopened(')'));
        refuse("too | dear", &PatternProblem::LooseBar);
        refuse("(too|) dear", &PatternProblem::EmptyAlternative);
        refuse("… dear", &PatternProblem::LooseGap);
        refuse("(too)? … dear", &PatternProblem::LooseGap);
        refuse("too … ~2 dear", &PatternProblem::LooseGap);
        refuse("too ~ dear", &PatternProblem::WrongGap);
        refuse("too ~99 dear", &PatternProblem::WrongGap);
        refuse("{nto} dear", &PatternProblem::UnknownList { name: "nto".to_owned() });
        refuse("{not", &PatternProblem::Open('{'));
        refuse("((((((a))))))", &PatternProblem::TooDeep);
        refuse(&"a ".repeat(MAX_PHRASE_WORDS + 1), &PatternProblem::TooLong(MAX_PHRASE_WORDS + 1));
        let many = vec!["a"; MAX_ALTERNATIVES + 1].join("|");
        refuse(&format!("({many})"), &PatternProblem::TooManyAlternatives(MAX_ALTERNATIVES + 1));
        refuse(&"a".repeat(10_000), &PatternProblem::TooManyBytes(10_000));
        assert_eq!(Lists::read_item("{not}").unwrap_err(), PatternProblem::ListInList);
    }

    #[test]
    fn names_have_no_signs_of_their_own() {
        assert_eq!(expanded(&Pattern::name("Acme (UK) ~ {x}").unwrap().parts), ["acme uk x"]);
    }

    proptest::proptest! {
        #[test]
        fn whatever_is_typed_is_read_or_refused(text in "[ab đ(){}|~…?^+0-9 ]{0,40}|\\PC{0,40}") {
            if let Ok(pattern) = Pattern::read(&text, &lists()) {
                let mut tree = crate::phrases::PhraseTree::new();
                tree.add(&pattern, crate::lexicon::Rule::Inflected, 0);
                tree.into_phrases().find(&text, false, |_| {});
            }
        }
    }
}
