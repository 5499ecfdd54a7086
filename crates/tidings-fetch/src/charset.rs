//! Bytes to text: which character encoding a body is in, whatever it claims to be.
//!
//! Order of trust: byte order mark, the shape of UTF-16 and UTF-32, valid UTF-8, the HTTP header, the document's own
//! declaration in its first 1,024 bytes, and last a guess from the bytes. A declaration that the bytes contradict loses.

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, ISO_2022_JP, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

/// How much of a document is searched for its own declaration, as browsers do.
const DECLARATION_WINDOW: usize = 1024;
/// How much of a document is looked at for the zero bytes of UTF-16 and UTF-32.
const SHAPE_WINDOW: usize = 512;
/// Bytes given to the detector at most; more do not change its guess, only its cost.
const DETECTION_WINDOW: usize = 256 * 1024;

/// A body as text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decoded {
    /// The text, without a byte order mark. What could not be decoded is U+FFFD.
    pub text: String,
    /// The encoding that was used, by its WHATWG name (`UTF-8`, `windows-1252` …) or `UTF-32LE`, `UTF-32BE`.
    pub charset: &'static str,
}

/// Decodes `bytes`; `content_type` is the HTTP header of that name, as it was received.
///
/// Never fails, and takes time linear in the length. Valid UTF-8 wins over any other declaration (text of a legacy
/// encoding is hardly ever valid UTF-8 by chance), save over ISO-2022-JP, which is all ASCII.
pub fn decode(bytes: &[u8], content_type: Option<&str>) -> Decoded {
    if let Some(decoded) = by_mark(bytes).or_else(|| by_shape(bytes)) {
        return decoded;
    }
    let declared = declared(bytes, content_type);
    if declared == Some(ISO_2022_JP) && bytes.contains(&0x1b) {
        return with(ISO_2022_JP, bytes).0;
    }
    let valid_up_to = Encoding::utf8_valid_up_to(bytes);
    if valid_up_to == bytes.len() {
        return with(UTF_8, bytes).0;
    }
    if let Some(text) = mostly_utf8(bytes) {
        return Decoded { text, charset: UTF_8.name() };
    }
    if let Some(encoding) = declared.filter(|encoding| *encoding != UTF_8) {
        let (decoded, misfits) = with(encoding, bytes);
        // A few bad bytes are damage; many are another encoding.
        if misfits * 100 <= decoded.text.len() {
            return decoded;
        }
    }
    with(detect(bytes), bytes).0
}

fn by_mark(bytes: &[u8]) -> Option<Decoded> {
    if let Some(rest) = bytes.strip_prefix(b"\xFF\xFE\0\0") {
        return Some(utf32(rest, u32::from_le_bytes, "UTF-32LE"));
    }
    if let Some(rest) = bytes.strip_prefix(b"\0\0\xFE\xFF") {
        return Some(utf32(rest, u32::from_be_bytes, "UTF-32BE"));
    }
    let (encoding, length) = Encoding::for_bom(bytes)?;
    let rest = &bytes[length..];
    if encoding == UTF_8 && Encoding::utf8_valid_up_to(rest) < rest.len() {
        // A mark in front of something that is not UTF-8 was put there by a careless tool.
        return Some(decode(rest, None));
    }
    Some(with(encoding, rest).0)
}

/// UTF-16 and UTF-32 without a mark show by where their zero bytes stand, for any text that is mostly ASCII.
fn by_shape(bytes: &[u8]) -> Option<Decoded> {
    let head = &bytes[..bytes.len().min(SHAPE_WINDOW)];
    if head.len() < 4 || !head.contains(&0) {
        return None;
    }
    let units = head.len() / 4;
    let mut zeros = [0_usize; 4];
    for unit in head.chunks_exact(4) {
        for (count, byte) in zeros.iter_mut().zip(unit) {
            *count += usize::from(*byte == 0);
        }
    }
    let mostly = |position: usize| zeros[position] * 10 >= units * 7;
    let rarely = |position: usize| zeros[position] * 10 <= units;
    match [mostly(0), mostly(1), mostly(2), mostly(3)] {
        [false, true, true, true] if rarely(0) => Some(utf32(bytes, u32::from_le_bytes, "UTF-32LE")),
        [true, true, true, false] if rarely(3) => Some(utf32(bytes, u32::from_be_bytes, "UTF-32BE")),
        [false, true, false, true] if rarely(0) && rarely(2) => Some(with(UTF_16LE, bytes).0),
        [true, false, true, false] if rarely(1) && rarely(3) => Some(with(UTF_16BE, bytes).0),
        _ => None,
    }
}

