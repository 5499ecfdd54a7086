//! One plugin process: started, talked to, ended, reaped.

mod link;
mod log;
mod memory;
mod originals;
mod plan;
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
pub(crate) use reap::Usage;

use crate::artifact::Artifact;
use crate::config::SandboxMode;
use crate::launcher::Launcher;
use plan::Plan;
use scratch::Scratch;

pub(crate) use scratch::remove_abandoned;

/// What the child takes from itself before it loads the plugin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct ChildLimits {
    pub(crate) sandbox: SandboxMode,
    pub(crate) cpu_s: u64,
    pub(crate) memory_mb: u64,
}

/// A process and the group it leads. Dropped before [`Process::end`], it is killed
/// with its group, and reaped by the spawner.
#[derive(Debug)]
pub(crate) struct Process {
    pid: Pid,
    memory: Gauge,
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
        let memory = Gauge::new(born.pid, born.is_copy);
        let process = Self { pid: born.pid, memory, reaped: Mutex::new(false), _scratch: scratch };
        let link = Link::new(born.stdin, born.stdout)?;
        let stderr = tokio::net::unix::pipe::Receiver::from_owned_fd(born.stderr)?;
        Ok((process, link, stderr))
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
