//! Prices in a text: a number beside a currency, as an exact number.

mod amount;
mod currency;

use std::collections::BTreeSet;
use std::fmt;

use amount::{Number, Shape};
use currency::by_code;

/// Most distinct prices that one page tells.
pub const MAX_PRICES: usize = 40;
/// What one unit of a currency is in [`Price::amount`].
const UNIT: u64 = 10_000;

/// A number with its currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Price {
    /// ISO 4217.
    pub currency: &'static str,
    /// In ten-thousandths of the currency: `$12.99` is 129,900.
    pub amount: u64,
}

impl Price {
    /// Reads the value of a field that holds a price alone, as in JSON-LD: `12.99`, `1299`, `1.290.000`, `$12.99`.
    pub fn of_field(value: &str, code: &str, lang: &str) -> Option<Self> {
        let value = value.trim();
        if let Some(price) = prices(value, lang).first() {
            return Some(*price);
        }
        let number = Number::at(value, 0, true).filter(|number| number.end == value.len())?;
        let currency = by_code(code)?;
        // Machines write a point before decimals, whatever the language.
        let is_plain = number.text.bytes().filter(|byte| !byte.is_ascii_digit()).count() <= 1;
        let lang = if is_plain { "" } else { lang };
        let amount = number.amount(Shape { currency, lang, scale: 1, is_machine: is_plain })?;
        Some(Self { currency, amount })
    }
}

impl fmt::Display for Price {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, rest) = (self.amount / UNIT, self.amount % UNIT);
        let mut decimals = format!("{rest:04}");
        while 2 < decimals.len() && decimals.ends_with('0') {
            decimals.pop();
        }
        if rest == 0 {
            write!(f, "{whole} {}", self.currency)
        } else {
            write!(f, "{whole}.{decimals} {}", self.currency)
        }
    }
}

/// The distinct prices of a text, the smallest first; at most [`MAX_PRICES`].
///
/// `lang` is the language of the text, such as `vi` or `de-AT`, or empty: it decides what `1.299 USD` and `99k` are.
/// Takes linear time on any input.
pub fn prices(text: &str, lang: &str) -> Vec<Price> {
    let mut found = BTreeSet::new();
    for line in text.lines() {
        in_line(line, lang, &mut found);
        if MAX_PRICES <= found.len() {
            break;
        }
    }
    found.into_iter().take(MAX_PRICES).collect()
}

