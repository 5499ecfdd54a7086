//! `/sources`: what is watched, how it is, and what may be changed here.

use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Serialize;
use serde_json::{Value, json};
use tidings_engine::{Engine, EngineError, SourceConfig, SourceFault, SourceStatus};
use tidings_model::SourceId;
use tidings_store::HealthEvent;
use tokio::task::spawn_blocking;

use crate::AppState;
use crate::app::NotSuggested;
use crate::body::read;
use crate::params::Params;
use crate::problem::Problem;

/// Changes of state that a source is shown with.
const MAX_EVENTS: usize = 50;

pub(crate) fn routes() -> Router<AppState> {
    Router::new()
        .route("/sources", get(list).post(create))
        .route("/sources/suggest", get(suggest))
        .route("/sources/{id}", get(one).put(replace).delete(delete))
        .route("/sources/{id}/runs", get(runs))
        .route("/sources/{id}/run", post(run))
        .route("/sources/{id}/pause", post(pause))
        .route("/sources/{id}/resume", post(resume))
}

pub(crate) fn reload_route() -> Router<AppState> {
    Router::new().route("/reload", post(reload))
}

impl From<EngineError> for Problem {
    fn from(error: EngineError) -> Self {
        match error {
            EngineError::NoSource(id) => Self::not_found("source", id.as_str()),
            EngineError::NoTask(id) => {
                Self::not_found("task", &id).hint("of those that have ended the last few are kept")
            }
            EngineError::DefinedInFile { .. } | EngineError::Exists(_) => Self::conflict(error.to_string()),
            EngineError::Fault(SourceFault::Params(ref errors)) => {
                let pointer = errors.first().map(|error| format!("/params{}", error.pointer));
                Self::unprocessable(error.to_string()).param(pointer.unwrap_or_default())
            }
            EngineError::Fault(_) => {
                Self::unprocessable(error.to_string()).param("/plugin").hint("GET /api/v1/plugins lists them")
            }
            EngineError::Store(error) => error.into(),
        }
    }
}

/// Runs `work`, which blocks on the store, off the async threads.
pub(crate) async fn on_engine<T: Send + 'static>(
    app: &AppState,
    work: impl FnOnce(&Engine) -> Result<T, EngineError> + Send + 'static,
) -> Result<T, Problem> {
    let engine = app.engine.clone();
    let answer = spawn_blocking(move || work(&engine)).await.map_err(|error| Problem::internal(&error))?;
    answer.map_err(Problem::from)
}

fn known(id: &str) -> Result<SourceId, Problem> {
    id.parse().map_err(|_| Problem::not_found("source", id))
}

/// `GET /api/v1/sources`
async fn list(State(app): State<AppState>, params: Params) -> Result<Json<Value>, Problem> {
    params.finish()?;
    Ok(Json(json!({ "items": app.engine.sources() })))
}

/// A source with the changes of its state, the latest first.
#[derive(Serialize)]
struct OneSource {
    #[serde(flatten)]
    status: SourceStatus,
    events: Vec<HealthEvent>,
}

/// `GET /api/v1/sources/{id}`
async fn one(State(app): State<AppState>, Path(id): Path<String>, params: Params) -> Result<Json<OneSource>, Problem> {
    params.finish()?;
    let id = known(&id)?;
    let status = app.engine.source(&id)?;
    let events = app.blocking(move |store| store.health_events(&id, MAX_EVENTS)).await?;
    Ok(Json(OneSource { status, events }))
}

/// Seconds after which a look that found another in its way is worth asking for again.
const LOOK_AGAIN: u64 = 10;

