//! An alert as it is written: what the `[[alert]]` table and `POST /alerts` take.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use jiff::civil;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use tidings_model::{AlertId, Kind, Lang, Severity, human_duration};
use tidings_query::{Query, QueryError, Use, Vocabulary};

use crate::{AlertsConfig, Language, QuietHours, Target};

/// How old a finding may be to count as new, where the alert does not say.
pub(crate) const DEFAULT_HORIZON: Duration = Duration::from_secs(7 * 86_400);

/// A standing query with a cadence and deliveries.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Alert {
    pub id: AlertId,
    /// What messages call it; its id when empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// In the query language; a Google Alerts query pastes in unchanged.
    #[serde(default)]
    pub query: String,
    #[serde(default)]
    pub cadence: Cadence,
    /// When a `daily` or `weekly` digest is sent, `08:00` when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<TimeOfDay>,
    /// The day of a `weekly` digest, Monday when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on: Option<Weekday>,
    /// Whose clocks `at`, `on` and `quiet_hours` go by, UTC when absent: an IANA name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tz: Option<String>,
    #[serde(default)]
    pub volume: Volume,
    /// Languages of findings; any when empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lang: Vec<Lang>,
    /// Endings of hosts, as `site:` takes them: `vn`, `com.au`, `example.org`; any when empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub region: Vec<String>,
    /// Kinds of finding, such as `article` or `post`; any when empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub kinds: Vec<Kind>,
    /// The least severity.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub severity: Option<Severity>,
    /// `22:00-07:00`: what comes then is sent together when they end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quiet_hours: Option<QuietHours>,
    /// A finding dated longer ago than this when it is found is marked old, and never sent as new.
    #[serde(default = "default_horizon", with = "human_duration", skip_serializing_if = "is_default_horizon")]
    pub horizon: Duration,
    /// Whether later revisions of a finding are sent too.
    #[serde(default, skip_serializing_if = "is_false")]
    pub on_change: bool,
    /// Matches on, but sends nothing.
    #[serde(default, skip_serializing_if = "is_false")]
    pub paused: bool,
    /// The language its messages are written in; that of `[alerts]` when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<Language>,
    /// Where its messages go. With none it has its feeds only.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub deliver: Vec<Target>,
}

fn default_horizon() -> Duration {
    DEFAULT_HORIZON
}

fn is_default_horizon(horizon: &Duration) -> bool {
    *horizon == DEFAULT_HORIZON
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde calls")]
fn is_false(value: &bool) -> bool {
    !*value
}

/// How often an alert speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cadence {
    #[default]
    AsItHappens,
    Hourly,
    Daily,
    Weekly,
}

/// How much of what matches is sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Volume {
    #[default]
    All,
    /// What scores highest; see `docs/alerts.md`.
    Best,
}

/// Hours and minutes of a day: `08:00`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TimeOfDay {
    minutes: u16,
}

/// A text that is no time of the day.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no time of the day: expected hours and minutes such as `08:00`")]
pub struct InvalidTimeOfDay(String);

impl TimeOfDay {
    pub(crate) const EIGHT: Self = Self { minutes: 8 * 60 };

    pub(crate) fn of(time: civil::Time) -> Self {
        Self { minutes: u16::from(time.hour().unsigned_abs()) * 60 + u16::from(time.minute().unsigned_abs()) }
    }

    pub(crate) fn hour(self) -> u16 {
        self.minutes / 60
    }

    pub(crate) fn minute(self) -> u16 {
        self.minutes % 60
    }

    pub(crate) fn to_civil(self) -> civil::Time {
        civil::Time::midnight() + jiff::SignedDuration::from_mins(i64::from(self.minutes))
    }
}

impl FromStr for TimeOfDay {
    type Err = InvalidTimeOfDay;

    fn from_str(text: &str) -> Result<Self, InvalidTimeOfDay> {
        let read = |part: &str, limit: u16| {
            let is_number = (1..=2).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
            part.parse::<u16>().ok().filter(|number| is_number && *number < limit)
        };
        let parts = text.split_once(':');
        let time = parts.and_then(|(hour, minute)| {
            (minute.len() == 2).then_some(())?;
            Some(Self { minutes: read(hour, 24)? * 60 + read(minute, 60)? })
        });
        time.ok_or_else(|| InvalidTimeOfDay(text.to_owned()))
    }
}

