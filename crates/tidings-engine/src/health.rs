//! What the end of a run says about its source, in the contract's states and in a sentence.

use std::time::Duration;

use jiff::Timestamp;
use tidings_model::{Counts, Health};
use tidings_protocol::{Error, code};
use tidings_store::Habit;

use crate::habit;

/// The code of a source that is silent against its habit; no plugin sends it.
pub(crate) const SILENT: &str = "source.silent";

/// Runs that crash in a row before a source is only probed daily.
pub(crate) const QUARANTINE_AFTER: u32 = 5;

/// The state that a run's error stands for.
pub(crate) fn of_error(error: &Error) -> Health {
    match error.code.as_str() {
        code::FETCH_ROBOTS_DENIED => Health::RobotsDenied,
        code::HTTP_BLOCKED => Health::Blocked,
        code::FETCH_HOST_NOT_ALLOWED | code::CONFIG_INVALID => Health::Disabled,
        code::FETCH_DNS | code::FETCH_CONNECT | code::FETCH_TLS | code::FETCH_TIMEOUT | code::FETCH_SSRF_BLOCKED => {
            Health::NetworkError
        }
        code::PROTOCOL_HANDSHAKE_TIMEOUT | code::TIMEOUT_WALL | code::TIMEOUT_STALL => Health::PluginTimeout,
        code::PLUGIN_PANIC => Health::PluginCrash,
        code::PLUGIN_EMPTY => Health::Empty,
        other => match other.split('.').next().unwrap_or(other) {
            "load" => Health::Disabled,
            "protocol" | "crash" => Health::PluginCrash,
            "fetch" | "http" => Health::HttpError,
            _ => Health::ParseError,
        },
    }
}

/// A run that ended well, as far as its source's state depends on it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Success<'a> {
    pub(crate) counts: &'a Counts,
    /// No process was started: every entry request was answered as before.
    pub(crate) unchanged: bool,
    /// What the manifest says of the plugin.
    pub(crate) empty_is_normal: bool,
    /// What the run said of itself.
    pub(crate) expected_empty: bool,
    /// The state before.
    pub(crate) before: Health,
    /// As it was before this run.
    pub(crate) habit: &'a Habit,
    pub(crate) interval: Duration,
    pub(crate) started: Timestamp,
}

impl Success<'_> {
    pub(crate) fn items(&self) -> u64 {
        self.counts.new + self.counts.updated + self.counts.duplicate
    }

    /// The state after it.
    pub(crate) fn state(&self) -> Health {
        if self.unchanged && self.before == Health::Empty {
            // What was empty and has not changed is empty still.
            return Health::Empty;
        }
        if !self.unchanged && self.items() == 0 {
            if 0 < self.counts.skipped {
                return Health::ParseError;
            }
            if !self.expected_empty && (!self.empty_is_normal || habit::brings_items(self.habit)) {
                return Health::Empty;
            }
        }
        if self.counts.new == 0 && habit::is_stale(self.habit, self.interval, self.started) {
            return Health::Stale;
        }
        if self.unchanged { Health::Unchanged } else { Health::Ok }
    }

    /// What the source's habit is after it.
    pub(crate) fn learn(&self, habit: &mut Habit) {
        // Where nothing found is a fault, it is no habit however often it happens.
        let is_fault = self.items() == 0 && (!self.empty_is_normal || 0 < self.counts.skipped);
        if !self.unchanged && !is_fault && !self.expected_empty {
            habit::learn_items(habit, self.items());
        }
        if 0 < self.counts.new {
            habit::learn_new(habit, self.started);
        }
    }
}

/// Bad runs in a row before a fault that may be a passing one calls for someone.
const ALERT_AFTER: u32 = 3;

/// Whether someone should look: at once, but for faults of reading, which count after 3 in a row.
pub(crate) fn calls_for_help(health: Health, bad_runs: u32) -> bool {
    match health {
        Health::Ok | Health::Unchanged | Health::Paused => false,
        Health::Disabled | Health::RobotsDenied | Health::Stale => true,
        Health::Empty
        | Health::ParseError
        | Health::Blocked
        | Health::HttpError
        | Health::NetworkError
        | Health::PluginCrash
        | Health::PluginTimeout => ALERT_AFTER <= bad_runs,
    }
}

