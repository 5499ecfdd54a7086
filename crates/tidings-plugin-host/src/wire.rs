//! Lines to the daemon, and the calls that wait for an answer.
//!
//! Nobody reads but who waits: a thread of the plugin that calls, reads its own answer.
//! So a call costs no second thread, and a run that is cancelled is seen at the next
//! call, or when the plugin asks.

use std::fs::File;
use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};

use serde::Deserialize;
use serde_json::value::RawValue;
use tidings_protocol::{Error, Id, MAX_LINE_FROM_PLUGIN, code};

use crate::incoming::{self, Incoming, Lines, Reply};
use crate::limits::exit_now;
use crate::streams::Streams;

/// A request or notification of the plugin: `{"method", "params"}`.
#[derive(Deserialize)]
pub(crate) struct Request<'a> {
    #[serde(borrow)]
    pub(crate) method: std::borrow::Cow<'a, str>,
    #[serde(borrow, default)]
    pub(crate) params: Option<&'a RawValue>,
}

/// The way to the daemon.
pub(crate) struct Wire {
    out: Mutex<File>,
    /// Held through a call, so that the plugin's threads take turns.
    calls: Mutex<Calls>,
    cancelled: AtomicBool,
}

struct Calls {
    last: Id,
    lines: Lines,
}

impl Wire {
    pub(crate) fn new(streams: Streams) -> Self {
        let calls = Calls { last: 0, lines: Lines::new(streams.from_daemon) };
        Self { out: Mutex::new(streams.to_daemon), calls: Mutex::new(calls), cancelled: AtomicBool::new(false) }
    }

    /// Whether the run is to stop; looks at what the daemon has sent, unless a call
    /// of another thread reads it already.
    pub(crate) fn is_cancelled(&self) -> bool {
        match self.calls.try_lock() {
            Ok(calls) => self.look(calls),
            Err(TryLockError::Poisoned(poisoned)) => self.look(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) => self.cancelled.load(Ordering::Relaxed),
        }
    }

    fn look(&self, mut calls: MutexGuard<'_, Calls>) -> bool {
        while !self.cancelled.load(Ordering::Relaxed) {
            match calls.lines.try_next() {
                Some(Incoming::Cancel) => self.cancelled.store(true, Ordering::Relaxed),
                Some(Incoming::Request(request)) => self.refuse(request),
                // The answer to a call that was given up.
                Some(Incoming::Reply(_)) => {}
                None => return false,
            }
        }
        true
    }

    /// Asks the daemon and waits for its reply, one call at a time.
    ///
    /// # Errors
    ///
    /// A request that is too long, before it is sent, or a run that was cancelled.
    /// What the daemon refuses is a [`Reply`].
    pub(crate) fn call(&self, request: &Request<'_>) -> Result<Reply, Error> {
        let mut calls = lock(&self.calls);
        if self.cancelled.load(Ordering::Relaxed) {
            return Err(cancelled());
        }
        calls.last += 1;
        let id = calls.last;
        self.send(&line(Some(id), request)?);
        loop {
            match calls.lines.next() {
                Incoming::Reply(reply) if reply.id == id => return Ok(reply),
                Incoming::Reply(_) => {}
                Incoming::Request(request) => self.refuse(request),
                Incoming::Cancel => {
                    self.cancelled.store(true, Ordering::Relaxed);
                    return Err(cancelled());
                }
            }
        }
    }

    /// Waits for what the daemon asks, while no plugin runs.
    pub(crate) fn next_request(&self) -> incoming::Request {
        loop {
            match lock(&self.calls).lines.next() {
                Incoming::Request(request) => return request,
                Incoming::Cancel => self.cancelled.store(true, Ordering::Relaxed),
                Incoming::Reply(_) => {}
            }
        }
    }

    /// Forgets that an earlier run was to stop.
    pub(crate) fn begin_run(&self) {
        self.cancelled.store(false, Ordering::Relaxed);
    }

