//! One field of a cron expression: its text to the set of its values, or an error
//! that says which field it is and what it takes.

use std::fmt;

/// A field of a cron expression, in the order in which they stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CronField {
    Second,
    Minute,
    Hour,
    DayOfMonth,
    Month,
    Weekday,
}

/// A field that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field} `{text}` {problem}; expected {}", field.expected())]
pub struct InvalidField {
    pub field: CronField,
    /// The part that is wrong, e.g. `25` of `8,25`.
    pub text: String,
    pub problem: &'static str,
}

const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const WEEKDAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

impl CronField {
    pub(crate) const ALL: [Self; 6] =
        [Self::Second, Self::Minute, Self::Hour, Self::DayOfMonth, Self::Month, Self::Weekday];

    /// Smallest and largest number; as a weekday, 7 is Sunday again.
    const fn bounds(self) -> (u8, u8) {
        match self {
            Self::Second | Self::Minute => (0, 59),
            Self::Hour => (0, 23),
            Self::DayOfMonth => (1, 31),
            Self::Month => (1, 12),
            Self::Weekday => (0, 7),
        }
    }

    const fn names(self) -> &'static [&'static str] {
        match self {
            Self::Month => &MONTHS,
            Self::Weekday => &WEEKDAYS,
            Self::Second | Self::Minute | Self::Hour | Self::DayOfMonth => &[],
        }
    }

    fn expected(self) -> String {
        let (low, high) = self.bounds();
        let example = match self {
            Self::Second | Self::Minute => "`*`, a list `0,30`, a range `10-20` or a step `*/15`",
            Self::Hour => "`*`, a list `8,12`, a range `8-18` or a step `*/2`",
            Self::DayOfMonth => "`*`, a list `1,15`, a range `1-7` or a step `*/2`",
            Self::Month => "a name `Jan`, `*`, a list `3,9`, a range `Mar-May` or a step `*/3`",
            Self::Weekday => "a name `Mon`, `*`, a list `Mon,Thu` or a range `Mon-Fri` (0 and 7 are Sunday)",
        };
        format!("{low}-{high}, {example}")
    }

    /// The values that `text` names, checked.
    pub(crate) fn parse(self, text: &str) -> Result<Values, InvalidField> {
        let mut values = Values { field: self, bits: 0 };
        for part in text.split(',') {
            self.add(part, &mut values.bits).map_err(|problem| InvalidField {
                field: self,
                text: part.to_owned(),
                problem,
            })?;
        }
        if self == Self::Weekday && values.bits & 1 << 7 != 0 {
            values.bits = values.bits & !(1 << 7) | 1;
        }
        Ok(values)
    }

    /// Adds the values of one part of a list: `*`, `8`, `8-18`, each with a step or without.
    fn add(self, part: &str, bits: &mut u64) -> Result<(), &'static str> {
        let (low, high) = self.bounds();
        let (range, step) = part.split_once('/').map_or((part, None), |(range, step)| (range, Some(step)));
        let (first, last) = match range.split_once('-') {
            _ if range == "*" => (low, if self == Self::Weekday { 6 } else { high }),
            Some((first, last)) => (self.value(first)?, self.range_end(last)?),
            // Some read `5/15` as 5, 20, 35, 50, crontab as 5 alone.
            None if step.is_some() => return Err("has a step, but no range"),
            None => (self.value(range)?, self.value(range)?),
        };
        if last < first {
            return Err("runs backwards");
        }
        let step = match step {
            None => 1,
            Some(step) => match step.parse::<u8>() {
                Ok(step) if 0 < step && step <= high => step,
                _ => return Err("has no usable step"),
            },
        };
        for value in (first..=last).step_by(usize::from(step)) {
            *bits |= 1 << value;
        }
        Ok(())
    }

    fn value(self, text: &str) -> Result<u8, &'static str> {
        let (low, high) = self.bounds();
        let name = text.to_ascii_lowercase();
        if let Some(index) = self.names().iter().position(|known| *known == name) {
            return Ok(low + u8::try_from(index).expect("there are twelve names at most"));
        }
        if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err("is not understood");
        }
        match text.parse::<u8>() {
            Ok(value) if (low..=high).contains(&value) => Ok(value),
            _ => Err("is out of range"),
        }
    }

    /// At the end of a range Sunday closes the week, as in `Sat-Sun`.
    fn range_end(self, text: &str) -> Result<u8, &'static str> {
        let value = self.value(text)?;
        Ok(if self == Self::Weekday && text.eq_ignore_ascii_case("sun") { 7 } else { value })
    }
}