impl TryFrom<String> for TimeOfDay {
    type Error = InvalidTimeOfDay;

    fn try_from(text: String) -> Result<Self, InvalidTimeOfDay> {
        text.parse()
    }
}

impl From<TimeOfDay> for String {
    fn from(time: TimeOfDay) -> Self {
        time.to_string()
    }
}

impl fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.hour(), self.minute())
    }
}

/// A day of the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Weekday {
    Mon,
    Tue,
    Wed,
    Thu,
    Fri,
    Sat,
    Sun,
}

/// Why an alert cannot stand, and in which key.
#[derive(Debug, thiserror::Error)]
pub enum AlertError {
    #[error("{0}")]
    Query(#[from] QueryError),
    #[error("an alert needs a `query`, or filters such as `lang`, `region`, `kinds` or `severity`")]
    Everything,
    #[error("`{key}` is for cadence {cadences}; this alert is `{cadence}`", cadence = word(*.cadence))]
    NotForCadence { key: &'static str, cadences: &'static str, cadence: Cadence },
    #[error("there is no time zone `{tz}`; expected an IANA name such as `Asia/Ho_Chi_Minh`")]
    UnknownZone { tz: String },
    #[error("`{region}` is no ending of a host: expected e.g. `vn`, `com.au` or `example.org`")]
    Region { region: String },
    #[error("mail cannot be sent: there is no [alerts.mail] table in the configuration")]
    NoMail,
}

impl AlertError {
    /// The key of the alert that is wrong.
    pub fn key(&self) -> &'static str {
        match self {
            Self::Query(_) | Self::Everything => "query",
            Self::NotForCadence { key, .. } => key,
            Self::UnknownZone { .. } => "tz",
            Self::Region { .. } => "region",
            Self::NoMail => "deliver",
        }
    }
}

fn word(cadence: Cadence) -> &'static str {
    match cadence {
        Cadence::AsItHappens => "as_it_happens",
        Cadence::Hourly => "hourly",
        Cadence::Daily => "daily",
        Cadence::Weekly => "weekly",
    }
}

impl fmt::Display for Cadence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(word(*self))
    }
}

impl Alert {
    /// What messages call it.
    pub fn title(&self) -> &str {
        if self.name.is_empty() { self.id.as_str() } else { &self.name }
    }

    /// Whose clocks it goes by.
    ///
    /// # Errors
    ///
    /// [`AlertError::UnknownZone`].
    pub fn zone(&self) -> Result<TimeZone, AlertError> {
        let Some(tz) = &self.tz else { return Ok(TimeZone::UTC) };
        TimeZone::get(tz).map_err(|_| AlertError::UnknownZone { tz: tz.clone() })
    }

    /// The query that stands: what is written, and the alert's filters.
    ///
    /// # Errors
    ///
    /// The first of its keys that is wrong.
    pub fn check(&self, vocabulary: &Vocabulary) -> Result<Query, AlertError> {
        self.check_times()?;
        if let Some(region) = self.region.iter().find(|region| !is_host_ending(region)) {
            return Err(AlertError::Region { region: region.clone() });
        }
        let is_blank = self.query.trim().is_empty();
        if !is_blank {
            vocabulary.parse_for(&self.query, Use::Alert)?;
        }
        let filters = self.filters();
        let whole = match (is_blank, filters.is_empty()) {
            (true, true) => return Err(AlertError::Everything),
            (true, false) => filters,
            (false, true) => self.query.clone(),
            (false, false) => format!("({}) {filters}", self.query),
        };
        Ok(vocabulary.parse_for(&whole, Use::Alert)?.query)
    }

