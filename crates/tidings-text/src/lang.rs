//! The language of a text: letters and little words that only Vietnamese has, scripts
//! that name their language, then whichlang, with what the source says as prior.

use std::borrow::Cow;
use std::cell::RefCell;
use std::sync::LazyLock;

use rustc_hash::FxHashSet;
use whichlang::Lang;

use crate::token::{Place, Reader, Token, read_words};
use crate::{WordMap, latin, nfc, vietnamese};

/// How much of title and text is looked at: some sixty words tell, more cost ingest.
const SAMPLE_BYTES: usize = 384;

/// How much of that a guess by n-grams looks at: its end, which is less of a title.
const GUESS_BYTES: usize = 256;

/// Below this many letters a guess by n-grams is worth less than what the source says.
const SHORT_LETTERS: u32 = 60;

/// Below this many letters there is no guess by n-grams at all.
const FEWEST_LETTERS: u32 = 20;

/// The language as ISO 639-1 code; `None` where nothing tells.
///
/// `hint` is what the source says (`vi`, `vi-VN`): it decides where the text is too short
/// to tell, and names languages that the statistics do not know.
pub fn detect_lang(title: &str, text: &str, hint: Option<&str>) -> Option<&'static str> {
    let hint = hint.and_then(known_code);
    let sample = sample(title, text);
    let signs = Signs::of(&sample);
    if signs.is_vietnamese() {
        return Some("vi");
    }
    if let Some(code) = signs.script(hint) {
        return Some(code);
    }
    if signs.is_unmarked_vietnamese(hint) {
        return Some("vi");
    }
    if signs.is_english() {
        return Some("en");
    }
    if signs.letters < FEWEST_LETTERS {
        return hint;
    }
    // The statistics know ten languages in Latin letters; the source may know better.
    if hint.is_some_and(|code| signs.letters < SHORT_LETTERS || !WHICHLANG_LATIN.contains(&code)) {
        return hint;
    }
    let end = &sample[sample.ceil_char_boundary(sample.len().saturating_sub(GUESS_BYTES))..];
    Some(code_of(whichlang::detect_language(end)))
}

fn sample(title: &str, text: &str) -> String {
    let title = &title[..title.floor_char_boundary(SAMPLE_BYTES / 4)];
    let text = &text[..text.floor_char_boundary(SAMPLE_BYTES - title.len())];
    let sample = format!("{title}\n{text}");
    match nfc(&sample) {
        Cow::Borrowed(_) => sample,
        Cow::Owned(composed) => composed,
    }
}

/// What a sample shows.
#[derive(Default)]
struct Signs {
    words: u32,
    letters: u32,
    /// Words with a letter that only Vietnamese has: ơ, ư, ạ … ỹ.
    vietnamese: u32,
    /// Words with another letter of Vietnamese: à, ê, đ …
    vietnamese_too: u32,
    /// Words with a letter or mark that Vietnamese has not: ä, ç, ñ.
    foreign: u32,
    /// Unmarked words that could be Vietnamese syllables.
    syllables: u32,
    /// Little words of Vietnamese, unmarked or in teencode, that English has not.
    vietnamese_words: u32,
    english_words: u32,
    scripts: [u32; SCRIPTS.len()],
}

impl Signs {
    fn of(sample: &str) -> Self {
        thread_local! {
            static NOTES: RefCell<WordMap<Kinds>> = RefCell::default();
        }
        let mut signs = Self::default();
        for ch in sample.chars() {
            if ch.is_ascii() || latin::letter(ch).is_some() {
                signs.letters += u32::from(ch.is_ascii_alphabetic() || !ch.is_ascii());
            } else if ch.is_alphabetic() {
                signs.letters += 1;
                let is_in = |script: &Script| script.ranges.iter().any(|range| range.contains(&ch));
                if let Some(script) = SCRIPTS.iter().position(is_in) {
                    signs.scripts[script] += 1;
                }
            }
        }
        NOTES.with_borrow_mut(|notes| read_words(sample, notes, &mut signs));
        signs
    }

