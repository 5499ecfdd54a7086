//! How much memory a process holds, and held at most.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use rustix::param::page_size;
use rustix::process::{Pid, getpid};

/// By how much two ways of counting the same memory may differ.
const SLACK: u64 = 1 << 20;

/// The memory of one process, looked at while it lives.
///
/// What `wait4` tells at the end of a process that was started is no less than the daemon's own
/// peak: until it calls `exec` a child shares the daemon's memory, and the kernel counts that
/// as its own. Of a copy of another child it tells the truth.
#[derive(Clone, Debug)]
pub(crate) struct Gauge {
    pid: Pid,
    told: Told,
    peak: Arc<AtomicU64>,
    /// The kernel's short account, left open from look to look.
    short: Arc<OnceLock<File>>,
}

/// When the memory of a process is known, beside the looks at it every now and then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Told {
    /// Of a copy, at its end.
    AtItsEnd,
    /// Of one that serves several runs, between them.
    BetweenRuns,
    /// Of any other, so it must be looked at in its only run.
    Never,
}

impl Gauge {
    pub(super) fn new(pid: Pid, told: Told) -> Self {
        Self { pid, told, peak: Arc::default(), short: Arc::default() }
    }

    /// The same process, of which nothing was seen yet.
    pub(super) fn anew(&self) -> Self {
        Self { peak: Arc::default(), ..self.clone() }
    }

    /// Looks at a process whose memory cannot be told once it has ended.
    pub(crate) fn look_if_untold(&self) {
        if self.told == Told::Never {
            self.look();
        }
    }

    /// Resident memory of a process between two runs, and what was seen of it meanwhile, in bytes: the larger.
    pub(super) fn look_between(&self) -> u64 {
        let resident = self.resident_pages().unwrap_or(0) * page_size() as u64;
        self.peak.fetch_max(resident, Ordering::Relaxed).max(resident)
    }

    fn resident_pages(&self) -> Option<u64> {
        let file = match self.short.get() {
            Some(file) => file,
            None => {
                let file = File::open(format!("/proc/{}/statm", self.pid.as_raw_nonzero())).ok()?;
                self.short.get_or_init(|| file)
            }
        };
        let mut numbers = [0; 64];
        let read = file.read_at(&mut numbers, 0).ok()?;
        std::str::from_utf8(&numbers[..read]).ok()?.split(' ').nth(1)?.parse().ok()
    }

    /// Resident memory in bytes; `None` where the system does not tell, or the process is
    /// gone. Shared memory counts, which no limit of the child covers.
    pub(crate) fn look(&self) -> Option<u64> {
        let status = status(self.pid)?;
        self.peak.fetch_max(size(&status, "VmHWM:")?, Ordering::Relaxed);
        size(&status, "VmRSS:")
    }

    /// The largest resident memory of a process that has ended: what was seen of it, or
    /// what `wait4` has told, where that cannot be the daemon's. Zero where neither is known.
    pub(super) fn peak(&self, told: u64) -> u64 {
        let seen = self.peak.load(Ordering::Relaxed);
        if self.told == Told::AtItsEnd {
            return seen.max(told);
        }
        let of_daemon = status(getpid()).and_then(|status| size(&status, "VmHWM:")).unwrap_or_default();
        if of_daemon + SLACK < told { seen.max(told) } else { seen }
    }
}

fn status(pid: Pid) -> Option<String> {
    std::fs::read_to_string(format!("/proc/{}/status", pid.as_raw_nonzero())).ok()
}

fn size(status: &str, name: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim_end().parse().ok()?;
    Some(kib * 1024)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn our_own_memory_is_seen_and_its_peak_kept() {
        let gauge = Gauge::new(getpid(), Told::Never);
        let ballast = vec![1_u8; 64 << 20];
        assert!(gauge.look().is_some_and(|bytes| 64 << 20 < bytes), "{}", ballast.len());
        drop(ballast);
        assert!(64 << 20 < gauge.peak(0));
        let other = Gauge::new(getpid(), Told::BetweenRuns);
        let ballast = vec![1_u8; 64 << 20];
        assert!(64 << 20 < other.look_between(), "{}", ballast.len());
    }

    #[test]
    fn what_is_told_counts_only_above_the_daemons_own_peak() {
        let gauge = Gauge::new(getpid(), Told::Never);
        let of_daemon = size(&status(getpid()).unwrap(), "VmHWM:").unwrap();
        assert_eq!(gauge.peak(of_daemon / 2), 0);
        assert_eq!(gauge.peak(u64::MAX / 2), u64::MAX / 2);
        assert_eq!(Gauge::new(getpid(), Told::AtItsEnd).peak(of_daemon / 2), of_daemon / 2);
    }
}