fn utf32(bytes: &[u8], read: fn([u8; 4]) -> u32, charset: &'static str) -> Decoded {
    let mut text = String::with_capacity(bytes.len() / 4);
    let units = bytes.chunks_exact(4);
    let cut = !units.remainder().is_empty();
    for unit in units {
        let unit: [u8; 4] = unit.try_into().expect("chunks_exact(4) yields four bytes");
        text.push(char::from_u32(read(unit)).unwrap_or(char::REPLACEMENT_CHARACTER));
    }
    if cut {
        text.push(char::REPLACEMENT_CHARACTER);
    }
    Decoded { text, charset }
}

/// The text, and how many U+FFFD the encoding had to put in.
fn with(encoding: &'static Encoding, bytes: &[u8]) -> (Decoded, usize) {
    let (text, had_errors) = encoding.decode_without_bom_handling(bytes);
    let misfits = if had_errors { text.matches(char::REPLACEMENT_CHARACTER).count() } else { 0 };
    (Decoded { text: text.into_owned(), charset: encoding.name() }, misfits)
}

/// UTF-8 with a few foreign bytes in it, e.g. a legacy comment pasted into a template: the foreign bytes are read as
/// windows-1252. A sequence cut off by the end of the body is dropped.
fn mostly_utf8(bytes: &[u8]) -> Option<String> {
    let (mut right, mut wrong) = (0_usize, 0_usize);
    for chunk in bytes.utf8_chunks() {
        right += chunk.valid().bytes().filter(|byte| *byte >= 0xC0).count();
        wrong += usize::from(!chunk.invalid().is_empty());
    }
    if right < wrong.saturating_sub(1) * 4 || right == 0 {
        return None;
    }
    let mut text = String::with_capacity(bytes.len() + bytes.len() / 64);
    let mut chunks = bytes.utf8_chunks().peekable();
    while let Some(chunk) = chunks.next() {
        text.push_str(chunk.valid());
        let cut_off = chunks.peek().is_none() && chunk.invalid().first().is_some_and(|byte| *byte >= 0xC2);
        if !cut_off {
            text.push_str(&WINDOWS_1252.decode_without_bom_handling(chunk.invalid()).0);
        }
    }
    Some(text)
}

/// What the header and the document say, the header first. Servers send `iso-8859-1` and `us-ascii` by default, so
/// those two give way to what the document says of itself.
fn declared(bytes: &[u8], content_type: Option<&str>) -> Option<&'static Encoding> {
    let in_header = content_type.and_then(header_charset);
    let head = &bytes[..bytes.len().min(DECLARATION_WINDOW)];
    let is_default = |label: &str| {
        ["iso-8859-1", "us-ascii", "ascii", "latin1"].iter().any(|default| label.eq_ignore_ascii_case(default))
    };
    match in_header {
        Some(label) if !is_default(label) => encoding(label).or_else(|| document_charset(head)),
        Some(label) => document_charset(head).or_else(|| encoding(label)),
        None => document_charset(head),
    }
}

/// A declaration was read byte by byte, so it cannot be true where it says UTF-16.
fn encoding(label: &str) -> Option<&'static Encoding> {
    Encoding::for_label_no_replacement(label.trim().as_bytes())
        .filter(|encoding| *encoding != UTF_16LE && *encoding != UTF_16BE && encoding.name() != "x-user-defined")
}

fn header_charset(content_type: &str) -> Option<&str> {
    content_type.split(';').skip(1).find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        let value = value.trim().trim_matches(['"', '\'']).trim();
        (name.trim().eq_ignore_ascii_case("charset") && !value.is_empty()).then_some(value)
    })
}

/// The XML declaration's `encoding="…"`, else the first `charset=` inside a `<meta>`.
fn document_charset(head: &[u8]) -> Option<&'static Encoding> {
    let head = String::from_utf8_lossy(head).to_ascii_lowercase();
    xml_declaration(&head).or_else(|| meta(&head)).and_then(|label| encoding(&label))
}