    /// A sixth of the words of a Vietnamese text have letters of its own, mostly a third
    /// or more; an English one that names places and people stays below.
    fn is_vietnamese(&self) -> bool {
        let own = self.vietnamese;
        0 < own
            && self.words <= 6 * own + self.vietnamese_too
            && self.foreign <= own
            && self.english_words <= own + self.vietnamese_too
    }

    fn is_unmarked_vietnamese(&self, hint: Option<&str>) -> bool {
        if self.foreign + self.vietnamese_too > self.words / 4 {
            return false;
        }
        // Four of five words are syllables; few English or other words are.
        let needed = if hint == Some("vi") { 1 } else { 2 };
        needed <= self.vietnamese_words
            && 2 * self.english_words < self.vietnamese_words.max(2)
            && 3 * self.words <= 4 * (self.syllables + self.vietnamese_words + self.vietnamese + self.vietnamese_too)
    }

    fn is_english(&self) -> bool {
        2 <= self.english_words
            && self.words <= 7 * self.english_words
            && 2 * self.vietnamese_words <= self.english_words
            && 10 * (self.foreign + self.vietnamese_too) <= self.words
    }

    /// The language that the script names, if most letters are of one.
    fn script(&self, hint: Option<&'static str>) -> Option<&'static str> {
        let (at, count) = self.scripts.iter().enumerate().max_by_key(|(_, count)| **count)?;
        if 2 * count < self.letters || *count == 0 {
            return None;
        }
        let script = &SCRIPTS[at];
        // A little kana makes Japanese of Chinese letters.
        if script.code == "zh" && self.letters <= 10 * self.scripts[KANA] {
            return Some("ja");
        }
        Some(hint.filter(|code| script.others.contains(code)).unwrap_or(script.code))
    }
}

/// What a word is a sign of: the bits below.
type Kinds = u8;

const WORD: Kinds = 1;
const ENGLISH_WORD: Kinds = 1 << 1;
const VIETNAMESE_ALONE: Kinds = 1 << 2;
const VIETNAMESE_TOO: Kinds = 1 << 3;
const FOREIGN: Kinds = 1 << 4;
const VIETNAMESE_WORD: Kinds = 1 << 5;
const SYLLABLE: Kinds = 1 << 6;

impl Reader for Signs {
    type Note = Kinds;

    fn look_up(&mut self, Token { exact, marked, .. }: &Token<'_>) -> Kinds {
        let has_letter = exact.chars().any(char::is_alphabetic);
        let (mut kinds, bit) = (if has_letter { WORD } else { 0 }, |is_it, bit| if is_it { bit } else { 0 });
        if !marked {
            kinds |= bit(has_letter && ENGLISH_SET.contains(exact), ENGLISH_WORD);
            kinds |= bit(VIETNAMESE_SET.contains(exact), VIETNAMESE_WORD);
            kinds |= bit(vietnamese::is_vietnamese_syllable(exact), SYLLABLE);
        } else if has_letter {
            kinds |= if exact.chars().any(is_vietnamese_alone) {
                VIETNAMESE_ALONE
            } else if exact.chars().all(|ch| ch.is_ascii() || "àáâãèéêìíòóôõùúýăđĩũ".contains(ch)) {
                VIETNAMESE_TOO
            } else {
                FOREIGN
            };
        }
        kinds
    }

    #[inline]
    fn read(&mut self, kinds: Kinds, _: Place) {
        let count = |bit| u32::from(kinds & bit != 0);
        self.words += count(WORD);
        self.english_words += count(ENGLISH_WORD);
        self.vietnamese += count(VIETNAMESE_ALONE);
        self.vietnamese_too += count(VIETNAMESE_TOO);
        self.foreign += count(FOREIGN);
        self.vietnamese_words += count(VIETNAMESE_WORD);
        self.syllables += count(SYLLABLE);
    }
}

struct Script {
    ranges: &'static [std::ops::RangeInclusive<char>],
    code: &'static str,
    /// Further languages in this script that a source may name.
    others: &'static [&'static str],
}

