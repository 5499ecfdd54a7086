//! Who visits the place of a source when its turn has come.

use std::sync::Arc;

use tidings_plugins::{Job, Plugin, RunEnd, Supervisor};
use tokio_util::sync::CancellationToken;

use crate::calls::RunCalls;

/// What the engine has its sources visited by.
#[derive(Clone, Debug)]
pub enum Visitor {
    /// The plugin, in a process of its own.
    Supervisor(Arc<Supervisor>),
    /// A web made up by a test, which needs no process.
    #[cfg(test)]
    MadeUp(Arc<crate::moved_clock::Web>),
}

impl Visitor {
    /// One visit, as [`Supervisor::run`] makes it.
    pub(crate) async fn visit(
        &self,
        plugin: &Arc<Plugin>,
        job: Job,
        calls: &mut RunCalls,
        cancel: CancellationToken,
    ) -> RunEnd {
        match self {
            Self::Supervisor(supervisor) => supervisor.run(plugin, job, calls, cancel).await,
            #[cfg(test)]
            Self::MadeUp(web) => web.visit(&job, calls).await,
        }
    }
}
