//! The signs, codes and words of currencies.

/// Codes that are read, ISO 4217.
const CODES: [&str; 37] = [
    "USD", "EUR", "GBP", "JPY", "VND", "CNY", "KRW", "INR", "THB", "IDR", "MYR", "SGD", "PHP", "AUD", "CAD", "NZD",
    "HKD", "TWD", "CHF", "SEK", "NOK", "DKK", "PLN", "CZK", "HUF", "RON", "TRY", "RUB", "UAH", "BRL", "MXN", "ZAR",
    "ILS", "AED", "SAR", "CLP", "COP",
];
/// Signs before a number, longer ones first.
const BEFORE: [(&str, &str); 31] = [
    ("US$", "USD"),
    ("USD$", "USD"),
    ("AU$", "AUD"),
    ("CA$", "CAD"),
    ("NZ$", "NZD"),
    ("HK$", "HKD"),
    ("SG$", "SGD"),
    ("NT$", "TWD"),
    ("MX$", "MXN"),
    ("A$", "AUD"),
    ("C$", "CAD"),
    ("S$", "SGD"),
    ("R$", "BRL"),
    ("$", "USD"),
    ("＄", "USD"),
    ("€", "EUR"),
    ("£", "GBP"),
    ("¥", "JPY"),
    ("￥", "JPY"),
    ("₫", "VND"),
    ("₹", "INR"),
    ("₩", "KRW"),
    ("฿", "THB"),
    ("₱", "PHP"),
    ("₴", "UAH"),
    ("₽", "RUB"),
    ("₺", "TRY"),
    ("₪", "ILS"),
    ("Rs.", "INR"),
    ("Rp", "IDR"),
    ("RM", "MYR"),
];
/// Signs and words behind a number, in lower case, longer ones first.
const AFTER: [(&str, &str); 26] = [
    ("đồng", "VND"),
    ("vnđ", "VND"),
    ("₫", "VND"),
    ("đ", "VND"),
    ("us$", "USD"),
    ("dollars", "USD"),
    ("đô", "USD"),
    ("euros", "EUR"),
    ("euro", "EUR"),
    ("$", "USD"),
    ("€", "EUR"),
    ("£", "GBP"),
    ("¥", "JPY"),
    ("円", "JPY"),
    ("元", "CNY"),
    ("₩", "KRW"),
    ("원", "KRW"),
    ("฿", "THB"),
    ("₽", "RUB"),
    ("₴", "UAH"),
    ("₺", "TRY"),
    ("zł", "PLN"),
    ("kč", "CZK"),
    ("ft", "HUF"),
    ("lei", "RON"),
    ("₪", "ILS"),
];
/// Words that multiply a number, in lower case, longer ones first.
const SCALES: [(&str, u64); 8] = [
    ("nghìn", 1_000),
    ("ngàn", 1_000),
    ("triệu", 1_000_000),
    ("tỷ", 1_000_000_000),
    ("tỉ", 1_000_000_000),
    ("tr", 1_000_000),
    ("k", 1_000),
    ("m", 1_000_000),
];
/// Words that may follow a price without a currency; any other says what is counted.
const COMPANIONS: [&str; 12] = ["mỗi", "một", "cho", "trên", "trở", "chỉ", "per", "a", "đến", "tới", "và", "hoặc"];

/// The currency of a code, whatever its case.
pub(crate) fn by_code(code: &str) -> Option<&'static str> {
    let code = code.trim();
    CODES.iter().find(|known| known.eq_ignore_ascii_case(code)).copied()
}

/// The currency that ends `text`, before a number.
pub(super) fn before(text: &str, lang: &str) -> Option<&'static str> {
    let text = text.strip_suffix(is_space).unwrap_or(text);
    if let Some((sign, currency)) = BEFORE.iter().find(|(sign, _)| text.ends_with(sign)) {
        let rest = &text[..text.len() - sign.len()];
        let is_word = sign.starts_with(char::is_alphabetic);
        if !is_word || !rest.ends_with(char::is_alphanumeric) {
            return Some(of_language(currency, lang));
        }
        // `xyzA$5` is no Australian dollar, yet a dollar.
        return sign.ends_with('$').then_some("USD");
    }
    let from = text.len().checked_sub(3).filter(|from| text.is_char_boundary(*from))?;
    let is_apart = !text[..from].ends_with(char::is_alphanumeric);
    // In lower case most codes are words of some language.
    by_code(&text[from..]).filter(|code| is_apart && text[from..] == **code)
}

