//! A recipe as the process's plugin: read, described, run over the wire.

use std::io;
use std::path::Path;

use serde_json::value::RawValue;
use tidings_abi::status;
use tidings_protocol::{Error, Method, RunRequest, code};
use tidings_sdk::embed::{self, Calls};

use crate::bridge::Returned;
use crate::recipe::Recipe;
use crate::wire::{Request, Wire};

/// Largest recipe, in bytes.
const MAX_RECIPE: u64 = 1 << 20;

/// Reads the recipe in `path`.
pub(crate) fn load(path: &Path) -> Result<Recipe, Error> {
    let failed = |problem: String| Error::new(code::LOAD_DESCRIBE_FAILED, format!("{}{problem}", path.display()));
    let read = || {
        if MAX_RECIPE < std::fs::metadata(path)?.len() {
            return Err(io::Error::other("it is larger than 1 MiB"));
        }
        std::fs::read_to_string(path)
    };
    let text = read().map_err(|error| failed(format!(" cannot be read: {error}")))?;
    Recipe::parse(&text).map_err(|error| failed(format!(":{error}")))
}

pub(crate) fn describe(recipe: &Recipe) -> Returned {
    returned(serde_json::to_vec(recipe.manifest()).map_err(|error| Error::new(code::PLUGIN_ERROR, error.to_string())))
}

pub(crate) fn run(recipe: &Recipe, wire: &Wire, request: &str) -> Returned {
    let read = serde_json::from_str::<RunRequest>(request)
        .map_err(|error| Error::new(code::PROTOCOL_BAD_MESSAGE, format!("request of the run: {error}")));
    let report = read.and_then(|request| embed::run(request, &mut Line(wire), |params, ctx| recipe.run(params, ctx)));
    returned(report.map(|report| serde_json::to_vec(&report).expect("a report has nothing that JSON cannot say")))
}

fn returned(answer: Result<Vec<u8>, Error>) -> Returned {
    match answer {
        Ok(json) => Returned { status: status::OK, json: Some(json) },
        Err(error) => Returned {
            status: status::ERROR,
            json: Some(serde_json::to_vec(&error).expect("an error has nothing that JSON cannot say")),
        },
    }
}

struct Line<'wire>(&'wire Wire);

impl Calls for Line<'_> {
    fn call(&mut self, method: Method, params: &RawValue) -> Result<Vec<u8>, Error> {
        let reply = self.0.call(&Request { method: method.as_str().into(), params: Some(params) })?;
        if !reply.is_error {
            return Ok(reply.payload().as_bytes().to_vec());
        }
        Err(serde_json::from_str(reply.payload()).unwrap_or_else(|error| {
            Error::new(code::PROTOCOL_BAD_MESSAGE, format!("the daemon's error cannot be read: {error}"))
        }))
    }

    fn notify(&mut self, method: Method, params: &RawValue) {
        let notification = Request { method: method.as_str().into(), params: Some(params) };
        if let Err(error) = self.0.notify(&notification) {
            eprintln!("W! {error}");
        }
    }

    fn is_cancelled(&self) -> bool {
        self.0.is_cancelled()
    }
}
