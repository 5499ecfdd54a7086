//! `/findings/{id}`: one finding, whole.

use axum::extract::{Path, State};
use axum::routing::get;
use axum::{Json, Router};
use serde::Serialize;
use tidings_model::{Finding, FindingId};
use tidings_store::Revision;

use crate::AppState;
use crate::params::Params;
use crate::problem::Problem;

pub(crate) fn routes() -> Router<AppState> {
    Router::new().route("/findings/{id}", get(one))
}

/// A finding with its earlier states.
#[derive(Serialize)]
struct FindingAnswer {
    #[serde(flatten)]
    finding: Finding,
    /// Every state, the first one first.
    revisions: Vec<Revision>,
}

/// `GET /api/v1/findings/{id}`
async fn one(
    State(app): State<AppState>,
    Path(id): Path<String>,
    params: Params,
) -> Result<Json<FindingAnswer>, Problem> {
    params.finish()?;
    let Ok(known) = id.parse::<FindingId>() else { return Err(Problem::not_found("finding", &id)) };
    let found = app
        .blocking(move |store| {
            let Some(finding) = store.finding(&known)? else { return Ok(None) };
            Ok(Some(FindingAnswer { revisions: store.revisions(&known)?, finding }))
        })
        .await?;
    found.map(Json).ok_or_else(|| Problem::not_found("finding", &id))
}
