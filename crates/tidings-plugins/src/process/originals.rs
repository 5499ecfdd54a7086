//! Processes that wait to be copied: a plugin that runs often is loaded once.
//!
//! Starting a process costs milliseconds, most of them for linking; a copy of one that is
//! linked costs a fraction. Belongs to the spawner thread, so that every copy is a child
//! of it, like any other.

use std::collections::HashMap;
use std::io::{self, IoSlice, Read};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use rustix::net::{SendAncillaryBuffer, SendAncillaryMessage, SendFlags, sendmsg};
use rustix::pipe::{PipeFlags, pipe_with};
use rustix::process::{Pid, Signal, kill_process_group, setpgid};

use super::plan::Plan;
use super::spawner::{Born, pid_of};

/// How long after a run the next is expected, and an original kept for it; as long is none
/// tried where one has failed.
const KEEP: Duration = Duration::from_secs(60);
/// Originals at a time; each holds a few megabytes.
const MAX_ORIGINALS: usize = 8;
/// How long an original may take to load its plugin and be copied.
const PATIENCE: Duration = Duration::from_secs(5);

/// The plans of the last minute, and their originals.
#[derive(Default)]
pub(super) struct Originals {
    recent: HashMap<Plan, Recent>,
}

struct Recent {
    last: Instant,
    original: State,
}

enum State {
    /// One run is no reason to keep a process.
    Unneeded,
    Ready(Original),
    /// It could not be copied; until then each run shows why in a process of its own.
    Impossible(Instant),
}

/// Ends when its socket is closed.
struct Original {
    pid: Pid,
    orders: UnixStream,
}

impl Originals {
    /// A copy for one run; `None` where the run is to have a process of its own.
    /// Originals that are done with go to `ended`.
    pub(super) fn copy(&mut self, plan: &Plan, now: Instant, ended: &mut Vec<Pid>) -> Option<Born> {
        if !plan.can_be_copied() {
            return None;
        }
        let running = self.recent.values().filter(|recent| matches!(recent.original, State::Ready(_))).count();
        let Some(recent) = self.recent.get_mut(plan) else {
            self.recent.insert(plan.clone(), Recent { last: now, original: State::Unneeded });
            return None;
        };
        recent.last = now;
        let may_start = match recent.original {
            State::Unneeded => true,
            State::Impossible(until) => until <= now,
            State::Ready(_) => false,
        };
        if may_start && running < MAX_ORIGINALS {
            match Original::start(plan) {
                Ok(original) => recent.original = State::Ready(original),
                Err(error) => recent.give_up(&error, now),
            }
        }
        let State::Ready(original) = &mut recent.original else { return None };
        let pid = original.pid;
        match original.copy() {
            Ok(born) => Some(born),
            Err(error) => {
                // It may hang, where it was to copy itself.
                kill_process_group(pid, Signal::KILL).unwrap_or_default();
                ended.push(pid);
                recent.give_up(&error, now);
                None
            }
        }
    }

    /// Forgets what was not asked for lately.
    pub(super) fn sweep(&mut self, now: Instant, ended: &mut Vec<Pid>) {
        self.recent.retain(|_, recent| {
            let is_wanted = now.duration_since(recent.last) < KEEP;
            if let (false, State::Ready(original)) = (is_wanted, &recent.original) {
                ended.push(original.pid);
            }
            is_wanted
        });
    }

    /// When there will be something to forget.
    pub(super) fn next_sweep(&self) -> Option<Instant> {
        self.recent.values().map(|recent| recent.last + KEEP).min()
    }
}

impl Recent {
    fn give_up(&mut self, error: &io::Error, now: Instant) {
        tracing::debug!(%error, "a plugin's process cannot be copied just now; each run starts its own");
        self.original = State::Impossible(now + KEEP);
    }
}

impl Original {
    fn start(plan: &Plan) -> io::Result<Self> {
        let (orders, theirs) = UnixStream::pair()?;
        orders.set_read_timeout(Some(PATIENCE))?;
        orders.set_write_timeout(Some(PATIENCE))?;
        let child = plan.original(OwnedFd::from(theirs).into()).spawn()?;
        Ok(Self { pid: pid_of(&child), orders })
    }

    fn copy(&mut self) -> io::Result<Born> {
        let pipe = || pipe_with(PipeFlags::CLOEXEC);
        let ((from_daemon, stdin), (stdout, to_daemon), (stderr, log)) = (pipe()?, pipe()?, pipe()?);
        let theirs = [from_daemon.as_fd(), to_daemon.as_fd(), log.as_fd()];
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(3))];
        let mut ancillary = SendAncillaryBuffer::new(&mut space);
        ancillary.push(SendAncillaryMessage::ScmRights(&theirs));
        sendmsg(&self.orders, &[IoSlice::new(&[1])], &mut ancillary, SendFlags::NOSIGNAL)?;
        let mut answer = [0; size_of::<i32>()];
        self.orders.read_exact(&mut answer)?;
        let pid = Pid::from_raw(i32::from_ne_bytes(answer)).ok_or_else(|| io::Error::other("no process id"))?;
        // As its parent; it has called no `exec`, after which this would be refused.
        setpgid(Some(pid), Some(pid))?;
        Ok(Born { pid, stdin, stdout, stderr, is_copy: true })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::artifact::Artifact;
    use crate::config::SandboxMode;
    use crate::launcher::Launcher;
    use crate::plugin::Form;
    use crate::process::ChildLimits;

    #[test]
    fn what_could_not_be_copied_is_tried_again_after_a_while() {
        let artifact = Artifact::File { path: "/nowhere.so".into(), form: Form::Native };
        let limits = ChildLimits { sandbox: SandboxMode::Off, cpu_s: 1, memory_mb: 64, runs: 1 };
        let plan = Plan::new(&Launcher::plugin_host("/bin/false"), &artifact, None, limits);
        let (mut originals, mut ended, now) = (Originals::default(), Vec::new(), Instant::now());
        for (seconds, tries) in [(0, 0), (1, 1), (59, 1), (60, 1), (61, 2)] {
            assert!(originals.copy(&plan, now + Duration::from_secs(seconds), &mut ended).is_none());
            assert_eq!(ended.len(), tries, "after {seconds} s");
        }
    }
}
