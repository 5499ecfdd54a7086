//! The talk with a plugin while it runs: its calls, one after the other.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use tidings_protocol::{
    Cancel, EmitAnswer, Error, FetchMany, Id, Message, Method, Reply, RunReport, SeenAnswer, SnapshotPutAnswer,
    StateValue, code,
};
use tokio::time::{sleep, timeout};

use super::classify::Ending;
use super::folder::Folder;
use super::slots::Slot;
use super::watch::{Alarm, Interrupt, Watch};
use crate::calls::Calls;
use crate::process::{FrameError, Link};
use crate::web::{Room, Web};

/// The id of the one request that the daemon makes.
pub(crate) const RUN: Id = 1;

/// Serves one run's calls until it ends.
pub(crate) struct Conversation<'a, C> {
    pub(crate) link: &'a mut Link,
    pub(crate) calls: &'a mut C,
    pub(crate) web: &'a Web<'a>,
    pub(crate) folder: Option<Folder>,
    pub(crate) slot: &'a mut Slot,
    pub(crate) watch: Watch,
    pub(crate) stall: Duration,
}

/// A reply, as it will travel.
struct Answer {
    reply: Reply<Box<RawValue>>,
    /// What its body takes, until it is written.
    _rooms: Vec<Room>,
}

impl<C: Calls> Conversation<'_, C> {
    /// Serves until the plugin has answered the run, or is to be ended.
    pub(crate) async fn serve(mut self) -> Ending {
        loop {
            match self.step().await {
                Ok(()) => {}
                Err(ending) => return ending,
            }
        }
    }

    /// One line of the plugin, or one alarm. An `Err` is the end, however it came.
    async fn step(&mut self) -> Result<(), Ending> {
        // The stall timer runs only here: in every other place the daemon owes the plugin something.
        let silence = if self.watch.ending().is_some() { Duration::MAX } else { self.stall };
        let line = tokio::select! {
            biased;
            alarm = self.watch.alarm() => return self.heed(alarm).await,
            line = self.link.next() => line,
            () = sleep(silence) => {
                let alarm = self.watch.interrupt(Interrupt::Stall);
                return self.heed(alarm).await;
            }
        };
        match line {
            Ok(Some(line)) => self.take(&line).await,
            Ok(None) => Err(self.watch.ending().map_or(Ending::Silent, Ending::Interrupted)),
            Err(error) => Err(Ending::Broken(read_error(&error))),
        }
    }

    async fn heed(&mut self, alarm: Alarm) -> Result<(), Ending> {
        match alarm {
            Alarm::Kill(why) => Err(Ending::Interrupted(why)),
            Alarm::Stop => {
                let reason = match self.watch.ending() {
                    Some(Interrupt::Wall) => "timeout.wall",
                    Some(Interrupt::Stall) => "timeout.stall",
                    _ => "shutdown",
                };
                let cancel = Cancel { reason: reason.to_owned() };
                // One that does not read is killed when its grace is over.
                let told = timeout(self.stall, self.link.request(None, Method::Cancel, &cancel)).await;
                if told.is_err() { Err(Ending::Interrupted(Interrupt::Stall)) } else { Ok(()) }
            }
        }
    }

    async fn take(&mut self, line: &[u8]) -> Result<(), Ending> {
        let message = parse(line).map_err(Ending::Broken)?;
        match (&message.method, message.id) {
            (Some(method), Some(id)) => {
                let answer = self.answer(method, message.params.as_deref()).await?;
                self.write(id, answer).await
            }
            (Some(method), None) => self.note(method, message.params.as_deref()).map_err(Ending::Broken),
            (None, Some(RUN)) => Err(self.end(message)),
            (None, _) => Err(Ending::Broken(bad_message("it answers a request that was not made"))),
        }
    }

    /// The result of the run. One that was told to stop and failed, failed because of that.
    fn end(&self, message: Message) -> Ending {
        let reply = run_result(message);
        match (self.watch.ending(), &reply) {
            (Some(why), Err(_)) => Ending::Interrupted(why),
            _ => Ending::Answered(reply),
        }
    }

    async fn write(&mut self, id: Id, answer: Answer) -> Result<(), Ending> {
        let cancel = self.watch.cancelled();
        tokio::select! {
            biased;
            // A pipe that broke is seen as its end at the next read.
            _written = self.link.reply_json(id, answer.reply) => Ok(()),
            () = sleep(self.stall) => Err(Ending::Interrupted(Interrupt::Stall)),
            // The line is half written, so there is no polite way left.
            () = cancel.cancelled() => Err(Ending::Interrupted(Interrupt::Cancelled)),
        }
    }

    async fn answer(&mut self, method: &str, params: Option<&RawValue>) -> Result<Answer, Ending> {
        if self.watch.ending().is_some() {
            return Ok(Answer::of::<()>(Err(cancelled())));
        }
        let Some(method) = Method::from_name(method) else {
            let error = Error::new(code::PROTOCOL_UNSUPPORTED, format!("the daemon has no method `{method}`"));
            return Ok(Answer::of::<()>(Err(error)));
        };
        match method {
            Method::Fetch | Method::FetchMany => self.fetch(method, params).await,
            _ => Ok(self.call(method, params).await),
        }
    }

    /// Serves from the web. Meanwhile another plugin may work, unless the answer is there already.
    async fn fetch(&mut self, method: Method, params: Option<&RawValue>) -> Result<Answer, Ending> {
        let web = self.web;
        let mut serve = pin!(async {
            match method {
                Method::FetchMany => web.fetch_many(&read::<FetchMany>(params)?.requests).await,
                _ => web.fetch(&read(params)?).await,
            }
        });
        let served = match poll_fn(|context| Poll::Ready(serve.as_mut().poll(context))).await {
            Poll::Ready(served) => served,
            Poll::Pending => {
                self.slot.rest();
                tokio::select! {
                    biased;
                    alarm = self.watch.alarm() => {
                        self.heed(alarm).await?;
                        return Ok(Answer::of::<()>(Err(cancelled())));
                    }
                    served = serve => served,
                }
            }
        };
        let answer = match served {
            Ok(served) => Answer { reply: Ok(served.json), _rooms: served.rooms },
            Err(error) => Answer::of::<()>(Err(error)),
        };
        tokio::select! {
            biased;
            () = self.slot.activate() => Ok(answer),
            alarm = self.watch.alarm() => {
                self.heed(alarm).await?;
                Ok(Answer::of::<()>(Err(cancelled())))
            }
        }
    }

    async fn call(&mut self, method: Method, params: Option<&RawValue>) -> Answer {
        let calls = &mut *self.calls;
        match method {
            Method::Emit => Answer::of(match read(params) {
                Ok(finding) => calls.emit(finding).await.map(|outcome| EmitAnswer { outcome }),
                Err(error) => Err(error),
            }),
            Method::Seen => Answer::of(match read::<tidings_protocol::Seen>(params) {
                Ok(asked) => calls.seen(asked.keys).await.map(|seen| SeenAnswer { seen }),
                Err(error) => Err(error),
            }),
            Method::StateGet => Answer::of(match read::<tidings_protocol::StateKey>(params) {
                Ok(asked) => calls.state_get(asked.key).await.map(|value| StateValue { value }),
                Err(error) => Err(error),
            }),
            Method::StateSet => Answer::of(match read::<tidings_protocol::StateSet>(params) {
                Ok(asked) => calls.state_set(asked.key, asked.value).await,
                Err(error) => Err(error),
            }),
            Method::Commit => Answer::of(calls.commit().await),
            Method::SnapshotLatest => Answer::of(match read::<tidings_protocol::SnapshotKey>(params) {
                Ok(asked) => calls.snapshot_latest(asked.key).await,
                Err(error) => Err(error),
            }),
            Method::SnapshotPut => Answer::of(match read(params) {
                Ok(snapshot) => calls.snapshot_put(snapshot).await.map(|id| SnapshotPutAnswer { id }),
                Err(error) => Err(error),
            }),
            Method::FolderList => Answer::of(self.with_folder(|folder| folder.list()).await),
            Method::FolderRead => Answer::of(match read(params) {
                Ok(asked) => self.with_folder(move |folder| folder.read(&asked)).await,
                Err(error) => Err(error),
            }),
            _ => {
                let message = format!("`{}` is not the plugin's to ask", method.as_str());
                Answer::of::<()>(Err(Error::new(code::PROTOCOL_UNSUPPORTED, message)))
            }
        }
    }

    async fn with_folder<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Folder) -> Reply<T> + Send + 'static,
    ) -> Reply<T> {
        let Some(folder) = self.folder.clone() else {
            return Err(Error::new(code::CONFIG_INVALID, "the source's params grant no folder"));
        };
        let read = tokio::task::spawn_blocking(move || work(&folder)).await;
        read.unwrap_or_else(|error| Err(Error::new(code::PLUGIN_ERROR, format!("reading the folder failed: {error}"))))
    }

    fn note(&mut self, method: &str, params: Option<&RawValue>) -> Result<(), Error> {
        match Method::from_name(method) {
            Some(Method::Skip) => self.calls.skip(read(params)?),
            Some(Method::Log) => self.calls.log(read(params)?),
            Some(Method::Progress) => self.calls.progress(read(params)?),
            // A later minor version may know more; nobody waits for an answer.
            _ => tracing::debug!(method, "a plugin's notification is not known"),
        }
        Ok(())
    }
}

