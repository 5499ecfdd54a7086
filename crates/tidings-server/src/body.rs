//! Bodies in JSON that hold one thing with an `id`.

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::http::StatusCode;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::problem::Problem;

/// Reads what the body says; `id` is that of the path, if there is one, which the body need not repeat.
pub(crate) fn read<T: DeserializeOwned>(
    body: Result<Json<Value>, JsonRejection>,
    id: Option<&str>,
) -> Result<T, Problem> {
    let Json(mut body) = body.map_err(|rejection| {
        let status = rejection.status();
        let status = if status == StatusCode::BAD_REQUEST { StatusCode::UNPROCESSABLE_ENTITY } else { status };
        Problem::new(status, rejection.body_text())
    })?;
    if let (Some(id), Some(object)) = (id, body.as_object_mut()) {
        let named = object.entry("id").or_insert_with(|| json!(id));
        if named != id {
            return Err(Problem::unprocessable(format!("`id` is {named}, the path says `{id}`")).param("/id"));
        }
    }
    serde_json::from_value(body).map_err(|error| Problem::unprocessable(error.to_string()))
}
