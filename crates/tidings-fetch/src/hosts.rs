//! Whose turn it is at each host: one queue a host, in which sources take turns.
//!
//! A source that asks for much at once waits behind each other one that asks for
//! something: its second request comes after their first ones.
//!
//! Knows time by the [`Clock`] alone and sends nothing. A host is a name or an
//! address without scheme and port, so that a site with two ports is one machine
//! and two loopback addresses are two.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use tidings_model::{Clock, Timestamp};
use tokio::sync::Notify;

/// Most hosts remembered; of more, those idle for longest are forgotten.
const MAX_HOSTS: usize = 10_000;
/// Most requests that wait at one host.
const MAX_WAITING: usize = 1_024;
/// Sources whose last turn at a host is remembered before old ones are dropped.
const MAX_SERVED: usize = 64;
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

/// How one request behaves towards its host.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Manners {
    /// Since the last request of any kind.
    pub(crate) interval: Duration,
    /// Since the last page, by `Crawl-delay`; `None` for robots.txt, which is no page.
    pub(crate) page_interval: Option<Duration>,
    pub(crate) parallel: u32,
}

#[derive(Debug)]
pub(crate) struct Hosts {
    clock: Arc<dyn Clock>,
    table: Mutex<Table>,
}

#[derive(Debug)]
struct Table {
    hosts: HashMap<Box<str>, Host>,
    /// How many hosts there may be before those that can be forgotten are looked for.
    sweep_at: usize,
    next_ticket: u64,
}

#[derive(Debug, Default)]
struct Host {
    in_flight: u32,
    last: Option<Timestamp>,
    last_page: Option<Timestamp>,
    /// From `Retry-After`.
    not_before: Option<Timestamp>,
    /// Until then it matters when the last request was.
    remembered_until: Option<Timestamp>,
    queue: VecDeque<Waiter>,
    strain: Strain,
    /// Of the turn taken last.
    round: u64,
    /// The round in which each source had its last turn.
    served: HashMap<Box<str>, u64>,
}

/// How much a host has shown that it is asked for too much.
#[derive(Clone, Copy, Debug, Default)]
struct Strain {
    /// How often its pause is doubled.
    doublings: u32,
    good_answers: u32,
    since: Option<Timestamp>,
}

#[derive(Debug)]
struct Waiter {
    ticket: u64,
    source: Box<str>,
    /// Lower ones go first.
    round: u64,
    turn: Arc<Notify>,
}

/// The right to send one request; dropping it frees the place.
#[derive(Debug)]
pub(crate) struct Permit {
    hosts: Arc<Hosts>,
    host: Box<str>,
    manners: Manners,
    answered: bool,
}

/// A place in a queue; dropping it leaves the queue.
struct Place<'a> {
    hosts: &'a Hosts,
    host: &'a str,
    ticket: u64,
    turn: Arc<Notify>,
}

enum Step {
    Admitted,
    /// It would be its turn no sooner than this.
    Refused(Timestamp),
    Wait(Timestamp),
}

impl Hosts {
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Arc<Self> {
        let table = Table { hosts: HashMap::new(), sweep_at: 256, next_ticket: 0 };
        Arc::new(Self { clock, table: Mutex::new(table) })
    }

    /// Waits for a turn at `host`.
    ///
    /// # Errors
    ///
    /// The time at which it would be its turn, when that is after `deadline`: at once
    /// where that can be foreseen, at `deadline` where it cannot.
    pub(crate) async fn admit(
        self: &Arc<Self>,
        host: &str,
        source: &str,
        manners: Manners,
        deadline: Timestamp,
    ) -> Result<Permit, Timestamp> {
        let host = host.trim_end_matches('.');
        let mut place = None;
        loop {
            match self.step(host, source, manners, deadline, &mut place) {
                Step::Admitted => {
                    return Ok(Permit { hosts: Arc::clone(self), host: host.into(), manners, answered: false });
                }
                Step::Refused(until) => return Err(until),
                Step::Wait(until) => {
                    let turn = place.as_ref().map(|place: &Place<'_>| Arc::clone(&place.turn)).unwrap_or_default();
                    tokio::select! {
                        () = turn.notified() => {}
                        () = self.clock.sleep_until(until) => {}
                    }
                }
            }
        }
    }

    fn step<'a>(
        &'a self,
        name: &'a str,
        source: &str,
        manners: Manners,
        deadline: Timestamp,
        place: &mut Option<Place<'a>>,
    ) -> Step {
        let now = self.clock.now();
        let mut table = self.lock();
        let fresh = table.take_ticket();
        let host = table.host(name, now);
        host.forget_the_future(now);
        host.strain.ease_by_time(now);
        let waiting =
            place.as_ref().and_then(|place| host.queue.iter().position(|waiter| waiter.ticket == place.ticket));
        let round = waiting.map_or_else(|| host.next_round(source), |at| host.queue[at].round);
        let ahead = waiting.unwrap_or_else(|| host.queue.partition_point(|waiter| waiter.round <= round));
        let ready = host.ready_at(manners, now);
        let is_free = ahead == 0 && host.in_flight < manners.parallel;
        if is_free && ready <= now {
            if waiting.is_some() {
                host.queue.pop_front();
            }
            host.in_flight += 1;
            host.take_turn(source, round);
            host.stamp(manners, now);
            host.wake_next();
            return Step::Admitted;
        }
        let interval = host.strain.slowed(manners.interval);
        let expected = later(ready, interval.saturating_mul(u32::try_from(ahead).unwrap_or(u32::MAX)));
        if deadline < expected {
            return Step::Refused(expected);
        }
        if deadline <= now || waiting.is_none() && MAX_WAITING <= host.queue.len() {
            return Step::Refused(later(expected, interval.max(Duration::from_secs(1))));
        }
        if waiting.is_none() {
            let turn = Arc::new(Notify::new());
            host.queue.insert(ahead, Waiter { ticket: fresh, source: source.into(), round, turn: Arc::clone(&turn) });
            *place = Some(Place { hosts: self, host: name, ticket: fresh, turn });
        }
        Step::Wait(if is_free { ready } else { deadline })
    }

