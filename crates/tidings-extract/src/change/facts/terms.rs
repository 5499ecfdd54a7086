//! The words that a page says most.

use std::collections::HashMap;

/// Most terms that are told.
const MAX_TERMS: usize = 10;
/// What is said less often is no term of a page.
const MIN_TIMES: usize = 3;
/// Most words of a page that are counted.
const MAX_WORDS: usize = 200_000;
/// Words of English, and syllables of Vietnamese, that say nothing of a page.
const COMMON: [&str; 96] = [
    "about", "after", "all", "also", "and", "any", "are", "been", "but", "can", "could", "for", "from", "get", "had",
    "has", "have", "her", "here", "him", "his", "how", "into", "its", "just", "like", "make", "may", "more", "most",
    "new", "not", "now", "one", "only", "other", "our", "out", "over", "own", "she", "some", "such", "than", "that",
    "the", "their", "them", "then", "there", "these", "they", "this", "those", "use", "was", "were", "what", "when",
    "where", "which", "who", "will", "with", "would", "you", "your", "bạn", "cho", "chúng", "các", "có", "cũng", "của",
    "để", "được", "đã", "đến", "hay", "hoặc", "không", "khi", "là", "lại", "một", "này", "nhiều", "như", "những", "sẽ",
    "tại", "theo", "trong", "từ", "và", "với",
];

/// The terms, sorted; of two words in Vietnamese, whose words are mostly written as two.
pub(super) fn terms(text: &str, lang: &str) -> Vec<String> {
    let is_paired = lang.get(..2).is_some_and(|lang| lang.eq_ignore_ascii_case("vi"));
    let text = text.to_lowercase();
    // No word before is no text: to compare empty ones takes glibc a hundred nanoseconds on machines with AVX-512,
    // which then suppress the fault of a load from nowhere.
    let mut counts: HashMap<(Option<&str>, &str), usize> = HashMap::new();
    for line in text.lines() {
        let mut before = None;
        for word in words(line).take(MAX_WORDS) {
            match before.replace(word) {
                Some(before) if is_paired => *counts.entry((Some(before), word)).or_default() += 1,
                None if is_paired => {}
                _ => *counts.entry((None, word)).or_default() += 1,
            }
        }
    }
    let is_term = |(one, other): (Option<&str>, &str)| match one {
        Some(one) => is_telling(one, 1) && is_telling(other, 1),
        None => is_telling(other, 3),
    };
    let often = counts.into_iter().filter(|(term, times)| MIN_TIMES <= *times && is_term(*term));
    let mut counts: Vec<((Option<&str>, &str), usize)> = often.collect();
    counts.sort_by(|one, other| other.1.cmp(&one.1).then_with(|| one.0.cmp(&other.0)));
    counts.truncate(MAX_TERMS);
    let join = |(one, other): (Option<&str>, &str)| match one {
        Some(one) => format!("{one} {other}"),
        None => other.to_owned(),
    };
    let mut terms: Vec<String> = counts.into_iter().map(|(term, _)| join(term)).collect();
    terms.sort();
    terms
}

fn words(line: &str) -> impl Iterator<Item = &str> {
    line.split(|letter: char| !letter.is_alphanumeric() && letter != '\'')
        .filter(|word| !word.is_empty() && word.len() <= 60)
}

fn is_telling(word: &str, shortest: usize) -> bool {
    shortest <= word.chars().count() && word.chars().all(char::is_alphabetic) && !COMMON.contains(&word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_often_and_tells_something_is_a_term() {
        let text = "The robots and the plans\nRobots, plans: robots! 2026 2026 2026\nplans of the robots";
        assert_eq!(terms(text, "en"), ["plans", "robots"]);
    }

    #[test]
    fn vietnamese_terms_are_pairs() {
        assert_eq!(terms("Phần mềm và phần mềm\nphần mềm", "vi"), ["phần mềm"]);
    }
}
