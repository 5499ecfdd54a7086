//! `/healthz`, `/readyz`, `/metrics`.

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use crate::AppState;
use crate::problem::Problem;

pub(crate) fn routes() -> Router<AppState> {
    Router::new().route("/healthz", get(healthz)).route("/readyz", get(readyz))
}

pub(crate) fn metrics_route() -> Router<AppState> {
    Router::new().route("/metrics", get(metrics))
}

/// `GET /healthz`: the process answers.
async fn healthz() -> &'static str {
    "ok\n"
}

/// `GET /readyz`: the archive can be read and the index gets on.
async fn readyz(State(app): State<AppState>) -> Response {
    if let Some(fault) = app.feed.state().fault {
        tracing::warn!(fault, "not ready");
        return Problem::unavailable("the index does not get on; the daemon's log says why", 10).into_response();
    }
    match app.blocking(|store| store.head()).await {
        Ok(_) => (StatusCode::OK, "ready\n").into_response(),
        Err(_) => Problem::unavailable("the archive cannot be read; the daemon's log says why", 10).into_response(),
    }
}

/// `GET /metrics`: Prometheus text; a key of role reader is enough.
async fn metrics(State(app): State<AppState>) -> Response {
    let head = app.blocking(|store| store.head()).await.map_or(0, |head| head.0);
    let lag = head.saturating_sub(app.feed.state().searchable.0);
    metrics::gauge!("tidings_log_number").set(head as f64);
    metrics::gauge!("tidings_index_lag_entries").set(lag as f64);
    let mut states = std::collections::BTreeMap::new();
    for state in tidings_model::Health::ALL {
        states.insert(state.as_str(), 0_u32);
    }
    for source in app.engine.sources() {
        *states.entry(source.health.state.as_str()).or_default() += 1;
    }
    for (state, count) in states {
        metrics::gauge!("tidings_sources", "state" => state).set(f64::from(count));
    }
    app.metrics.run_upkeep();
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], app.metrics.render()).into_response()
}
