//! `/crawl`: what was fetched, and how it went.

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};
use tidings_store::CrawlFilter;

use crate::AppState;
use crate::params::Params;
use crate::problem::Problem;

pub(crate) fn routes() -> Router<AppState> {
    Router::new().route("/crawl", get(list))
}

/// `GET /api/v1/crawl?source=&from=&to=&limit=&cursor=`: the latest first.
async fn list(State(app): State<AppState>, mut params: Params) -> Result<Json<Value>, Problem> {
    let filter =
        CrawlFilter { source: params.one_as("source")?, from: params.one_as("from")?, to: params.one_as("to")? };
    let before = params.one_as("cursor")?;
    let limit = params.limit(50)?;
    params.finish()?;
    let page = app.blocking(move |store| store.crawl_log(&filter, before, limit)).await?;
    let mut answer = json!({ "items": page.entries });
    if let Some(next) = page.next {
        answer["next"] = json!(next.to_string());
    }
    Ok(Json(answer))
}
