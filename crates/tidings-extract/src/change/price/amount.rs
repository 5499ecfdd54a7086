//! Numbers as people write them: which separator parts thousands, and which decimals.

use super::UNIT;

/// More digits are no price.
const MAX_DIGITS: usize = 15;
/// Languages that write a point between thousands.
const POINT_GROUPS: [&str; 13] = ["vi", "de", "es", "it", "pt", "nl", "id", "tr", "da", "el", "ro", "hr", "sl"];
/// Currencies whose prices have no decimals.
const WHOLE: [&str; 9] = ["VND", "JPY", "KRW", "IDR", "HUF", "CLP", "ISK", "COP", "PYG"];

/// A run of digits with separators between them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Number<'a> {
    pub text: &'a str,
    /// Where it ends in the text that it was read from.
    pub end: usize,
}

/// What helps to tell separators apart.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shape<'a> {
    pub currency: &'a str,
    pub lang: &'a str,
    /// What the number is multiplied by: 1,000 for `k`.
    pub scale: u64,
    /// Whether a program wrote it for programs: a single separator stands before decimals.
    pub is_machine: bool,
}

impl<'a> Number<'a> {
    /// The number that begins at `start`, a digit; `None` when it is too long.
    ///
    /// With `may_space`, a space may part groups of three digits: not behind a currency, where the next number counts something else.
    pub(super) fn at(text: &'a str, start: usize, may_space: bool) -> Option<Self> {
        let bytes = text.as_bytes();
        let (mut end, mut digits) = (start, 0);
        loop {
            while bytes.get(end).is_some_and(u8::is_ascii_digit) {
                (end, digits) = (end + 1, digits + 1);
                // A run that goes on for megabytes is looked at once, not from each of its digits.
                if MAX_DIGITS < digits {
                    return None;
                }
            }
            let Some(mark) = text[end..].chars().next() else { break };
            let next = end + mark.len_utf8();
            let group = bytes[next..].iter().take(4).take_while(|byte| byte.is_ascii_digit()).count();
            let joins = match mark {
                '.' | ',' => 0 < group,
                '\'' | '’' => group == 3,
                ' ' | '\u{a0}' | '\u{202f}' | '\u{2009}' => may_space && group == 3 && is_grouped(&text[start..end]),
                _ => false,
            };
            if !joins {
                break;
            }
            end = next;
        }
        (0 < digits).then_some(Self { text: &text[start..end], end })
    }

    /// In ten-thousandths; `None` when the separators make no sense.
    pub(super) fn amount(&self, shape: Shape<'_>) -> Option<u64> {
        let plain: String =
            self.text.chars().filter(|letter| letter.is_ascii_digit() || matches!(letter, '.' | ',')).collect();
        let (whole, decimals) = split(&plain, shape)?;
        let mut amount: u64 = 0;
        for byte in whole.bytes().filter(u8::is_ascii_digit) {
            amount = amount.checked_mul(10)?.checked_add(u64::from(byte - b'0'))?;
        }
        amount = amount.checked_mul(UNIT)?;
        let mut place = UNIT;
        for byte in decimals.bytes().take(4) {
            place /= 10;
            amount += u64::from(byte - b'0') * place;
        }
        amount.checked_mul(shape.scale)
    }
}

/// Whether what stands so far could be followed by a group of three digits: `1`, `12 345`.
fn is_grouped(text: &str) -> bool {
    let first = text.bytes().take_while(u8::is_ascii_digit).count();
    let last = text.bytes().rev().take_while(u8::is_ascii_digit).count();
    !text.contains(['.', ',']) && first <= 3 && (last == text.len() || last == 3)
}

/// The part before the decimals, and the decimals.
fn split<'a>(text: &'a str, shape: Shape<'_>) -> Option<(&'a str, &'a str)> {
    let (points, commas) = (text.matches('.').count(), text.matches(',').count());
    let Some(last) = text.rfind(['.', ',']) else { return Some((text, "")) };
    let (whole, decimals) = (&text[..last], &text[last + 1..]);
    let mark = text.as_bytes()[last];
    if 0 < points && 0 < commas {
        // The last mark stands before decimals, so it stands once.
        let is_once = if mark == b'.' { points == 1 } else { commas == 1 };
        return (is_once && decimals.len() <= 4 && are_groups(whole)).then_some((whole, decimals));
    }
    if 1 < points + commas {
        return are_groups(text).then_some((text, ""));
    }
    let is_decimal = if shape.is_machine {
        // `1.290` of a shop in dong is no number of a machine.
        decimals.len() != 3 || !WHOLE.contains(&shape.currency)
    } else {
        decimals.len() != 3 || whole.trim_start_matches('0').is_empty() || stands_before_three_decimals(mark, shape)
    };
    if is_decimal {
        return (decimals.len() <= 4 || shape.is_machine).then_some((whole, decimals));
    }
    are_groups(text).then_some((text, ""))
}

/// Whether three digits behind a single mark are decimals, as in `$3.459`.
fn stands_before_three_decimals(mark: u8, shape: Shape<'_>) -> bool {
    if 1_000_000 <= shape.scale {
        return mark == b',';
    }
    let language = shape.lang.split(['-', '_']).next().unwrap_or_default().to_ascii_lowercase();
    mark == b'.'
        && shape.scale == 1
        && !WHOLE.contains(&shape.currency)
        && shape.currency != "EUR"
        && !POINT_GROUPS.contains(&language.as_str())
}

/// Groups of three digits, or of two before the last as in India.
fn are_groups(text: &str) -> bool {
    let groups: Vec<&str> = text.split(['.', ',']).collect();
    let (Some(first), Some(last)) = (groups.first(), groups.last()) else { return false };
    if groups.len() == 1 {
        return true;
    }
    let (middle, is_first) = (&groups[1..groups.len() - 1], (1..=3).contains(&first.len()));
    is_first
        && last.len() == 3
        && (middle.iter().all(|group| group.len() == 3)
            || first.len() <= 2 && middle.iter().all(|group| group.len() == 2))
}
