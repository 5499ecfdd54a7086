//! One process from its first line to its end: limits, hello, describe or run.

use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::sync::mpsc::{self, Receiver};
use std::sync::{Arc, OnceLock};
use std::{io, thread};

use serde_json::value::RawValue;
use tidings_abi::{PluginV1, status};
use tidings_protocol::{Error, Hello, Id, Method, PROTOCOL, Welcome, code};

use crate::arguments::{Arguments, Sandbox};
use crate::bridge::{self, Returned};
use crate::interpreter;
use crate::library;
use crate::limits::{self, Enforced, LimitError, exit_now};
use crate::reader::{Reader, Request};
use crate::recipe::Recipe;
use crate::streams::{self, Streams};
use crate::wire::{self, Wire};

/// Stack of the thread that a plugin runs on.
const STACK: usize = 8 << 20;

/// Why the process never came to serve anything.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StartError {
    #[error(transparent)]
    Limits(#[from] LimitError),
    #[error("cannot take over the pipes: {0}")]
    Streams(io::Error),
    #[error("cannot start a thread: {0}")]
    Thread(io::Error),
    #[error("cannot greet the daemon: {0}")]
    Hello(Error),
    #[error("the daemon chose protocol {0}, this plugin host speaks {PROTOCOL}")]
    Protocol(u32),
}

/// Serves the daemon; returns only with the reason why it could not.
pub(crate) fn serve(arguments: &Arguments, file: &Path) -> StartError {
    match start(arguments, file) {
        Ok(session) => session.run(),
        Err(failure) => failure,
    }
}

/// Answers whatever the daemon asks with why the process, restricted so far, is not to go on.
pub(crate) fn refuse(arguments: &Arguments, enforced: Enforced) -> StartError {
    let begun = streams::take().map_err(StartError::Streams);
    match begun.and_then(|streams| begin(arguments, Path::new(""), enforced, streams)) {
        Ok(session) => session.run(),
        Err(failure) => failure,
    }
}

