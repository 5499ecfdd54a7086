//! `/keys`: who may call. For admins.

use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};
use tidings_store::Role;

use crate::AppState;
use crate::params::Params;
use crate::problem::Problem;

/// Longest name of a key, in Unicode scalars.
const MAX_NAME: usize = 100;

pub(crate) fn routes() -> Router<AppState> {
    Router::new().route("/keys", get(list).post(create)).route("/keys/{id}", delete(revoke))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewKey {
    name: String,
    #[serde(default = "reader")]
    role: Role,
}

fn reader() -> Role {
    Role::Reader
}

/// `GET /api/v1/keys`: without their secrets.
async fn list(State(app): State<AppState>, params: Params) -> Result<Json<Value>, Problem> {
    params.finish()?;
    let keys = app.blocking(|store| store.keys()).await?;
    Ok(Json(json!({ "items": keys })))
}

/// `POST /api/v1/keys`: the answer shows the secret, this once.
async fn create(
    State(app): State<AppState>,
    params: Params,
    body: Result<Json<NewKey>, JsonRejection>,
) -> Result<Response, Problem> {
    params.finish()?;
    let Json(new) = body.map_err(|rejection| Problem::unprocessable(rejection.body_text()))?;
    let name = new.name.trim().to_owned();
    if name.is_empty() || MAX_NAME < name.chars().count() {
        return Err(Problem::unprocessable(format!("`name` takes 1 to {MAX_NAME} characters")).param("/name"));
    }
    let at = app.engine.now();
    let (key, secret) = app.blocking(move |store| store.create_key(&name, new.role, at)).await?;
    let mut answer = json!(key);
    answer["secret"] = json!(secret);
    Ok((StatusCode::CREATED, Json(answer)).into_response())
}

/// `DELETE /api/v1/keys/{id}`: ends what it may do, at once.
async fn revoke(State(app): State<AppState>, Path(id): Path<String>, params: Params) -> Result<StatusCode, Problem> {
    params.finish()?;
    let (at, wanted) = (app.engine.now(), id.clone());
    if app.blocking(move |store| store.revoke_key(&wanted, at)).await? {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(Problem::not_found("key in force", &id))
    }
}
