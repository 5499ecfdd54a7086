//! One process from its first line to its end: limits, hello, describe or run.

use std::path::Path;
use std::sync::OnceLock;
use std::{io, thread};

use serde_json::value::RawValue;
use tidings_abi::{PluginV1, status};
use tidings_protocol::{Error, Hello, Id, Method, PROTOCOL, Welcome, code};

use crate::arguments::{Arguments, Sandbox};
use crate::bridge::{self, Returned};
use crate::incoming::Request;
use crate::interpreter;
use crate::library;
use crate::limits::{self, Enforced, LimitError, exit_now};
use crate::recipe::Recipe;
use crate::streams::{FromDaemon, Streams};
use crate::wire::{self, Wire};

/// Where a run's plugin is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// A thread of its own, while the first waits for the daemon's end: whoever holds the other end of the pipes
    /// ends the process by closing them.
    Thread,
    /// The only thread there is, so that no run has to make and end a second one: what was copied, or serves several
    /// runs, the daemon kills.
    Here,
}

impl Place {
    const fn of(arguments: &Arguments) -> Self {
        if arguments.runs == 1 { Self::Thread } else { Self::Here }
    }
}

/// Stack of the thread that a plugin runs on, in bytes.
pub(crate) const STACK: u64 = 8 << 20;

/// Why the process never came to serve anything.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StartError {
    #[error(transparent)]
    Limits(#[from] LimitError),
    #[error("cannot take over the pipes: {0}")]
    Streams(io::Error),
    #[error("cannot greet the daemon: {0}")]
    Hello(Error),
    #[error("the daemon chose protocol {0}, this plugin host speaks {PROTOCOL}")]
    Protocol(u32),
}

/// Serves the daemon; returns only with the reason why it could not.
pub(crate) fn serve(arguments: &Arguments, file: &Path) -> StartError {
    // Before the limits, which would refuse `/dev/null`.
    let begun = Streams::take().map_err(StartError::Streams);
    match begun.and_then(|streams| Ok((streams, limits::apply(arguments)?))) {
        Ok((streams, enforced)) => {
            let session = Session::new(streams, enforced, Place::of(arguments), arguments);
            session.run(|| load(arguments.sandbox, enforced, file))
        }
        Err(failure) => failure,
    }
}

/// Answers whatever the daemon asks with why the process, restricted so far, is not to go on.
pub(crate) fn refuse(arguments: &Arguments, enforced: Enforced) -> StartError {
    match Streams::take() {
        Ok(streams) => {
            let session = Session::new(streams, enforced, Place::Thread, arguments);
            session.run(|| load(arguments.sandbox, enforced, Path::new("")))
        }
        Err(error) => StartError::Streams(error),
    }
}

/// What the process serves with. Lives until the process ends, since a plugin's threads
/// may be at work until then.
#[derive(Clone, Copy)]
pub(crate) enum Loaded {
    Library(&'static PluginV1),
    Recipe(&'static Recipe),
}

impl Loaded {
    pub(crate) fn describe(self) -> Returned {
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

/// Loads the library or the recipe in `file`.
///
/// # Errors
///
/// One that the daemon is to be told, instead of what it asks for.
pub(crate) fn load(sandbox: Sandbox, enforced: Enforced, file: &Path) -> Result<Loaded, Error> {
    if let Some(problem) = enforced.problem(sandbox) {
        return Err(Error::new(code::CONFIG_INVALID, problem));
    }
    if file.extension().is_some_and(|extension| extension == "toml") {
        return interpreter::load(file).map(|recipe| Loaded::Recipe(Box::leak(Box::new(recipe))));
    }
    library::load(file).map(Loaded::Library).map_err(|error| error.to_wire())
}

/// The talk of one process with the daemon.
pub(crate) struct Session<'a> {
    enforced: Enforced,
    wire: &'static Wire,
    from_daemon: FromDaemon,
    place: Place,
    arguments: &'a Arguments,
}

impl<'a> Session<'a> {
    /// The one session of this process.
    pub(crate) fn new(streams: Streams, enforced: Enforced, place: Place, arguments: &'a Arguments) -> Self {
        // Lives until the process ends, since a plugin's threads may call at any time.
        static WIRE: OnceLock<Wire> = OnceLock::new();
        let from_daemon = streams.from_daemon;
        Self { enforced, wire: WIRE.get_or_init(|| Wire::new(streams)), from_daemon, place, arguments }
    }

    /// Greets, loads, and serves its runs; returns only with the reason why it could not.
    pub(crate) fn run(self, load: impl FnOnce() -> Result<Loaded, Error>) -> StartError {
        if let Err(failure) = self.greet() {
            return failure;
        }
        let plugin = load();
        let mut served = 0;
        loop {
            let request = self.wire.next_request();
            match (request, &plugin) {
                (Request::Unknown { id, method }, _) => self.wire.unsupported(id, &method),
                (Request::Describe { id } | Request::Run { id, .. }, Err(error)) => self.wire.answer(id, Err(error)),
                (Request::Describe { id }, Ok(plugin)) => self.describe(id, *plugin),
                (Request::Run { id, params }, Ok(plugin)) if self.place == Place::Here => {
                    if let Err(failure) = self.serve_run(id, *plugin, &params, served) {
                        return failure;
                    }
                    served += 1;
                }
                (Request::Run { id, params }, Ok(plugin)) => self.start(id, *plugin, params),
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

    fn describe(&self, id: Id, plugin: Loaded) {
        match on_a_thread(move || plugin.describe()) {
            Ok(running) => {
                let returned = running.join().unwrap_or(Returned { status: status::PANIC, json: None });
                tell(self.wire, id, &returned);
            }
            Err(error) => self.wire.answer(id, Err(&error)),
        }
    }

    /// One run after `served` others. The process ends with the last one that it may serve.
    fn serve_run(&self, id: Id, plugin: Loaded, params: &str, served: u32) -> Result<(), StartError> {
        if 0 < served {
            limits::apply_to_next_run(self.arguments)?;
        }
        self.wire.begin_run();
        tell(self.wire, id, &plugin.run(self.wire, params));
        if self.arguments.runs <= served + 1 {
            exit_now(0);
        }
        Ok(())
    }

    /// The one run of this process: it ends with it, or with the daemon.
    fn start(&self, id: Id, plugin: Loaded, params: String) {
        let wire = self.wire;
        let running = on_a_thread(move || {
            tell(wire, id, &plugin.run(wire, &params));
            exit_now(0);
        });
        if let Err(error) = running {
            return self.wire.answer(id, Err(&error));
        }
        self.from_daemon.wait_for_end();
        exit_now(0);
    }
}

/// Calls a plugin on a thread of its own.
fn on_a_thread<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<thread::JoinHandle<T>, Error> {
    let thread = thread::Builder::new()
        .name("plugin".to_owned())
        .stack_size(usize::try_from(STACK).expect("a stack is smaller than memory"));
    thread
        .spawn(work)
        .map_err(|error| Error::new(code::PLUGIN_ERROR, format!("cannot start the plugin's thread: {error}")))
}

/// Sends what the plugin returned.
fn tell(wire: &Wire, id: Id, returned: &Returned) {
    match result(returned) {
        Ok(json) => wire.answer(id, Ok(json)),
        Err(error) => wire.answer(id, Err(&error)),
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
