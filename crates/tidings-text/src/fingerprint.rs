//! What is kept of a text to tell its copies by: hashes of its words, its numbers, and
//! a sketch of its shingles by which near-duplicates resemble each other.
//!
//! Over the folded forms of the one analyser, so a copy without marks is a copy. Which
//! two texts are copies of each other is judged by `tidings-model`.

use std::cell::RefCell;
use std::hash::Hasher;

use rustc_hash::FxHasher;

use crate::WordMap;
use crate::ordinal::is_ordinal;
use crate::token::{Place, Reader, Token, read_words};

/// Minima in a sketch.
const BINS: usize = 128;
/// Words of a shingle. Three syllables of Vietnamese are one or two of its words.
const SHINGLE: usize = 3;
/// Words that are looked at; a text that goes on is told by its beginning.
const MAX_WORDS: u32 = 4_000;
/// Fewest words of a text that has a sketch.
const SKETCHED_WORDS: u32 = 12;
/// Words of the lead.
const LEAD: u32 = 10;
/// Numbers kept; of more, the smallest hashes.
const MAX_NUMBERS: usize = 32;
/// Words of a title that are kept.
const MAX_TITLE_WORDS: usize = 48;
/// A shorter title names too many things.
const TELLING_WORDS: usize = 5;
const TELLING_BYTES: usize = 18;

/// What is left of a text. Empty for an empty one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fingerprint {
    /// Words, up to the few thousand that are looked at.
    pub words: u32,
    /// Of all those words, in order; 0 where there is none.
    pub whole: u64,
    /// Of the first ten; 0 where there are fewer.
    pub lead: u64,
    /// Of the words that count or date something: sorted, each once.
    pub numbers: Vec<u16>,
    /// For each of 128 bins, eight bits of the least hash of a shingle in it. The share of
    /// bins in which two texts agree is the share of shingles that they have in common.
    /// Absent for a text of fewer than twelve words.
    pub sketch: Option<Box<[u8; BINS]>>,
}

/// What is left of a title.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TitlePrint {
    /// Of all its words in order; 0 where it is too short to mean one thing.
    pub whole: u64,
    /// Of its words: sorted, each once.
    pub words: Vec<u16>,
    /// Of those that count or date something: sorted, each as often as it is there (`11/11`
    /// is another day than `12/11`).
    pub numbers: Vec<u16>,
}

/// The fingerprint of a text. Linear, and bounded by its first few thousand words.
pub fn fingerprint(text: &str) -> Fingerprint {
    let mut print = TextReader { sketch: Some(Sketch::default()), ..TextReader::default() };
    read(beginning(text), &mut print);
    print.finish()
}

/// The fingerprint of a text that is not compared by its shingles: without a sketch.
pub fn unsketched_fingerprint(text: &str) -> Fingerprint {
    let mut print = TextReader::default();
    read(beginning(text), &mut print);
    print.finish()
}

/// What is left of a title, without the name of the site behind it.
pub fn title_print(title: &str) -> TitlePrint {
    let mut print = TitleReader::default();
    read(without_site(title), &mut print);
    print.finish()
}

fn read<R: Reader<Note = Word>>(text: &str, reader: &mut R) {
    thread_local! {
        static NOTES: RefCell<WordMap<Word>> = RefCell::default();
    }
    NOTES.with_borrow_mut(|notes| read_words(text, notes, reader));
}

/// What a word is to a fingerprint.
#[derive(Clone, Copy, Debug, Default)]
struct Word {
    hash: u64,
    bytes: u8,
    /// Whether it counts or dates something.
    is_number: bool,
}

impl Word {
    fn of(token: &Token<'_>) -> Self {
        let Token { exact, folded, .. } = token;
        let is_number = folded.bytes().any(|byte| byte.is_ascii_digit()) || is_ordinal(exact);
        // No form is longer than a byte can say.
        Self { hash: hash_word(folded), bytes: folded.len() as u8, is_number }
    }
}

/// The words of a text on their way into its fingerprint.
#[derive(Default)]
struct TextReader {
    print: Fingerprint,
    sketch: Option<Sketch>,
    whole: FxHasher,
    /// The hashes of the words before.
    last: [u64; SHINGLE - 1],
}

impl Reader for TextReader {
    type Note = Word;

    fn look_up(&mut self, token: &Token<'_>) -> Word {
        Word::of(token)
    }

