//! How much memory a process holds, as the watchdog sees it.

use rustix::process::Pid;

/// Resident memory of `pid` in bytes; `None` where the system does not tell, or
/// the process is gone. Shared memory counts, which no limit of the child covers.
pub(crate) fn resident(pid: Pid) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{}/status", pid.as_raw_nonzero())).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim_end().parse().ok()?;
    Some(kib * 1024)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn our_own_memory_is_seen() {
        assert!(resident(rustix::process::getpid()).is_some_and(|bytes| 100_000 < bytes));
    }
}