    /// That each of its targets can be sent to at all.
    ///
    /// # Errors
    ///
    /// [`AlertError::NoMail`].
    pub fn check_targets(&self, config: &AlertsConfig) -> Result<(), AlertError> {
        let has_mail = self.deliver.iter().any(|target| matches!(target, Target::Mail { .. }));
        if has_mail && config.mail.is_none() { Err(AlertError::NoMail) } else { Ok(()) }
    }

    fn check_times(&self) -> Result<(), AlertError> {
        let cadence = self.cadence;
        if self.at.is_some() && !matches!(cadence, Cadence::Daily | Cadence::Weekly) {
            return Err(AlertError::NotForCadence { key: "at", cadences: "`daily` and `weekly`", cadence });
        }
        if self.on.is_some() && cadence != Cadence::Weekly {
            return Err(AlertError::NotForCadence { key: "on", cadences: "`weekly`", cadence });
        }
        self.zone().map(drop)
    }

    /// The filters as a query: `lang:(vi OR en) severity:(high OR critical)`.
    fn filters(&self) -> String {
        let severities = self.severity.map_or(&[][..], |least| {
            let first = Severity::ALL.iter().position(|severity| *severity == least).unwrap_or(0);
            &Severity::ALL[first..]
        });
        let words = |values: &mut dyn Iterator<Item = String>| values.collect::<Vec<_>>();
        [
            ("lang", words(&mut self.lang.iter().map(ToString::to_string))),
            ("site", words(&mut self.region.iter().cloned())),
            ("kind", words(&mut self.kinds.iter().map(ToString::to_string))),
            ("severity", words(&mut severities.iter().map(ToString::to_string))),
        ]
        .into_iter()
        .filter(|(_, values)| !values.is_empty())
        .map(|(field, values)| match &values[..] {
            [value] => format!("{field}:{value}"),
            _ => format!("{field}:({})", values.join(" OR ")),
        })
        .collect::<Vec<_>>()
        .join(" ")
    }
}

fn is_host_ending(region: &str) -> bool {
    let is_label = |label: &str| !label.is_empty() && label.chars().all(|c| c.is_alphanumeric() || c == '-');
    region.split('.').all(is_label)
}

impl fmt::Display for Weekday {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:?}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(json: serde_json::Value, expected: &str) {
        let mut whole = serde_json::json!({ "id": "a" });
        let serde_json::Value::Object(keys) = json else { panic!("an alert is a table") };
        whole.as_object_mut().unwrap().extend(keys);
        let read = serde_json::from_value::<Alert>(whole).map_err(|error| error.to_string());
        let vocabulary = Vocabulary::default();
        let query = read.and_then(|alert| alert.check(&vocabulary).map_err(|error| error.to_string()));
        let shown = query.map_or_else(|error| error, |query| query.to_string());
        assert!(shown.contains(expected), "{shown}");
    }

    #[test]
    fn filters_are_part_of_the_query() {
        check(serde_json::json!({ "query": "acme OR beta" }), "acme OR beta");
        check(
            serde_json::json!({ "query": "acme OR beta", "lang": ["vi"], "region": ["vn", "com.au"], "severity": "high" }),
            "(acme OR beta) lang:vi (site:vn OR site:com.au) (severity:high OR severity:critical)",
        );
        check(serde_json::json!({ "kinds": ["article", "post"] }), "kind:article OR kind:post");
    }

    #[test]
    fn what_cannot_stand_is_refused() {
        check(serde_json::json!({}), "an alert needs a `query`");
        check(serde_json::json!({ "query": "mark:starred" }), "mark");
        check(serde_json::json!({ "query": "a", "at": "08:00" }), "`at` is for cadence `daily` and `weekly`");
        check(serde_json::json!({ "query": "a", "cadence": "daily", "on": "Mon" }), "`on` is for cadence `weekly`");
        check(serde_json::json!({ "query": "a", "cadence": "daily", "at": "8 Uhr" }), "is no time of the day");
        check(serde_json::json!({ "query": "a", "tz": "Asia/Hanoi" }), "there is no time zone");
        check(serde_json::json!({ "query": "a", "region": ["v n"] }), "is no ending of a host");
        check(serde_json::json!({ "query": "a", "colour": 1 }), "unknown field `colour`");
    }
}
