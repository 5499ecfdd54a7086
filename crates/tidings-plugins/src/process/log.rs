//! What a plugin writes to standard error: its log, and after a crash the evidence.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rustix::buffer::spare_capacity;
use tidings_protocol::Level;
use tokio::io::AsyncReadExt;
use tokio::net::unix::pipe::Receiver;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

/// Bytes kept of the end of a run's log.
const TAIL: usize = 64 << 10;
/// Bytes of one line that are looked at; the rest of a longer one is its own line.
const LINE: usize = 8 << 10;
/// Lines of one run that reach the daemon's own log.
const TOLD: usize = 200;
/// Bytes that a pipe holds, and so what a run that is over may have left in it.
const PIPE: usize = 64 << 10;
/// How long the pipe may stay open after the process has ended.
const CLOSING: Duration = Duration::from_secs(1);

/// Reads a plugin's standard error until it closes, or its run is over.
#[derive(Debug)]
pub(crate) struct Log {
    tail: Arc<Mutex<LogTail>>,
    reading: AbortOnDropHandle<Receiver>,
    over: CancellationToken,
}

/// The last lines, [`TAIL`] bytes at most.
#[derive(Clone, Debug, Default)]
pub(crate) struct LogTail {
    lines: VecDeque<String>,
    bytes: usize,
}

impl Log {
    /// Reads `stderr` for the run of `who`.
    pub(crate) fn read(stderr: Receiver, who: String) -> Self {
        let tail = Arc::new(Mutex::new(LogTail::default()));
        let over = CancellationToken::new();
        let reading = tokio::spawn(read(stderr, who, Arc::clone(&tail), over.clone()));
        Self { tail, reading: AbortOnDropHandle::new(reading), over }
    }

    /// What was written in a run that has ended, of a process that goes on: all of it is in the pipe by now. The
    /// pipe is for the next run.
    pub(crate) async fn pause(self) -> (LogTail, Option<Receiver>) {
        self.over.cancel();
        let stderr = self.reading.await.ok();
        let mut tail = self.tail.lock().expect("nothing panics while this lock is held");
        (std::mem::take(&mut *tail), stderr)
    }

    /// What was written, once the process has ended.
    pub(crate) async fn end(self) -> LogTail {
        // A grandchild could hold the pipe open; what was read by then will do.
        let _closed_in_time = timeout(CLOSING, self.reading).await;
        let tail = self.tail.lock().expect("nothing panics while this lock is held");
        tail.clone()
    }
}

async fn read(mut stderr: Receiver, who: String, tail: Arc<Mutex<LogTail>>, over: CancellationToken) -> Receiver {
    let mut buffer: Vec<u8> = Vec::new();
    let (mut told, mut left) = (0, PIPE);
    loop {
        let read = match over.run_until_cancelled(stderr.read_buf(&mut buffer)).await {
            Some(read) => read.unwrap_or(0),
            // What is there now is the rest; of the pipe itself, since tokio may not have heard of it yet.
            None if left == 0 => 0,
            None => {
                buffer.reserve(LINE);
                let read = rustix::io::read(&stderr, spare_capacity(&mut buffer)).unwrap_or(0);
                left = left.saturating_sub(read);
                read
            }
        };
        while let Some(end) = line_end(&buffer, read == 0) {
            let line: Vec<u8> = buffer.drain(..end).collect();
            let line = String::from_utf8_lossy(&line);
            let line = line.trim_end_matches(['\n', '\r']);
            told += 1;
            if told <= TOLD {
                tell(&who, line);
            } else if told == TOLD + 1 {
                tracing::warn!(source = who, "the plugin logs too much; the rest is kept with the run only");
            }
            tail.lock().expect("nothing panics while this lock is held").push(line);
        }
        if read == 0 {
            return stderr;
        }
    }
}

/// Where the first line of `buffer` ends; the end of the stream ends one too.
fn line_end(buffer: &[u8], is_last: bool) -> Option<usize> {
    let head = &buffer[..buffer.len().min(LINE)];
    match head.iter().position(|byte| *byte == b'\n') {
        Some(at) => Some(at + 1),
        None if head.len() == LINE || (is_last && !head.is_empty()) => Some(head.len()),
        None => None,
    }
}