    #[inline]
    fn read(&mut self, Word { hash, is_number, .. }: Word, _: Place) {
        let print = &mut self.print;
        if print.words == MAX_WORDS {
            return;
        }
        print.words += 1;
        self.whole.write_u64(hash);
        if print.words == LEAD {
            print.lead = mixed(self.whole.finish());
        }
        if is_number {
            print.numbers.push(short(hash));
        }
        let [first, second] = self.last;
        self.last = [second, hash];
        if let Some(sketch) = self.sketch.as_mut().filter(|_| SHINGLE as u32 <= print.words) {
            sketch.add(mixed(first ^ second.rotate_left(21) ^ hash.rotate_left(42)));
        }
    }
}

impl TextReader {
    fn finish(self) -> Fingerprint {
        let mut print = self.print;
        if 0 < print.words {
            print.whole = mixed(self.whole.finish());
        }
        keep_sorted(&mut print.numbers, MAX_NUMBERS);
        if SKETCHED_WORDS <= print.words {
            print.sketch = self.sketch.map(|sketch| sketch.finish());
        }
        print
    }
}

/// The words of a title on their way into what is left of it.
#[derive(Default)]
struct TitleReader {
    print: TitlePrint,
    whole: FxHasher,
    count: usize,
    bytes: usize,
}

impl Reader for TitleReader {
    type Note = Word;

    fn look_up(&mut self, token: &Token<'_>) -> Word {
        Word::of(token)
    }

    fn read(&mut self, Word { hash, bytes, is_number }: Word, _: Place) {
        self.count += 1;
        self.bytes += usize::from(bytes);
        self.whole.write_u64(hash);
        let TitlePrint { words, numbers, .. } = &mut self.print;
        words.push(short(hash));
        if is_number {
            let before = words.iter().filter(|other| **other == short(hash)).count() as u64;
            numbers.push(short(mixed(hash ^ before)));
        }
    }
}

impl TitleReader {
    fn finish(self) -> TitlePrint {
        let mut print = self.print;
        if TELLING_WORDS <= self.count && TELLING_BYTES <= self.bytes {
            print.whole = mixed(self.whole.finish());
        }
        keep_sorted(&mut print.words, MAX_TITLE_WORDS);
        keep_sorted(&mut print.numbers, MAX_NUMBERS);
        print
    }
}

/// Enough of a text for its first words, however long they are.
fn beginning(text: &str) -> &str {
    &text[..text.floor_char_boundary(MAX_WORDS as usize * 16)]
}

/// `Giá tăng mạnh từ hôm nay - Báo Mới` without what stands behind the last bar or dash.
fn without_site(title: &str) -> &str {
    let bars = [" | ", " - ", " – ", " — ", " :: ", " « ", " · "];
    let cut = bars.iter().filter_map(|bar| title.rfind(bar).map(|at| (at, at + bar.len()))).max();
    let Some((end, start)) = cut else {
        return title;
    };
    let words = |text: &str| text.split_whitespace().count();
    let is_site = words(&title[start..]) <= 4 && !title[start..].contains(|ch: char| ch.is_ascii_digit());
    if is_site && 4 <= words(&title[..end]) { &title[..end] } else { title }
}

fn keep_sorted(hashes: &mut Vec<u16>, limit: usize) {
    hashes.sort_unstable();
    hashes.dedup();
    hashes.truncate(limit);
}

fn hash_word(word: &str) -> u64 {
    let mut hasher = FxHasher::default();
    hasher.write(word.as_bytes());
    mixed(hasher.finish())
}

