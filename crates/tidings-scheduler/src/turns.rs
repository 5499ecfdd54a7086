//! Whose turn it is.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::Timestamp;
use tidings_model::{Health, RunReason, SourceId};

use crate::jitter::Seed;
use crate::schedule::{Schedule, later};

/// Turns are put off to whole multiples of this part of their interval, so that they come together: a daemon that wakes
/// for one of them alone finds nothing of what it needs in the caches of its processor.
pub const GATHERED: u32 = 240;
/// Longest that a turn is put off by this.
pub const MAX_GATHERED: Duration = Duration::from_secs(15);

/// What is stored of a source that decides on its next turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Its slot, without jitter.
    pub due: Timestamp,
    /// Transient failures in a row.
    pub failures: u32,
    pub health: Health,
    pub paused: bool,
}

impl Standing {
    /// Why the run at the next turn is started.
    pub fn reason(&self) -> RunReason {
        match self.health {
            Health::Disabled => RunReason::Probe,
            _ if 0 < self.failures => RunReason::Backoff,
            _ => RunReason::Schedule,
        }
    }
}

/// A source and when it starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Turn {
    pub source: SourceId,
    pub start: Timestamp,
    pub reason: RunReason,
}

/// The sources that wait for their turn, the longest due first.
///
/// It holds nothing that is not stored: after a restart every source is placed
/// again and the order is the same. A source that runs is not in here, since
/// [`Turns::take_due`] has taken it; it is placed again when its run has ended.
#[derive(Clone, Debug, Default)]
pub struct Turns {
    order: BTreeSet<(Timestamp, SourceId)>,
    turns: BTreeMap<SourceId, (Timestamp, RunReason)>,
}

impl Turns {
    /// Gives `source` its turn: when it is due, and its jitter later, together with others that are due within
    /// moments ([`GATHERED`]). A paused one has none.
    pub fn place(&mut self, source: &SourceId, standing: &Standing, schedule: &Schedule, seed: Seed) {
        self.remove(source);
        if !standing.paused {
            let interval = schedule.interval(standing.due);
            let start = gathered(later(standing.due, seed.jitter(source, standing.due, interval)), interval);
            self.insert(Turn { source: source.clone(), start, reason: standing.reason() });
        }
    }

    /// Gives a source this turn instead of the one it has, as for a run by hand.
    pub fn insert(&mut self, turn: Turn) {
        self.remove(&turn.source);
        self.order.insert((turn.start, turn.source.clone()));
        self.turns.insert(turn.source, (turn.start, turn.reason));
    }

    /// Takes the turn from `source`, if it has one.
    pub fn remove(&mut self, source: &SourceId) -> Option<Turn> {
        let (start, reason) = self.turns.remove(source)?;
        let entry = (start, source.clone());
        self.order.remove(&entry);
        Some(Turn { source: entry.1, start, reason })
    }

    /// Takes out the source that is due at `now` and has been for longest.
    pub fn take_due(&mut self, now: Timestamp) -> Option<Turn> {
        let (start, source) = self.order.first()?;
        if now < *start {
            return None;
        }
        let source = source.clone();
        self.remove(&source)
    }

    /// When `source` starts, unless it runs or is paused.
    pub fn start(&self, source: &SourceId) -> Option<Timestamp> {
        self.turns.get(source).map(|(start, _)| *start)
    }

    /// When the next source is due; in the past while one is overdue.
    pub fn next_start(&self) -> Option<Timestamp> {
        self.order.first().map(|(start, _)| *start)
    }

    pub fn len(&self) -> usize {
        self.turns.len()
    }

    pub fn is_empty(&self) -> bool {
        self.turns.is_empty()
    }
}

