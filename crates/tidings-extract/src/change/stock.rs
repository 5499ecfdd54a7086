//! Whether a thing can be bought now.

use std::sync::LazyLock;

use aho_corasick::AhoCorasick;

/// Longer blocks are prose, which speaks of other things too.
const MAX_WORDS: usize = 14;
/// States and what says them, in lower case; earlier ones hide what they hold of later ones.
const SAID: [(&str, &[&str]); 3] = [
    (
        "out_of_stock",
        &[
            "out of stock",
            "out-of-stock",
            "sold out",
            "not in stock",
            "currently unavailable",
            "hết hàng",
            "không còn hàng",
            "cháy hàng",
            "ausverkauft",
            "nicht auf lager",
            "rupture de stock",
            "agotado",
            "esgotado",
            "esaurito",
            "uitverkocht",
        ],
    ),
    ("preorder", &["pre-order", "preorder", "đặt trước", "vorbestellen", "précommande"]),
    ("in_stock", &["in stock", "còn hàng", "sẵn hàng", "auf lager", "en stock", "op voorraad"]),
];
/// Numerals that `còn hàng` ("in stock") begins: `còn hàng trăm` is "hundreds are left".
const NUMERALS: [&str; 6] = ["trăm", "nghìn", "ngàn", "chục", "triệu", "tá"];

static FINDER: LazyLock<AhoCorasick> = LazyLock::new(|| {
    AhoCorasick::new(SAID.iter().flat_map(|(_, phrases)| *phrases)).expect("the phrases are few and short")
});

/// The state that a text says: `in_stock`, `out_of_stock`, `preorder`, or `mixed` where its parts differ.
pub fn stock(text: &str) -> Option<&'static str> {
    let mut state = None;
    for block in text.lines().filter(|block| block.split_whitespace().take(MAX_WORDS + 1).count() <= MAX_WORDS) {
        let block = block.to_lowercase();
        match (said(&block), state) {
            (Some(said), None) => state = Some(said),
            (Some(said), Some(known)) if known != said => return Some("mixed"),
            _ => {}
        }
    }
    state
}

/// The state that a value of schema.org or Open Graph names: `https://schema.org/InStock`, `instock`, `out of stock`.
pub(super) fn availability(value: &str) -> Option<&'static str> {
    let last = value.trim().rsplit(['/', '#']).next().unwrap_or_default();
    let name: String = last.chars().filter(|letter| letter.is_alphanumeric()).take(32).collect();
    Some(match name.to_ascii_lowercase().as_str() {
        "instock" | "instoreonly" | "onlineonly" | "available" | "availablefororder" => "in_stock",
        "outofstock" | "soldout" | "oos" => "out_of_stock",
        "preorder" | "presale" => "preorder",
        "backorder" | "madetoorder" => "backorder",
        "limitedavailability" => "limited",
        "discontinued" => "discontinued",
        _ => return None,
    })
}

/// The first of the states of [`SAID`] that a block in lower case says.
fn said(block: &str) -> Option<&'static str> {
    let says = |start: usize, end: usize| {
        let behind = &block[end..];
        !block[..start].ends_with(char::is_alphanumeric)
            && !behind.starts_with(char::is_alphanumeric)
            && !NUMERALS.iter().any(|numeral| behind.trim_start().starts_with(numeral))
    };
    let found = FINDER.find_overlapping_iter(block).filter(|found| says(found.start(), found.end()));
    // The phrases are numbered through, those of earlier states first.
    let mut first = found.map(|found| found.pattern().as_usize()).min()?;
    SAID.iter().find_map(|(state, phrases)| match first.checked_sub(phrases.len()) {
        None => Some(*state),
        Some(rest) => {
            first = rest;
            None
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_state_is_what_short_blocks_say() {
        let rows = [
            ("In stock", Some("in_stock")),
            ("Price: $5\nSold out", Some("out_of_stock")),
            ("Currently not in stock.", Some("out_of_stock")),
            ("Tình trạng: Còn hàng", Some("in_stock")),
            ("Tạm hết hàng", Some("out_of_stock")),
            ("Sản phẩm không còn hàng", Some("out_of_stock")),
            ("Pre-order now", Some("preorder")),
            ("Red: in stock\nBlue: sold out", Some("mixed")),
            ("Còn hàng trăm mẫu khác", None),
            ("We invest in stocks", None),
            ("Last year we were often out of stock, which our customers told us more than once.", None),
        ];
        for (text, expected) in rows {
            assert_eq!(stock(text), expected, "{text}");
        }
    }

    #[test]
    fn structured_values_name_a_state() {
        assert_eq!(availability("https://schema.org/InStock"), Some("in_stock"));
        assert_eq!(availability("out of stock"), Some("out_of_stock"));
        assert_eq!(availability("http://schema.org/Maybe"), None);
    }
}
