//! One plugin process: started, talked to, ended, reaped.

mod link;
mod log;
mod memory;
mod originals;
mod plan;
mod pool;
mod reap;
mod scratch;
mod spawner;

use std::io;
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;
use std::sync::Mutex;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::time::timeout;

pub(crate) use link::{FrameError, Link};
pub(crate) use log::{Log, LogTail};
pub(crate) use memory::Gauge;
pub(crate) use pool::Pool;
pub(crate) use reap::Usage;

use crate::artifact::Artifact;
use crate::config::SandboxMode;
use crate::launcher::Launcher;
use memory::Told;
use plan::Plan;
use scratch::Scratch;

pub(crate) use scratch::remove_abandoned;

/// What the child takes from itself before it loads the plugin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct ChildLimits {
    pub(crate) sandbox: SandboxMode,
    pub(crate) cpu_s: u64,
    pub(crate) memory_mb: u64,
    /// How many runs it serves, one after the other.
    pub(crate) runs: u32,
}

/// A process and the group it leads. Dropped before [`Process::end`], it is killed
/// with its group, and reaped by the spawner.
#[derive(Debug)]
pub(crate) struct Process {
    pid: Pid,
    memory: Gauge,
    /// CPU time that earlier runs have used.
    used: Duration,
    /// Once it is reaped its number may be another's, so nobody signals it.
    reaped: Mutex<bool>,
    /// Removed with this.
    _scratch: Option<Scratch>,
}

/// How a process ended, and what it used.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Exit {
    pub(crate) status: ExitStatus,
    pub(crate) usage: Usage,
}

impl Process {
    /// Starts the child that will load or become `artifact`, with its pipes.
    ///
    /// # Errors
    ///
    /// When the system has no process, descriptor or memory left, or the launcher is gone.
    pub(crate) async fn start(
        launcher: &Launcher,
        artifact: &Artifact,
        limits: ChildLimits,
    ) -> io::Result<(Self, Link, tokio::net::unix::pipe::Receiver)> {
        let scratch = match artifact {
            Artifact::File { .. } => None,
            Artifact::Program { scratch, .. } => Some(Scratch::make(scratch)?),
        };
        let born = spawner::spawn(Plan::new(launcher, artifact, scratch.as_ref(), limits)).await?;
        let told = if born.is_copy {
            Told::AtItsEnd
        } else if limits.runs == 1 {
            Told::Never
        } else {
            Told::BetweenRuns
        };
        let memory = Gauge::new(born.pid, told);
        let process =
            Self { pid: born.pid, memory, used: Duration::ZERO, reaped: Mutex::new(false), _scratch: scratch };
        let link = Link::new(born.stdin, born.stdout)?;
        let stderr = tokio::net::unix::pipe::Receiver::from_owned_fd(born.stderr)?;
        Ok((process, link, stderr))
    }

    /// Counts from here on for another run.
    fn begin_run(&mut self) {
        self.used = reap::cpu_time(self.pid).unwrap_or_default();
        self.memory = self.memory.anew();
    }

    /// What the run that has just ended has used, of a process that goes on.
    pub(crate) fn usage(&self) -> Usage {
        let cpu = reap::cpu_time(self.pid).unwrap_or_default().saturating_sub(self.used);
        Usage { cpu, max_rss: self.memory.look_between() }
    }

    pub(crate) fn memory(&self) -> &Gauge {
        &self.memory
    }

    /// Kills it and every process of its group.
    pub(crate) fn kill(&self) {
        let reaped = self.reaped.lock().expect("nothing panics while this lock is held");
        if !*reaped {
            // Gone already is as good.
            kill_process_group(self.pid, Signal::KILL).unwrap_or_default();
        }
    }

    /// Waits until it has ended, `patience` at most, then kills it; ends what is left
    /// of its group, and reaps it.
    pub(crate) async fn end(self, patience: Duration) -> io::Result<Exit> {
        let pid = self.pid;
        // Leaves the process a zombie, so that its number stays ours while the group is killed.
        if timeout(patience, reap::ended(pid)).await.is_err() {
            self.kill();
            reap::ended(pid).await?;
        }
        self.kill();
        let mut reaped = self.reaped.lock().expect("nothing panics while this lock is held");
        let exit = reap::wait(pid)?;
        *reaped = true;
        let (status, mut usage) = exit;
        usage.max_rss = self.memory.peak(usage.max_rss);
        usage.cpu = usage.cpu.saturating_sub(self.used);
        Ok(Exit { status: ExitStatus::from_raw(status), usage })
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let reaped = *self.reaped.lock().expect("nothing panics while this lock is held");
        if !reaped {
            self.kill();
            spawner::abandon(self.pid);
        }
    }
}
