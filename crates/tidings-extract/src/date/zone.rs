//! Time zones as they stand behind a time: `Z`, `+07:00`, `-0500`, `GMT+7`, `EST`, `(UTC)`.

/// The offset east of UTC in seconds; no offset for nothing, and for a name that is no zone. `None` for what is neither.
pub(super) fn parse(text: &str) -> Option<Option<i32>> {
    let text = text.trim_matches(|c: char| c.is_whitespace() || matches!(c, '(' | ')' | ',' | '[' | ']'));
    if text.is_empty() {
        return Some(None);
    }
    let end = text.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    let rest = rest.trim_start();
    if rest.starts_with(['+', '-', '\u{2212}']) && (name.is_empty() || is_utc(name)) {
        return numeric(rest).map(|(seconds, _)| Some(seconds));
    }
    if name.is_empty() {
        return None;
    }
    Some(named(name))
}

/// `+07:00`, `-0500`, `+7`, `+730`, at the beginning of `text`: seconds, and the length read.
pub(super) fn numeric(text: &str) -> Option<(i32, usize)> {
    let sign_length = text.chars().next().map(char::len_utf8)?;
    let sign = if text.starts_with('+') { 1 } else { -1 };
    let bytes = &text.as_bytes()[sign_length..];
    let digits = bytes.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let value = |range: std::ops::Range<usize>| -> Option<i32> {
        text.get(range.start + sign_length..range.end + sign_length)?.parse().ok()
    };
    let (hours, minutes, length) = match digits {
        1 | 2 if bytes.get(digits) == Some(&b':') => {
            let minutes = bytes[digits + 1..].iter().take_while(|byte| byte.is_ascii_digit()).count().min(2);
            (value(0..digits)?, value(digits + 1..digits + 1 + minutes)?, digits + 1 + minutes)
        }
        1 | 2 => (value(0..digits)?, 0, digits),
        3 => (value(0..1)?, value(1..3)?, 3),
        4 | 6 => (value(0..2)?, value(2..4)?, digits),
        _ => return None,
    };
    // No zone is further from UTC than this.
    (hours <= 15 && minutes < 60).then_some((sign * (hours * 3600 + minutes * 60), sign_length + length))
}

pub(super) fn is_utc(name: &str) -> bool {
    ["utc", "gmt", "ut", "z"].iter().any(|utc| name.eq_ignore_ascii_case(utc))
}

/// The zones of RFC 822, and the common names that mean one thing only where feeds come from.
pub(super) fn named(name: &str) -> Option<i32> {
    let mut lower = [0_u8; 5];
    let lower = lower.get_mut(..name.len())?;
    lower.copy_from_slice(name.as_bytes());
    lower.make_ascii_lowercase();
    let minutes: i32 = match &*lower {
        b"z" | b"ut" | b"utc" | b"gmt" | b"wet" => 0,
        b"a" => -60,
        b"n" => 60,
        b"m" => -12 * 60,
        b"y" => 12 * 60,
        b"adt" => -3 * 60,
        b"ast" | b"at" | b"edt" => -4 * 60,
        b"est" | b"et" | b"cdt" => -5 * 60,
        b"cst" | b"ct" | b"mdt" => -6 * 60,
        b"mst" | b"mt" | b"pdt" => -7 * 60,
        b"pst" | b"pt" | b"akdt" => -8 * 60,
        b"akst" => -9 * 60,
        b"hst" => -10 * 60,
        b"nst" => -210,
        b"ndt" => -150,
        b"brt" | b"art" => -3 * 60,
        b"brst" => -2 * 60,
        b"bst" | b"cet" | b"met" | b"west" | b"wat" => 60,
        b"cest" | b"mest" | b"eet" | b"sast" | b"cat" => 2 * 60,
        b"eest" | b"msk" | b"eat" | b"trt" => 3 * 60,
        b"msd" | b"gst" => 4 * 60,
        b"pkt" | b"uzt" => 5 * 60,
        b"ist" => 330,
        b"npt" => 345,
        b"ict" | b"wib" => 7 * 60,
        b"hkt" | b"sgt" | b"pht" | b"myt" | b"awst" | b"wita" => 8 * 60,
        b"jst" | b"kst" | b"wit" => 9 * 60,
        b"acst" => 570,
        b"aest" => 10 * 60,
        b"acdt" => 630,
        b"aedt" => 11 * 60,
        b"nzst" => 12 * 60,
        b"nzdt" => 13 * 60,
        _ => return None,
    };
    Some(minutes * 60)
}
