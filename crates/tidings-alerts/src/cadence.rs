//! When what waits for a target is told: pure functions of times, so that a restart
//! and a late start decide alike.

use std::time::Duration;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use tidings_scheduler::{Schedule, later};
use tidings_store::Told;

use crate::{Alert, AlertError, Cadence, ChannelKind, TimeOfDay, Weekday};

/// How long a channel that people read gathers after a message, so that a burst is one
/// message and not fifty.
const GATHER: Duration = Duration::from_secs(60);

const DEFAULT_AT: TimeOfDay = TimeOfDay::EIGHT;

/// An alert's cadence, ready to be asked.
#[derive(Clone, Debug)]
pub(crate) struct Rhythm {
    /// `None`: as it happens.
    slots: Option<Schedule>,
    quiet: Option<crate::QuietHours>,
    zone: TimeZone,
    gather: Duration,
    /// Whether each thing is a message of its own.
    is_one_by_one: bool,
}

impl Rhythm {
    /// The rhythm of the alert for a channel of that kind.
    ///
    /// # Errors
    ///
    /// [`AlertError::UnknownZone`].
    pub(crate) fn of(alert: &Alert, channel: ChannelKind) -> Result<Self, AlertError> {
        let is_for_programs = channel == ChannelKind::Webhook;
        Ok(Self {
            slots: slots(alert)?,
            quiet: alert.quiet_hours,
            zone: alert.zone()?,
            gather: if is_for_programs { Duration::ZERO } else { GATHER },
            is_one_by_one: is_for_programs && alert.cadence == Cadence::AsItHappens,
        })
    }

    /// What is to be done at `now` with what has waited since `waiting`, after a message
    /// that was closed at `closed`.
    pub(crate) fn told(&self, waiting: Timestamp, closed: Option<Timestamp>, now: Timestamp) -> Told {
        let at = self.closing(waiting, closed);
        if now < at {
            return Told::At(at);
        }
        match (self.is_one_by_one, self.quiet) {
            (true, None) => Told::OneByOne { at: now },
            (true, Some(_)) => Told::OneByOne { at },
            (false, _) => Told::Together { at },
        }
    }

    fn closing(&self, waiting: Timestamp, closed: Option<Timestamp>) -> Timestamp {
        let at = match (&self.slots, closed) {
            (None, closed) => closed.map_or(waiting, |closed| waiting.max(later(closed, self.gather))),
            (Some(slots), closed) => {
                let before = waiting.saturating_sub(SignedDuration::from_nanos(1)).unwrap_or(waiting);
                slots.next_after(closed.map_or(before, |closed| before.max(closed)))
            }
        };
        self.quiet.and_then(|quiet| quiet.end(at, &self.zone)).unwrap_or(at)
    }
}

