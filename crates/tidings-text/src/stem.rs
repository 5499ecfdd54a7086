//! English stems by the Snowball algorithm ("Porter 2"), in place and without
//! allocation: it runs for every word of every text. The tests hold it against
//! Snowball's own code.

/// Beginnings behind which the first region starts, whatever the rule says.
const REGION_PREFIXES: &[&[u8]] =
    &[b"arsen", b"commun", b"emerg", b"gener", b"inter", b"later", b"organ", b"past", b"univers"];

/// Longest suffix first.
const STEP_2: &[(&[u8], &[u8])] = &[
    (b"ational", b"ate"),
    (b"ization", b"ize"),
    (b"iveness", b"ive"),
    (b"fulness", b"ful"),
    (b"ousness", b"ous"),
    (b"lessli", b"less"),
    (b"biliti", b"ble"),
    (b"tional", b"tion"),
    (b"fulli", b"ful"),
    (b"ousli", b"ous"),
    (b"entli", b"ent"),
    (b"aliti", b"al"),
    (b"iviti", b"ive"),
    (b"alism", b"al"),
    (b"ation", b"ate"),
    (b"ogist", b"og"),
    (b"abli", b"able"),
    (b"alli", b"al"),
    (b"anci", b"ance"),
    (b"enci", b"ence"),
    (b"izer", b"ize"),
    (b"ator", b"ate"),
    (b"bli", b"ble"),
    (b"ogi", b"og"),
    (b"li", b""),
];

/// Longest suffix first.
const STEP_3: &[(&[u8], &[u8])] = &[
    (b"ational", b"ate"),
    (b"tional", b"tion"),
    (b"icate", b"ic"),
    (b"ative", b""),
    (b"alize", b"al"),
    (b"iciti", b"ic"),
    (b"ical", b"ic"),
    (b"ness", b""),
    (b"ful", b""),
];

/// Longest suffix first.
const STEP_4: &[&[u8]] = &[
    b"ement", b"ance", b"ence", b"able", b"ible", b"ment", b"ate", b"ive", b"ize", b"iti", b"ism", b"ion", b"ous",
    b"ant", b"ent", b"ic", b"al", b"er",
];

/// Cuts `word`, of lower-case ASCII letters, down to its stem.
pub(crate) fn stem(word: &mut Vec<u8>) {
    if word.len() < 3 {
        return;
    }
    if let Some(stem) = exception(word) {
        replace(word, 0, stem);
        return;
    }
    let has_consonant_y = mark_consonant_y(word);
    let regions = Regions::of(word);
    plural(word);
    past_and_participle(word, regions.first);
    final_y(word);
    step_2(word, regions.first);
    step_3(word, &regions);
    step_4(word, regions.second);
    step_5(word, &regions);
    if has_consonant_y {
        word.iter_mut().filter(|byte| **byte == b'Y').for_each(|byte| *byte = b'y');
    }
}

/// The stems of words that the rules would get wrong.
fn exception(word: &[u8]) -> Option<&'static [u8]> {
    Some(match word {
        b"andes" => b"andes",
        b"atlas" => b"atlas",
        b"bias" => b"bias",
        b"cosmos" => b"cosmos",
        b"early" => b"earli",
        b"gently" => b"gentl",
        b"howe" => b"howe",
        b"idly" => b"idl",
        b"news" => b"news",
        b"only" => b"onli",
        b"singly" => b"singl",
        b"skies" | b"sky" => b"sky",
        b"skis" => b"ski",
        b"ugly" => b"ugli",
        _ => return None,
    })
}

const fn is_vowel(byte: u8) -> bool {
    matches!(byte, b'a' | b'e' | b'i' | b'o' | b'u' | b'y')
}

/// Writes `Y` for each `y` that is a consonant: at the beginning, or behind a vowel.
fn mark_consonant_y(word: &mut [u8]) -> bool {
    let mut marked = false;
    for at in 0..word.len() {
        if word[at] == b'y' && (at == 0 || is_vowel(word[at - 1])) {
            word[at] = b'Y';
            marked = true;
        }
    }
    marked
}

/// Where the regions begin in which suffixes may be taken off.
struct Regions {
    first: usize,
    second: usize,
}

