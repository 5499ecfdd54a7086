//! Whose turn it is at each host: one queue a host, first come, first served.
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
}

#[derive(Debug)]
struct Waiter {
    ticket: u64,
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
        manners: Manners,
        deadline: Timestamp,
    ) -> Result<Permit, Timestamp> {
        let host = host.trim_end_matches('.');
        let mut place = None;
        loop {
            match self.step(host, manners, deadline, &mut place) {
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

    fn step<'a>(&'a self, name: &'a str, manners: Manners, deadline: Timestamp, place: &mut Option<Place<'a>>) -> Step {
        let now = self.clock.now();
        let mut table = self.lock();
        let fresh = table.take_ticket();
        let host = table.host(name, now);
        let ticket = place.as_ref().map(|place| place.ticket);
        let ahead = host.queue.iter().position(|waiter| Some(waiter.ticket) == ticket).unwrap_or(host.queue.len());
        host.forget_the_future(now);
        let ready = host.ready_at(manners, now);
        let is_free = ahead == 0 && host.in_flight < manners.parallel;
        if is_free && ready <= now {
            if ticket.is_some() {
                host.queue.pop_front();
            }
            host.in_flight += 1;
            host.stamp(manners, now);
            host.wake_next();
            return Step::Admitted;
        }
        let expected = later(ready, manners.interval.saturating_mul(u32::try_from(ahead).unwrap_or(u32::MAX)));
        if deadline < expected {
            return Step::Refused(expected);
        }
        if deadline <= now || ticket.is_none() && MAX_WAITING <= host.queue.len() {
            return Step::Refused(later(expected, manners.interval.max(Duration::from_secs(1))));
        }
        if place.is_none() {
            let turn = Arc::new(Notify::new());
            host.queue.push_back(Waiter { ticket: fresh, turn: Arc::clone(&turn) });
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
        self.remembered_until.max(self.not_before)
    }

    /// A clock that was set back must not make a pause of what it was set back by.
    fn forget_the_future(&mut self, now: Timestamp) {
        self.last = self.last.map(|last| last.min(now));
        self.last_page = self.last_page.map(|last| last.min(now));
    }

    fn ready_at(&self, manners: Manners, now: Timestamp) -> Timestamp {
        let after_any = self.last.map(|last| later(last, manners.interval));
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
