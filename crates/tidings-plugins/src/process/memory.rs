//! How much memory a process holds, and held at most.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

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
    is_copy: bool,
    peak: Arc<AtomicU64>,
}

impl Gauge {
    pub(super) fn new(pid: Pid, is_copy: bool) -> Self {
        Self { pid, is_copy, peak: Arc::default() }
    }

    /// Looks at a process whose memory cannot be told once it has ended.
    pub(crate) fn look_if_untold(&self) {
        if !self.is_copy {
            self.look();
        }
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
        if self.is_copy {
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
        let gauge = Gauge::new(getpid(), false);
        let ballast = vec![1_u8; 64 << 20];
        assert!(gauge.look().is_some_and(|bytes| 64 << 20 < bytes), "{}", ballast.len());
        drop(ballast);
        assert!(64 << 20 < gauge.peak(0));
    }

    #[test]
    fn what_is_told_counts_only_above_the_daemons_own_peak() {
        let gauge = Gauge::new(getpid(), false);
        let of_daemon = size(&status(getpid()).unwrap(), "VmHWM:").unwrap();
        assert_eq!(gauge.peak(of_daemon / 2), 0);
        assert_eq!(gauge.peak(u64::MAX / 2), u64::MAX / 2);
        assert_eq!(Gauge::new(getpid(), true).peak(of_daemon / 2), of_daemon / 2);
    }
}
