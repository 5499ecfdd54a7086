//! Waiting for a child: for its end, and with `wait4` for what it has used.
#![expect(unsafe_code, reason = "wait4, and a descriptor that tokio watches, have no safe form")]

use std::io;
use std::time::Duration;

use rustix::process::{Pid, PidfdFlags, WaitId, WaitIdOptions, pidfd_open, waitid};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

/// What a process has used in its whole life.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Usage {
    pub(crate) cpu: Duration,
    /// Largest resident memory, in bytes; as `wait4` tells it, that of the daemon when it
    /// started the process counts, too.
    pub(crate) max_rss: u64,
}

/// Waits until `pid`, a child, has ended, and does not reap it.
pub(super) async fn ended(pid: Pid) -> io::Result<()> {
    if let Ok(handle) = pidfd_open(pid, PidfdFlags::NONBLOCK) {
        // SAFETY: an owned descriptor is the same until it is dropped, with what watches it.
        let watched = unsafe { AsyncFd::register_with_interest(handle, Interest::READABLE)? };
        watched.readable().await?.retain_ready();
        return Ok(());
    }
    // A kernel before 5.10: a thread waits.
    let waiting = move || waitid(WaitId::Pid(pid), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT);
    tokio::task::spawn_blocking(waiting).await.map_err(io::Error::other)??;
    Ok(())
}

/// Reaps `pid`, which has ended, and answers with its wait status.
pub(super) fn wait(pid: Pid) -> io::Result<(i32, Usage)> {
    wait4(pid, 0)?.ok_or_else(|| io::Error::other("a waiting wait4 came back without a child"))
}

/// Reaps `pid` if it has ended; `false` while it runs.
pub(super) fn try_wait(pid: Pid) -> bool {
    // A child that is not ours any more needs no reaping either.
    wait4(pid, libc::WNOHANG).map_or(true, |exit| exit.is_some())
}

/// CPU time that `pid`, a child that was not reaped, has used so far; `None` where the system does not tell.
pub(super) fn cpu_time(pid: Pid) -> Option<Duration> {
    let (mut clock, mut time) = (0, libc::timespec { tv_sec: 0, tv_nsec: 0 });
    // SAFETY: both pointers are to locals of the right type.
    let failed = unsafe {
        libc::clock_getcpuclockid(pid.as_raw_nonzero().get(), &raw mut clock) != 0
            || libc::clock_gettime(clock, &raw mut time) != 0
    };
    let (seconds, nanos) = (u64::try_from(time.tv_sec).ok()?, u32::try_from(time.tv_nsec).ok()?);
    (!failed).then(|| Duration::new(seconds, nanos))
}

fn wait4(pid: Pid, options: i32) -> io::Result<Option<(i32, Usage)>> {
    let mut status = 0;
    // SAFETY: all-zero is a valid `rusage`, a struct of numbers.
    let mut usage: libc::rusage = unsafe { std::mem::zeroed() };
    loop {
        // SAFETY: both pointers are to locals of the right type.
        let found = unsafe { libc::wait4(pid.as_raw_nonzero().get(), &raw mut status, options, &raw mut usage) };
        match found {
            0 => return Ok(None),
            -1 => {
                let error = io::Error::last_os_error();
                if error.kind() != io::ErrorKind::Interrupted {
                    return Err(error);
                }
            }
            _ => return Ok(Some((status, read(&usage)))),
        }
    }
}

fn read(usage: &libc::rusage) -> Usage {
    let time = |value: libc::timeval| {
        let seconds = u64::try_from(value.tv_sec).unwrap_or_default();
        let micros = u64::try_from(value.tv_usec).unwrap_or_default();
        Duration::from_secs(seconds) + Duration::from_micros(micros)
    };
    let unit = if cfg!(target_os = "linux") { 1024 } else { 1 };
    let max_rss = u64::try_from(usage.ru_maxrss).unwrap_or_default() * unit;
    Usage { cpu: time(usage.ru_utime) + time(usage.ru_stime), max_rss }
}