fn in_line(line: &str, lang: &str, found: &mut BTreeSet<Price>) {
    let mut at = 0;
    while let Some(start) = line[at..].find(|letter: char| letter.is_ascii_digit()).map(|offset| at + offset) {
        let before = currency::before(&line[..start], lang);
        let is_apart = !line[..start].ends_with(|letter: char| letter.is_alphanumeric() || matches!(letter, '.' | ','));
        let Some(number) = Number::at(line, start, before.is_none()) else {
            at = line[start..].find(|letter: char| !letter.is_ascii_digit()).map_or(line.len(), |end| start + end);
            continue;
        };
        at = number.end;
        if before.is_none() && !is_apart {
            continue;
        }
        let (scale, after_scale) = currency::scale(&line[number.end..], lang);
        let rest = &line[number.end + after_scale..];
        let currency = before.or_else(|| currency::after(rest, lang)).or_else(|| {
            (scale != 1 && currency::is_bare(rest, &line[number.end..number.end + after_scale], lang)).then_some("VND")
        });
        let Some(currency) = currency else { continue };
        if let Some(amount) = number.amount(Shape { currency, lang, scale, is_machine: false }) {
            found.insert(Price { currency, amount });
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(text: &str, lang: &str, expected: &[&str]) {
        let found: Vec<String> = prices(text, lang).iter().map(ToString::to_string).collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn a_currency_stands_before_or_behind_its_number() {
        check("$12.99", "", &["12.99 USD"]);
        check("12,99 €", "", &["12.99 EUR"]);
        check("EUR 12.50 or 12.50 EUR", "", &["12.50 EUR"]);
        check("US$5, A$7, C$8 and R$9,90", "", &["7 AUD", "9.90 BRL", "8 CAD", "5 USD"]);
        check("£3/mo, ¥1,200, ₹999, ₩15,000, CHF 20", "", &["20 CHF", "3 GBP", "999 INR", "1200 JPY", "15000 KRW"]);
        check("99 zł, 1 299 Kč, 249 kr", "", &["1299 CZK", "99 PLN", "249 SEK"]);
        check("249 kr", "da-DK", &["249 DKK"]);
        check("From $10–$20", "", &["10 USD", "20 USD"]);
    }

    #[test]
    fn separators_are_told_by_currency_and_shape() {
        check("€1,299.00", "", &["1299 EUR"]);
        check("1.299,00 €", "", &["1299 EUR"]);
        check("1.299 €", "", &["1299 EUR"]);
        check("$1,299", "", &["1299 USD"]);
        check("$1,299,000.50", "", &["1299000.50 USD"]);
        check("$0.005 per call", "", &["0.005 USD"]);
        check("$3.459 per gallon", "en", &["3.459 USD"]);
        check("1.299 USD", "de", &["1299 USD"]);
        check("1 299,50 €", "fr", &["1299.50 EUR"]);
        check("CHF 1'299.50", "", &["1299.50 CHF"]);
        check("₹1,00,000", "", &["100000 INR"]);
        check("$20 200 users", "", &["20 USD"]);
    }

    #[test]
    fn vietnamese_prices_are_read_as_they_are_written() {
        check("1.290.000₫", "", &["1290000 VND"]);
        check("99.000đ/tháng", "", &["99000 VND"]);
        check("99,000 VNĐ", "", &["99000 VND"]);
        check("1,29 triệu", "", &["1290000 VND"]);
        check("Giá 1,5 triệu đồng mỗi năm", "", &["1500000 VND"]);
        check("từ 99k, gói lớn 2tr", "vi", &["99000 VND", "2000000 VND"]);
        check("199 nghìn đồng", "vi", &["199000 VND"]);
        check("$99k", "", &["99000 USD"]);
    }

    #[test]
    fn a_number_without_money_is_no_price() {
        check("10 users, version 1.2.3, 50 % off, 2026-11-20, room A4", "", &[]);
        check("99k", "en", &[]);
        check("99k followers", "vi", &[]);
        check("1,2 triệu người dùng", "vi", &[]);
        check("từ 5 đến 10", "vi", &[]);
        check("$1.2.3", "", &[]);
        check("99999999999999999999999 €", "", &[]);
    }

    #[test]
    fn a_long_run_of_digits_takes_linear_time() {
        check(&"1.".repeat(1 << 15), "", &[]);
        check(&"9".repeat(1 << 16), "", &[]);
        check(&"1 000 ".repeat(1 << 13), "", &[]);
    }

    #[test]
    fn fields_hold_machine_written_numbers() {
        let field = |value, code, lang| Price::of_field(value, code, lang).map(|price| price.to_string());
        assert_eq!(field("12.99", "USD", "de").as_deref(), Some("12.99 USD"));
        assert_eq!(field("1290000", "vnd", "").as_deref(), Some("1290000 VND"));
        assert_eq!(field("12,99", "EUR", "").as_deref(), Some("12.99 EUR"));
        assert_eq!(field("1.290.000", "VND", "vi").as_deref(), Some("1290000 VND"));
        assert_eq!(field("$12.99", "", "").as_deref(), Some("12.99 USD"));
        assert_eq!(field("call us", "USD", ""), None);
        assert_eq!(field("12", "points", ""), None);
    }

    proptest! {
        #[test]
        fn any_text_is_read(text in "[0-9.,' €$₫đkKtriệu\u{a0}a-z]{0,60}", lang in "(vi|de|en|)") {
            prices(&text, &lang);
            Price::of_field(&text, "USD", &lang);
        }

        #[test]
        fn what_is_written_is_read_again(amount in 0_u64..10_000_000_000) {
            let price = Price { currency: "USD", amount: amount * 100 };
            prop_assert_eq!(prices(&price.to_string(), ""), [price]);
        }
    }
}
