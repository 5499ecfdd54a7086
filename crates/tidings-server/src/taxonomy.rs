//! `/taxonomy` and `/retag`: by what findings are tagged, and how that changes.

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Extension, Json, Router};
use serde_json::{Value, json};
use tidings_engine::{InvalidMade, Made, PREVIEW_WITHIN, Preview, Task, TaxonomyFault, TaxonomyPut, TaxonomyView};
use tokio::task::spawn_blocking;

use crate::AppState;
use crate::access::Caller;
use crate::params::Params;
use crate::problem::Problem;
use crate::sources::on_engine;

/// Seconds after which a preview that found another in its way is worth asking for again.
const PREVIEW_AGAIN: u64 = 10;

pub(crate) fn routes() -> Router<AppState> {
    Router::new()
        .route("/taxonomy", get(show).put(replace))
        .route("/taxonomy/preview", post(preview))
        .route("/taxonomy/history", get(history))
        .route("/retag", post(retag))
        .route("/tasks/{id}", get(task))
}

impl From<TaxonomyFault> for Problem {
    fn from(fault: TaxonomyFault) -> Self {
        match &fault {
            TaxonomyFault::DefinedInFile { .. } | TaxonomyFault::NeededByFile(_) | TaxonomyFault::Changed { .. } => {
                Self::conflict(fault.to_string())
            }
            TaxonomyFault::Wrong { pointer, .. } => {
                let mut problem = Self::unprocessable(fault.to_string());
                problem.param.clone_from(pointer);
                problem.hint = fault.nearest().map(|nearest| format!("did you mean `{nearest}`?"));
                problem
            }
            TaxonomyFault::Unusable(source) => Self::unprocessable(format!("{fault}: {source}")),
            TaxonomyFault::Busy => Self::unavailable(fault.to_string(), PREVIEW_AGAIN),
            TaxonomyFault::Store(error) => error.clone().into(),
        }
    }
}

impl From<InvalidMade> for Problem {
    fn from(invalid: InvalidMade) -> Self {
        let problem = Self::unprocessable(invalid.to_string());
        if let InvalidMade::Null(pointer) = invalid { problem.param(pointer) } else { problem }
    }
}

/// A body in the shape of a taxonomy file: as TOML, or as JSON.
fn read(headers: &HeaderMap, body: Bytes) -> Result<Made, Problem> {
    let kind = headers.get(header::CONTENT_TYPE).map(|kind| kind.to_str().unwrap_or("?")).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    match kind.as_str() {
        "application/json" => {
            let value: Value =
                serde_json::from_slice(&body).map_err(|error| Problem::unprocessable(format!("no JSON: {error}")))?;
            Ok(Made::from_json(&value)?)
        }
        "application/toml" | "text/plain" => match String::from_utf8(body.into()) {
            Ok(text) => Ok(Made::from_toml(text)),
            Err(error) => Err(Problem::unprocessable(format!("no UTF-8: {}", error.utf8_error()))),
        },
        _ => {
            let detail = format!("found a body of type `{kind}`; expected a taxonomy as TOML or as JSON");
            Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, detail)
                .param("Content-Type")
                .hint("Content-Type: application/toml, or application/json"))
        }
    }
}

/// Runs `work`, which blocks, off the async threads.
async fn on_taxonomy<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, TaxonomyFault> + Send + 'static,
) -> Result<T, Problem> {
    let answer = spawn_blocking(work).await.map_err(|error| Problem::internal(&error))?;
    Ok(answer?)
}

/// `GET /api/v1/taxonomy`: the taxonomy in force, and where each entry is defined.
async fn show(State(app): State<AppState>, params: Params) -> Result<Json<TaxonomyView>, Problem> {
    params.finish()?;
    Ok(Json(on_engine(&app, |engine| engine.taxonomy()).await?))
}

/// `PUT /api/v1/taxonomy?version=`: replaces what was made here; the files stay as they are.
async fn replace(
    State(app): State<AppState>,
    Extension(caller): Extension<Caller>,
    mut params: Params,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<TaxonomyPut>, Problem> {
    let base = params.one_as("version")?;
    params.finish()?;
    let made = read(&headers, body)?;
    Ok(Json(on_taxonomy(move || app.engine.put_taxonomy(&made, base, caller.author)).await?))
}

/// `POST /api/v1/taxonomy/preview`: what putting it in force would change; changes nothing.
async fn preview(
    State(app): State<AppState>,
    params: Params,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<Preview>, Problem> {
    params.finish()?;
    let made = read(&headers, body)?;
    Ok(Json(on_taxonomy(move || app.engine.preview_taxonomy(&made, PREVIEW_WITHIN)).await?))
}

/// `GET /api/v1/taxonomy/history?limit=&cursor=`: the latest first.
async fn history(State(app): State<AppState>, mut params: Params) -> Result<Json<Value>, Problem> {
    let limit = params.limit(20)?;
    let before = params.one_as("cursor")?;
    params.finish()?;
    let items = on_engine(&app, move |engine| engine.taxonomy_history(before, limit)).await?;
    let next =
        items.last().filter(|past| items.len() == limit && 1 < past.version).map(|past| past.version.to_string());
    let mut answer = json!({ "items": items });
    if let Some(next) = next {
        answer["next"] = json!(next);
    }
    Ok(Json(answer))
}

/// `POST /api/v1/retag`: tags the whole archive again, or says how far that has come.
async fn retag(State(app): State<AppState>, params: Params) -> Result<Response, Problem> {
    params.finish()?;
    let task = on_engine(&app, |engine| engine.start_retag()).await?;
    let location = format!("/api/v1/tasks/{}", task.id);
    Ok((StatusCode::ACCEPTED, [(header::LOCATION, location)], Json(task)).into_response())
}

/// `GET /api/v1/tasks/{id}`: how far work in the background has come.
async fn task(
    State(app): State<AppState>,
    axum::extract::Path(id): axum::extract::Path<String>,
    params: Params,
) -> Result<Json<Task>, Problem> {
    params.finish()?;
    Ok(Json(on_engine(&app, move |engine| engine.task(&id)).await?))
}
