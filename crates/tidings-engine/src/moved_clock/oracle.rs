//! What must become of a source, worked out from what its visits were shown: whole
//! seconds from the beginning of the test, and nothing of the engine's own code.

use tidings_model::Health;

use super::web::{Fault, Shown};

const DAY: i64 = 24 * 3600;

/// The states that the contract has for the codes of the protocol, and what follows.
pub(crate) const CODES: [(&str, Health); 39] = [
    ("load.not_a_plugin", Health::Disabled),
    ("load.abi_mismatch", Health::Disabled),
    ("load.dlopen", Health::Disabled),
    ("load.describe_failed", Health::Disabled),
    ("config.invalid", Health::Disabled),
    ("fetch.host_not_allowed", Health::Disabled),
    ("protocol.handshake_timeout", Health::PluginTimeout),
    ("timeout.wall", Health::PluginTimeout),
    ("timeout.stall", Health::PluginTimeout),
    ("protocol.version", Health::PluginCrash),
    ("protocol.stdout_noise", Health::PluginCrash),
    ("protocol.bad_message", Health::PluginCrash),
    ("protocol.line_too_long", Health::PluginCrash),
    ("protocol.unsupported", Health::PluginCrash),
    ("plugin.panic", Health::PluginCrash),
    ("crash.signal", Health::PluginCrash),
    ("crash.oom", Health::PluginCrash),
    ("crash.stack_overflow", Health::PluginCrash),
    ("crash.cpu", Health::PluginCrash),
    ("crash.exit_without_result", Health::PluginCrash),
    ("fetch.robots_denied", Health::RobotsDenied),
    ("fetch.ssrf_blocked", Health::NetworkError),
    ("fetch.dns", Health::NetworkError),
    ("fetch.connect", Health::NetworkError),
    ("fetch.tls", Health::NetworkError),
    ("fetch.timeout", Health::NetworkError),
    ("fetch.too_large", Health::HttpError),
    ("fetch.redirects", Health::HttpError),
    ("fetch.malformed", Health::HttpError),
    ("fetch.budget_exhausted", Health::HttpError),
    ("fetch.deferred", Health::HttpError),
    ("fetch.rate_limited", Health::HttpError),
    ("http.status", Health::HttpError),
    ("http.blocked", Health::Blocked),
    ("plugin.error", Health::ParseError),
    ("plugin.parse", Health::ParseError),
    ("plugin.empty", Health::Empty),
    // From a plugin that makes it up: nobody cancelled the run.
    ("cancelled", Health::ParseError),
    ("made.up", Health::ParseError),
];

/// One source, as it must stand.
#[derive(Clone, Debug)]
pub(crate) struct Oracle {
    pub(crate) interval: i64,
    pub(crate) is_cron: bool,
    pub(crate) empty_is_normal: bool,
    pub(crate) state: Health,
    pub(crate) since: i64,
    /// Before this second it must not be visited.
    pub(crate) allowed: i64,
    /// By this second its visit must be due.
    pub(crate) latest: i64,
    pub(crate) last_run: Option<i64>,
    pub(crate) last_good: Option<i64>,
    pub(crate) alert: bool,
    pub(crate) visits: u32,
    failures: u32,
    crashes: u32,
    bad_runs: u32,
    /// The version of the page that need not be read again.
    version: Option<String>,
    items: Vec<u64>,
    news: Vec<i64>,
}

/// When the next visit is, as it follows from the end of this one.
enum Next {
    Slot,
    AtOnce,
    Wait(i64),
    Probe,
}

impl Oracle {
    pub(crate) fn new(interval: i64, is_cron: bool, empty_is_normal: bool) -> Self {
        Self {
            interval,
            is_cron,
            empty_is_normal,
            state: Health::Ok,
            since: 0,
            allowed: 0,
            latest: 0,
            last_run: None,
            last_good: None,
            alert: false,
            visits: 0,
            failures: 0,
            crashes: 0,
            bad_runs: 0,
            version: None,
            items: Vec::new(),
            news: Vec::new(),
        }
    }

    /// Its configuration was repaired: it is tried at once.
    pub(crate) fn repaired(&mut self, now: i64) {
        (self.allowed, self.latest) = (now, now);
    }

    /// It goes on after a pause: when it would have been visited, or at once.
    pub(crate) fn resumed(&mut self, now: i64) {
        self.latest = self.latest.max(now);
    }

    pub(crate) fn jitter(&self) -> i64 {
        (self.interval / 10).min(300) + (self.interval / 240).min(15)
    }

