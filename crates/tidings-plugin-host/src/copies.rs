//! The process as an original that is copied: a plugin that runs often is loaded once.
//!
//! The daemon asks for a copy by one byte on a socket, with three pipes; the answer is
//! the copy's process id. A copy is the daemon's own child, as if it had started it: it ends
//! with it, and is waited for by it. Nothing of one run is there in the next, as the original
//! never runs its plugin.
#![expect(unsafe_code, reason = "a copy of a process has no safe form")]

use std::io::{self, IoSliceMut, Write};
use std::mem::MaybeUninit;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::path::Path;

use rustix::net::{RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, recvmsg};
use tidings_protocol::Error;

use crate::arguments::Arguments;
use crate::limits::{self, Enforced, LimitError, exit_now};
use crate::session::{self, Loaded, Place, Session, StartError};
use crate::streams::{self, Streams};

/// Why there is nothing to copy.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CopyError {
    #[error(transparent)]
    Limits(#[from] LimitError),
    #[error("cannot talk to the daemon: {0}")]
    Socket(#[from] io::Error),
    #[error(transparent)]
    Load(#[from] Error),
    #[error("the plugin starts threads while it is loaded, which no copy would have")]
    Threads,
    #[error(transparent)]
    Refused(#[from] StartError),
}

/// The pipes of one run.
struct Pipes {
    from_daemon: OwnedFd,
    to_daemon: OwnedFd,
    log: OwnedFd,
}

/// Loads `file` and copies itself until the daemon closes the socket; returns only with why it could not.
pub(crate) fn serve(arguments: &Arguments, file: &Path) -> CopyError {
    match start(arguments, file) {
        Ok((enforced, loaded, socket)) => match copy(arguments, enforced, loaded, socket) {
            Ok(()) => exit_now(0),
            Err(error) => error,
        },
        Err(error) => error,
    }
}

fn start(arguments: &Arguments, file: &Path) -> Result<(Enforced, Loaded, UnixStream), CopyError> {
    let socket = UnixStream::from(streams::take_input()?);
    let enforced = limits::apply_to_original(arguments)?;
    let loaded = session::load(arguments.sandbox, enforced, file)?;
    // Asked once, it has made what it makes once for all; what it says is known already.
    drop(loaded.describe());
    if 1 < std::fs::read_dir("/proc/self/task")?.count() {
        return Err(CopyError::Threads);
    }
    Ok((enforced, loaded, socket))
}

fn copy(arguments: &Arguments, enforced: Enforced, loaded: Loaded, mut socket: UnixStream) -> Result<(), CopyError> {
    while let Some(pipes) = asked(&socket)? {
        match fork_beside()? {
            Some(pid) => socket.write_all(&pid.to_ne_bytes())?,
            None => {
                drop(socket);
                return Err(run(arguments, enforced, loaded, pipes));
            }
        }
    }
    Ok(())
}

/// The next order; `None` once the daemon has closed its end.
fn asked(socket: &UnixStream) -> io::Result<Option<Pipes>> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(3))];
    let mut ancillary = RecvAncillaryBuffer::new(&mut space);
    let mut byte = [0];
    let flags = RecvFlags::CMSG_CLOEXEC;
    if recvmsg(socket, &mut [IoSliceMut::new(&mut byte)], &mut ancillary, flags)?.bytes == 0 {
        return Ok(None);
    }
    let mut sent: Vec<OwnedFd> = Vec::with_capacity(3);
    for message in ancillary.drain() {
        if let RecvAncillaryMessage::ScmRights(descriptors) = message {
            sent.extend(descriptors);
        }
    }
    let [from_daemon, to_daemon, log] = <[OwnedFd; 3]>::try_from(sent)
        .map_err(|sent| io::Error::other(format!("{} pipes instead of 3", sent.len())))?;
    Ok(Some(Pipes { from_daemon, to_daemon, log }))
}

/// Copies this process, as a child of its own parent. `None` in the copy.
fn fork_beside() -> io::Result<Option<i32>> {
    let flags = libc::c_long::from(libc::CLONE_PARENT);
    let none: libc::c_long = 0;
    // SAFETY: without CLONE_VM the copy has its own memory and goes on here, on a stack of its
    // own; the process has one thread, so no lock is held by another that the copy lacks.
    // `fork` itself cannot make a sibling.
    match unsafe { libc::syscall(libc::SYS_clone, flags, none, none, none, none) } {
        -1 => Err(io::Error::last_os_error()),
        0 => Ok(None),
        pid => Ok(Some(i32::try_from(pid).expect("a process id is a positive i32"))),
    }
}

/// One run, in the copy.
fn run(arguments: &Arguments, enforced: Enforced, loaded: Loaded, pipes: Pipes) -> CopyError {
    let streams = match Streams::adopt(pipes.from_daemon, pipes.to_daemon, &pipes.log) {
        Ok(streams) => streams,
        Err(error) => return error.into(),
    };
    drop(pipes.log);
    match limits::apply_to_copy(arguments, enforced) {
        Ok(enforced) => Session::new(streams, enforced, Place::Here, arguments).run(|| Ok(loaded)).into(),
        Err(error) => error.into(),
    }
}