/// Where kana stand in [`SCRIPTS`].
const KANA: usize = 0;

const SCRIPTS: [Script; 13] = [
    Script { ranges: &['\u{3040}'..='\u{30ff}'], code: "ja", others: &[] },
    Script { ranges: &['\u{3400}'..='\u{9fff}', '\u{20000}'..='\u{323af}'], code: "zh", others: &["ja"] },
    Script { ranges: &['\u{1100}'..='\u{11ff}', '\u{ac00}'..='\u{d7a3}'], code: "ko", others: &[] },
    Script { ranges: &['\u{e00}'..='\u{e7f}'], code: "th", others: &[] },
    Script { ranges: &['\u{e80}'..='\u{eff}'], code: "lo", others: &[] },
    Script { ranges: &['\u{1780}'..='\u{17ff}'], code: "km", others: &[] },
    Script { ranges: &['\u{1000}'..='\u{109f}'], code: "my", others: &[] },
    Script { ranges: &['\u{370}'..='\u{3ff}', '\u{1f00}'..='\u{1fff}'], code: "el", others: &[] },
    Script { ranges: &['\u{590}'..='\u{5ff}'], code: "he", others: &[] },
    Script { ranges: &['\u{600}'..='\u{77f}'], code: "ar", others: &["fa", "ur"] },
    Script { ranges: &['\u{900}'..='\u{97f}'], code: "hi", others: &["mr", "ne"] },
    Script { ranges: &['\u{400}'..='\u{52f}'], code: "ru", others: &["uk", "bg", "sr", "be", "mk", "kk"] },
    Script { ranges: &['\u{b80}'..='\u{bff}'], code: "ta", others: &[] },
];

fn is_vietnamese_alone(ch: char) -> bool {
    matches!(ch, 'ơ' | 'ư' | '\u{1ea0}'..='\u{1ef9}')
}

const WHICHLANG_LATIN: &[&str] = &["de", "en", "es", "fr", "it", "nl", "pt", "sv", "tr", "vi"];

const fn code_of(lang: Lang) -> &'static str {
    match lang {
        Lang::Ara => "ar",
        Lang::Cmn => "zh",
        Lang::Deu => "de",
        Lang::Eng => "en",
        Lang::Fra => "fr",
        Lang::Hin => "hi",
        Lang::Ita => "it",
        Lang::Jpn => "ja",
        Lang::Kor => "ko",
        Lang::Nld => "nl",
        Lang::Por => "pt",
        Lang::Rus => "ru",
        Lang::Spa => "es",
        Lang::Swe => "sv",
        Lang::Tur => "tr",
        Lang::Vie => "vi",
    }
}

/// Languages that a source may name.
const CODES: &[&str] = &[
    "af", "ar", "az", "be", "bg", "bn", "bs", "ca", "cs", "cy", "da", "de", "el", "en", "es", "et", "eu", "fa", "fi",
    "fil", "fr", "ga", "gl", "he", "hi", "hr", "hu", "hy", "id", "is", "it", "ja", "ka", "kk", "km", "ko", "lo", "lt",
    "lv", "mk", "mn", "mr", "ms", "my", "nb", "ne", "nl", "nn", "no", "pl", "pt", "ro", "ru", "sk", "sl", "sq", "sr",
    "sv", "sw", "ta", "te", "th", "tl", "tr", "uk", "ur", "uz", "vi", "zh", "zu",
];

fn known_code(tag: &str) -> Option<&'static str> {
    let primary = tag.trim().split(['-', '_']).next()?;
    CODES.iter().copied().find(|code| code.eq_ignore_ascii_case(primary))
}

