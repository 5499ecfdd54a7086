//! The pipes to the daemon, out of the plugin's reach.
#![expect(unsafe_code, reason = "file descriptors 0, 1 and 2 are taken over by number")]

use std::fs::File;
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};
use std::sync::OnceLock;

use rustix::event::{PollFd, PollFlags, poll};

/// What were standard input and output.
pub(crate) struct Streams {
    pub(crate) from_daemon: FromDaemon,
    pub(crate) to_daemon: File,
}

/// The daemon's lines; never closed, so that a thread may wait for the daemon to close its end.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FromDaemon(&'static File);

impl Streams {
    /// Moves the pipes at 0 and 1 to descriptors that close on exec; what a plugin prints goes
    /// to its log from here on, and what it reads from standard input is empty.
    ///
    /// # Errors
    ///
    /// When there is no descriptor left, or `/dev/null` cannot be opened.
    pub(crate) fn take() -> io::Result<Self> {
        let from_daemon = take_input()?;
        let to_daemon = duplicate(libc::STDOUT_FILENO)?;
        replace(libc::STDOUT_FILENO, libc::STDERR_FILENO)?;
        Ok(Self::of(from_daemon, to_daemon))
    }

    /// Pipes that came from elsewhere; what is printed goes to `log`.
    ///
    /// # Errors
    ///
    /// When the system does not let it be standard output and error.
    pub(crate) fn adopt(from_daemon: OwnedFd, to_daemon: OwnedFd, log: &OwnedFd) -> io::Result<Self> {
        replace(libc::STDOUT_FILENO, log.as_raw_fd())?;
        replace(libc::STDERR_FILENO, log.as_raw_fd())?;
        Ok(Self::of(from_daemon, to_daemon))
    }

    fn of(from_daemon: OwnedFd, to_daemon: OwnedFd) -> Self {
        // One pair a process, and it lives as long.
        static INPUT: OnceLock<File> = OnceLock::new();
        Self { from_daemon: FromDaemon(INPUT.get_or_init(|| from_daemon.into())), to_daemon: to_daemon.into() }
    }
}

impl FromDaemon {
    /// Waits until the daemon has closed its end; what it sends meanwhile wakes nobody.
    pub(crate) fn wait_for_end(self) {
        let mut end = [PollFd::new(self.0, PollFlags::empty())];
        // A signal is no end, and there is no other error.
        while poll(&mut end, None).is_err() || end[0].revents().is_empty() {}
    }
}

impl io::Read for FromDaemon {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        (&*self.0).read(buffer)
    }
}

impl AsFd for FromDaemon {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

/// Takes what is standard input, and leaves nothing there to read.
///
/// # Errors
///
/// As [`Streams::take`].
pub(crate) fn take_input() -> io::Result<OwnedFd> {
    let nothing = File::open("/dev/null")?;
    let input = duplicate(libc::STDIN_FILENO)?;
    replace(libc::STDIN_FILENO, nothing.as_raw_fd())?;
    Ok(input)
}

fn duplicate(number: RawFd) -> io::Result<OwnedFd> {
    // SAFETY: the daemon starts this process with 0 and 1 open, and nobody closes them.
    unsafe { BorrowedFd::borrow_raw(number) }.try_clone_to_owned()
}

fn replace(number: RawFd, by: RawFd) -> io::Result<()> {
    // SAFETY: both are open; no object of ours owns `number`.
    match unsafe { libc::dup2(by, number) } {
        -1 => Err(io::Error::last_os_error()),
        _ => Ok(()),
    }
}