fn slots(alert: &Alert) -> Result<Option<Schedule>, AlertError> {
    let at = alert.at.unwrap_or(DEFAULT_AT);
    let cron = match alert.cadence {
        Cadence::AsItHappens => return Ok(None),
        Cadence::Hourly => "0 * * * *".to_owned(),
        Cadence::Daily => format!("{} {} * * *", at.minute(), at.hour()),
        Cadence::Weekly => format!("{} {} * * {}", at.minute(), at.hour(), alert.on.unwrap_or(Weekday::Mon)),
    };
    let unknown = |_| AlertError::UnknownZone { tz: alert.tz.clone().unwrap_or_default() };
    Schedule::cron(&cron, alert.tz.as_deref()).map(Some).map_err(unknown)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rhythm(alert: &serde_json::Value, channel: ChannelKind) -> Rhythm {
        let mut whole = serde_json::json!({ "id": "a", "query": "acme" });
        whole.as_object_mut().unwrap().extend(alert.as_object().unwrap().clone());
        Rhythm::of(&serde_json::from_value(whole).unwrap(), channel).unwrap()
    }

    #[track_caller]
    fn check(alert: &serde_json::Value, waiting: &str, closed: Option<&str>, expected: &str) {
        let rhythm = rhythm(alert, ChannelKind::Mail);
        let at = rhythm.closing(waiting.parse().unwrap(), closed.map(|closed| closed.parse().unwrap()));
        assert_eq!(at.to_string(), expected);
    }

    #[test]
    fn people_get_the_first_at_once_and_what_follows_together() {
        let alert = || serde_json::json!({});
        check(&alert(), "2026-11-20T10:00:00Z", None, "2026-11-20T10:00:00Z");
        check(&alert(), "2026-11-20T10:00:07Z", Some("2026-11-20T10:00:00Z"), "2026-11-20T10:01:00Z");
        check(&alert(), "2026-11-20T11:00:00Z", Some("2026-11-20T10:00:00Z"), "2026-11-20T11:00:00Z");
    }

    #[test]
    fn digests_come_at_their_hour_of_their_zone() {
        let hanoi = |cadence: &str| serde_json::json!({ "cadence": cadence, "tz": "Asia/Ho_Chi_Minh" });
        check(&hanoi("hourly"), "2026-11-20T10:20:00Z", None, "2026-11-20T11:00:00Z");
        check(&hanoi("daily"), "2026-11-20T00:59:00Z", None, "2026-11-20T01:00:00Z");
        check(&hanoi("daily"), "2026-11-20T01:00:00.001Z", None, "2026-11-21T01:00:00Z");
        check(&hanoi("weekly"), "2026-11-20T00:00:00Z", None, "2026-11-23T01:00:00Z");
        let friday = serde_json::json!({ "cadence": "weekly", "on": "Fri", "at": "17:30" });
        check(&friday, "2026-11-20T17:31:00Z", None, "2026-11-27T17:30:00Z");
    }

    #[test]
    fn no_slot_is_used_twice() {
        let daily = serde_json::json!({ "cadence": "daily" });
        check(&daily, "2026-11-20T08:00:00Z", None, "2026-11-20T08:00:00Z");
        check(&daily, "2026-11-20T08:00:00Z", Some("2026-11-20T08:00:00Z"), "2026-11-21T08:00:00Z");
    }

    #[test]
    fn quiet_hours_put_off_to_their_end() {
        let quiet = |cadence: &str| serde_json::json!({ "cadence": cadence, "quiet_hours": "22:00-09:30" });
        check(&quiet("as_it_happens"), "2026-11-20T23:10:00Z", None, "2026-11-21T09:30:00Z");
        check(&quiet("daily"), "2026-11-20T23:10:00Z", None, "2026-11-21T09:30:00Z");
    }

    #[test]
    fn clock_changes_neither_skip_nor_repeat_a_digest() {
        let early = serde_json::json!({ "cadence": "daily", "at": "02:30", "tz": "America/New_York" });
        check(&early, "2026-03-08T06:00:00Z", None, "2026-03-08T07:30:00Z");
        let twice = serde_json::json!({ "cadence": "daily", "at": "01:30", "tz": "America/New_York" });
        check(&twice, "2026-11-01T05:00:00Z", None, "2026-11-01T05:30:00Z");
        check(&twice, "2026-11-01T05:40:00Z", Some("2026-11-01T05:30:00Z"), "2026-11-02T06:30:00Z");
    }

    #[test]
    fn programs_get_each_thing_by_itself() {
        let (at, now) = ("2026-11-20T10:00:00Z".parse().unwrap(), "2026-11-20T10:00:01Z".parse().unwrap());
        let told = |alert: serde_json::Value| rhythm(&alert, ChannelKind::Webhook).told(at, Some(at), now);
        assert_eq!(told(serde_json::json!({})), Told::OneByOne { at: now });
        assert_eq!(told(serde_json::json!({ "cadence": "hourly" })), Told::At("2026-11-20T11:00:00Z".parse().unwrap()));
    }
}
