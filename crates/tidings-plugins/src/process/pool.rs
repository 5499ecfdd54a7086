//! Processes that have served a run and wait for another of the same plugin.
//!
//! Only those of plugins that keep nothing from run to run come here, after a run that ended well.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, Weak};
use std::time::Duration;

use tidings_protocol::Sandbox;
use tokio::net::unix::pipe::Receiver;
use tokio::time::{Instant, sleep_until};

use super::plan::Plan;
use super::{ChildLimits, Link, Process};
use crate::artifact::Artifact;
use crate::launcher::Launcher;

/// How long a process waits for a run: longer than the 15 seconds in which visits come together.
const KEEP: Duration = Duration::from_secs(20);
/// How many wait at a time; each holds some megabytes.
const MOST: usize = 16;

/// A process with what it is talked to by.
#[derive(Debug)]
pub(crate) struct Worker {
    /// What other runs it can serve.
    plan: Plan,
    pub(crate) process: Process,
    pub(crate) link: Link,
    pub(crate) stderr: Receiver,
    /// What it enforces; `None` while it has not said hello.
    pub(crate) sandbox: Option<Sandbox>,
    /// How many runs it may still serve.
    pub(crate) runs: u32,
}

/// The processes that wait. Dropped, it ends them.
#[derive(Debug, Default)]
pub(crate) struct Pool(Mutex<Idle>);

#[derive(Debug, Default)]
struct Idle {
    /// Who has waited for longest is the first.
    waiting: Vec<Waiting>,
    /// Whether somebody looks after them.
    is_swept: bool,
}

#[derive(Debug)]
struct Waiting {
    worker: Worker,
    since: Instant,
}

impl Pool {
    /// A process for one run: one that waits, else a new one.
    ///
    /// # Errors
    ///
    /// As [`Process::start`].
    pub(crate) async fn worker(
        &self,
        launcher: &Launcher,
        artifact: &Artifact,
        limits: ChildLimits,
    ) -> io::Result<Worker> {
        let plan = Plan::new(launcher, artifact, None, limits);
        while let Some(mut worker) = self.take(&plan) {
            // One that has ended meanwhile, or speaks without being asked, is of no use.
            if worker.link.is_quiet() {
                worker.process.begin_run();
                return Ok(worker);
            }
        }
        let (process, link, stderr) = Process::start(launcher, artifact, limits).await?;
        Ok(Worker { plan, process, link, stderr, sandbox: None, runs: limits.runs })
    }

    fn take(&self, plan: &Plan) -> Option<Worker> {
        let Idle { waiting, .. } = &mut *self.lock();
        // Who has just worked is still in the processor's caches.
        let at = waiting.iter().rposition(|waiting| waiting.worker.plan == *plan)?;
        Some(waiting.remove(at).worker)
    }

    /// Lets `worker`, which has served a run, wait for the next.
    pub(crate) fn keep(self: &Arc<Self>, worker: Worker) {
        let Idle { waiting, is_swept } = &mut *self.lock();
        if !std::mem::replace(is_swept, true) {
            tokio::spawn(sweep(Arc::downgrade(self), Instant::now() + KEEP));
        }
        if waiting.len() == MOST {
            waiting.remove(0);
        }
        waiting.push(Waiting { worker, since: Instant::now() });
    }

    /// Ends what has waited for long, and says when to look again, if at all.
    fn end_old(&self) -> Option<Instant> {
        let Idle { waiting, is_swept } = &mut *self.lock();
        waiting.retain(|waiting| waiting.since.elapsed() < KEEP);
        let next = waiting.first().map(|waiting| waiting.since + KEEP);
        *is_swept = next.is_some();
        next
    }

    fn lock(&self) -> MutexGuard<'_, Idle> {
        self.0.lock().expect("nothing panics while this lock is held")
    }
}

/// Looks after a pool until it is empty or gone.
async fn sweep(pool: Weak<Pool>, first: Instant) {
    let mut next = Some(first);
    while let Some(at) = next {
        sleep_until(at).await;
        next = pool.upgrade().and_then(|pool| pool.end_old());
    }
}