    /// A plugin that runs is asked nothing more.
    fn refuse(&self, request: incoming::Request) {
        let (id, method) = match request {
            incoming::Request::Describe { id } => (id, "describe".to_owned()),
            incoming::Request::Run { id, .. } => (id, "run".to_owned()),
            incoming::Request::Unknown { id, method } => (id, method),
        };
        self.unsupported(id, &method);
    }

    pub(crate) fn unsupported(&self, id: Id, method: &str) {
        let message = format!("a plugin has no method `{method}` here");
        self.answer(id, Err(&Error::new(code::PROTOCOL_UNSUPPORTED, message)));
    }

    /// Tells the daemon something that has no answer.
    pub(crate) fn notify(&self, notification: &Request<'_>) -> Result<(), Error> {
        self.send(&line(None, notification)?);
        Ok(())
    }

    /// Answers the daemon's request `id`.
    pub(crate) fn answer(&self, id: Id, answer: Result<&RawValue, &Error>) {
        let json = match answer {
            Ok(result) => format!(r#"{{"id":{id},"result":{}}}"#, one_line(result.get())),
            Err(error) => {
                let error = serde_json::to_string(error).expect("an error has nothing that JSON cannot say");
                format!(r#"{{"id":{id},"error":{error}}}"#)
            }
        };
        if json.len() < MAX_LINE_FROM_PLUGIN {
            return self.send(&(json + "\n"));
        }
        let error = too_long("the answer", json.len());
        self.answer(id, Err(&error));
    }

    /// A daemon that does not read is gone, and nobody else wants this process.
    fn send(&self, line: &str) {
        let sent: io::Result<()> = lock(&self.out).write_all(line.as_bytes());
        if sent.is_err() {
            exit_now(0);
        }
    }
}

/// A thread that panicked while it held a lock has left nothing half done: lines
/// are written whole, and numbers only grow.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn line(id: Option<Id>, request: &Request<'_>) -> Result<String, Error> {
    let method = serde_json::to_string(&request.method).expect("a string can be written as JSON");
    let id = id.map(|id| format!(r#""id":{id},"#)).unwrap_or_default();
    let params = request.params.map(|params| format!(r#","params":{}"#, one_line(params.get()))).unwrap_or_default();
    let line = format!("{{{id}\"method\":{method}{params}}}\n");
    if line.len() <= MAX_LINE_FROM_PLUGIN { Ok(line) } else { Err(too_long(&request.method, line.len())) }
}

/// JSON may be spread over lines; a message may not.
fn one_line(json: &str) -> std::borrow::Cow<'_, str> {
    if !json.contains(['\n', '\r']) {
        return json.into();
    }
    // Between tokens a line break is a space; inside strings JSON has none.
    json.replace(['\n', '\r'], " ").into()
}

fn too_long(what: &str, bytes: usize) -> Error {
    let message = format!("{what} is {bytes} bytes long, a message holds {MAX_LINE_FROM_PLUGIN}");
    Error::new(code::PROTOCOL_LINE_TOO_LONG, message)
}

pub(crate) fn cancelled() -> Error {
    Error::new(code::CANCELLED, "the run was cancelled")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(json: &str) -> Request<'_> {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn a_request_becomes_one_line() {
        let request = request("{\"method\":\"emit\",\"params\":{\n \"title\":\"a\\nb\"\n}}");
        assert_eq!(
            line(Some(3), &request).unwrap(),
            "{\"id\":3,\"method\":\"emit\",\"params\":{  \"title\":\"a\\nb\" }}\n"
        );
    }

    #[test]
    fn a_notification_has_no_id_and_params_may_be_absent() {
        assert_eq!(line(None, &request(r#"{"method":"commit"}"#)).unwrap(), "{\"method\":\"commit\"}\n");
    }

    #[test]
    fn a_request_over_the_limit_is_refused_before_it_is_sent() {
        let long = format!(r#"{{"method":"emit","params":"{}"}}"#, "a".repeat(MAX_LINE_FROM_PLUGIN));
        assert_eq!(line(Some(1), &request(&long)).unwrap_err().code, code::PROTOCOL_LINE_TOO_LONG);
    }
}
