//! What is known of a host, and outlives a restart: when it was asked, when it may be
//! asked again, and how much it can bear.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use tidings_model::Timestamp;

use super::{Manners, later};
use crate::retry_after::MAX_RETRY_AFTER;

/// What the pause of a host that is overloaded starts from where there is none.
const LEAST_SLOWED: Duration = Duration::from_secs(1);
/// Longest pause that overload alone makes.
const MAX_SLOWED: Duration = Duration::from_secs(5 * 60);
/// How often a pause is doubled.
const MAX_STRAIN: u32 = 8;
/// Good answers after which a doubled pause is halved.
const EASING_ANSWERS: u32 = 3;
/// Time without a further refusal after which a doubled pause is halved.
const EASING_TIME: Duration = Duration::from_secs(10 * 60);

/// Pauses up to this are not noted, which would cost each request a write: after a start
/// every host is taken to have been asked just before.
const SHORT_PAUSE: Duration = Duration::from_secs(10);

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Standing {
    last: Option<Timestamp>,
    last_page: Option<Timestamp>,
    /// From `Retry-After`.
    not_before: Option<Timestamp>,
    /// Until then it matters when the last request was.
    remembered_until: Option<Timestamp>,
    strain: Strain,
}

/// How much a host has shown that it is asked for too much.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Strain {
    /// How often its pause is doubled.
    doublings: u32,
    good_answers: u32,
    since: Option<Timestamp>,
}

impl Standing {
    /// When the host was last asked.
    pub(crate) fn last(self) -> Option<Timestamp> {
        self.last
    }

    /// As it is taken up from the notes. A time that cannot be is of a clock that was
    /// wrong, and says nothing.
    pub(super) fn taken_up(mut self, now: Timestamp) -> Self {
        self.last = self.last.filter(|last| *last <= now);
        self.last_page = self.last_page.filter(|last| *last <= now);
        self.not_before = self.not_before.filter(|until| *until <= later(now, MAX_RETRY_AFTER));
        self.strain.doublings = self.strain.doublings.min(MAX_STRAIN);
        self
    }

    /// Whether it says more at `now` than that nothing is known.
    pub(crate) fn matters_at(self, now: Timestamp) -> bool {
        self.until().is_some_and(|until| now < until)
    }

    /// Whether it is worth a note at `now`: short pauses are not, see [`SHORT_PAUSE`].
    pub(super) fn is_notable(self, now: Timestamp) -> bool {
        self.matters_at(later(now, SHORT_PAUSE))
    }

    /// When nothing of it is worth remembering any more.
    pub(crate) fn until(self) -> Option<Timestamp> {
        self.remembered_until.max(self.not_before).max(self.strain.until())
    }

    /// A clock that was set back must not make a pause of what it was set back by.
    pub(super) fn keep_up(&mut self, now: Timestamp) {
        self.last = self.last.map(|last| last.min(now));
        self.last_page = self.last_page.map(|last| last.min(now));
        self.strain.ease_by_time(now);
    }

    /// `begun`: since when anything is known of pauses that were not noted.
    pub(super) fn ready_at(self, manners: Manners, begun: Option<Timestamp>, now: Timestamp) -> Timestamp {
        let after_any = self.last.map(|last| later(last, self.slowed(manners.interval)));
        let after_page = self.last_page.zip(manners.page_interval).map(|(last, interval)| later(last, interval));
        let pause = manners.page_interval.unwrap_or_default().max(manners.interval);
        let after_start = begun.filter(|_| pause <= SHORT_PAUSE).map(|begun| later(begun, pause));
        [after_any, after_page, self.not_before, after_start].into_iter().flatten().fold(now, Timestamp::max)
    }

    /// `interval` as long as this host needs it now.
    pub(super) fn slowed(self, interval: Duration) -> Duration {
        self.strain.slowed(interval)
    }

    pub(super) fn stamp(&mut self, manners: Manners, now: Timestamp) {
        self.last = self.last.max(Some(now));
        if let Some(interval) = manners.page_interval {
            self.last_page = self.last_page.max(Some(now));
            self.remembered_until = self.remembered_until.max(Some(later(now, interval)));
        }
        self.remembered_until = self.remembered_until.max(Some(later(now, manners.interval)));
    }

    pub(super) fn strain(&mut self, is_borne: bool, now: Timestamp) {
        if !is_borne {
            self.strain.tighten(now);
        } else if 0 < self.strain.doublings {
            self.strain.ease_by_answer(now);
        }
    }

    pub(super) fn hold_off(&mut self, until: Timestamp) {
        self.not_before = self.not_before.max(Some(until));
    }
}

impl Strain {
    fn slowed(self, interval: Duration) -> Duration {
        if self.doublings == 0 {
            return interval;
        }
        let longest = MAX_SLOWED.max(interval);
        interval.max(LEAST_SLOWED).saturating_mul(1 << self.doublings).min(longest)
    }

    fn tighten(&mut self, now: Timestamp) {
        *self = Self { doublings: (self.doublings + 1).min(MAX_STRAIN), good_answers: 0, since: Some(now) };
    }

    fn ease_by_answer(&mut self, now: Timestamp) {
        self.good_answers += 1;
        if EASING_ANSWERS <= self.good_answers {
            *self = Self { doublings: self.doublings.saturating_sub(1), good_answers: 0, since: Some(now) };
        }
    }

    fn ease_by_time(&mut self, now: Timestamp) {
        while let Some(since) = self.since
            && 0 < self.doublings
            && later(since, EASING_TIME) <= now
        {
            *self = Self { doublings: self.doublings - 1, good_answers: 0, since: Some(later(since, EASING_TIME)) };
        }
        self.since = self.since.map(|since| since.min(now));
    }

    /// When nothing of it is left.
    fn until(self) -> Option<Timestamp> {
        let since = self.since.filter(|_| 0 < self.doublings)?;
        Some(later(since, EASING_TIME.saturating_mul(self.doublings)))
    }
}