fn xml_declaration(head: &str) -> Option<String> {
    let start = head.find("<?xml")?;
    let declaration = head[start..].split_once("?>").map_or(&head[start..], |(inside, _)| inside);
    let declaration = declaration.split('<').nth(1).unwrap_or_default();
    value_after(declaration, "encoding")
}

fn meta(head: &str) -> Option<String> {
    head.match_indices("<meta")
        .find_map(|(start, _)| value_after(head[start..].split('>').next().unwrap_or_default(), "charset"))
}

/// `encoding = "utf-8"`, `charset=utf-8`, `content="text/html; charset=utf-8"`.
fn value_after(tag: &str, name: &str) -> Option<String> {
    tag.match_indices(name).find_map(|(at, _)| {
        let value = tag[at + name.len()..].trim_start().strip_prefix('=')?.trim_start();
        let value = value.trim_start_matches(['"', '\'', ' ']);
        let end = value.find(['"', '\'', ' ', ';', '/', '>', '?', '\t', '\n', '\r']).unwrap_or(value.len());
        (end > 0).then(|| value[..end].to_owned())
    })
}

fn detect(bytes: &[u8]) -> &'static Encoding {
    // A long ASCII head tells the detector nothing, so its window starts near the first other byte.
    let first = bytes.iter().position(|byte| !byte.is_ascii()).unwrap_or(0).saturating_sub(64);
    let window = &bytes[first..bytes.len().min(first + DETECTION_WINDOW)];
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(window, true);
    detector.guess(None, Utf8Detection::Deny)
}

#[cfg(test)]
mod tests {
    use encoding_rs::{BIG5, EUC_KR, GBK, KOI8_R, SHIFT_JIS, WINDOWS_1251, WINDOWS_1258};
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(bytes: &[u8], content_type: Option<&str>, text: &str, charset: &str) {
        let decoded = decode(bytes, content_type);
        assert_eq!((decoded.text.as_str(), decoded.charset), (text, charset));
    }

    fn utf16(text: &str, write: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(write).collect()
    }

    fn utf32(text: &str, write: fn(u32) -> [u8; 4]) -> Vec<u8> {
        text.chars().flat_map(|c| write(c as u32)).collect()
    }

    #[test]
    fn a_byte_order_mark_wins_over_every_declaration() {
        check(b"\xEF\xBB\xBFgi\xC3\xA1", Some("text/xml; charset=windows-1251"), "giá", "UTF-8");
        let little = [b"\xFF\xFE".to_vec(), utf16("<a>đắt</a>", u16::to_le_bytes)].concat();
        check(&little, Some("text/xml; charset=utf-8"), "<a>đắt</a>", "UTF-16LE");
        let big = [b"\xFE\xFF".to_vec(), utf16("<a>đắt</a>", u16::to_be_bytes)].concat();
        check(&big, None, "<a>đắt</a>", "UTF-16BE");
        let long = [b"\xFF\xFE\0\0".to_vec(), utf32("<a>đắt</a>", u32::to_le_bytes)].concat();
        check(&long, None, "<a>đắt</a>", "UTF-32LE");
    }

    #[test]
    fn a_mark_before_legacy_bytes_is_taken_off() {
        check(
            b"\xEF\xBB\xBF<?xml encoding='windows-1252'?>Caf\xE9 cr\xE8me",
            None,
            "<?xml encoding='windows-1252'?>Café crème",
            "windows-1252",
        );
    }

    #[test]
    fn wide_encodings_show_without_a_mark() {
        let xml = "<?xml version=\"1.0\" encoding=\"utf-16\"?><rss><channel><title>Chợ</title></channel></rss>";
        check(&utf16(xml, u16::to_le_bytes), None, xml, "UTF-16LE");
        check(&utf16(xml, u16::to_be_bytes), Some("text/xml; charset=utf-8"), xml, "UTF-16BE");
        check(&utf32(xml, u32::to_le_bytes), None, xml, "UTF-32LE");
        check(&utf32(xml, u32::to_be_bytes), None, xml, "UTF-32BE");
        check(&utf16("{\"version\": \"1\"}", u16::to_le_bytes), None, "{\"version\": \"1\"}", "UTF-16LE");
    }

