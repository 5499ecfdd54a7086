//! How a lane of the outbox goes: whether it fails, and how fast it may be.

use std::collections::VecDeque;
use std::time::Duration;

use jiff::Timestamp;
use tidings_scheduler::later;
use tidings_store::Aim;

use super::pause;
use crate::{ChannelKind, Target};

/// Failures in a row after which a lane rests as a whole.
const FAILURES: u32 = 3;
const MINUTE: Duration = Duration::from_secs(60);

/// What is remembered of a lane while the daemon runs.
#[derive(Debug, Default)]
pub(super) struct Lane {
    /// Tries in a row that may succeed later.
    pub(super) failures: u32,
    /// When tries began, of the last minute.
    begun: VecDeque<Timestamp>,
}

/// Whether a lane with so many failures is felt out by one delivery at a time.
pub(super) fn is_failing(failures: u32) -> bool {
    FAILURES <= failures
}

/// Deliveries of the lane that are under way at the same time. A mail server has a connection for each,
/// while a slow program must not keep the next finding waiting.
pub(super) fn width(lane: &str) -> usize {
    if lane.starts_with(ChannelKind::Webhook.as_str()) { 16 } else { 4 }
}

/// What chat services take, by their own documentation; mail and webhooks are not bounded.
pub(super) fn per_minute(lane: &str) -> Option<u32> {
    let is = |kind: ChannelKind| lane.starts_with(kind.as_str());
    match () {
        () if is(ChannelKind::Slack) || is(ChannelKind::Ntfy) => Some(60),
        () if is(ChannelKind::Discord) => Some(30),
        () if is(ChannelKind::Telegram) => Some(20),
        () => None,
    }
}

impl Lane {
    /// Whether one more may be tried now, in a page that began with `before` failures; counts it.
    pub(super) fn may_go(&mut self, before: u32, per_minute: Option<u32>, now: Timestamp) -> bool {
        let fails = is_failing(self.failures) && before < self.failures;
        if fails || self.full_until(per_minute, now).is_some() {
            return false;
        }
        if per_minute.is_some() {
            self.begun.push_back(now);
        }
        true
    }

    /// Until when nothing of the lane is tried, if it has to rest.
    pub(super) fn rests_until(&mut self, per_minute: Option<u32>, now: Timestamp) -> Option<Timestamp> {
        if is_failing(self.failures) {
            return Some(later(now, pause(self.failures - FAILURES)));
        }
        self.full_until(per_minute, now)
    }

    fn full_until(&mut self, per_minute: Option<u32>, now: Timestamp) -> Option<Timestamp> {
        let per_minute = per_minute?;
        while self.begun.front().is_some_and(|begun| later(*begun, MINUTE) <= now) {
            self.begun.pop_front();
        }
        let is_full = per_minute as usize <= self.begun.len();
        self.begun.front().filter(|_| is_full).map(|first| later(*first, MINUTE))
    }
}

impl Target {
    /// How the store keeps it.
    pub(crate) fn aim(&self) -> Aim {
        Aim { target: serde_json::to_string(self).expect("a target has text keys only"), lane: self.lane() }
    }

    /// The lane its deliveries stand in. Mail goes through one server; webhooks of one host fail together.
    fn lane(&self) -> String {
        let kind = self.channel().as_str();
        match self {
            Self::Mail { .. } => kind.to_owned(),
            Self::Webhook { url, .. } | Self::Ntfy { topic: url, .. } => {
                let port = url.port_or_known_default().unwrap_or_default();
                format!("{kind} {}:{port}", url.host_str().unwrap_or_default())
            }
            Self::Slack { webhook } | Self::Discord { webhook } => format!("{kind} {webhook}"),
            Self::Telegram { chat, .. } => format!("{kind} {chat}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(seconds).unwrap()
    }

    #[test]
    fn a_lane_that_is_quick_enough_waits_out_its_minute() {
        let mut lane = Lane::default();
        assert!((0..3).all(|second| lane.may_go(0, Some(3), at(second))));
        assert!(!lane.may_go(0, Some(3), at(3)));
        assert_eq!(lane.rests_until(Some(3), at(3)), Some(at(60)));
        assert!(lane.may_go(0, Some(3), at(60)));
        assert!((0..100).all(|_| lane.may_go(0, None, at(61))));
    }

    #[test]
    fn a_lane_that_fails_rests_longer_each_time() {
        let mut lane = Lane { failures: 2, ..Lane::default() };
        assert_eq!(lane.rests_until(None, at(0)), None);
        lane.failures = 3;
        assert!(!lane.may_go(0, None, at(0)), "the rest of the page waits");
        assert_eq!(lane.rests_until(None, at(0)), Some(at(30)));
        assert!(lane.may_go(3, None, at(30)), "one feels it out");
        lane.failures = 4;
        assert_eq!(lane.rests_until(None, at(30)), Some(at(90)));
        lane.failures = 0;
        assert_eq!(lane.rests_until(None, at(90)), None);
    }
}
