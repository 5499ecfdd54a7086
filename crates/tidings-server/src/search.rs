//! `/search`: research questions.

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Json, Router};
use tidings_index::{SearchAnswer, SearchError, SearchRequest};
use tokio::task::spawn_blocking;

use crate::AppState;
use crate::params::Params;
use crate::problem::Problem;

pub(crate) fn routes() -> Router<AppState> {
    Router::new().route("/search", get(search))
}

/// `GET /api/v1/search?q=…`: best match first, newest first without words.
async fn search(State(app): State<AppState>, params: Params) -> Result<Json<SearchAnswer>, Problem> {
    let pairs = params.into_pairs();
    let request = SearchRequest::from_params(
        pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())),
        &app.engine.dimensions(),
    )?;
    // Index and store block, so the whole read leaves the async threads.
    let answer = spawn_blocking(move || app.index.search(&app.store, &request)).await;
    Ok(Json(answer.map_err(|error| Problem::internal(&error))??))
}

impl From<SearchError> for Problem {
    fn from(error: SearchError) -> Self {
        let status = match &error {
            SearchError::CursorExpired => StatusCode::GONE,
            error if error.is_callers_fault() => StatusCode::BAD_REQUEST,
            SearchError::Index(index) if index.needs_rebuild() => {
                return Self::unavailable("the index is being built anew from the log", 30);
            }
            SearchError::Store(store) => return store.clone().into(),
            _ => return Self::internal(&error),
        };
        let mut problem = Self::new(status, error.to_string());
        problem.param = error.param().map(str::to_owned);
        problem.hint = error.hint();
        if let SearchError::Query(query) = &error {
            problem.detail = query.to_string();
            problem.offset = Some(query.offset);
            problem.hint.clone_from(&query.suggestion);
        }
        problem
    }
}