/// An error's message, naming the selector that matched nothing if it does not do so itself.
pub(crate) fn message(error: &Error) -> String {
    match &error.data.selector {
        Some(selector) if !error.message.contains(selector.as_str()) => {
            format!("{} (selector `{selector}`)", error.message)
        }
        _ => error.message.clone(),
    }
}

/// Says of a stale source how long it has been silent, and what is usual.
pub(crate) fn silence(habit: &Habit, interval: Duration) -> String {
    let last = habit.last_new.map_or_else(String::new, |last| last.strftime("%Y-%m-%d %H:%M UTC").to_string());
    let hours = habit::silence_allowed(habit, interval).unwrap_or_default().as_secs() / 3600;
    format!("the last new finding came {last}; by its habit it is never silent for more than {hours} h")
}

/// When a source that ended like this is visited next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// At its next scheduled time.
    Schedule,
    /// After a pause that grows with each failure.
    Backoff,
    /// Once a day, and at once when its configuration or plugin changes.
    Probe,
}

impl Next {
    pub(crate) fn after(health: Health, crashes_in_a_row: u32) -> Self {
        match health {
            Health::Ok | Health::Unchanged | Health::Empty | Health::Stale | Health::Paused => Self::Schedule,
            Health::Disabled => Self::Probe,
            Health::PluginCrash if QUARANTINE_AFTER <= crashes_in_a_row => Self::Probe,
            Health::ParseError
            | Health::Blocked
            | Health::HttpError
            | Health::NetworkError
            | Health::RobotsDenied
            | Health::PluginCrash
            | Health::PluginTimeout => Self::Backoff,
        }
    }
}