impl Regions {
    fn of(word: &[u8]) -> Self {
        let prefix = REGION_PREFIXES.iter().find(|prefix| word.starts_with(prefix));
        let first = match prefix {
            Some(prefix) => prefix.len(),
            None => behind_vowel_and_consonant(word, 0),
        };
        Self { first, second: behind_vowel_and_consonant(word, first) }
    }
}

fn behind_vowel_and_consonant(word: &[u8], from: usize) -> usize {
    let mut at = from;
    while at < word.len() && !is_vowel(word[at]) {
        at += 1;
    }
    while at < word.len() && is_vowel(word[at]) {
        at += 1;
    }
    (at + 1).min(word.len())
}

fn has_vowel(word: &[u8]) -> bool {
    word.iter().copied().any(is_vowel)
}

/// Whether the word ends in a short syllable: consonant, vowel, consonant but w, x or Y;
/// or is just vowel and consonant.
fn ends_in_short_syllable(word: &[u8]) -> bool {
    match word {
        [.., before, vowel, last]
            if !is_vowel(*before) && is_vowel(*vowel) && !is_vowel(*last) && !matches!(last, b'w' | b'x' | b'Y') =>
        {
            true
        }
        [vowel, last] => is_vowel(*vowel) && !is_vowel(*last),
        _ => word.ends_with(b"past"),
    }
}

/// Step 1a.
fn plural(word: &mut Vec<u8>) {
    let length = word.len();
    if word.ends_with(b"sses") {
        word.truncate(length - 2);
    } else if word.ends_with(b"ies") || word.ends_with(b"ied") {
        word.truncate(if 4 < length { length - 2 } else { length - 1 });
    } else if word.ends_with(b"s") && !word.ends_with(b"ss") && !word.ends_with(b"us") && has_vowel(&word[..length - 2])
    {
        word.truncate(length - 1);
    }
}

/// Step 1b.
fn past_and_participle(word: &mut Vec<u8>, first_region: usize) {
    for suffix in [b"eedly".as_slice(), b"eed"] {
        if word.ends_with(suffix) {
            let at = word.len() - suffix.len();
            if first_region <= at && !matches!(&word[..at], b"succ" | b"proc" | b"exc") {
                word.truncate(at + 2);
            }
            return;
        }
    }
    let Some(suffix) = [b"ingly".as_slice(), b"edly", b"ing", b"ed"].into_iter().find(|suffix| word.ends_with(suffix))
    else {
        return;
    };
    let at = word.len() - suffix.len();
    if suffix == b"ing" {
        match &word[..at] {
            [before, b'y'] if !is_vowel(*before) => {
                word.truncate(at - 1);
                word.extend_from_slice(b"ie");
                return;
            }
            b"even" | b"cann" | b"inn" | b"earr" | b"herr" | b"out" => return,
            _ => {}
        }
    }
    if has_vowel(&word[..at]) {
        word.truncate(at);
        mend(word, first_region);
    }
}

/// Gives back the `e` that a suffix took, or takes the consonant that it doubled.
fn mend(word: &mut Vec<u8>, first_region: usize) {
    match word.as_slice() {
        [.., b'a', b't'] | [.., b'b', b'l'] | [.., b'i', b'z'] => word.push(b'e'),
        [b'a' | b'e' | b'o', before, last] if before == last && is_doubled(*last) => {}
        [.., before, last] if before == last && is_doubled(*last) => word.truncate(word.len() - 1),
        _ => {
            if word.len() == first_region && ends_in_short_syllable(word) {
                word.push(b'e');
            }
        }
    }
}

const fn is_doubled(byte: u8) -> bool {
    matches!(byte, b'b' | b'd' | b'f' | b'g' | b'm' | b'n' | b'p' | b'r' | b't')
}

/// Step 1c.
fn final_y(word: &mut [u8]) {
    if let [_, .., before, last @ (b'y' | b'Y')] = word
        && !is_vowel(*before)
    {
        *last = b'i';
    }
}

fn replace(word: &mut Vec<u8>, at: usize, suffix: &[u8]) {
    word.truncate(at);
    word.extend_from_slice(suffix);
}

