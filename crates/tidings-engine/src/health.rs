//! What the end of a run says about its source, in the contract's states and in a sentence.

use jiff::Timestamp;
use tidings_model::{Counts, Health};
use tidings_protocol::{Error, code};

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

/// The state after a run that ended well.
///
/// `empty_is_normal` is what the manifest says of the plugin, `expected_empty` what
/// the run said of itself.
pub(crate) fn of_success(counts: &Counts, unchanged: bool, empty_is_normal: bool, expected_empty: bool) -> Health {
    if unchanged {
        return Health::Unchanged;
    }
    let items = counts.new + counts.updated + counts.duplicate;
    if items == 0 && 0 < counts.skipped {
        Health::ParseError
    } else if items == 0 && !empty_is_normal && !expected_empty {
        Health::Empty
    } else {
        Health::Ok
    }
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
pub(crate) fn sentence(health: Health, since: Timestamp, reason: Option<&str>) -> String {
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

    #[test]
    fn nothing_found_is_said_unless_it_is_normal() {
        let none = Counts { fetched: 1, ..Counts::default() };
        assert_eq!(of_success(&none, false, false, false), Health::Empty);
        assert_eq!(of_success(&none, false, true, false), Health::Ok);
        assert_eq!(of_success(&none, false, false, true), Health::Ok);
        assert_eq!(of_success(&none, true, false, false), Health::Unchanged);
        let unreadable = Counts { skipped: 3, ..none };
        assert_eq!(of_success(&unreadable, false, true, false), Health::ParseError);
    }

    #[test]
    fn a_source_that_keeps_crashing_is_probed_daily() {
        assert_eq!(Next::after(Health::PluginCrash, QUARANTINE_AFTER - 1), Next::Backoff);
        assert_eq!(Next::after(Health::PluginCrash, QUARANTINE_AFTER), Next::Probe);
        assert_eq!(Next::after(Health::Disabled, 0), Next::Probe);
        assert_eq!(Next::after(Health::Empty, 9), Next::Schedule);
    }
}