/// Says in one plain sentence how the source is.
pub fn sentence(health: Health, since: Timestamp, reason: Option<&str>) -> String {
    let state = match health {
        Health::Ok => "works",
        Health::Unchanged => "works; nothing has changed since the last visit",
        Health::Empty => "was read without a fault, but nothing was found in it",
        Health::Stale => "is read without a fault, but has been silent for much longer than its habit",
        Health::ParseError => "was fetched, but could not be read",
        Health::Blocked => "shows us a block page",
        Health::HttpError => "answers with an error",
        Health::NetworkError => "cannot be reached",
        Health::RobotsDenied => "may not be fetched: its robots.txt forbids it",
        Health::PluginCrash => "could not be read because the plugin crashed",
        Health::PluginTimeout => "could not be read because the plugin took too long",
        Health::Disabled => "cannot run as it is configured",
        Health::Paused => "is paused; `resume` starts it again",
    };
    let day = since.strftime("%Y-%m-%d %H:%M UTC");
    match reason.filter(|_| !health.is_good()) {
        Some(reason) => format!("{state} (since {day}): {reason}"),
        None => format!("{state} (since {day})"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(code: &str, expected: Health) {
        assert_eq!(of_error(&Error::new(code, "")), expected, "{code}");
    }

    #[test]
    fn each_code_has_its_state() {
        check(code::LOAD_ABI_MISMATCH, Health::Disabled);
        check(code::CONFIG_INVALID, Health::Disabled);
        check(code::PROTOCOL_STDOUT_NOISE, Health::PluginCrash);
        check(code::PROTOCOL_HANDSHAKE_TIMEOUT, Health::PluginTimeout);
        check(code::FETCH_ROBOTS_DENIED, Health::RobotsDenied);
        check(code::FETCH_TOO_LARGE, Health::HttpError);
        check(code::FETCH_DNS, Health::NetworkError);
        check(code::FETCH_HOST_NOT_ALLOWED, Health::Disabled);
        check(code::HTTP_STATUS, Health::HttpError);
        check(code::HTTP_BLOCKED, Health::Blocked);
        check(code::PLUGIN_PARSE, Health::ParseError);
        check(code::PLUGIN_ERROR, Health::ParseError);
        check(code::PLUGIN_EMPTY, Health::Empty);
        check(code::PLUGIN_PANIC, Health::PluginCrash);
        check(code::CRASH_OOM, Health::PluginCrash);
        check(code::TIMEOUT_STALL, Health::PluginTimeout);
    }

    const HOUR: u32 = 3600;

    /// After three runs with items, an hour between new findings, the last at 00:00.
    fn lively() -> Habit {
        let last_new = Some(Timestamp::UNIX_EPOCH);
        Habit { items: vec![9; 3], gaps_s: vec![HOUR; 3], last_new }
    }

    fn run<'a>(counts: &'a Counts, habit: &'a Habit, hours: i64) -> Success<'a> {
        Success {
            counts,
            unchanged: false,
            empty_is_normal: false,
            expected_empty: false,
            before: Health::Ok,
            habit,
            interval: Duration::from_secs(HOUR.into()),
            started: Timestamp::from_second(hours * i64::from(HOUR)).unwrap(),
        }
    }

    #[test]
    fn nothing_found_is_said_unless_it_is_normal() {
        let none = Counts { fetched: 1, ..Counts::default() };
        let (new, lively) = (Habit::default(), lively());
        let first = run(&none, &new, 1);
        assert_eq!(first.state(), Health::Empty);
        assert_eq!(Success { empty_is_normal: true, ..first }.state(), Health::Ok);
        assert_eq!(Success { expected_empty: true, ..first }.state(), Health::Ok);
        assert_eq!(Success { unchanged: true, ..first }.state(), Health::Unchanged);
        assert_eq!(Success { unchanged: true, before: Health::Empty, ..first }.state(), Health::Empty);
        // Normal as it may be, it is not this source's habit.
        assert_eq!(Success { empty_is_normal: true, habit: &lively, ..first }.state(), Health::Empty);
        assert_eq!(Success { expected_empty: true, habit: &lively, ..first }.state(), Health::Ok);
        let unreadable = Counts { skipped: 3, ..none };
        assert_eq!(run(&unreadable, &new, 1).state(), Health::ParseError);
    }

    #[test]
    fn silence_is_stale_whether_it_is_unchanged_or_old_items() {
        let (lively, known) = (lively(), Counts { fetched: 1, duplicate: 9, ..Counts::default() });
        let quiet = run(&known, &lively, 25);
        assert_eq!(quiet.state(), Health::Stale);
        assert_eq!(Success { unchanged: true, counts: &Counts::default(), ..quiet }.state(), Health::Stale);
        assert_eq!(run(&known, &lively, 24).state(), Health::Ok);
        let fresh = Counts { new: 1, ..known };
        assert_eq!(run(&fresh, &lively, 25).state(), Health::Ok);
    }

    #[test]
    fn empty_is_learnt_only_where_it_is_normal() {
        let none = Counts { fetched: 1, ..Counts::default() };
        let lively = lively();
        let learnt = |success: Success<'_>| {
            let mut habit = success.habit.clone();
            (0..habit::ITEMS_KEPT).for_each(|_| success.learn(&mut habit));
            habit.items
        };
        let empty = run(&none, &lively, 1);
        assert_eq!(learnt(empty), [9, 9, 9]);
        assert_eq!(learnt(Success { unchanged: true, empty_is_normal: true, ..empty }), [9, 9, 9]);
        assert_eq!(learnt(Success { empty_is_normal: true, ..empty }), [0; habit::ITEMS_KEPT]);
    }

    #[test]
    fn a_fault_of_reading_calls_for_help_at_the_third() {
        for (health, bad_runs, expected) in [
            (Health::Empty, 2, false),
            (Health::Empty, 3, true),
            (Health::ParseError, 3, true),
            (Health::Disabled, 1, true),
            (Health::Stale, 1, true),
            (Health::Ok, 9, false),
        ] {
            assert_eq!(calls_for_help(health, bad_runs), expected, "{health} {bad_runs}");
        }
    }

    #[test]
    fn the_selector_is_named_once() {
        let mut error = Error::new(code::PLUGIN_PARSE, "nothing matched");
        assert_eq!(message(&error), "nothing matched");
        error.data.selector = Some(".title".to_owned());
        assert_eq!(message(&error), "nothing matched (selector `.title`)");
        error.message = "selector '.title' matched nothing".to_owned();
        assert_eq!(message(&error), "selector '.title' matched nothing");
    }

    #[test]
    fn a_source_that_keeps_crashing_is_probed_daily() {
        assert_eq!(Next::after(Health::PluginCrash, QUARANTINE_AFTER - 1), Next::Backoff);
        assert_eq!(Next::after(Health::PluginCrash, QUARANTINE_AFTER), Next::Probe);
        assert_eq!(Next::after(Health::Disabled, 0), Next::Probe);
        assert_eq!(Next::after(Health::Empty, 9), Next::Schedule);
    }
}