/// `GET /api/v1/sources/suggest?domain=`: what is worth watching at a site, each with a `[[source]]` block.
async fn suggest(State(app): State<AppState>, mut params: Params) -> Result<Json<Value>, Problem> {
    let domain = params.one("domain")?;
    params.finish()?;
    let domain = domain.ok_or_else(|| Problem::bad_request("`domain` is missing: which site?").param("domain"))?;
    (app.suggest)(domain).await.map(Json).map_err(|reason| match reason {
        NotSuggested::Busy => Problem::unavailable("another site is being looked at", LOOK_AGAIN),
        NotSuggested::Failed(sentence) => Problem::unprocessable(sentence).param("domain"),
    })
}

/// `POST /api/v1/sources`: a source kept in the archive.
async fn create(
    State(app): State<AppState>,
    params: Params,
    body: Result<Json<Value>, JsonRejection>,
) -> Result<Response, Problem> {
    params.finish()?;
    let config: SourceConfig = read(body, None)?;
    let made = on_engine(&app, move |engine| engine.add_source(config)).await?;
    let location = format!("/api/v1/sources/{}", made.config.id);
    Ok((StatusCode::CREATED, [(header::LOCATION, location)], Json(made)).into_response())
}

/// `PUT /api/v1/sources/{id}`
async fn replace(
    State(app): State<AppState>,
    Path(id): Path<String>,
    params: Params,
    body: Result<Json<Value>, JsonRejection>,
) -> Result<Json<SourceStatus>, Problem> {
    params.finish()?;
    let config: SourceConfig = read(body, Some(known(&id)?.as_str()))?;
    Ok(Json(on_engine(&app, move |engine| engine.replace_source(config)).await?))
}

/// `DELETE /api/v1/sources/{id}`: its findings stay.
async fn delete(State(app): State<AppState>, Path(id): Path<String>, params: Params) -> Result<StatusCode, Problem> {
    params.finish()?;
    let id = known(&id)?;
    on_engine(&app, move |engine| engine.delete_source(&id)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `GET /api/v1/sources/{id}/runs?limit=&cursor=`: the latest first.
async fn runs(State(app): State<AppState>, Path(id): Path<String>, mut params: Params) -> Result<Json<Value>, Problem> {
    let limit = params.limit(20)?;
    let before = params.one("cursor")?;
    params.finish()?;
    let id = known(&id)?;
    app.engine.source(&id)?;
    let runs = app.blocking(move |store| store.runs(&id, limit, before.as_deref())).await?;
    let next = runs.last().filter(|_| runs.len() == limit).map(|run| run.id.clone());
    let mut answer = json!({ "items": runs });
    if let Some(next) = next {
        answer["next"] = json!(next);
    }
    Ok(Json(answer))
}

/// `POST /api/v1/sources/{id}/run`: visits it now.
async fn run(State(app): State<AppState>, Path(id): Path<String>, params: Params) -> Result<Response, Problem> {
    params.finish()?;
    Ok((StatusCode::ACCEPTED, Json(app.engine.run_now(&known(&id)?)?)).into_response())
}

/// `POST /api/v1/sources/{id}/pause`
async fn pause(
    State(app): State<AppState>,
    Path(id): Path<String>,
    params: Params,
) -> Result<Json<SourceStatus>, Problem> {
    params.finish()?;
    let id = known(&id)?;
    Ok(Json(on_engine(&app, move |engine| engine.pause(&id)).await?))
}

/// `POST /api/v1/sources/{id}/resume`
async fn resume(
    State(app): State<AppState>,
    Path(id): Path<String>,
    params: Params,
) -> Result<Json<SourceStatus>, Problem> {
    params.finish()?;
    let id = known(&id)?;
    Ok(Json(on_engine(&app, move |engine| engine.resume(&id)).await?))
}

/// `POST /api/v1/reload`: reads the configuration again; a broken one leaves the old in force.
async fn reload(State(app): State<AppState>, params: Params) -> Result<Json<Value>, Problem> {
    params.finish()?;
    match (app.reload)().await {
        Ok(reloaded) => Ok(Json(json!(reloaded))),
        Err(sentence) => Err(Problem::unprocessable(sentence).hint("the configuration in force is unchanged")),
    }
}