fn step_2(word: &mut Vec<u8>, first_region: usize) {
    let has_room = first_region + 2 <= word.len();
    if !has_room || !matches!(word.last(), Some(b'i' | b'l' | b'm' | b'n' | b'r' | b's' | b't')) {
        return;
    }
    let Some((suffix, other)) = STEP_2.iter().find(|(suffix, _)| word.ends_with(suffix)) else {
        return;
    };
    let at = word.len() - suffix.len();
    if at < first_region {
        return;
    }
    let before = word[..at].last().copied();
    let fits = match *suffix {
        b"ogi" => before == Some(b'l'),
        b"li" => before
            .is_some_and(|byte| matches!(byte, b'c' | b'd' | b'e' | b'g' | b'h' | b'k' | b'm' | b'n' | b'r' | b't')),
        _ => true,
    };
    if fits {
        replace(word, at, other);
    }
}

fn step_3(word: &mut Vec<u8>, regions: &Regions) {
    let has_room = regions.first + 3 <= word.len();
    if !has_room || !matches!(word.last(), Some(b'e' | b'i' | b'l' | b's')) {
        return;
    }
    let Some((suffix, other)) = STEP_3.iter().find(|(suffix, _)| word.ends_with(suffix)) else {
        return;
    };
    let at = word.len() - suffix.len();
    let region = if *suffix == b"ative" { regions.second.max(regions.first) } else { regions.first };
    if region <= at {
        replace(word, at, other);
    }
}

fn step_4(word: &mut Vec<u8>, second_region: usize) {
    if word.len() < second_region + 2 {
        return;
    }
    let Some(suffix) = STEP_4.iter().find(|suffix| word.ends_with(suffix)) else {
        return;
    };
    let at = word.len() - suffix.len();
    let fits = *suffix != b"ion" || matches!(word[..at].last(), Some(b's' | b't'));
    if second_region <= at && fits {
        word.truncate(at);
    }
}

fn step_5(word: &mut Vec<u8>, regions: &Regions) {
    let Some((&last, before)) = word.split_last() else {
        return;
    };
    let at = before.len();
    let drops = match last {
        b'e' => regions.second <= at || (regions.first <= at && !ends_in_short_syllable(before)),
        b'l' => regions.second <= at && before.ends_with(b"l"),
        _ => false,
    };
    if drops {
        word.truncate(at);
    }
}

#[cfg(test)]
mod tests {
    use frostem::{Algorithm, Stemmer};
    use proptest::prelude::*;

    use super::*;

    fn stemmed(word: &str) -> String {
        let mut bytes = word.as_bytes().to_vec();
        stem(&mut bytes);
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn inflections_are_one() {
        for [one, other] in [
            ["price", "prices"],
            ["price", "pricing"],
            ["price", "priced"],
            ["crash", "crashes"],
            ["crash", "crashing"],
            ["refund", "refunded"],
            ["company", "companies"],
            ["stop", "stopped"],
            ["dying", "die"],
        ] {
            assert_eq!(stemmed(one), stemmed(other));
        }
        assert_ne!(stemmed("organ"), stemmed("organization"));
        assert_eq!(stemmed("is"), "is");
    }

    #[test]
    fn unmarked_vietnamese_is_left_alone() {
        for syllable in
            "khong duoc nguoi quang nghiem thuyet khach hang dat re gia tien nhanh cham hong loi che".split(' ')
        {
            assert_eq!(stemmed(syllable), syllable);
        }
    }

    const PARTS: &str = "y a e i o u b c d g l m n p r s t w x eed succ proc exc at bl iz ing ed ly s es ies ied ational ization iveness fulness ousness lessli biliti tional ative alize icate ical ness ful ement ance ence able ible ment ion ist ogist ogi past inter gener univers even out herr ll";

    fn parts() -> impl Strategy<Value = Vec<&'static str>> {
        proptest::collection::vec(proptest::sample::select(PARTS.split_whitespace().collect::<Vec<_>>()), 1..6)
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 5_000, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn stems_are_those_of_snowball(parts in parts()) {
            let word = parts.concat();
            prop_assert_eq!(stemmed(&word), Stemmer::new(Algorithm::English).stem(&word).into_owned());
        }

        #[test]
        fn words_of_any_letters_stem_as_in_snowball(word in "[a-z]{1,14}") {
            prop_assert_eq!(stemmed(&word), Stemmer::new(Algorithm::English).stem(&word).into_owned());
        }
    }
}
