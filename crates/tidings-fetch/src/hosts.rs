//! Whose turn it is at each host: one queue a host, in which sources take turns.
//!
//! A source that asks for much at once waits behind each other one that asks for
//! something: its second request comes after their first ones.
//!
//! Knows time by the [`Clock`] alone and sends nothing. A host is a name or an
//! address without scheme and port, so that a site with two ports is one machine
//! and two loopback addresses are two.

mod standing;

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use tidings_model::{Clock, Timestamp};
use tokio::sync::Notify;

use crate::notes::{Noted, Notes};
pub(crate) use standing::Standing;

/// Most hosts remembered; of more, those idle for longest are forgotten.
const MAX_HOSTS: usize = 10_000;
/// Most requests that wait at one host.
const MAX_WAITING: usize = 1_024;
/// Sources whose last turn at a host is remembered before old ones are dropped.
const MAX_SERVED: usize = 64;

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
    notes: Option<Notes>,
    /// When it took up the notes of an earlier process, which may have asked just before.
    begun: Option<Timestamp>,
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
    standing: Standing,
    queue: VecDeque<Waiter>,
    /// Of the turn taken last.
    round: u64,
    /// The round in which each source had its last turn.
    served: HashMap<Box<str>, u64>,
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
    /// The request may be sent once that is noted, so that a daemon which is killed knows of it.
    Admitted(Noted),
    /// It would be its turn no sooner than this.
    Refused(Timestamp),
    Wait(Timestamp),
}

impl Hosts {
    /// Goes on from where `notes` say that the hosts stood.
    pub(crate) fn new(clock: Arc<dyn Clock>, notes: Option<Notes>) -> Arc<Self> {
        let now = clock.now();
        let begun = notes.as_ref().filter(|notes| notes.are_continued()).map(|_| now);
        let noted = notes.as_ref().map(|notes| notes.hosts(now)).unwrap_or_default();
        let host = |standing: Standing| Host { standing: standing.taken_up(now), ..Host::default() };
        let hosts = noted.into_iter().map(|(name, standing)| (name, host(standing))).collect();
        let table = Table { hosts, sweep_at: 256, next_ticket: 0 };
        Arc::new(Self { clock, notes, begun, table: Mutex::new(table) })
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
                Step::Admitted(noted) => {
                    let permit = Permit { hosts: Arc::clone(self), host: host.into(), manners, answered: false };
                    noted.wait().await;
                    return Ok(permit);
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
        host.standing.keep_up(now);
        let waiting =
            place.as_ref().and_then(|place| host.queue.iter().position(|waiter| waiter.ticket == place.ticket));
        let round = waiting.map_or_else(|| host.next_round(source), |at| host.queue[at].round);
        let ahead = waiting.unwrap_or_else(|| host.queue.partition_point(|waiter| waiter.round <= round));
        let ready = host.standing.ready_at(manners, self.begun, now);
        let is_free = ahead == 0 && host.in_flight < manners.parallel;
        if is_free && ready <= now {
            if waiting.is_some() {
                host.queue.pop_front();
            }
            host.in_flight += 1;
            host.take_turn(source, round);
            host.standing.stamp(manners, now);
            host.wake_next();
            let notes = self.notes.as_ref().filter(|_| host.standing.is_notable(now));
            let noted = notes.map(|notes| notes.note_host(name, host.standing)).unwrap_or_default();
            return Step::Admitted(noted);
        }
        let interval = host.standing.slowed(manners.interval);
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

    /// Changes what is known of a host, unless it was forgotten meanwhile.
    fn change(&self, name: &str, change: impl FnOnce(&mut Host, Timestamp)) {
        let now = self.clock.now();
        if let Some(host) = self.lock().hosts.get_mut(name) {
            let before = host.standing;
            change(host, now);
            let is_news = host.standing != before && (before.is_notable(now) || host.standing.is_notable(now));
            if let Some(notes) = self.notes.as_ref().filter(|_| is_news) {
                notes.note_host(name, host.standing);
            }
        }
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
        self.hosts.retain(|_, host| host.is_busy() || host.standing.matters_at(now));
        if MAX_HOSTS <= self.hosts.len() {
            let idle = self.hosts.iter().filter(|(_, host)| !host.is_busy());
            if let Some(name) = idle.min_by_key(|(_, host)| host.standing.until()).map(|(name, _)| name.clone()) {
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

    fn wake_next(&self) {
        if let Some(waiter) = self.queue.front() {
            waiter.turn.notify_one();
        }
    }
}

impl Permit {
    /// The answer has begun, so the server has surely seen the request: from here the
    /// next pause counts, and so is never shorter at the server's end.
    pub(crate) fn answered(&mut self) {
        self.answered = true;
        let manners = self.manners;
        self.hosts.change(&self.host, |host, now| host.standing.stamp(manners, now));
    }

    /// Whether the host can bear what is asked of it: a refusal for that reason doubles
    /// its pause, answers and time halve it again.
    pub(crate) fn bears(&self, is_borne: bool) {
        self.hosts.change(&self.host, |host, now| host.standing.strain(is_borne, now));
    }

    /// The host asks to be left alone until then.
    pub(crate) fn hold_off(&self, until: Timestamp) {
        self.hosts.change(&self.host, |host, _| host.standing.hold_off(until));
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let (manners, answered) = (self.manners, self.answered);
        self.hosts.change(&self.host, |host, now| {
            host.in_flight -= 1;
            if !answered {
                host.standing.stamp(manners, now);
            }
            host.wake_next();
        });
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