impl Answer {
    fn of<T: Serialize>(reply: Reply<T>) -> Self {
        let reply = reply.and_then(|result| {
            serde_json::value::to_raw_value(&result)
                .map_err(|error| Error::new(code::PLUGIN_ERROR, format!("the answer cannot be written: {error}")))
        });
        Self { reply, _rooms: Vec::new() }
    }
}

fn cancelled() -> Error {
    Error::new(code::CANCELLED, "the run was cancelled")
}

fn bad_message(problem: &str) -> Error {
    Error::new(code::PROTOCOL_BAD_MESSAGE, format!("the plugin sent a message that cannot be understood: {problem}"))
}

fn read<T: DeserializeOwned>(params: Option<&RawValue>) -> Reply<T> {
    serde_json::from_str(params.map_or("{}", RawValue::get)).map_err(|error| bad_message(&error.to_string()))
}

/// The plugin's answer to the run. No result at all counts as an empty one.
fn run_result(message: Message) -> Reply<RunReport> {
    match (message.error, message.result) {
        (Some(error), _) => Err(error),
        (None, Some(result)) => {
            serde_json::from_str(result.get()).map_err(|error| bad_message(&format!("its result: {error}")))
        }
        (None, None) => Ok(RunReport::default()),
    }
}

/// Reads one line of a plugin.
pub(crate) fn parse(line: &[u8]) -> Result<Message, Error> {
    let noise = || {
        let quote: String = String::from_utf8_lossy(line).chars().take(120).collect();
        let message =
            format!("the plugin wrote `{quote}` where only messages belong: print to standard error, which is its log");
        Error::new(code::PROTOCOL_STDOUT_NOISE, message)
    };
    if line.trim_ascii_start().first() != Some(&b'{') {
        return Err(noise());
    }
    let message: Message = match serde_json::from_slice(line) {
        Ok(message) => message,
        Err(error) if error.is_data() => return Err(bad_message(&error.to_string())),
        Err(_) => return Err(noise()),
    };
    if message.method.is_none() && message.id.is_none() {
        return Err(bad_message("it has neither `method` nor `id`"));
    }
    Ok(message)
}

