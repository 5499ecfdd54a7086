//! Durations as the configuration writes them: `30s`, `10m`, `2h30m`, `1d`.

use std::time::Duration;

/// Longest duration that a configuration may name: a year.
pub const MAX_DURATION: Duration = Duration::from_secs(366 * 24 * 60 * 60);

/// A text that is no duration.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{value}` is no duration: it takes whole numbers with their units (w, d, h, m, s, ms; a year at most), \
     e.g. `30s`, `10m`, `2h30m`"
)]
pub struct InvalidDuration {
    pub value: String,
}

/// The units, the longest first, with their length in milliseconds.
const UNITS: [(&str, u64); 6] =
    [("w", 7 * 86_400_000), ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)];

/// Reads whole numbers with their units, each unit once at most; spaces may stand between.
///
/// # Errors
///
/// On anything else, and on what is longer than [`MAX_DURATION`].
pub fn parse_duration(text: &str) -> Result<Duration, InvalidDuration> {
    let total = total_ms(text).map(Duration::from_millis).filter(|total| *total <= MAX_DURATION);
    total.ok_or_else(|| InvalidDuration { value: text.to_owned() })
}

fn total_ms(text: &str) -> Option<u64> {
    let mut rest = text.trim();
    let mut total = 0_u64;
    let mut seen: Vec<&str> = Vec::new();
    while !rest.is_empty() {
        let (number, behind) = split(rest, |c| c.is_ascii_digit());
        let (unit, behind) = split(behind.trim_start(), |c| c.is_ascii_alphabetic());
        let (unit, length_ms) = *UNITS.iter().find(|(name, _)| *name == unit)?;
        if seen.contains(&unit) {
            return None;
        }
        seen.push(unit);
        total = total.checked_add(number.parse::<u64>().ok()?.checked_mul(length_ms)?)?;
        rest = behind.trim_start();
    }
    (!seen.is_empty()).then_some(total)
}

/// `text` cut behind the characters that `belongs` at its start.
fn split(text: &str, belongs: impl Fn(char) -> bool) -> (&str, &str) {
    text.split_at(text.find(|c| !belongs(c)).unwrap_or(text.len()))
}

/// Writes `duration` so that [`parse_duration`] reads it back, to the millisecond: `1h30m`.
pub fn format_duration(duration: Duration) -> String {
    let mut left = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
    if left == 0 {
        return "0s".to_owned();
    }
    let mut text = String::new();
    for (unit, length_ms) in UNITS.iter().filter(|(unit, _)| *unit != "w") {
        let number = left / length_ms;
        left %= length_ms;
        if 0 < number {
            text.push_str(&number.to_string());
            text.push_str(unit);
        }
    }
    text
}

/// For `#[serde(with = "tidings_model::human_duration")]` on a [`Duration`].
pub mod human_duration {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serializer};

    use super::{format_duration, parse_duration};

    /// Writes what [`format_duration`] gives.
    ///
    /// # Errors
    ///
    /// Only the serializer's own.
    pub fn serialize<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&format_duration(*duration))
    }

    /// Reads what [`parse_duration`] takes.
    ///
    /// # Errors
    ///
    /// On a value that is no text, or no duration.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
        let text = String::deserialize(deserializer)?;
        parse_duration(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, seconds: f64) {
        assert_eq!(parse_duration(text).unwrap(), Duration::from_secs_f64(seconds));
    }

    #[test]
    fn numbers_carry_their_units() {
        check("30s", 30.0);
        check("10m", 600.0);
        check("2h30m", 9000.0);
        check("1d", 86_400.0);
        check("1w 2d", 9.0 * 86_400.0);
        check("250ms", 0.25);
        check(" 1 m 5 s ", 65.0);
        check("0s", 0.0);
    }

    #[test]
    fn anything_else_is_refused() {
        for text in ["", "10", "m", "1.5h", "-3m", "10 parsecs", "1m1m", "1M", "1h30", "ten m", "367d"] {
            assert_eq!(parse_duration(text), Err(InvalidDuration { value: text.to_owned() }));
        }
        assert!(parse_duration("99999999999999999999s").is_err());
        assert!(parse_duration("9999999999999999w").is_err());
    }

    #[test]
    fn what_is_written_reads_as_the_same() {
        for (text, expected) in [("90m", "1h30m"), ("7d", "7d"), ("0ms", "0s"), ("1500ms", "1s500ms"), ("1w", "7d")] {
            let duration = parse_duration(text).unwrap();
            assert_eq!(format_duration(duration), expected);
            assert_eq!(parse_duration(expected).unwrap(), duration);
        }
    }
}
