//! What every handler can reach.

use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;

use metrics_exporter_prometheus::PrometheusHandle;
use serde_json::Value;
use tidings_alerts::Alerts;
use tidings_engine::{Engine, IndexFeed, Reloaded};
use tidings_index::Index;
use tidings_plugins::Catalog;
use tidings_store::{Store, StoreError};
use tokio::task::spawn_blocking;

use crate::problem::Problem;

/// Reads the configuration again and puts it in force; the error is a sentence for the caller.
pub type Reload = Arc<dyn Fn() -> Pin<Box<dyn Future<Output = Result<Reloaded, String>> + Send>> + Send + Sync>;

/// Looks at a site once and answers with what is worth watching there.
pub type Suggest =
    Arc<dyn Fn(String) -> Pin<Box<dyn Future<Output = Result<Value, NotSuggested>> + Send>> + Send + Sync>;

/// Why a look at a site brought nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotSuggested {
    /// Another site is being looked at.
    Busy,
    /// A sentence for the caller.
    Failed(String),
}

#[derive(Clone)]
pub struct AppState {
    pub engine: Engine,
    pub alerts: Alerts,
    pub store: Store,
    pub index: Index,
    pub feed: IndexFeed,
    pub catalog: Arc<Catalog>,
    /// The address that the API really listens on.
    pub listen: SocketAddr,
    pub metrics: PrometheusHandle,
    pub reload: Reload,
    pub suggest: Suggest,
}

impl AppState {
    /// Runs `work`, which blocks on the store, off the async threads.
    pub(crate) async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Store) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, Problem> {
        let store = self.store.clone();
        let answer = spawn_blocking(move || work(&store)).await.map_err(|error| Problem::internal(&error))?;
        answer.map_err(Problem::from)
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        if error.is_transient() {
            tracing::error!(%error, "the archive cannot be used just now");
            return Self::unavailable("the archive cannot be used just now; the daemon's log says why", 30);
        }
        Self::internal(&error)
    }
}
