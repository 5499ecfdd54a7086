//! The one source of time, so that tests can move it by hand.

use std::fmt::Debug;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use jiff::{SignedDuration, Timestamp};

/// Where scheduler, cadence, backoff and pipeline take the time from.
///
/// Timeouts of processes and connections do not: they use real time.
pub trait Clock: Debug + Send + Sync + 'static {
    fn now(&self) -> Timestamp;

    /// Ends when [`Clock::now`] has reached `until`; at once if it has already.
    fn sleep_until(&self, until: Timestamp) -> Pin<Box<dyn Future<Output = ()> + Send + '_>>;
}

/// A clock that stands still until [`ManualClock::advance`] moves it.
#[derive(Clone, Debug)]
pub struct ManualClock {
    hand: Arc<Mutex<Hand>>,
}

#[derive(Debug)]
struct Hand {
    now: Timestamp,
    sleepers: Vec<Waker>,
}

impl ManualClock {
    pub fn new(now: Timestamp) -> Self {
        Self { hand: Arc::new(Mutex::new(Hand { now, sleepers: Vec::new() })) }
    }

    /// Moves the clock on and wakes whoever slept until then.
    pub fn advance(&self, by: SignedDuration) {
        let sleepers = {
            let mut hand = self.hand.lock().expect("no thread panics while it holds the hand");
            hand.now += by;
            std::mem::take(&mut hand.sleepers)
        };
        sleepers.into_iter().for_each(Waker::wake);
    }

    fn poll(&self, until: Timestamp, context: &Context<'_>) -> Poll<()> {
        let mut hand = self.hand.lock().expect("no thread panics while it holds the hand");
        if until <= hand.now {
            return Poll::Ready(());
        }
        if !hand.sleepers.iter().any(|sleeper| sleeper.will_wake(context.waker())) {
            hand.sleepers.push(context.waker().clone());
        }
        Poll::Pending
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        self.hand.lock().expect("no thread panics while it holds the hand").now
    }

    fn sleep_until(&self, until: Timestamp) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(std::future::poll_fn(move |context| self.poll(until, context)))
    }
}

/// The machine's own clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place where real time enters")]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    /// Sleeps in slices of a minute at most, so that a machine that was suspended,
    /// or whose clock was set, wakes up on time.
    fn sleep_until(&self, until: Timestamp) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(async move {
            loop {
                let left = until.duration_since(self.now());
                let Ok(left) = std::time::Duration::try_from(left) else {
                    return;
                };
                if left.is_zero() {
                    return;
                }
                tokio::time::sleep(left.min(std::time::Duration::from_secs(60))).await;
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sleeper_wakes_when_the_hand_reaches_its_time() {
        let start: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        let clock = ManualClock::new(start);
        let mut sleep = clock.sleep_until(start + SignedDuration::from_secs(10));
        let mut context = Context::from_waker(Waker::noop());
        clock.advance(SignedDuration::from_secs(9));
        assert!(sleep.as_mut().poll(&mut context).is_pending());
        clock.advance(SignedDuration::from_secs(1));
        assert!(sleep.as_mut().poll(&mut context).is_ready());
    }
}