/// What the process serves with.
#[derive(Clone, Copy)]
enum Loaded {
    Library(&'static PluginV1),
    Recipe(&'static Recipe),
}

impl Loaded {
    fn describe(self) -> Returned {
        match self {
            Self::Library(table) => bridge::describe(table),
            Self::Recipe(recipe) => interpreter::describe(recipe),
        }
    }

    fn run(self, wire: &Wire, request: &str) -> Returned {
        match self {
            Self::Library(table) => bridge::run(table, wire, request),
            Self::Recipe(recipe) => interpreter::run(recipe, wire, request),
        }
    }
}

struct Session {
    file: PathBuf,
    sandbox: Sandbox,
    enforced: Enforced,
    wire: &'static Wire,
    requests: Receiver<Request>,
}

fn start(arguments: &Arguments, file: &Path) -> Result<Session, StartError> {
    // Before the limits, which would refuse `/dev/null`.
    let streams = streams::take().map_err(StartError::Streams)?;
    let enforced = limits::apply(arguments)?;
    begin(arguments, file, enforced, streams)
}

fn begin(arguments: &Arguments, file: &Path, enforced: Enforced, streams: Streams) -> Result<Session, StartError> {
    let (replies, replied) = mpsc::channel();
    let (requests, requested) = mpsc::channel();
    let cancelled = Arc::new(AtomicBool::new(false));
    let reader = Reader { replies, requests, cancelled: Arc::clone(&cancelled) };
    thread::Builder::new()
        .name("reader".to_owned())
        .spawn(move || reader.run(streams.from_daemon))
        .map_err(StartError::Thread)?;
    // Lives until the process ends, since a plugin's threads may call at any time.
    static WIRE: OnceLock<Wire> = OnceLock::new();
    let wire = WIRE.get_or_init(|| Wire::new(streams.to_daemon, replied, cancelled));
    Ok(Session { file: file.to_owned(), sandbox: arguments.sandbox, enforced, wire, requests: requested })
}

impl Session {
    fn run(self) -> StartError {
        if let Err(failure) = self.greet() {
            return failure;
        }
        let plugin = self.load();
        loop {
            let Ok(request) = self.requests.recv() else { exit_now(0) };
            match request {
                Request::Describe { id } => self.answer(id, plugin.as_ref(), |plugin, _| plugin.describe()),
                Request::Run { id, params } => {
                    self.answer(id, plugin.as_ref(), move |plugin, wire| plugin.run(wire, &params));
                    // One run a process.
                    exit_now(0);
                }
                Request::Unknown { id, method } => {
                    let error = Error::new(code::PROTOCOL_UNSUPPORTED, format!("a plugin has no method `{method}`"));
                    self.wire.answer(id, Err(&error));
                }
            }
        }
    }

    fn greet(&self) -> Result<(), StartError> {
        let hello = Hello {
            protocol: [PROTOCOL, PROTOCOL],
            sdk: concat!("tidings-plugin-host/", env!("CARGO_PKG_VERSION")).to_owned(),
            features: self.enforced.features(),
        };
        let params = serde_json::value::to_raw_value(&hello).expect("a hello has nothing that JSON cannot say");
        let request = wire::Request { method: Method::Hello.as_str().into(), params: Some(&params) };
        let reply = self.wire.call(&request).map_err(StartError::Hello)?;
        let unread = |_| StartError::Hello(Error::new(code::PROTOCOL_BAD_MESSAGE, "its answer cannot be read"));
        if reply.is_error {
            return Err(StartError::Hello(serde_json::from_str(reply.payload()).map_err(unread)?));
        }
        let welcome: Welcome = serde_json::from_str(reply.payload()).map_err(unread)?;
        if welcome.protocol == PROTOCOL { Ok(()) } else { Err(StartError::Protocol(welcome.protocol)) }
    }

    fn load(&self) -> Result<Loaded, Error> {
        if let Some(problem) = self.enforced.problem(self.sandbox) {
            return Err(Error::new(code::CONFIG_INVALID, problem));
        }
        // Both live until the process ends, since a plugin's threads may be at work until then.
        if self.file.extension().is_some_and(|extension| extension == "toml") {
            return interpreter::load(&self.file).map(|recipe| Loaded::Recipe(Box::leak(Box::new(recipe))));
        }
        library::load(&self.file).map(Loaded::Library).map_err(|error| error.to_wire())
    }

    /// Calls the plugin on a thread of its own and sends what it returned.
    fn answer(
        &self,
        id: Id,
        plugin: Result<&Loaded, &Error>,
        work: impl FnOnce(Loaded, &'static Wire) -> Returned + Send + 'static,
    ) {
        let plugin = match plugin {
            Ok(plugin) => *plugin,
            Err(error) => return self.wire.answer(id, Err(error)),
        };
        let wire = self.wire;
        let thread = thread::Builder::new().name("plugin".to_owned()).stack_size(STACK);
        let returned = match thread.spawn(move || work(plugin, wire)) {
            Ok(running) => running.join().unwrap_or(Returned { status: status::PANIC, json: None }),
            Err(error) => {
                let error = Error::new(code::PLUGIN_ERROR, format!("cannot start the plugin's thread: {error}"));
                return self.wire.answer(id, Err(&error));
            }
        };
        match result(&returned) {
            Ok(json) => self.wire.answer(id, Ok(json)),
            Err(error) => self.wire.answer(id, Err(&error)),
        }
    }
}

/// The JSON that a plugin returned, or the error that it is or stands for.
fn result(returned: &Returned) -> Result<&RawValue, Error> {
    let json = returned.json.as_deref();
    if returned.status == status::OK {
        return serde_json::from_slice(json.unwrap_or(b"null")).map_err(|error| {
            Error::new(code::PROTOCOL_BAD_MESSAGE, format!("what the plugin returned cannot be read: {error}"))
        });
    }
    let told = json.and_then(|json| serde_json::from_slice::<Error>(json).ok());
    Err(told.unwrap_or_else(|| untold(returned.status)))
}

/// An error code that came without an error.
fn untold(returned: i32) -> Error {
    let (code, message) = match returned {
        status::PANIC => (code::PLUGIN_PANIC, "the plugin panicked".to_owned()),
        status::BAD_REQUEST => (code::CONFIG_INVALID, "the plugin cannot read its params".to_owned()),
        status::CANCELLED => (code::CANCELLED, "the run was cancelled".to_owned()),
        other => (code::PLUGIN_ERROR, format!("the plugin returned {other} and no error")),
    };
    Error::new(code, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(status: i32, json: Option<&str>, expected: Result<&str, &str>) {
        let returned = Returned { status, json: json.map(|json| json.as_bytes().to_vec()) };
        let result = result(&returned);
        let found = result.as_ref().map(|json| json.get()).map_err(|error| error.code.as_str());
        assert_eq!(found, expected);
    }

    #[test]
    fn what_a_plugin_returns_is_classified() {
        check(status::OK, Some(r#"{"more":true}"#), Ok(r#"{"more":true}"#));
        check(status::OK, None, Ok("null"));
        check(status::OK, Some("gar\0bage"), Err(code::PROTOCOL_BAD_MESSAGE));
        check(status::ERROR, Some(r#"{"code":"plugin.parse","message":"m"}"#), Err("plugin.parse"));
        check(status::ERROR, Some("garbage"), Err(code::PLUGIN_ERROR));
        check(status::PANIC, None, Err(code::PLUGIN_PANIC));
        check(77, None, Err(code::PLUGIN_ERROR));
    }
}