/// The first moment from `start` on at which turns of this interval come together, in whole milliseconds.
fn gathered(start: Timestamp, interval: Duration) -> Timestamp {
    let step = i64::try_from((interval / GATHERED).min(MAX_GATHERED).as_millis()).unwrap_or_default();
    if step == 0 {
        return start;
    }
    let millisecond = start.as_millisecond() + i64::from(start.as_nanosecond() % 1_000_000 != 0);
    let put_off = millisecond.saturating_add((-millisecond).rem_euclid(step));
    Timestamp::from_millisecond(put_off).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn source(name: &str) -> SourceId {
        name.parse().unwrap()
    }

    fn standing(due: i64) -> Standing {
        Standing { due: at(due), failures: 0, health: Health::Ok, paused: false }
    }

    fn place(turns: &mut Turns, name: &str, standing: Standing) {
        let schedule = Schedule::every(Duration::from_secs(100)).unwrap();
        turns.place(&source(name), &standing, &schedule, Seed(1));
    }

    /// The sources due at `now`, in order.
    fn take(turns: &mut Turns, now: i64) -> String {
        let due: Vec<_> =
            std::iter::from_fn(|| turns.take_due(at(now))).map(|turn| turn.source.as_str().to_owned()).collect();
        due.join(" ")
    }

    #[test]
    fn the_longest_due_comes_first_and_the_future_stays() {
        let mut turns = Turns::default();
        for (name, due) in [("c", 3000), ("a", 1000), ("later", 9000), ("b", 2000)] {
            place(&mut turns, name, standing(due));
        }
        assert_eq!(take(&mut turns, 5000), "a b c");
        assert_eq!(turns.len(), 1);
        assert_eq!(turns.next_start(), turns.start(&source("later")));
        assert_eq!(take(&mut turns, 9010), "later");
        assert!(turns.is_empty());
    }

    #[test]
    fn jitter_delays_the_start_but_not_into_the_next_slot() {
        let mut turns = Turns::default();
        for number in 0..50 {
            place(&mut turns, &format!("s{number}"), standing(1000));
        }
        let starts: BTreeSet<_> = turns.order.iter().map(|(start, _)| *start).collect();
        assert!(15 < starts.len());
        assert!(starts.iter().all(|start| (at(1000)..at(1011)).contains(start)));
    }

    #[test]
    fn turns_come_together_and_never_sooner() {
        let check = |start: &str, interval_s: u64, expected: &str| {
            let at = |time: &str| format!("2026-11-20T12:{time}Z").parse::<Timestamp>().unwrap();
            assert_eq!(gathered(at(start), Duration::from_secs(interval_s)), at(expected), "{start}, {interval_s} s");
        };
        check("00:00", 3_600, "00:00");
        check("00:00.001", 3_600, "00:15");
        check("00:15.5", 3_600, "00:30");
        check("00:31", 86_400, "00:45");
        check("00:00.5", 600, "00:02.5");
        check("00:00.5", 240, "00:01");
        check("00:00.4999", 60, "00:00.5");
        check("00:00.0041", 1, "00:00.008");
    }

    #[test]
    fn a_restart_gives_the_same_turns() {
        let rows = [("a", 1000), ("b", 1003), ("c", 1006), ("d", 999)];
        let mut one = Turns::default();
        let mut other = Turns::default();
        rows.iter().for_each(|(name, due)| place(&mut one, name, standing(*due)));
        rows.iter().rev().for_each(|(name, due)| place(&mut other, name, standing(*due)));
        assert_eq!(one.order, other.order);
    }

    #[test]
    fn a_paused_source_has_no_turn() {
        let mut turns = Turns::default();
        place(&mut turns, "a", standing(1000));
        place(&mut turns, "a", Standing { paused: true, ..standing(1000) });
        assert_eq!(take(&mut turns, 9000), "");
    }

    #[test]
    fn a_source_has_one_turn() {
        let mut turns = Turns::default();
        place(&mut turns, "a", standing(9000));
        turns.insert(Turn { source: source("a"), start: at(5), reason: RunReason::Manual });
        assert_eq!(turns.take_due(at(5)).unwrap().reason, RunReason::Manual);
        assert_eq!(turns.take_due(at(9999)), None);
    }

    #[test]
    fn the_reason_says_what_the_run_is_for() {
        assert_eq!(standing(0).reason(), RunReason::Schedule);
        assert_eq!(Standing { failures: 2, health: Health::HttpError, ..standing(0) }.reason(), RunReason::Backoff);
        assert_eq!(Standing { failures: 2, health: Health::Disabled, ..standing(0) }.reason(), RunReason::Probe);
    }
}