/// The currency that begins `text`, behind a number.
pub(super) fn after(text: &str, lang: &str) -> Option<&'static str> {
    let word = next_word(text);
    if let Some(code) = by_code(&word) {
        return Some(code);
    }
    if word == "kr" {
        return Some(of_language("SEK", lang));
    }
    let (sign, currency) = AFTER.iter().find(|(sign, _)| word.starts_with(sign))?;
    let ends = !sign.ends_with(char::is_alphabetic) || word.len() == sign.len();
    // In `5 $10` the sign belongs to the number behind it.
    let is_others =
        !sign.ends_with(char::is_alphabetic) && word[sign.len()..].starts_with(|letter: char| letter.is_ascii_digit());
    (ends && !is_others).then(|| of_language(currency, lang))
}

/// What multiplies a number that `text` follows, and the length of the word for it; 1 and 0 when nothing does.
pub(super) fn scale(text: &str, lang: &str) -> (u64, usize) {
    let skipped = text.len() - text.trim_start_matches(is_space).len();
    let word: String = text[skipped..].chars().take(8).take_while(|letter| letter.is_alphabetic()).collect();
    let lower = word.to_lowercase();
    let is_short = word.len() <= 2 && lower != "tỷ";
    let known = SCALES.iter().find(|(name, _)| lower == *name);
    match known {
        // `5 k` and `5 m` are no thousands.
        Some((name, _)) if is_short && 0 < skipped && *name != "tr" => (1, 0),
        Some((name, _)) if *name == "tr" && !is_vietnamese(lang) => (1, 0),
        Some((_, scale)) => (*scale, skipped + word.len()),
        None => (1, 0),
    }
}

/// Whether a number with the multiplier `word` and `rest` behind it is a price in dong though no currency says so.
pub(super) fn is_bare(rest: &str, word: &str, lang: &str) -> bool {
    let is_own = matches!(word.trim().to_lowercase().as_str(), "nghìn" | "ngàn" | "triệu" | "tỷ" | "tỉ");
    let is_thousand = is_vietnamese(lang) && !word.trim().eq_ignore_ascii_case("m");
    let next = next_word(rest);
    let is_counted = next.starts_with(char::is_alphabetic) && !COMPANIONS.contains(&next.as_str());
    (is_own || is_thousand) && !is_counted && !next.starts_with('+')
}

/// The next word in lower case, at most 12 letters of it.
fn next_word(text: &str) -> String {
    let mut letters = text.trim_start_matches(is_space).chars().take(12).peekable();
    let is_letter = letters.peek().is_some_and(|letter| letter.is_alphabetic());
    // A sign ends at a space, a word at the first mark.
    let word: String = letters
        .take_while(|letter| if is_letter { letter.is_alphabetic() || *letter == '$' } else { !letter.is_whitespace() })
        .collect();
    word.to_lowercase()
}

fn is_space(letter: char) -> bool {
    matches!(letter, ' ' | '\u{a0}' | '\u{202f}' | '\u{2009}')
}

fn is_vietnamese(lang: &str) -> bool {
    lang.get(..2).is_some_and(|lang| lang.eq_ignore_ascii_case("vi"))
}

/// Signs that several countries share.
fn of_language(currency: &'static str, lang: &str) -> &'static str {
    let language = lang.split(['-', '_']).next().unwrap_or_default().to_ascii_lowercase();
    match (currency, language.as_str()) {
        ("JPY", "zh") => "CNY",
        ("SEK", "da") => "DKK",
        ("SEK", "no" | "nb" | "nn") => "NOK",
        _ => currency,
    }
}