    fn lock(&self) -> MutexGuard<'_, Table> {
        self.table.lock().expect("no thread panics while it holds the table")
    }
}

impl Table {
    fn take_ticket(&mut self) -> u64 {
        self.next_ticket += 1;
        self.next_ticket
    }

    fn host(&mut self, name: &str, now: Timestamp) -> &mut Host {
        if !self.hosts.contains_key(name) {
            if self.sweep_at <= self.hosts.len() {
                self.sweep(now);
            }
            self.hosts.insert(name.into(), Host::default());
        }
        self.hosts.get_mut(name).expect("it was put there when it was missing")
    }

    /// Forgets the hosts of which nothing needs remembering, and makes room.
    fn sweep(&mut self, now: Timestamp) {
        self.hosts.retain(|_, host| host.is_busy() || host.forget_at().is_some_and(|at| now < at));
        if MAX_HOSTS <= self.hosts.len() {
            let idle = self.hosts.iter().filter(|(_, host)| !host.is_busy());
            if let Some(name) = idle.min_by_key(|(_, host)| host.forget_at()).map(|(name, _)| name.clone()) {
                self.hosts.remove(&name);
            }
        }
        self.sweep_at = (self.hosts.len() * 2).clamp(256, MAX_HOSTS);
    }
}

impl Host {
    fn is_busy(&self) -> bool {
        0 < self.in_flight || !self.queue.is_empty()
    }

    fn forget_at(&self) -> Option<Timestamp> {
        self.remembered_until.max(self.not_before).max(self.strain.until())
    }

    /// After the source's last turn, taken or waited for, and after no other's.
    fn next_round(&self, source: &str) -> u64 {
        let waiting = self.queue.iter().rev().find(|waiter| *waiter.source == *source).map(|waiter| waiter.round);
        let last = waiting.max(self.served.get(source).copied());
        last.map_or(self.round, |last| self.round.max(last + 1))
    }

    fn take_turn(&mut self, source: &str, round: u64) {
        self.round = self.round.max(round);
        if MAX_SERVED <= self.served.len() {
            let current = self.round;
            self.served.retain(|_, last| current <= *last);
        }
        self.served.insert(source.into(), round);
    }

    /// A clock that was set back must not make a pause of what it was set back by.
    fn forget_the_future(&mut self, now: Timestamp) {
        self.last = self.last.map(|last| last.min(now));
        self.last_page = self.last_page.map(|last| last.min(now));
    }

    fn ready_at(&self, manners: Manners, now: Timestamp) -> Timestamp {
        let after_any = self.last.map(|last| later(last, self.strain.slowed(manners.interval)));
        let after_page = self.last_page.zip(manners.page_interval).map(|(last, interval)| later(last, interval));
        [after_any, after_page, self.not_before].into_iter().flatten().fold(now, Timestamp::max)
    }

    fn stamp(&mut self, manners: Manners, now: Timestamp) {
        self.last = self.last.max(Some(now));
        if let Some(interval) = manners.page_interval {
            self.last_page = self.last_page.max(Some(now));
            self.remembered_until = self.remembered_until.max(Some(later(now, interval)));
        }
        self.remembered_until = self.remembered_until.max(Some(later(now, manners.interval)));
    }

    fn wake_next(&self) {
        if let Some(waiter) = self.queue.front() {
            waiter.turn.notify_one();
        }
    }
}

impl Strain {
    /// `interval` as long as this host needs it now.
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

impl Permit {
    /// The answer has begun, so the server has surely seen the request: from here the
    /// next pause counts, and so is never shorter at the server's end.
    pub(crate) fn answered(&mut self) {
        self.answered = true;
        let now = self.hosts.clock.now();
        if let Some(host) = self.hosts.lock().hosts.get_mut(&self.host) {
            host.stamp(self.manners, now);
        }
    }

    /// Whether the host can bear what is asked of it: a refusal for that reason doubles
    /// its pause, answers and time halve it again.
    pub(crate) fn bears(&self, is_borne: bool) {
        let now = self.hosts.clock.now();
        if let Some(host) = self.hosts.lock().hosts.get_mut(&self.host) {
            if !is_borne {
                host.strain.tighten(now);
            } else if 0 < host.strain.doublings {
                host.strain.ease_by_answer(now);
            }
        }
    }

    /// The host asks to be left alone until then.
    pub(crate) fn hold_off(&self, until: Timestamp) {
        if let Some(host) = self.hosts.lock().hosts.get_mut(&self.host) {
            host.not_before = host.not_before.max(Some(until));
        }
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let now = self.hosts.clock.now();
        if let Some(host) = self.hosts.lock().hosts.get_mut(&self.host) {
            host.in_flight -= 1;
            if !self.answered {
                host.stamp(self.manners, now);
            }
            host.wake_next();
        }
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        if let Some(host) = self.hosts.lock().hosts.get_mut(self.host) {
            host.queue.retain(|waiter| waiter.ticket != self.ticket);
            host.wake_next();
        }
    }
}

/// `time` plus `wait`, the end of time at most.
pub(crate) fn later(time: Timestamp, wait: Duration) -> Timestamp {
    time.checked_add(wait).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests;
