//! How Vietnamese syllables are spelled: where the tone stands, which marks a full
//! spelling has, and which spellings a half-marked word may stand for.

use std::sync::LazyLock;

use rustc_hash::FxHashMap;

use crate::latin::{self, Quality, Tone, compose};

/// A letter of a syllable, in lower case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Letter {
    base: u8,
    quality: Quality,
    tone: Tone,
}

impl Letter {
    fn of(ch: char) -> Option<Self> {
        if ch.is_ascii_lowercase() {
            return Some(Self { base: ch as u8, quality: Quality::Bare, tone: Tone::Level });
        }
        let letter = latin::letter(ch).filter(|letter| letter.quality != Quality::Foreign)?;
        let &[base] = letter.folded.as_bytes() else {
            return None;
        };
        Some(Self { base, quality: letter.quality, tone: letter.tone })
    }

    const fn is_vowel(self) -> bool {
        matches!(self.base, b'a' | b'e' | b'i' | b'o' | b'u' | b'y')
    }
}

/// `nghiêng` has seven letters, the most.
const MAX_LETTERS: usize = 7;

const ONSETS: &[&[u8]] = &[
    b"ngh", b"ch", b"gh", b"gi", b"kh", b"ng", b"nh", b"ph", b"qu", b"th", b"tr", b"b", b"c", b"d", b"g", b"h", b"k",
    b"l", b"m", b"n", b"p", b"r", b"s", b"t", b"v", b"x", b"",
];

const CODAS: &[&[u8]] = &[b"", b"c", b"ch", b"m", b"n", b"ng", b"nh", b"p", b"t"];

/// Every rime with its marks but the tone.
const RIMES: &str = "a ac ach ai am an ang anh ao ap at au ay ăc ăm ăn ăng ăp ăt âc âm ân âng âp ât âu ây \
    e ec em en eng eo ep et ê êch êm ên ênh êp êt êu i ia ich im in inh ip it iu iêc iêm iên iêng iêp iêt iêu \
    o oa oac oach oai oam oan oang oanh oao oap oat oay oăc oăm oăn oăng oăt oc oe oen oeo oet oi om on ong ooc oong op ot \
    ô ôc ôi ôm ôn ông ôp ôt ơ ơi ơm ơn ơp ơt u ua uân uâng uât uây uc uê uêch uênh ui um un ung uôc uôi uôm uôn uông uôt \
    uơ up ut uy uya uych uyên uyêt uyn uynh uyt uyu ư ưa ưc ưi ưm ưng ươc ươi ươm ươn ương ươp ươt ươu ưt ưu \
    y ych yêm yên yêng yêt yêu ynh yt yu";

/// A word taken apart as a syllable: onset, vowels, coda.
#[derive(Clone, Copy, Debug)]
struct Syllable {
    letters: [Letter; MAX_LETTERS],
    length: usize,
    /// Where the vowels begin and end.
    vowels: (usize, usize),
}

impl Syllable {
    /// Reads an exact form; `None` when it has not the shape of a Vietnamese syllable.
    fn read(word: &str) -> Option<Self> {
        let mut letters = [Letter { base: 0, quality: Quality::Bare, tone: Tone::Level }; MAX_LETTERS];
        let mut length = 0;
        for ch in word.chars() {
            *letters.get_mut(length)? = Letter::of(ch)?;
            length += 1;
        }
        Self::shaped(letters, length, ONSETS)
    }

    fn shaped(letters: [Letter; MAX_LETTERS], length: usize, onsets: &[&[u8]]) -> Option<Self> {
        let word = &letters[..length];
        // The longest onset that leaves a vowel: `gì` is g + ì, `già` is gi + à.
        let begins = |onset: &&&[u8]| {
            onset.len() < length
                && onset.iter().zip(word).all(|(base, letter)| *base == letter.base)
                && word[onset.len()].is_vowel()
        };
        let onset = onsets.iter().find(begins)?.len();
        let end = onset + word[onset..].iter().take_while(|letter| letter.is_vowel()).count();
        let has_coda = |coda: &&[u8]| {
            coda.len() == length - end && coda.iter().zip(&word[end..]).all(|(base, letter)| *base == letter.base)
        };
        (end - onset <= 3 && CODAS.iter().any(has_coda)).then_some(Self { letters, length, vowels: (onset, end) })
    }

    fn rime(&self) -> &[Letter] {
        &self.letters[self.vowels.0..self.length]
    }

