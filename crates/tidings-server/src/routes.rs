//! The table of routes, and what stands before all of them.

use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::set_header::SetResponseHeaderLayer;
use tower_http::timeout::TimeoutLayer;

use crate::AppState;
use crate::access::{authenticate, authorise_admin, authorise_writes};
use crate::problem::Problem;
use crate::{alerts, crawl, deliveries, findings, keys, plugins, probes, search, sources, stories, taxonomy};

/// Largest request body, in bytes.
const MAX_BODY: usize = 1 << 20;
/// Longest that a call may take.
const TIMEOUT: Duration = Duration::from_secs(30);

/// Every route of the daemon.
pub fn router(app: AppState) -> Router {
    let api = Router::new()
        .merge(search::routes())
        .merge(findings::routes())
        .merge(stories::routes())
        .merge(sources::routes())
        .merge(plugins::routes())
        .merge(crawl::routes())
        .merge(taxonomy::routes())
        .merge(alerts::routes())
        .merge(deliveries::routes())
        .layer(from_fn(authorise_writes));
    let admin = keys::routes().merge(sources::reload_route()).layer(from_fn(authorise_admin));
    let guarded = Router::new()
        .nest("/api/v1", api.merge(admin).fallback(no_such_path).method_not_allowed_fallback(no_such_method))
        .merge(probes::metrics_route())
        .layer(from_fn_with_state(app.clone(), authenticate));
    let nosniff = HeaderValue::from_static("nosniff");
    Router::new()
        .nest("/api/v1", alerts::feed_routes())
        .merge(guarded)
        .merge(probes::routes())
        .fallback(no_such_path)
        .method_not_allowed_fallback(no_such_method)
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, TIMEOUT))
        .layer(CatchPanicLayer::custom(|_| panicked()))
        .layer(CompressionLayer::new())
        .layer(SetResponseHeaderLayer::if_not_present(header::X_CONTENT_TYPE_OPTIONS, nosniff))
        .layer(SetResponseHeaderLayer::if_not_present(
            HeaderName::from_static("content-security-policy"),
            HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'"),
        ))
        .layer(SetResponseHeaderLayer::if_not_present(header::CACHE_CONTROL, HeaderValue::from_static("no-store")))
        .with_state(app)
}

async fn no_such_path(request: Request) -> Problem {
    Problem::not_found("path", request.uri().path())
}

async fn no_such_method(request: Request) -> Problem {
    let detail = format!("{} does not take {}", request.uri().path(), request.method());
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, detail)
}

fn panicked() -> Response {
    tracing::error!("a handler panicked");
    Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "internal error; the daemon's log says why").into_response()
}