    #[test]
    fn valid_utf8_wins_over_a_wrong_declaration() {
        let xml = "<?xml version='1.0' encoding='ISO-8859-1'?><t>Phí giao hàng</t>";
        check(xml.as_bytes(), None, xml, "UTF-8");
        check("giá đắt".as_bytes(), Some("text/html; charset=windows-1258"), "giá đắt", "UTF-8");
    }

    #[test]
    fn the_declared_encoding_is_used_where_it_fits() {
        for (encoding, label, text) in [
            (WINDOWS_1251, "windows-1251", "Цена слишком высока"),
            (KOI8_R, "koi8-r", "Цена слишком высока"),
            (GBK, "gb2312", "价格太贵了，我们换了供应商"),
            (BIG5, "big5", "價格太貴了，我們換了供應商"),
            (SHIFT_JIS, "Shift_JIS", "値段が高すぎる"),
            (EUC_KR, "euc-kr", "가격이 너무 비싸다"),
            (WINDOWS_1258, "windows-1258", "gia ca tang ê ô ă đ ư"),
        ] {
            let bytes = encoding.encode(text).0.into_owned();
            check(&bytes, Some(&format!("text/html; charset=\"{label}\"")), text, encoding.name());
            let xml = format!("<?xml version=\"1.0\" encoding=\"{label}\"?><t>{text}</t>");
            check(&encoding.encode(&xml).0, None, &xml, encoding.name());
            let html = format!("<html><head><META http-equiv=x content='text/html; charset={label}'><p>{text}");
            check(&encoding.encode(&html).0, Some("text/html"), &html, encoding.name());
        }
    }

    #[test]
    fn iso_2022_jp_is_read_though_it_is_ascii() {
        let bytes = ISO_2022_JP.encode("値段").0.into_owned();
        check(&bytes, Some("text/plain; charset=iso-2022-jp"), "値段", "ISO-2022-JP");
    }

    #[test]
    fn a_servers_default_gives_way_to_the_document() {
        let xml = "<?xml version=\"1.0\" encoding=\"windows-1251\"?><t>Цена</t>";
        check(&WINDOWS_1251.encode(xml).0, Some("text/xml; charset=ISO-8859-1"), xml, "windows-1251");
    }

    #[test]
    fn undeclared_legacy_text_is_guessed() {
        let french = "La criminalité liée à l'âge : dernières études menées à l'étranger, très complètes";
        check(&WINDOWS_1252.encode(french).0, None, french, "windows-1252");
        let russian = "Цена слишком высока, поэтому мы сменили поставщика в прошлом месяце";
        check(&WINDOWS_1251.encode(russian).0, None, russian, "windows-1251");
    }

    #[test]
    fn utf8_that_is_declared_but_not_there_is_guessed() {
        let french = "<?xml version='1.0' encoding='utf-8'?><t>criminalité liée à l'âge, études</t>";
        check(&WINDOWS_1252.encode(french).0, Some("text/xml; charset=utf-8"), french, "windows-1252");
    }

    #[test]
    fn an_unknown_label_is_passed_over() {
        check("<?xml encoding='invalid'?>Café".as_bytes(), None, "<?xml encoding='invalid'?>Café", "UTF-8");
        check(b"<?xml encoding='utf-16'?>abc", None, "<?xml encoding='utf-16'?>abc", "UTF-8");
    }

    #[test]
    fn a_foreign_byte_in_utf8_spoils_only_itself() {
        let bytes = ["Giá cả tăng mạnh ".as_bytes(), b"\x93quote\x94", " ở chợ".as_bytes()].concat();
        check(&bytes, None, "Giá cả tăng mạnh “quote” ở chợ", "UTF-8");
        check(&"Giá cả ở chợ".as_bytes()[..17], None, "Giá cả ở ch", "UTF-8");
    }

    #[test]
    fn nothing_is_nothing() {
        check(b"", None, "", "UTF-8");
    }

    proptest! {
        #[test]
        fn any_bytes_decode(bytes in prop::collection::vec(any::<u8>(), 0..600), header in "[ -~]{0,40}") {
            decode(&bytes, Some(&header));
        }

        #[test]
        fn any_text_survives_as_utf8(text in "\\PC{0,80}") {
            prop_assert_eq!(decode(text.as_bytes(), Some("text/html; charset=gbk")).text, text);
        }
    }
}