pub(crate) fn read_error(error: &FrameError) -> Error {
    match error {
        FrameError::TooLong => Error::new(code::PROTOCOL_LINE_TOO_LONG, format!("the plugin wrote too much: {error}")),
        FrameError::Broken(_) => Error::new(code::PROTOCOL_BAD_MESSAGE, error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(line: &str, expected: Result<(), &str>) {
        assert_eq!(parse(line.as_bytes()).map(|_| ()).map_err(|error| error.code), expected.map_err(str::to_owned));
    }

    #[test]
    fn noise_is_told_from_bad_messages() {
        check(r#"{"id":1,"method":"commit"}"#, Ok(()));
        check("Debug: 3 items", Err(code::PROTOCOL_STDOUT_NOISE));
        check("5", Err(code::PROTOCOL_STDOUT_NOISE));
        check("{not json", Err(code::PROTOCOL_STDOUT_NOISE));
        check("", Err(code::PROTOCOL_STDOUT_NOISE));
        check(r#"{"a":1}"#, Err(code::PROTOCOL_BAD_MESSAGE));
        check(r#"{"id":"x","method":"commit"}"#, Err(code::PROTOCOL_BAD_MESSAGE));
    }

    #[test]
    fn noise_is_quoted_at_its_beginning() {
        let error = parse("x".repeat(500).as_bytes()).unwrap_err();
        assert!(error.message.contains(&"x".repeat(120)) && !error.message.contains(&"x".repeat(121)));
    }
}
