//! Words that count or date something without a digit: by them alone the numbers of a
//! series may differ.

/// Months, days of the week, small numbers and their order, in English and Vietnamese.
/// Sorted by their bytes.
const ORDINALS: &[&str] = &[
    "april",
    "august",
    "ba",
    "bảy",
    "bốn",
    "chín",
    "december",
    "eight",
    "eighth",
    "february",
    "fifth",
    "first",
    "five",
    "four",
    "fourth",
    "friday",
    "hai",
    "ii",
    "iii",
    "iv",
    "january",
    "july",
    "june",
    "monday",
    "mười",
    "một",
    "nine",
    "ninth",
    "november",
    "năm",
    "october",
    "one",
    "saturday",
    "second",
    "september",
    "seven",
    "seventh",
    "six",
    "sixth",
    "sunday",
    "sáu",
    "tenth",
    "third",
    "three",
    "thursday",
    "tuesday",
    "two",
    "tám",
    "tư",
    "wednesday",
];

/// Whether `exact`, a token's form as written, is such a word.
pub(crate) fn is_ordinal(exact: &str) -> bool {
    ORDINALS.binary_search(&exact).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn list_is_in_order() {
        assert!(ORDINALS.is_sorted());
    }

    #[test]
    fn words_of_both_languages_are_known() {
        for word in ["november", "tuesday", "second", "bảy", "tư"] {
            assert!(is_ordinal(word), "{word}");
        }
        assert!(!is_ordinal("may"));
    }
}
