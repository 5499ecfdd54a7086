//! Of whom a label is said: the competitors in its clause, else in the nearest clause of
//! its sentence, else the nearest of the text.
//!
//! "Acme is great, Beta too dear" is Beta's price pain: a comma parts clauses, and so do
//! turns ("but", "còn") and what the other side of a comparison follows ("than", "hơn").

use tidings_text::{Pause, for_each_token};

const TURNS: [&str; 16] = [
    "but", "while", "whereas", "than", "unlike", "instead", "though", "although", "compared", "nhưng", "nhg", "còn",
    "hơn", "trong", "chứ", "so",
];

/// A competitor named at some place of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Mention {
    pub(crate) competitor: usize,
    pub(crate) start: u32,
    pub(crate) end: u32,
}

/// Where the clauses of a text begin.
pub(crate) struct Clauses(Vec<Clause>);

#[derive(Clone, Copy)]
struct Clause {
    start: u32,
    sentence: u32,
}

impl Clauses {
    pub(crate) fn of(text: &str) -> Self {
        let mut clauses = vec![Clause { start: 0, sentence: 0 }];
        let mut sentence = 0;
        for_each_token(text, |token| {
            sentence += u32::from(token.pause == Pause::Sentence);
            if token.pause != Pause::None || TURNS.contains(&token.exact) {
                clauses.push(Clause { start: token.start, sentence });
            }
        });
        Self(clauses)
    }

    /// The number of the clause in which a scalar lies.
    fn at(&self, scalar: u32) -> usize {
        self.0.partition_point(|clause| clause.start <= scalar) - 1
    }

    /// The competitors of whom is said what stands at `start..end`; none only where there
    /// are no mentions. Mentions stand in the order of the text.
    pub(crate) fn about(&self, mentions: &[Mention], start: u32, end: u32) -> Vec<usize> {
        let clause = self.at(start);
        let clauses: Vec<usize> = mentions.iter().map(|mention| self.at(mention.start)).collect();
        let of = |clause: usize| {
            let here = mentions.iter().zip(&clauses).filter(|(_, at)| **at == clause);
            here.map(|(mention, _)| mention.competitor).collect()
        };
        let in_sentence = |at: &&usize| self.0[**at].sentence == self.0[clause].sentence;
        let before = clauses.iter().filter(in_sentence).filter(|at| **at <= clause).max();
        let behind = clauses.iter().filter(in_sentence).min();
        if let Some(clause) = before.or(behind) {
            return of(*clause);
        }
        let distance = |mention: &&Mention| {
            if mention.end <= start { start - mention.end } else { mention.start.saturating_sub(end) }
        };
        mentions.iter().min_by_key(distance).map(|mention| mention.competitor).into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: [&str; 3] = ["Acme", "Beta", "Gama"];

    #[track_caller]
    fn check(text: &str, said: &str, expected: &[&str]) {
        let scalar = |byte: usize| text[..byte].chars().count() as u32;
        let mut mentions: Vec<_> = NAMES
            .iter()
            .enumerate()
            .flat_map(|(competitor, name)| text.match_indices(name).map(move |(at, _)| (competitor, at)))
            .map(|(competitor, at)| Mention { competitor, start: scalar(at), end: scalar(at) + 4 })
            .collect();
        mentions.sort_unstable_by_key(|mention| mention.start);
        let start = scalar(text.find(said).unwrap());
        let about = Clauses::of(text).about(&mentions, start, start + said.chars().count() as u32);
        assert_eq!(about.into_iter().map(|at| NAMES[at]).collect::<Vec<_>>(), expected, "{text}");
    }

    #[test]
    fn the_clause_decides() {
        check("Acme is great, Beta too dear", "too dear", &["Beta"]);
        check("Acme is great but Beta too dear", "great", &["Acme"]);
        check("Acme and Beta are too dear", "too dear", &["Acme", "Beta"]);
        check("Acme thì ngon còn Beta đắt quá", "đắt quá", &["Beta"]);
    }

    #[test]
    fn the_other_side_of_a_comparison_is_not_meant() {
        check("Acme is too dear compared to Beta", "too dear", &["Acme"]);
        check("Acme is slower than Beta", "slower", &["Acme"]);
        check("Acme đắt hơn Beta", "đắt hơn", &["Acme"]);
    }

    #[test]
    fn the_sentence_goes_before_what_is_nearer() {
        check("I like Gama. Acme is slow, ugly, and too dear. Beta!", "too dear", &["Acme"]);
        check("Too dear, this Acme. Beta is not.", "Too dear", &["Acme"]);
    }

    #[test]
    fn the_nearest_is_meant_where_the_sentence_names_none() {
        check("Acme came first. Then Beta. It is too dear.", "too dear", &["Beta"]);
        check("It is too dear. Acme, I mean.", "too dear", &["Acme"]);
        check("It is too dear.", "too dear", &[]);
    }
}
