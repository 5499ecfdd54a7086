//! The daemon's lines: read, and told apart.

use std::io::{BufRead, BufReader, Read};
use std::ops::Range;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use serde::Deserialize;
use serde_json::value::RawValue;
use tidings_protocol::{Id, MAX_LINE_FROM_DAEMON, Method};

use crate::limits::exit_now;
use crate::streams::FromDaemon;

/// One line of the daemon.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Incoming {
    Reply(Reply),
    Request(Request),
    /// The run is to stop.
    Cancel,
}

/// The daemon's reply to a call, as it stood on its line.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Reply {
    pub(crate) id: Id,
    line: String,
    /// Where in `line` the result or the error stands.
    payload: Range<usize>,
    pub(crate) is_error: bool,
}

/// What the daemon asks of the plugin.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Request {
    Describe { id: Id },
    Run { id: Id, params: String },
    Unknown { id: Id, method: String },
}

#[derive(Deserialize)]
struct Line<'a> {
    id: Option<Id>,
    method: Option<String>,
    #[serde(borrow)]
    params: Option<&'a RawValue>,
    #[serde(borrow)]
    result: Option<&'a RawValue>,
    #[serde(borrow)]
    error: Option<&'a RawValue>,
}

impl Reply {
    pub(crate) fn payload(&self) -> &str {
        &self.line[self.payload.clone()]
    }
}

/// The lines, in the order sent. A daemon that is gone ends the process.
pub(crate) struct Lines(BufReader<FromDaemon>);

impl Lines {
    pub(crate) fn new(from_daemon: FromDaemon) -> Self {
        Self(BufReader::with_capacity(64 << 10, from_daemon))
    }

    /// Waits for the next line that says something.
    pub(crate) fn next(&mut self) -> Incoming {
        loop {
            let mut line = String::new();
            match self.0.by_ref().take(MAX_LINE_FROM_DAEMON as u64 + 1).read_line(&mut line) {
                Ok(0) | Err(_) => exit_now(0),
                Ok(_) if !line.ends_with('\n') => exit_now(0),
                Ok(_) => {}
            }
            if let Some(incoming) = Incoming::read(line) {
                return incoming;
            }
        }
    }

    /// The next line if the daemon has sent one; it sends whole lines.
    pub(crate) fn try_next(&mut self) -> Option<Incoming> {
        if self.0.buffer().is_empty() {
            let mut waiting = [PollFd::new(self.0.get_ref(), PollFlags::IN)];
            let now = Timespec { tv_sec: 0, tv_nsec: 0 };
            poll(&mut waiting, Some(&now)).ok().filter(|ready| 0 < *ready)?;
        }
        Some(self.next())
    }
}

impl Incoming {
    fn read(text: String) -> Option<Self> {
        let line: Line<'_> = match serde_json::from_str(&text) {
            Ok(line) => line,
            Err(error) => {
                eprintln!("E! the daemon sent a line that is no message: {error}");
                return None;
            }
        };
        let Some(method) = line.method else {
            let (id, is_error) = (line.id?, line.error.is_some());
            let payload = line.error.or(line.result).and_then(|payload| place(payload.get(), &text));
            return Some(Self::Reply(match payload {
                Some(payload) => Reply { id, line: text, payload, is_error },
                // JSON's `null` reads as absent.
                None => Reply { id, line: "null".to_owned(), payload: 0..4, is_error },
            }));
        };
        let known = Method::from_name(&method);
        if known == Some(Method::Cancel) {
            return Some(Self::Cancel);
        }
        let id = line.id?;
        Some(Self::Request(match known {
            Some(Method::Describe) => Request::Describe { id },
            Some(Method::Run) => Request::Run { id, params: line.params.map_or("{}", RawValue::get).to_owned() },
            _ => Request::Unknown { id, method },
        }))
    }
}

/// Where `part`, which borrows from `whole`, stands in it: a large payload is then
/// handed on without being copied.
fn place(part: &str, whole: &str) -> Option<Range<usize>> {
    let start = part.as_ptr().addr().checked_sub(whole.as_ptr().addr())?;
    let range = start..start + part.len();
    (whole.get(range.clone()) == Some(part)).then_some(range)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Option<Incoming> {
        Incoming::read(line.to_owned())
    }

    #[track_caller]
    fn check_reply(line: &str, id: Id, payload: &str, is_error: bool) {
        let Some(Incoming::Reply(reply)) = read(line) else { panic!("{line} is no reply") };
        assert_eq!((reply.id, reply.payload(), reply.is_error), (id, payload, is_error));
    }

    #[test]
    fn replies_keep_what_they_carry() {
        check_reply(r#"{"id":1,"result":{"a":[1]}}"#, 1, r#"{"a":[1]}"#, false);
        check_reply(r#"{"id":2,"error":{"code":"fetch.dns"}}"#, 2, r#"{"code":"fetch.dns"}"#, true);
        check_reply(r#"{"id":3,"result":null}"#, 3, "null", false);
    }

    #[test]
    fn requests_are_told_apart() {
        let request = |request| Some(Incoming::Request(request));
        assert_eq!(read(r#"{"id":1,"method":"describe"}"#), request(Request::Describe { id: 1 }));
        let run = Request::Run { id: 2, params: r#"{"x":1}"#.to_owned() };
        assert_eq!(read(r#"{"id":2,"method":"run","params":{"x":1}}"#), request(run));
        let unknown = Request::Unknown { id: 3, method: "dance".to_owned() };
        assert_eq!(read(r#"{"id":3,"method":"dance"}"#), request(unknown));
        assert_eq!(read(r#"{"method":"cancel","params":{"reason":"shutdown"}}"#), Some(Incoming::Cancel));
    }

    #[test]
    fn what_asks_nothing_is_passed_over() {
        assert_eq!(read(r#"{"method":"note"}"#), None);
        assert_eq!(read("{}"), None);
        assert_eq!(read("noise"), None);
    }
}