    /// The rimes that have these letters, whatever their marks.
    fn rimes(&self) -> &'static [Vec<Letter>] {
        let mut bare = [0; MAX_LETTERS];
        for (base, letter) in bare.iter_mut().zip(self.rime()) {
            *base = letter.base;
        }
        RIMES_BY_LETTERS.get(&bare[..self.rime().len()]).map_or(&[], Vec::as_slice)
    }

    fn is_spelled_in_full(&self, tone: Tone) -> bool {
        let same = |(letter, typed): (&Letter, &Letter)| letter.quality == typed.quality;
        self.takes(tone) && self.rimes().iter().any(|rime| rime.iter().zip(self.rime()).all(same))
    }

    /// The one tone of the syllable; `None` when two letters carry one.
    fn tone(&self) -> Option<Tone> {
        let mut tones =
            self.letters[..self.length].iter().map(|letter| letter.tone).filter(|tone| *tone != Tone::Level);
        let tone = tones.next().unwrap_or(Tone::Level);
        tones.next().is_none().then_some(tone)
    }

    /// Moves the tone to where it stands by the older rule: `hòa`, `thúy`, `hoàng`.
    fn place(&mut self, tone: Tone) {
        let (start, end) = self.vowels;
        let vowels = &self.letters[start..end];
        let marked = vowels.iter().rposition(|letter| letter.quality != Quality::Bare);
        let at = marked.unwrap_or(match (vowels.len(), end < self.length) {
            (1, _) | (2, false) => 0,
            _ => 1,
        });
        self.letters.iter_mut().for_each(|letter| letter.tone = Tone::Level);
        self.letters[start + at].tone = tone;
    }

    fn has_stop(&self) -> bool {
        matches!(self.letters[..self.length].last(), Some(Letter { base: b'c' | b'p' | b't', .. }))
            || self.length - self.vowels.1 == 2
                && self.letters[self.length - 1].base == b'h'
                && self.letters[self.vowels.1].base == b'c'
    }

    fn takes(&self, tone: Tone) -> bool {
        !self.has_stop() || matches!(tone, Tone::Acute | Tone::Dot)
    }

    fn write(&self, word: &mut String) {
        for letter in &self.letters[..self.length] {
            match compose(letter.base, letter.quality, letter.tone) {
                Some(ch) => word.push(ch),
                None => word.push(char::from(letter.base)),
            }
        }
    }
}

/// Unifies the place of the tone in an exact form: `hoà` becomes `hòa`.
pub(crate) fn unify_tone_place(word: &mut String) {
    if !has_movable_tone(word) {
        return;
    }
    let Some(mut syllable) = Syllable::read(word) else {
        return;
    };
    match syllable.tone() {
        Some(tone) if tone != Tone::Level => {
            syllable.place(tone);
            word.clear();
            syllable.write(word);
        }
        _ => {}
    }
}

/// A syllable with its tone on each of its vowels: where it stands in a longer word is not
/// known yet (`toá` goes on as `toán`). Empty for what is no syllable, or has no tone.
pub(crate) fn tone_places(exact: &str) -> Vec<String> {
    let Some(syllable) = Syllable::read(exact) else {
        return Vec::new();
    };
    let Some(tone) = syllable.tone().filter(|tone| *tone != Tone::Level) else {
        return Vec::new();
    };
    let (start, end) = syllable.vowels;
    let with_tone_at = |at: usize| {
        let mut moved = syllable;
        moved.letters.iter_mut().for_each(|letter| letter.tone = Tone::Level);
        moved.letters[at].tone = tone;
        let mut word = String::new();
        moved.write(&mut word);
        word
    };
    (start..end).map(with_tone_at).collect()
}

/// Whether a letter with a tone stands beside another vowel: else there is nothing to move.
fn has_movable_tone(word: &str) -> bool {
    let (mut was_vowel, mut was_toned) = (false, false);
    for ch in word.chars() {
        let Some(letter) = Letter::of(ch) else {
            return false;
        };
        let is_toned = letter.tone != Tone::Level;
        if letter.is_vowel() && was_vowel && (is_toned || was_toned) {
            return true;
        }
        (was_vowel, was_toned) = (letter.is_vowel(), is_toned);
    }
    false
}

/// The full spellings that agree with every mark of a half-marked word, in order.
///
/// Empty for a word that is spelled in full (`đang`), that has no mark, or that no
/// Vietnamese spelling agrees with (`café`).
pub(crate) fn completions(exact: &str) -> Vec<String> {
    let Some(syllable) = Syllable::read(exact) else {
        return Vec::new();
    };
    let Some(tone) = syllable.tone() else {
        return Vec::new();
    };
    if readings(&syllable).any(|reading| reading.is_spelled_in_full(tone)) {
        return Vec::new();
    }
    let mut found = Vec::new();
    for reading in readings(&syllable) {
        complete(&reading, tone, &mut found);
    }
    found.sort_unstable();
    found.dedup();
    found
}

/// `gi` may be an onset, or `g` and the first vowel (`giếng`).
fn readings(syllable: &Syllable) -> impl Iterator<Item = Syllable> {
    let other: &[&[u8]] = if syllable.vowels.0 == 2 && syllable.letters[1].base == b'i' { &[b"g"] } else { &[] };
    std::iter::once(*syllable).chain(Syllable::shaped(syllable.letters, syllable.length, other))
}

