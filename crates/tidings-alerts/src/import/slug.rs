//! Ids made of words.

/// So long that a prefix and a number still fit an id of 64.
const LONGEST: usize = 44;

/// Letters of Vietnamese and of western Europe, by the letter that stays without their marks.
const MARKED: &[(&str, &str)] = &[
    ("a", "àáảãạăằắẳẵặâầấẩẫậäåāą"),
    ("ae", "æ"),
    ("c", "çćč"),
    ("d", "đď"),
    ("e", "èéẻẽẹêềếểễệëēęě"),
    ("g", "ğ"),
    ("i", "ìíỉĩịîïīı"),
    ("l", "ł"),
    ("n", "ñńň"),
    ("o", "òóỏõọôồốổỗộơờớởỡợöøō"),
    ("oe", "œ"),
    ("r", "ř"),
    ("s", "śşš"),
    ("ss", "ß"),
    ("u", "ùúủũụưừứửữựûüūů"),
    ("y", "ỳýỷỹỵÿ"),
    ("z", "źżž"),
];

/// `khach-hang-che-dat` of `Khách hàng chê "đắt"`; empty where nothing is left.
pub(super) fn slug(text: &str) -> String {
    let mut slug = String::new();
    for c in text.chars().flat_map(char::to_lowercase) {
        if LONGEST <= slug.len() {
            break;
        }
        match plain(c) {
            // A mark that stands behind its letter.
            _ if matches!(c, '\u{300}'..='\u{36f}') => {}
            Some(letters) => slug.push_str(&letters),
            None if !slug.is_empty() && !slug.ends_with('-') => slug.push('-'),
            None => {}
        }
    }
    slug.trim_end_matches('-').to_owned()
}

fn plain(c: char) -> Option<String> {
    if c.is_ascii_alphanumeric() {
        return Some(c.to_string());
    }
    let found = MARKED.iter().find(|(_, marked)| marked.contains(c));
    found.map(|(letters, _)| (*letters).to_owned())
}

/// Whether `text` has letters that Vietnamese alone writes.
pub(super) fn is_vietnamese(text: &str) -> bool {
    text.chars().flat_map(char::to_lowercase).any(|c| matches!(c, 'đ' | 'ơ' | 'ư' | 'ă' | '\u{1ea0}'..='\u{1ef9}'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_become_an_id() {
        for (text, expected) in [
            (r#"Khách hàng chê "đắt quá""#, "khach-hang-che-dat-qua"),
            ("ĐIỆN THOẠI", "dien-thoai"),
            ("Kha\u{301}ch", "khach"),
            ("  (acme OR beta) -jobs site:example.com", "acme-or-beta-jobs-site-example-com"),
            ("Straße & Œuvre", "strasse-oeuvre"),
            ("価格", ""),
            ("", ""),
        ] {
            assert_eq!(slug(text), expected);
        }
        assert!(slug(&"word ".repeat(100)).len() <= LONGEST);
        assert!(slug(&"ß".repeat(100)).len() <= LONGEST + 1);
    }

    #[test]
    fn vietnamese_is_told_by_its_letters() {
        assert!(is_vietnamese("phần mềm"));
        assert!(is_vietnamese("ĐẮT"));
        assert!(!is_vietnamese("café crème"));
    }
}