fn tell(who: &str, line: &str) {
    let (level, text) = level(line);
    match level {
        Level::Error | Level::Warn => tracing::warn!(source = who, "{text}"),
        Level::Info => tracing::info!(source = who, "{text}"),
        Level::Debug => tracing::debug!(source = who, "{text}"),
    }
}

/// The level that a prefix sets, and the line without it.
fn level(line: &str) -> (Level, &str) {
    let levels = [("E!", Level::Error), ("W!", Level::Warn), ("I!", Level::Info), ("D!", Level::Debug)];
    let set = levels.into_iter().find_map(|(prefix, level)| Some((level, line.strip_prefix(prefix)?.trim_start())));
    set.unwrap_or((Level::Info, line))
}

impl LogTail {
    fn push(&mut self, line: &str) {
        self.bytes += line.len() + 1;
        self.lines.push_back(line.to_owned());
        while TAIL < self.bytes
            && let Some(first) = self.lines.pop_front()
        {
            self.bytes -= first.len() + 1;
        }
    }

    /// The last line that contains `words`.
    pub(crate) fn find(&self, words: &str) -> Option<&str> {
        self.lines.iter().rev().find(|line| line.contains(words)).map(String::as_str)
    }

    /// The line after the last one that contains `words`.
    pub(crate) fn after(&self, words: &str) -> Option<&str> {
        let at = self.lines.iter().rposition(|line| line.contains(words))?;
        self.lines.get(at + 1).map(String::as_str)
    }

    pub(crate) fn last(&self) -> Option<&str> {
        self.lines.iter().rev().find(|line| !line.trim().is_empty()).map(String::as_str)
    }

    pub(crate) fn text(&self) -> String {
        self.lines.iter().fold(String::with_capacity(self.bytes), |text, line| text + line + "\n")
    }

    #[cfg(test)]
    pub(crate) fn of(text: &str) -> Self {
        let mut tail = Self::default();
        text.lines().for_each(|line| tail.push(line));
        tail
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_sets_the_level() {
        assert_eq!(level("W! no date on item 3"), (Level::Warn, "no date on item 3"));
        assert_eq!(level("E!gone"), (Level::Error, "gone"));
        assert_eq!(level("plain"), (Level::Info, "plain"));
    }

    #[test]
    fn the_tail_keeps_the_end() {
        let mut tail = LogTail::default();
        (0..10_000).for_each(|number| tail.push(&format!("line {number}")));
        assert!(tail.text().len() <= TAIL);
        assert_eq!(tail.last(), Some("line 9999"));
        assert_eq!(tail.find("line 12"), None);
    }

    #[tokio::test]
    async fn a_run_that_is_over_leaves_the_pipe_to_the_next() {
        let (theirs, mut ours) = std::io::pipe().unwrap();
        let log = Log::read(Receiver::from_owned_fd(theirs.into()).unwrap(), "first".to_owned());
        std::io::Write::write_all(&mut ours, b"one\ntwo").unwrap();
        let (tail, stderr) = log.pause().await;
        assert_eq!(tail.text(), "one\ntwo\n");
        let log = Log::read(stderr.unwrap(), "second".to_owned());
        std::io::Write::write_all(&mut ours, b"three\n").unwrap();
        drop(ours);
        assert_eq!(log.end().await.text(), "three\n");
    }

    #[tokio::test]
    async fn a_line_without_end_is_cut() {
        let (theirs, mut ours) = std::io::pipe().unwrap();
        let log = Log::read(Receiver::from_owned_fd(theirs.into()).unwrap(), "test".to_owned());
        std::io::Write::write_all(&mut ours, &vec![b'x'; LINE + 7]).unwrap();
        drop(ours);
        let tail = log.end().await;
        assert_eq!(tail.lines.iter().map(String::len).collect::<Vec<_>>(), [LINE, 7]);
    }
}
