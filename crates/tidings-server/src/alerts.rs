//! `/alerts`: standing queries that tell somebody, and their feeds.

use axum::body::Bytes;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Extension, Json, Router};
use serde_json::{Value, json};
use tidings_alerts::{Alert, AlertError, AlertView, Alerts, AlertsError, FeedFormat, Trial};
use tidings_engine::{AlertPreview, preview_alert};
use tidings_model::{AlertId, Url};
use tokio::task::spawn_blocking;

use crate::AppState;
use crate::access::Caller;
use crate::body::read;
use crate::params::Params;
use crate::problem::Problem;

const DEFAULT_LIMIT: usize = 50;
/// Changes that an alert's history shows.
const HISTORY: usize = 50;

pub(crate) fn routes() -> Router<AppState> {
    Router::new()
        .route("/alerts", get(list).post(create))
        .route("/alerts/preview", post(preview))
        .route("/alerts/{id}", get(one).put(replace).delete(delete))
        .route("/alerts/{id}/history", get(history))
        .route("/alerts/{id}/test", post(test))
}

/// The feeds, which a token opens and no key.
pub(crate) fn feed_routes() -> Router<AppState> {
    Router::new().route("/alerts/{id}/{feed}", get(feed))
}

impl From<AlertsError> for Problem {
    fn from(error: AlertsError) -> Self {
        match error {
            AlertsError::NoAlert(id) => Self::not_found("alert", id.as_str()),
            AlertsError::Exists(_) | AlertsError::DefinedInFile { .. } | AlertsError::MadeInApi { .. } => {
                Self::conflict(error.to_string())
            }
            AlertsError::Wrong(wrong) => wrong.into(),
            AlertsError::Store(error) => error.into(),
        }
    }
}

impl From<AlertError> for Problem {
    fn from(wrong: AlertError) -> Self {
        let mut problem = Self::unprocessable(wrong.to_string()).param(format!("/{}", wrong.key()));
        if let AlertError::Query(query) = &wrong {
            problem.offset = Some(query.offset);
            problem.hint.clone_from(&query.suggestion);
        }
        problem
    }
}

/// Runs `work`, which blocks on the store, off the async threads.
async fn on_alerts<T: Send + 'static>(
    app: &AppState,
    work: impl FnOnce(&Alerts) -> Result<T, AlertsError> + Send + 'static,
) -> Result<T, Problem> {
    let alerts = app.alerts.clone();
    let answer = spawn_blocking(move || work(&alerts)).await.map_err(|error| Problem::internal(&error))?;
    Ok(answer?)
}

fn known(id: &str) -> Result<AlertId, Problem> {
    id.parse().map_err(|_| Problem::not_found("alert", id))
}

/// `GET /api/v1/alerts?limit=&cursor=`, in the order of their ids.
async fn list(State(app): State<AppState>, mut params: Params) -> Result<Json<Value>, Problem> {
    let limit = params.limit(DEFAULT_LIMIT)?;
    let after: Option<AlertId> = params.one_as("cursor")?;
    params.finish()?;
    let mut items = on_alerts(&app, move |alerts| Ok(alerts.list(after.as_ref(), limit + 1)?)).await?;
    let is_last = items.len() <= limit;
    items.truncate(limit);
    let next = items.last().filter(|_| !is_last).map(|alert| alert.definition["id"].clone());
    let mut answer = json!({ "items": items });
    if let Some(next) = next {
        answer["next"] = next;
    }
    Ok(Json(answer))
}

/// `GET /api/v1/alerts/{id}`
async fn one(State(app): State<AppState>, Path(id): Path<String>, params: Params) -> Result<Json<AlertView>, Problem> {
    params.finish()?;
    let id = known(&id)?;
    Ok(Json(on_alerts(&app, move |alerts| alerts.one(&id)).await?))
}

/// `POST /api/v1/alerts`: an alert kept in the archive, which sees what comes from now on.
async fn create(
    State(app): State<AppState>,
    Extension(caller): Extension<Caller>,
    params: Params,
    body: Result<Json<Value>, JsonRejection>,
) -> Result<Response, Problem> {
    params.finish()?;
    let alert: Alert = read(body, None)?;
    let location = format!("/api/v1/alerts/{}", alert.id);
    let made = on_alerts(&app, move |alerts| alerts.add(&alert, caller.author)).await?;
    Ok((StatusCode::CREATED, [(header::LOCATION, location)], Json(made)).into_response())
}

/// `PUT /api/v1/alerts/{id}`
async fn replace(
    State(app): State<AppState>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    params: Params,
    body: Result<Json<Value>, JsonRejection>,
) -> Result<Json<AlertView>, Problem> {
    params.finish()?;
    let id = known(&id)?;
    let alert: Alert = read(body, Some(id.as_str()))?;
    Ok(Json(on_alerts(&app, move |alerts| alerts.replace(&alert, caller.author)).await?))
}