fn complete(syllable: &Syllable, tone: Tone, found: &mut Vec<String>) {
    for rime in syllable.rimes() {
        let agrees = rime
            .iter()
            .zip(syllable.rime())
            .all(|(letter, typed)| typed.quality == Quality::Bare || typed.quality == letter.quality);
        if agrees {
            let mut candidate = *syllable;
            candidate.letters[syllable.vowels.0..syllable.length].copy_from_slice(rime);
            complete_tone(&candidate, tone, found);
        }
    }
}

fn complete_tone(rimed: &Syllable, tone: Tone, found: &mut Vec<String>) {
    for candidate_tone in Tone::ALL {
        if (tone != Tone::Level && tone != candidate_tone) || !rimed.takes(candidate_tone) {
            continue;
        }
        let mut candidate = *rimed;
        candidate.place(candidate_tone);
        push_spelling(&candidate, found);
        let onset = &mut candidate.letters[0];
        if onset.base == b'd' && onset.quality == Quality::Bare && candidate.vowels.0 == 1 {
            onset.quality = Quality::Stroke;
            push_spelling(&candidate, found);
        }
    }
}

fn push_spelling(syllable: &Syllable, found: &mut Vec<String>) {
    let mut spelling = String::new();
    syllable.write(&mut spelling);
    found.push(spelling);
}

/// Whether a word without marks has the shape of a Vietnamese syllable.
pub fn is_vietnamese_syllable(folded: &str) -> bool {
    folded.len() <= MAX_LETTERS
        && Syllable::read(folded).is_some_and(|syllable| readings(&syllable).any(|reading| !reading.rimes().is_empty()))
}

/// [`RIMES`] by their letters without marks.
static RIMES_BY_LETTERS: LazyLock<FxHashMap<Vec<u8>, Vec<Vec<Letter>>>> = LazyLock::new(|| {
    let mut rimes = FxHashMap::<_, Vec<_>>::default();
    for rime in RIMES.split_whitespace() {
        let letters: Vec<Letter> = rime.chars().filter_map(Letter::of).collect();
        rimes.entry(letters.iter().map(|letter| letter.base).collect()).or_default().push(letters);
    }
    rimes
});

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_place(word: &str, expected: &str) {
        let mut unified = word.to_owned();
        unify_tone_place(&mut unified);
        assert_eq!(unified, expected);
    }

    #[test]
    fn tone_has_one_place() {
        check_place("hoà", "hòa");
        check_place("hòa", "hòa");
        check_place("khoẻ", "khỏe");
        check_place("thuý", "thúy");
        check_place("hòan", "hoàn");
        check_place("gía", "giá");
        check_place("qúy", "quý");
        check_place("muợn", "muợn");
        check_place("giếng", "giếng");
        check_place("khuỷu", "khuỷu");
        check_place("của", "của");
        check_place("ngoài", "ngoài");
    }

    #[test]
    fn other_words_are_left_alone() {
        for word in ["café", "são", "naïve", "dè", "résumé", "él"] {
            check_place(word, word);
        }
    }

    #[track_caller]
    fn check_completions(word: &str, has: &[&str], has_not: &[&str]) {
        let found = completions(word);
        for spelling in has {
            assert!(found.iter().any(|other| other == spelling), "{word}: {spelling} not in {found:?}");
        }
        for spelling in has_not {
            assert!(found.iter().all(|other| other != spelling), "{word}: {spelling} in {found:?}");
        }
    }

    #[test]
    fn half_marked_words_agree_with_each_mark_typed() {
        check_completions("đat", &["đạt", "đắt", "đất", "đặt"], &["dạt", "dắt", "đan"]);
        check_completions("viêt", &["viết", "việt"], &["viet"]);
        check_completions("nguòi", &["người"], &["ngươi"]);
        check_completions("duọc", &["được", "dược"], &[]);
        check_completions("điên", &[], &["điện"]);
        check_completions("đien", &["điện", "điên"], &[]);
    }

    #[test]
    fn full_spellings_stand_for_themselves() {
        for word in ["đắt", "đang", "không", "bán", "hòa", "giếng", "gì", "quốc", "khuya", "yêu", "café", "über"]
        {
            assert_eq!(completions(word), Vec::<String>::new(), "{word}");
        }
    }

    #[test]
    fn unmarked_syllables_are_told() {
        for syllable in ["khong", "duoc", "nghieng", "gieng", "quoc", "gi"] {
            assert!(is_vietnamese_syllable(syllable), "{syllable}");
        }
        for word in ["price", "support", "the", "with", "slow", "terrible"] {
            assert_eq!(is_vietnamese_syllable(word), word == "the", "{word}");
        }
    }
}