/// Bits of which each depends on all of those given.
fn mixed(bits: u64) -> u64 {
    let bits = (bits ^ (bits >> 32)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    bits ^ (bits >> 29)
}

/// The upper bits are the better ones.
fn short(hash: u64) -> u16 {
    (hash >> 48) as u16
}

/// Minwise hashing in one pass: a shingle counts in one bin, and empty bins borrow.
struct Sketch {
    minima: [u32; BINS],
}

const EMPTY: u32 = u32::MAX;

impl Default for Sketch {
    fn default() -> Self {
        Self { minima: [EMPTY; BINS] }
    }
}

impl Sketch {
    fn add(&mut self, hash: u64) {
        let minimum = &mut self.minima[(hash >> 57) as usize];
        *minimum = (*minimum).min(((hash >> 16) as u32) & !1);
    }

    /// An empty bin takes over one that is filled, found by a walk that is the same for
    /// all texts, so that texts which agree in what they have agree in what they borrow.
    fn finish(&self) -> Box<[u8; BINS]> {
        let mut sketch = Box::new([0; BINS]);
        if self.minima.iter().all(|minimum| *minimum == EMPTY) {
            return sketch;
        }
        for (bin, kept) in sketch.iter_mut().enumerate() {
            let (mut at, mut step) = (bin, 0);
            while self.minima[at] == EMPTY {
                step += 1;
                at = (mixed((bin as u64 + 1) << 32 | step) >> 57) as usize;
            }
            *kept = (mixed(u64::from(self.minima[at]) + 1) >> 56) as u8;
        }
        sketch
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use proptest::prelude::*;
    use unicode_normalization::UnicodeNormalization;

    use super::*;

    fn agreement(one: &str, other: &str) -> f32 {
        let (one, other) = (fingerprint(one).sketch.unwrap(), fingerprint(other).sketch.unwrap());
        one.iter().zip(other.iter()).filter(|(one, other)| one == other).count() as f32 / BINS as f32
    }

    /// Words `from` to `to` of an endless text.
    fn words(from: usize, to: usize) -> String {
        (from..to).fold(String::new(), |mut text, word| {
            write!(text, "w{} ", word * 7919 % 100_003).unwrap();
            text
        })
    }

    #[test]
    fn agreement_is_the_share_of_common_shingles() {
        assert_eq!(agreement(&words(0, 300), &words(0, 300)), 1.0);
        for (shift, share) in [(30, 0.81), (75, 0.6), (150, 0.33), (300, 0.0)] {
            let agreement = agreement(&words(0, 300), &words(shift, 300 + shift));
            assert!((agreement - share).abs() < 0.12, "{agreement} for {share}");
        }
        // Short texts fill few bins and borrow the rest.
        let short = agreement(&words(0, 22), &words(2, 24));
        assert!((short - 0.82).abs() < 0.2, "{short}");
    }

    #[test]
    fn marks_case_and_punctuation_change_nothing() {
        let marked = "Giá CRM tăng mạnh, khách hàng nhỏ kêu đắt quá và tìm chỗ khác rồi!";
        let bare = "gia crm tang manh khach hang nho keu dat qua va tim cho khac roi";
        assert_eq!(fingerprint(marked), fingerprint(bare));
        assert_eq!(title_print(marked), title_print(bare));
    }

    #[test]
    fn numbers_are_what_counts_or_dates() {
        let numbers = |title: &str| title_print(title).numbers.len();
        assert_eq!(numbers("Weekly deals thread #12"), 1);
        assert_eq!(numbers("Release v1.2 of November, on Monday"), 3);
        assert_eq!(numbers("Giá vàng hôm nay thứ tư 12/11"), 3);
        assert_eq!(numbers("Gold on 11/11"), 2);
        assert_eq!(numbers("Acme raises its prices again"), 0);
    }

    #[test]
    fn name_of_the_site_is_no_part_of_the_title() {
        let title = title_print("Acme raises prices for all its plans");
        assert_eq!(title_print("Acme raises prices for all its plans | The Daily Example"), title);
        assert_eq!(title_print("Acme raises prices for all its plans - Example.com"), title);
        assert_ne!(title_print("Acme raises prices for all its plans - part 2"), title);
        assert_eq!(without_site("Acme - Pricing"), "Acme - Pricing");
    }

    #[test]
    fn short_titles_and_texts_say_nothing() {
        assert_eq!(title_print("Weekly deals thread").whole, 0);
        assert_ne!(title_print("Acme raises prices for all").whole, 0);
        assert_eq!(fingerprint(""), Fingerprint::default());
        assert_eq!(fingerprint("one two three").sketch, None);
        assert_eq!(fingerprint("one two three").lead, 0);
    }

    #[test]
    fn a_long_text_is_told_by_its_beginning() {
        let text = words(0, 30_000);
        let longer = text.clone() + "and on it goes";
        assert_eq!(fingerprint(&text), fingerprint(&longer));
        assert_eq!(fingerprint(&text).words, MAX_WORDS);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn normal_form_changes_nothing(text in "[a-zA-ZđĐàáạảãăằắâầêếôồộơớưứ\u{300}\u{301}\u{323} .,0-9]{0,200}") {
            let (composed, decomposed): (String, String) = (text.nfc().collect(), text.nfd().collect());
            prop_assert_eq!(fingerprint(&composed), fingerprint(&decomposed));
            prop_assert_eq!(title_print(&composed), title_print(&decomposed));
        }
    }
}
