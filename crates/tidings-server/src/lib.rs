//! The HTTP API: routes, keys, problem answers.
//!
//! [`router`] is the whole surface of `/api/v1` and the root paths for machines
//! (`/healthz`, `/readyz`, `/metrics`). A handler takes its parameters apart, makes
//! one call to engine, store or index, and answers; what the calls mean is theirs.

mod access;
mod alerts;
mod app;
mod body;
mod crawl;
mod deliveries;
mod findings;
mod keys;
mod listen;
mod params;
mod plugins;
mod probes;
mod problem;
mod routes;
mod search;
mod sources;
mod stories;
mod taxonomy;

pub use app::{AppState, NotSuggested, Reload, Suggest};
pub use listen::{ListenError, bind, may_listen, serve};
pub use routes::router;
