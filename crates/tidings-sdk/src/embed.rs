//! For a host that runs plugins which are no [`Plugin`](crate::Plugin): the calls of a run,
//! over whatever leads to the daemon. Recipes are run so.

use serde_json::Value;
use serde_json::value::RawValue;
use tidings_protocol::{self as wire, Method, RunReport, RunRequest};

use crate::transport::Transport;
use crate::{Ctx, Error, Result};

/// The way to the daemon.
pub trait Calls {
    /// Asks, and waits for the result as JSON.
    ///
    /// # Errors
    ///
    /// What the daemon answered instead of a result.
    fn call(&mut self, method: Method, params: &RawValue) -> Result<Vec<u8>, wire::Error>;

    /// Says something that has no answer.
    fn notify(&mut self, method: Method, params: &RawValue);

    fn is_cancelled(&self) -> bool;
}

struct Embedded<'calls>(&'calls mut dyn Calls);

impl Transport for Embedded<'_> {
    fn call(&mut self, method: Method, params: &RawValue) -> Result<Vec<u8>> {
        self.0.call(method, params).map_err(Error::from_wire)
    }

    fn notify(&mut self, method: Method, params: &RawValue) {
        self.0.notify(method, params);
    }

    fn cancelled(&self) -> bool {
        self.0.is_cancelled()
    }
}

/// Runs `visit` with the params of `request`.
///
/// # Errors
///
/// What `visit` failed with.
pub fn run(
    request: RunRequest,
    calls: &mut dyn Calls,
    visit: impl FnOnce(&Value, &mut Ctx) -> Result<()>,
) -> Result<RunReport, wire::Error> {
    run_over(request, &mut Embedded(calls), visit).map_err(|error| error.wire().clone())
}

pub(crate) fn run_over(
    mut request: RunRequest,
    transport: &mut dyn Transport,
    visit: impl FnOnce(&Value, &mut Ctx) -> Result<()>,
) -> Result<RunReport> {
    let params = request.params.take();
    let mut ctx = Ctx::new(&request, transport);
    let ended = visit(&params, &mut ctx);
    ctx.complain();
    ended.map(|()| ctx.into_report())
}
