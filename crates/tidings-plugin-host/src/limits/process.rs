//! The process's tie to the daemon, and how it ends.
#![expect(unsafe_code, reason = "prctl, mallopt and _exit have no safe form")]

use std::io;

use super::LimitError;

/// Ends with the daemon's spawner thread, which is its parent.
pub(super) fn end_with(parent: Option<i32>) -> Result<(), LimitError> {
    #[cfg(target_os = "linux")]
    {
        control(libc::PR_SET_PDEATHSIG, libc::SIGKILL as libc::c_ulong)
            .map_err(|source| LimitError { what: "PR_SET_PDEATHSIG", source })?;
        // The daemon may have ended before the line above; then nobody would tell.
        let real = rustix::process::getppid().map(|pid| pid.as_raw_nonzero().get());
        if parent.is_some() && parent != real {
            exit_now(0);
        }
    }
    #[cfg(not(target_os = "linux"))]
    let _ = parent;
    Ok(())
}

/// Lets all threads take memory from one heap: a heap for each costs more than the
/// few threads of one run could gain by it.
pub(crate) fn use_one_heap() {
    #[cfg(target_env = "gnu")]
    {
        // SAFETY: sets a number of the allocator; while the process has one thread.
        let is_set = unsafe { libc::mallopt(libc::M_ARENA_MAX, 1) };
        debug_assert_eq!(is_set, 1, "the allocator knows this setting");
    }
}

/// Gains no privileges, shows its memory to nobody, and is the first to go when memory
/// runs out.
pub(super) fn give_up_privileges() -> Result<(), LimitError> {
    #[cfg(target_os = "linux")]
    {
        let failed = |what| move |source| LimitError { what, source };
        control(libc::PR_SET_NO_NEW_PRIVS, 1).map_err(failed("PR_SET_NO_NEW_PRIVS"))?;
        // Before the process stops being dumpable: after that the file is root's.
        // A kernel without the file, or one that forbids it, costs nothing but order.
        if let Err(error) = std::fs::write("/proc/self/oom_score_adj", "500") {
            eprintln!("D! oom_score_adj is left as it is: {error}");
        }
        control(libc::PR_SET_DUMPABLE, 0).map_err(failed("PR_SET_DUMPABLE"))?;
    }
    Ok(())
}

#[cfg(target_os = "linux")]
fn control(option: libc::c_int, value: libc::c_ulong) -> io::Result<()> {
    let unused: libc::c_ulong = 0;
    // SAFETY: these options take one number each and touch no memory of ours.
    match unsafe { libc::prctl(option, value, unused, unused, unused) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}

/// Ends the process without running destructors: a plugin's threads may still be
/// at work, and its library must not be torn down under them.
pub(crate) fn exit_now(code: i32) -> ! {
    // SAFETY: ends the process; nothing runs after it.
    unsafe { libc::_exit(code) }
}