static VIETNAMESE_SET: LazyLock<FxHashSet<&str>> = LazyLock::new(|| UNMARKED_VIETNAMESE.iter().copied().collect());

static ENGLISH_SET: LazyLock<FxHashSet<&str>> = LazyLock::new(|| ENGLISH.iter().copied().collect());

const UNMARKED_VIETNAMESE: &[&str] = &[
    "khong", "ko", "hok", "khg", "dc", "duoc", "dk", "cua", "nhung", "nguoi", "minh", "voi", "cho", "cai", "nay",
    "nao", "roi", "nhieu", "mua", "tien", "qua", "thi", "vay", "gia", "dung", "nhu", "lam", "giao", "hang", "khach",
    "chua", "den", "biet", "muon", "hoi", "anh", "chi", "ac", "cac", "moi", "ngay", "vn", "ntn", "sao", "gi", "vs",
    "nua", "luon", "tot", "dep", "cong", "ty", "thay", "ai", "bao", "hon", "rat", "lai", "vao", "tui", "toi", "ban",
    "nen", "phai", "sau", "truoc", "nhe", "nha",
];

const ENGLISH: &[&str] = &[
    "the", "and", "is", "are", "was", "were", "of", "to", "for", "with", "this", "that", "it", "not", "you", "your",
    "have", "has", "had", "my", "from", "they", "we", "be", "been", "will", "would", "can", "could", "what", "which",
    "how", "why", "when", "who", "but", "or", "if", "an", "in", "on", "at", "by", "as", "so", "do", "does", "don't",
    "didn't", "i'm", "it's", "just", "about", "any", "there", "their", "our", "out", "get", "its", "than", "then",
    "some", "more", "i",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, hint: Option<&str>, expected: Option<&str>) {
        assert_eq!(detect_lang("", text, hint), expected, "{text}");
        assert_eq!(detect_lang(text, "", hint), expected, "{text}");
    }

    #[test]
    fn vietnamese_letters_decide() {
        check("Apple ra mắt iPhone mới", None, Some("vi"));
        check("Giá quá đắt so với chất lượng", Some("en"), Some("vi"));
        check("Doanh thu MWG tăng mạnh trong quý 3", None, Some("vi"));
    }

    #[test]
    fn places_and_names_make_no_vietnamese() {
        check("We had a bowl of phở in Hà Nội and it was the best of the trip", None, Some("en"));
        check("Der Preis ist für viele Kunden ein großes Ärgernis geworden", None, Some("de"));
        check("Le prix est trop élevé pour la qualité de ce téléphone à mon avis", None, Some("fr"));
    }

    #[test]
    fn unmarked_vietnamese_is_told() {
        check("shop oi san pham nay con hang khong vay", None, Some("vi"));
        check("mua ve dung dc 2 ngay la hong, goi tong dai ko ai nghe may", None, Some("vi"));
        check("gia dat qua ma chat luong thi ko ra gi", None, Some("vi"));
    }

    #[test]
    fn english_stays_english() {
        check("The support team never answered my tickets", None, Some("en"));
        check("Can we do this on a home PC? I can not get it to go on", None, Some("en"));
        check("it is the price that makes me go", Some("vi"), Some("en"));
    }

    #[test]
    fn scripts_name_their_language() {
        check("東京タワーに行きました", None, Some("ja"));
        check("这个产品太贵了", None, Some("zh"));
        check("가격이 너무 비싸요", None, Some("ko"));
        check("สินค้าแพงเกินไป", None, Some("th"));
        check("Ціна надто висока", Some("uk-UA"), Some("uk"));
    }

    #[test]
    fn hint_decides_where_the_text_does_not() {
        check("OK", Some("vi-VN"), Some("vi"));
        check("OK", None, None);
        check("12345", Some("xx"), None);
        check(
            "Harga terlalu mahal untuk kualitas seperti itu, saya kecewa sekali dengan layanan",
            Some("id"),
            Some("id"),
        );
    }
}
