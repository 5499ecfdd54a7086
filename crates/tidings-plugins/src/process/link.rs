//! The pipes to a plugin: one JSON object a line, with a cap on its length.

use std::io;
use std::os::fd::OwnedFd;

use bytes::BytesMut;
use memchr::memchr;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use serde::Serialize;
use serde_json::value::RawValue;
use tidings_protocol::{Id, MAX_LINE_FROM_PLUGIN, Message, Method, Reply};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::unix::pipe::{Receiver, Sender};

/// Bytes of a message beside its payload; more only where it is an error.
const ENVELOPE: usize = 128;

/// Both ends of the conversation.
#[derive(Debug)]
pub(crate) struct Link {
    to: Sender,
    from: Receiver,
    /// What was read and is no whole line yet; once its lines are done with, their room is used again.
    buffer: BytesMut,
    /// How much of `buffer` holds no line break.
    scanned: usize,
    /// Lines that are written with the next one, so that they wake the plugin once.
    held: Vec<u8>,
}

/// Why a line cannot be had.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FrameError {
    #[error("a line is longer than {MAX_LINE_FROM_PLUGIN} bytes")]
    TooLong,
    #[error("the pipe broke: {0}")]
    Broken(#[from] io::Error),
}

impl Link {
    pub(super) fn new(to: OwnedFd, from: OwnedFd) -> io::Result<Self> {
        Ok(Self {
            to: Sender::from_owned_fd(to)?,
            from: Receiver::from_owned_fd(from)?,
            buffer: BytesMut::new(),
            scanned: 0,
            held: Vec::new(),
        })
    }

    /// The next line; `None` once the plugin has closed its end. What it wrote last
    /// without a line break is dropped: it died on the way.
    ///
    /// Cancel safe: what was read is kept.
    pub(crate) async fn next(&mut self) -> Result<Option<BytesMut>, FrameError> {
        loop {
            if let Some(at) = memchr(b'\n', &self.buffer[self.scanned..]) {
                let mut line = self.buffer.split_to(self.scanned + at + 1);
                self.scanned = 0;
                line.truncate(line.len() - 1);
                return Ok(Some(line));
            }
            self.scanned = self.buffer.len();
            if MAX_LINE_FROM_PLUGIN < self.buffer.len() {
                return Err(FrameError::TooLong);
            }
            self.buffer.reserve(16 << 10);
            if self.from.read_buf(&mut self.buffer).await? == 0 {
                return Ok(None);
            }
        }
    }

    /// Whether the plugin has its end open and says nothing.
    pub(super) fn is_quiet(&self) -> bool {
        let mut end = [PollFd::new(&self.from, PollFlags::IN)];
        let now = Timespec { tv_sec: 0, tv_nsec: 0 };
        self.buffer.is_empty() && poll(&mut end, Some(&now)).is_ok_and(|ready| ready == 0)
    }

    /// Writes one line, behind what is held. Not cancel safe: a line that was cut cannot be mended.
    async fn write(&mut self, line: &[u8]) -> io::Result<()> {
        if self.held.is_empty() {
            return self.to.write_all(line).await;
        }
        let mut lines = std::mem::take(&mut self.held);
        lines.extend_from_slice(line);
        self.to.write_all(&lines).await
    }

    /// As [`Link::reply`], but travels with the next line that is written.
    pub(crate) fn hold_reply(&mut self, id: Id, reply: Reply<impl Serialize>) -> io::Result<()> {
        self.held.extend(to_line(&Message::reply(id, reply)?)?);
        Ok(())
    }

    pub(crate) async fn request(&mut self, id: Option<Id>, method: Method, params: &impl Serialize) -> io::Result<()> {
        let message = Message::call(id, method, params)?;
        self.write(&to_line(&message)?).await
    }

    /// A reply whose result is JSON already; a large one is not copied again.
    pub(crate) async fn reply_json(&mut self, id: Id, reply: Reply<Box<RawValue>>) -> io::Result<()> {
        let (result, error) = match reply {
            Ok(result) => (Some(result), None),
            Err(error) => (None, Some(error)),
        };
        self.write(&to_line(&Message { id: Some(id), method: None, params: None, result, error })?).await
    }

    pub(crate) async fn reply(&mut self, id: Id, reply: Reply<impl Serialize>) -> io::Result<()> {
        let message = Message::reply(id, reply)?;
        self.write(&to_line(&message)?).await
    }
}

/// A message as it travels.
fn to_line(message: &Message) -> io::Result<Vec<u8>> {
    let payload = message.params.as_ref().or(message.result.as_ref());
    let mut line = Vec::with_capacity(payload.map_or(0, |payload| payload.get().len()) + ENVELOPE);
    serde_json::to_writer(&mut line, message)?;
    line.push(b'\n');
    Ok(line)
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};

    use super::*;

    fn link() -> (Link, io::PipeWriter, io::PipeReader) {
        let (from, theirs) = io::pipe().unwrap();
        let (theirs_in, to) = io::pipe().unwrap();
        (Link::new(to.into(), from.into()).unwrap(), theirs, theirs_in)
    }

    #[tokio::test]
    async fn lines_are_cut_wherever_they_were_written() {
        let (mut link, mut theirs, _input) = link();
        theirs.write_all(b"{\"a\":1}\n{\"b\"").unwrap();
        assert_eq!(link.next().await.unwrap().unwrap(), b"{\"a\":1}"[..]);
        theirs.write_all(b":2}\n\nrest").unwrap();
        assert_eq!(link.next().await.unwrap().unwrap(), b"{\"b\":2}"[..]);
        assert_eq!(link.next().await.unwrap().unwrap(), b""[..]);
        drop(theirs);
        assert_eq!(link.next().await.unwrap(), None);
    }

    #[tokio::test]
    async fn a_plugin_that_spoke_or_went_is_not_quiet() {
        let (link, mut theirs, _input) = link();
        assert!(link.is_quiet());
        theirs.write_all(b"{}").unwrap();
        assert!(!link.is_quiet());
        let (link, theirs, _input) = self::link();
        drop(theirs);
        assert!(!link.is_quiet());
    }

    #[tokio::test]
    async fn what_is_held_goes_before_the_next_line() {
        let (mut link, _theirs, mut input) = link();
        link.hold_reply(1, Ok(2)).unwrap();
        link.reply(3, Ok(4)).await.unwrap();
        drop(link);
        let mut written = String::new();
        input.read_to_string(&mut written).unwrap();
        assert_eq!(written, "{\"id\":1,\"result\":2}\n{\"id\":3,\"result\":4}\n");
    }

    #[tokio::test]
    async fn a_line_without_end_is_not_read_into_memory() {
        let (mut link, mut theirs, _input) = link();
        let writer = std::thread::spawn(move || theirs.write_all(&vec![b'a'; 3 << 20]));
        assert!(matches!(link.next().await, Err(FrameError::TooLong)));
        drop(link);
        assert!(writer.join().unwrap().is_err());
    }
}
