//! The thread that reads the daemon's lines.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Sender;

use serde::Deserialize;
use serde_json::value::RawValue;
use tidings_protocol::{Id, MAX_LINE_FROM_DAEMON, Method};

use crate::limits::exit_now;
use crate::wire::Reply;

/// What the daemon asks of the plugin.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Request {
    Describe { id: Id },
    Run { id: Id, params: String },
    Unknown { id: Id, method: String },
}

/// Where the lines go.
pub(crate) struct Reader {
    pub(crate) replies: Sender<Reply>,
    pub(crate) requests: Sender<Request>,
    pub(crate) cancelled: Arc<AtomicBool>,
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

impl Reader {
    /// Reads until the daemon is gone, then ends the process.
    pub(crate) fn run(self, from_daemon: File) -> ! {
        let mut from_daemon = BufReader::with_capacity(64 << 10, from_daemon);
        loop {
            let mut line = String::new();
            match from_daemon.by_ref().take(MAX_LINE_FROM_DAEMON as u64 + 1).read_line(&mut line) {
                Ok(0) | Err(_) => exit_now(0),
                Ok(_) if !line.ends_with('\n') => exit_now(0),
                Ok(_) => self.dispatch(line),
            }
        }
    }

    fn dispatch(&self, text: String) {
        let line: Line<'_> = match serde_json::from_str(&text) {
            Ok(line) => line,
            Err(error) => {
                eprintln!("E! the daemon sent a line that is no message: {error}");
                return;
            }
        };
        if let Some(method) = line.method {
            return self.requested(line.id, &method, line.params);
        }
        let Some(id) = line.id else {
            return;
        };
        let is_error = line.error.is_some();
        let reply = match line.error.or(line.result).and_then(|payload| place(payload.get(), &text)) {
            Some(payload) => Reply { id, line: text, payload, is_error },
            // JSON's `null` reads as absent.
            None => Reply { id, line: "null".to_owned(), payload: 0..4, is_error },
        };
        // Nobody waits any more once the run has ended.
        self.replies.send(reply).unwrap_or_default();
    }

    fn requested(&self, id: Option<Id>, method: &str, params: Option<&RawValue>) {
        let known = Method::from_name(method);
        if known == Some(Method::Cancel) {
            self.cancelled.store(true, Ordering::Relaxed);
            self.replies.send(Reply::wake_up()).unwrap_or_default();
        }
        let Some(id) = id else {
            return;
        };
        let request = match known {
            Some(Method::Describe) => Request::Describe { id },
            Some(Method::Run) => Request::Run { id, params: params.map_or("{}", RawValue::get).to_owned() },
            _ => Request::Unknown { id, method: method.to_owned() },
        };
        self.requests.send(request).unwrap_or_default();
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
    use std::sync::mpsc;

    use super::*;

    #[test]
    fn lines_are_told_apart() {
        let (replies, replied) = mpsc::channel();
        let (requests, requested) = mpsc::channel();
        let cancelled = Arc::new(AtomicBool::new(false));
        let reader = Reader { replies, requests, cancelled: Arc::clone(&cancelled) };
        reader.dispatch(r#"{"id":1,"result":{"a":[1]}}"#.to_owned());
        reader.dispatch(r#"{"id":2,"error":{"code":"fetch.dns","message":""}}"#.to_owned());
        reader.dispatch(r#"{"id":1,"method":"describe"}"#.to_owned());
        reader.dispatch(r#"{"id":2,"method":"run","params":{"x":1}}"#.to_owned());
        reader.dispatch(r#"{"id":3,"method":"dance"}"#.to_owned());
        let reply = replied.try_recv().unwrap();
        assert_eq!((reply.id, reply.payload(), reply.is_error), (1, r#"{"a":[1]}"#, false));
        assert!(replied.try_recv().unwrap().is_error);
        reader.dispatch(r#"{"id":3,"result":null}"#.to_owned());
        assert_eq!(replied.try_recv().unwrap().payload(), "null");
        let asked: Vec<Request> = requested.try_iter().collect();
        let run = Request::Run { id: 2, params: r#"{"x":1}"#.to_owned() };
        assert_eq!(asked, [Request::Describe { id: 1 }, run, Request::Unknown { id: 3, method: "dance".to_owned() }]);
        assert!(!cancelled.load(Ordering::Relaxed));
        reader.dispatch(r#"{"method":"cancel","params":{"reason":"shutdown"}}"#.to_owned());
        assert!(cancelled.load(Ordering::Relaxed));
    }
}