/// `DELETE /api/v1/alerts/{id}`: what is still owed for it is not sent.
async fn delete(
    State(app): State<AppState>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    params: Params,
) -> Result<StatusCode, Problem> {
    params.finish()?;
    let id = known(&id)?;
    on_alerts(&app, move |alerts| alerts.remove(&id, caller.author)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `GET /api/v1/alerts/{id}/history`: who changed it, when, and what it was then; the latest first.
async fn history(State(app): State<AppState>, Path(id): Path<String>, params: Params) -> Result<Json<Value>, Problem> {
    params.finish()?;
    let id = known(&id)?;
    let wanted = id.clone();
    let changes = app.blocking(move |store| store.alert_history(&wanted, HISTORY)).await?;
    if changes.is_empty() {
        return Err(Problem::not_found("alert", id.as_str()));
    }
    let items = changes.into_iter().map(|change| {
        let definition = change.definition.map(|text| serde_json::from_str::<Value>(&text).unwrap_or_default());
        match definition {
            Some(definition) => json!({ "at": change.at, "author": change.author, "alert": definition }),
            None => json!({ "at": change.at, "author": change.author, "removed": true }),
        }
    });
    Ok(Json(json!({ "items": items.collect::<Vec<_>>() })))
}

/// `POST /api/v1/alerts/preview`: what an alert would have brought; it need not be complete.
async fn preview(
    State(app): State<AppState>,
    params: Params,
    body: Result<Json<Value>, JsonRejection>,
) -> Result<Json<AlertPreview>, Problem> {
    params.finish()?;
    let body = body.map(|Json(mut body)| {
        if let Some(object) = body.as_object_mut() {
            object.entry("id").or_insert_with(|| json!("preview"));
        }
        Json(body)
    });
    let alert: Alert = read(body, None)?;
    let answer = spawn_blocking(move || {
        let query = app.alerts.query(&alert)?;
        let (dimensions, feeders) = (app.engine.dimensions(), app.engine.feeders());
        Ok::<_, Problem>(preview_alert(&app.index, &app.store, &query, &dimensions, &feeders, app.engine.now())?)
    });
    Ok(Json(answer.await.map_err(|error| Problem::internal(&error))??))
}

/// `POST /api/v1/alerts/{id}/test`: sends one marked message to each target, and tells what the other side answered.
async fn test(State(app): State<AppState>, Path(id): Path<String>, params: Params) -> Result<Json<Value>, Problem> {
    params.finish()?;
    let trials: Vec<Trial> = app.alerts.test(&known(&id)?).await?;
    Ok(Json(json!({ "items": trials })))
}

/// `GET /api/v1/alerts/{id}/feed.atom?token=`, `feed.rss`, `feed.json`: the latest matches.
async fn feed(
    State(app): State<AppState>,
    Path((id, file)): Path<(String, String)>,
    headers: HeaderMap,
    mut params: Params,
) -> Result<Response, Problem> {
    let token = params.one("token")?;
    params.finish()?;
    let format = file.strip_prefix("feed.").and_then(|name| name.parse::<FeedFormat>().ok());
    let (Some(format), Ok(id)) = (format, id.parse::<AlertId>()) else {
        return Err(Problem::not_found("path", &format!("/alerts/{id}/{file}")));
    };
    let token = token.unwrap_or_default();
    let here = here(&app, &headers)?;
    let fed = on_alerts(&app, move |alerts| alerts.feed(&id, &token, format, &here)).await?;
    // Whether the alert is there is for those who know its token.
    let fed = fed.ok_or_else(|| {
        Problem::new(StatusCode::UNAUTHORIZED, "`token` opens no feed here")
            .param("token")
            .hint("GET /api/v1/alerts/{id} shows the addresses of its feeds")
    })?;
    let known = headers.get(header::IF_NONE_MATCH).and_then(|tags| tags.to_str().ok()).unwrap_or_default();
    let is_known = known.split(',').any(|tag| tag.trim().trim_start_matches("W/") == fed.etag);
    let tags = [(header::ETAG, fed.etag), (header::CACHE_CONTROL, "private, max-age=60".to_owned())];
    if is_known {
        return Ok((StatusCode::NOT_MODIFIED, tags).into_response());
    }
    let kind = [(header::CONTENT_TYPE, format.content_type())];
    Ok((tags, kind, Bytes::from(fed.body)).into_response())
}

/// Where the caller found us.
fn here(app: &AppState, headers: &HeaderMap) -> Result<Url, Problem> {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let host = host.map_or_else(|| app.listen.to_string(), str::to_owned);
    Url::parse(&format!("http://{host}/")).map_err(|_| Problem::bad_request("`Host` is no host").param("Host"))
}
