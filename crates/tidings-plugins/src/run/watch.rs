//! What may end a run before its plugin does.

use std::time::Duration;

use tokio::time::{Instant, MissedTickBehavior, interval_at, sleep_until};
use tokio_util::sync::CancellationToken;

use crate::process::Gauge;

/// How often the memory of a process is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// Why a run is ended from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Interrupt {
    /// The daemon stops, or somebody stopped the source.
    Cancelled,
    /// It took too long altogether.
    Wall,
    /// The plugin was silent for too long while it was its turn.
    Stall,
    /// It held this many bytes, shared ones included.
    Memory(u64),
}

/// Watches one process. Before an interrupt it waits for one; after it, for the end
/// of the grace that the plugin has to stop by itself.
#[derive(Debug)]
pub(crate) struct Watch {
    memory: Gauge,
    cancel: CancellationToken,
    wall: Instant,
    looks: tokio::time::Interval,
    max_resident: u64,
    grace: Duration,
    ending: Option<(Interrupt, Instant)>,
}

/// What the watch has to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Alarm {
    /// Tell the plugin to stop.
    Stop,
    /// Kill it.
    Kill(Interrupt),
}

impl Watch {
    /// `limit` is that of the child's private memory, in bytes; half as much again,
    /// shared memory included, is not tolerated.
    pub(crate) fn new(
        memory: Gauge,
        cancel: CancellationToken,
        runtime: Duration,
        limit: u64,
        grace: Duration,
    ) -> Self {
        let mut looks = interval_at(Instant::now() + LOOK_EVERY, LOOK_EVERY);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let wall = Instant::now() + runtime;
        Self { memory, cancel, wall, looks, max_resident: limit + limit / 2, grace, ending: None }
    }

    /// Waits for the next alarm. Cancel safe.
    pub(crate) async fn alarm(&mut self) -> Alarm {
        if let Some((why, kill_at)) = self.ending {
            tokio::select! {
                () = sleep_until(kill_at) => return Alarm::Kill(why),
                bytes = excess(&mut self.looks, &self.memory, self.max_resident) => return Alarm::Kill(Interrupt::Memory(bytes)),
            }
        }
        let why = tokio::select! {
            () = self.cancel.cancelled() => Interrupt::Cancelled,
            () = sleep_until(self.wall) => Interrupt::Wall,
            bytes = excess(&mut self.looks, &self.memory, self.max_resident) => return Alarm::Kill(Interrupt::Memory(bytes)),
        };
        self.interrupt(why)
    }

    /// Begins the end.
    pub(crate) fn interrupt(&mut self, why: Interrupt) -> Alarm {
        self.ending = Some((why, Instant::now() + self.grace));
        Alarm::Stop
    }

    /// Ends when the run is cancelled from outside.
    pub(crate) fn cancelled(&self) -> CancellationToken {
        self.cancel.clone()
    }

    /// Why the run is being ended, once it is.
    pub(crate) fn ending(&self) -> Option<Interrupt> {
        self.ending.map(|(why, _)| why)
    }
}

async fn excess(looks: &mut tokio::time::Interval, memory: &Gauge, max_resident: u64) -> u64 {
    loop {
        looks.tick().await;
        if let Some(bytes) = memory.look().filter(|bytes| max_resident < *bytes) {
            return bytes;
        }
    }
}