impl fmt::Display for CronField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Second => "second",
            Self::Minute => "minute",
            Self::Hour => "hour",
            Self::DayOfMonth => "day of month",
            Self::Month => "month",
            Self::Weekday => "weekday",
        })
    }
}

/// The values that a field names; weekdays from 0 for Sunday to 6.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Values {
    field: CronField,
    bits: u64,
}

impl Values {
    pub(crate) fn len(self) -> u32 {
        self.bits.count_ones()
    }

    /// Whether it leaves nothing out.
    pub(crate) fn is_all(self) -> bool {
        let (low, high) = self.field.bounds();
        let possible = if self.field == CronField::Weekday { 7 } else { u32::from(high - low) + 1 };
        self.len() == possible
    }
}

/// The field as the `cron` crate reads it, which counts weekdays from 1 for Sunday.
impl fmt::Display for Values {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_all() {
            return f.write_str("*");
        }
        let shift = u32::from(self.field == CronField::Weekday);
        let mut separator = "";
        for value in (0..64).filter(|value| self.bits & 1 << value != 0) {
            write!(f, "{separator}{}", value + shift)?;
            separator = ",";
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(field: CronField, text: &str, expected: &str) {
        assert_eq!(field.parse(text).unwrap().to_string(), expected);
    }

    #[track_caller]
    fn check_error(field: CronField, text: &str, expected: &str) {
        let error = field.parse(text).unwrap_err().to_string();
        assert!(error.starts_with(expected), "{error}");
    }

    #[test]
    fn lists_ranges_and_steps_name_their_values() {
        check(CronField::Minute, "*/15", "0,15,30,45");
        check(CronField::Minute, "5-59/20", "5,25,45");
        check(CronField::Hour, "8-18/5,23", "8,13,18,23");
        check(CronField::DayOfMonth, "31,1,1-3", "1,2,3,31");
        check(CronField::Month, "jan,MAR-May", "1,3,4,5");
        check(CronField::Second, "0-59", "*");
    }

    /// In the order of the `cron` crate, where Sunday is 1.
    #[test]
    fn weekdays_are_names_or_numbers_and_sunday_is_both_0_and_7() {
        check(CronField::Weekday, "Mon-Fri", "2,3,4,5,6");
        check(CronField::Weekday, "1-5", "2,3,4,5,6");
        check(CronField::Weekday, "0", "1");
        check(CronField::Weekday, "7", "1");
        check(CronField::Weekday, "Sat-Sun", "1,7");
        check(CronField::Weekday, "6-7", "1,7");
        check(CronField::Weekday, "0-6", "*");
        check(CronField::Weekday, "1-7", "*");
        check(CronField::Weekday, "*/2", "1,3,5,7");
    }

    #[test]
    fn an_error_names_field_part_and_what_is_expected() {
        check_error(CronField::Minute, "60", "minute `60` is out of range; expected 0-59, `*`, a list `0,30`");
        check_error(CronField::Hour, "8,25", "hour `25` is out of range; expected 0-23, `*`, a list `8,12`");
        check_error(CronField::Hour, "22-2", "hour `22-2` runs backwards; expected 0-23");
        check_error(CronField::DayOfMonth, "0", "day of month `0` is out of range; expected 1-31");
        check_error(CronField::DayOfMonth, "L", "day of month `L` is not understood; expected 1-31");
        check_error(CronField::Month, "13", "month `13` is out of range; expected 1-12, a name `Jan`");
        check_error(CronField::Weekday, "8", "weekday `8` is out of range; expected 0-7, a name `Mon`");
        check_error(CronField::Weekday, "Mon#2", "weekday `Mon#2` is not understood");
        check_error(CronField::Weekday, "Monday", "weekday `Monday` is not understood");
        check_error(CronField::Minute, "*/0", "minute `*/0` has no usable step");
        check_error(CronField::Minute, "*/90", "minute `*/90` has no usable step");
        check_error(CronField::Minute, "5/15", "minute `5/15` has a step, but no range; expected 0-59, `*`, ");
        check_error(CronField::Minute, "1,,2", "minute `` is not understood");
        check_error(CronField::Minute, "+5", "minute `+5` is not understood");
    }
}
