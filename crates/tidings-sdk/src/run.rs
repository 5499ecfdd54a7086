//! One run, whatever the transport.

use tidings_protocol::{RunReport, RunRequest};

use crate::transport::Transport;
use crate::{Ctx, Plugin, Result, params};

pub(crate) fn run<P: Plugin>(plugin: &P, mut request: RunRequest, transport: &mut dyn Transport) -> Result<RunReport> {
    let params = params::read::<P>(request.params.take())?;
    let mut ctx = Ctx::new(&request, transport);
    let ended = plugin.run(&params, &mut ctx);
    ctx.complain();
    ended.map(|()| ctx.into_report())
}