    /// Takes note of a visit.
    pub(crate) fn visited(&mut self, now: i64, shown: &Shown) {
        let (state, next) = match shown {
            Shown::Failed(fault) => self.failed(*fault),
            Shown::Unchanged { version } => {
                assert_eq!(self.version.as_ref(), Some(version), "unchanged since a visit that read it to its end");
                let state =
                    if self.state == Health::Empty { Health::Empty } else { self.silent_or(now, Health::Unchanged) };
                self.went_well(now);
                (state, Next::Slot)
            }
            Shown::Read { version, new, old, skipped, expected_empty, more } => {
                assert_ne!(self.version.as_ref(), Some(version), "read though nothing had changed");
                let state = self.read(now, *new, *old, *skipped, *expected_empty);
                self.version = (state != Health::ParseError && !more).then(|| version.clone());
                if state != Health::ParseError {
                    self.last_good = Some(now);
                }
                (self.failures, self.crashes) = (0, 0);
                (state, if *more && 0 < *new { Next::AtOnce } else { Next::Slot })
            }
        };
        self.enter(now, state);
        self.plan(now, &next);
        (self.last_run, self.visits) = (Some(now), self.visits + 1);
    }

    fn went_well(&mut self, now: i64) {
        (self.failures, self.crashes, self.last_good) = (0, 0, Some(now));
    }

    fn failed(&mut self, fault: Fault) -> (Health, Next) {
        let state = CODES.iter().find(|(code, _)| *code == fault.code).unwrap().1;
        if state == Health::Empty || self.state == Health::Empty {
            // Which page `unchanged` would speak of is no longer certain.
            self.version = None;
        }
        if matches!(self.state, Health::Empty | Health::Disabled) && state != self.state {
            self.failures = 0;
        }
        self.failures += 1;
        self.crashes = if state == Health::PluginCrash { self.crashes + 1 } else { 0 };
        let next = match state {
            Health::Empty => {
                self.failures = 0;
                Next::Slot
            }
            Health::Disabled => Next::Probe,
            Health::PluginCrash if 5 <= self.crashes => Next::Probe,
            _ => Next::Wait(i64::try_from(fault.retry_after_s.unwrap_or_default()).unwrap()),
        };
        (state, next)
    }

    fn read(&mut self, now: i64, new: u64, old: u64, skipped: u64, expected_empty: bool) -> Health {
        let found = new + old;
        let mut last: Vec<u64> = self.items.iter().rev().take(7).copied().collect();
        last.sort_unstable();
        let has_habit = 3 <= last.len() && 0 < last[last.len() / 2];
        let state = if found == 0 && 0 < skipped {
            Health::ParseError
        } else if found == 0 && !expected_empty && (!self.empty_is_normal || has_habit) {
            Health::Empty
        } else if new == 0 {
            self.silent_or(now, Health::Ok)
        } else {
            Health::Ok
        };
        if 0 < found || (self.empty_is_normal && skipped == 0 && !expected_empty) {
            self.items.push(found);
        }
        if 0 < new {
            self.news.push(now);
        }
        state
    }

    /// Stale after four of its long gaps, three intervals and a day without anything new.
    fn silent_or(&self, now: i64, otherwise: Health) -> Health {
        let mut gaps: Vec<i64> = self.news.windows(2).map(|pair| pair[1] - pair[0]).rev().take(20).collect();
        gaps.sort_unstable();
        let Some(last) = self.news.last().filter(|_| 3 <= gaps.len()) else { return otherwise };
        let long = gaps[(gaps.len() * 9).div_ceil(10) - 1];
        if (4 * long).max(3 * self.interval).max(DAY) < now - last { Health::Stale } else { otherwise }
    }

    fn enter(&mut self, now: i64, state: Health) {
        let is_good = |state| matches!(state, Health::Ok | Health::Unchanged);
        if state != self.state && !(is_good(state) && is_good(self.state)) {
            self.since = now;
        }
        self.bad_runs = if is_good(state) { 0 } else { self.bad_runs + 1 };
        self.alert = match state {
            Health::Ok | Health::Unchanged => false,
            Health::Disabled | Health::RobotsDenied | Health::Stale => true,
            _ => 3 <= self.bad_runs,
        };
        self.state = state;
    }

    fn plan(&mut self, now: i64, next: &Next) {
        let interval = self.interval;
        let after = |slot: i64| slot + interval * ((now - slot).div_euclid(interval) + 1);
        // Cron's slots are the same whenever the last visit was.
        let slot = if self.is_cron { 0 } else { self.allowed };
        self.allowed = match next {
            Next::Slot => after(slot),
            Next::AtOnce => now,
            Next::Probe => now + DAY.max(interval),
            Next::Wait(asked) => {
                let begin = if now < self.allowed + interval { self.allowed.min(now) } else { now };
                let doubled = interval << self.failures.min(20);
                let earliest = (begin + doubled.min(DAY.max(interval))).max(now + (*asked).min(7 * DAY));
                if earliest <= now {
                    after(if self.is_cron { 0 } else { begin })
                } else if self.is_cron {
                    interval * (earliest + interval - 1).div_euclid(interval)
                } else {
                    earliest
                }
            }
        };
        self.latest = self.allowed + self.jitter();
    }
}
