//! The pipes to the daemon, taken out of the plugin's reach.
#![expect(unsafe_code, reason = "file descriptors 0 and 1 are taken over by number")]

use std::fs::File;
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd, RawFd};

/// What were standard input and output.
pub(crate) struct Streams {
    pub(crate) from_daemon: File,
    pub(crate) to_daemon: File,
}

/// Moves both pipes to descriptors that close on exec; what a plugin prints goes to
/// its log from here on, and what it reads from standard input is empty.
///
/// # Errors
///
/// When there is no descriptor left, or `/dev/null` cannot be opened.
pub(crate) fn take() -> io::Result<Streams> {
    let nothing = File::open("/dev/null")?;
    let from_daemon = duplicate(libc::STDIN_FILENO)?;
    let to_daemon = duplicate(libc::STDOUT_FILENO)?;
    replace(libc::STDIN_FILENO, nothing.as_raw_fd())?;
    replace(libc::STDOUT_FILENO, libc::STDERR_FILENO)?;
    Ok(Streams { from_daemon, to_daemon })
}

fn duplicate(number: RawFd) -> io::Result<File> {
    // SAFETY: the daemon starts this process with 0 and 1 open, and nobody closes them.
    let borrowed = unsafe { BorrowedFd::borrow_raw(number) };
    Ok(File::from(borrowed.try_clone_to_owned()?))
}

fn replace(number: RawFd, by: RawFd) -> io::Result<()> {
    // SAFETY: both are open; no object of ours owns `number`.
    match unsafe { libc::dup2(by, number) } {
        -1 => Err(io::Error::last_os_error()),
        _ => Ok(()),
    }
}
