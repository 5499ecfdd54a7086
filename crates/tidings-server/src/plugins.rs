//! `/plugins`: which there are, and what they take.

use axum::extract::{Path, State};
use axum::routing::get;
use axum::{Json, Router};
use serde::Serialize;
use serde_json::{Value, json};
use tidings_plugins::Plugin;
use tidings_protocol::Manifest;

use crate::AppState;
use crate::params::Params;
use crate::problem::Problem;

pub(crate) fn routes() -> Router<AppState> {
    Router::new().route("/plugins", get(list)).route("/plugins/{id}", get(one))
}

/// A manifest, and the file it came from by its content.
#[derive(Serialize)]
struct PluginAnswer<'a> {
    #[serde(flatten)]
    manifest: &'a Manifest,
    form: &'static str,
    sha256: &'a str,
}

impl<'a> From<&'a Plugin> for PluginAnswer<'a> {
    fn from(plugin: &'a Plugin) -> Self {
        Self { manifest: &plugin.manifest, form: plugin.form.as_str(), sha256: &plugin.sha256 }
    }
}

/// `GET /api/v1/plugins`: those that are ready, and why others are not.
async fn list(State(app): State<AppState>, params: Params) -> Result<Json<Value>, Problem> {
    params.finish()?;
    let plugins = app.catalog.plugins();
    let items: Vec<PluginAnswer<'_>> = plugins.iter().map(|plugin| PluginAnswer::from(&**plugin)).collect();
    let problems: Vec<String> = app.catalog.problems().iter().map(ToString::to_string).collect();
    Ok(Json(json!({ "items": items, "problems": problems })))
}

/// `GET /api/v1/plugins/{id}`: its manifest with the JSON Schema of its params.
async fn one(State(app): State<AppState>, Path(id): Path<String>, params: Params) -> Result<Json<Value>, Problem> {
    params.finish()?;
    let plugin = id.parse().ok().and_then(|id| app.catalog.plugin(&id));
    let plugin = plugin.ok_or_else(|| Problem::not_found("plugin", &id))?;
    Ok(Json(json!(PluginAnswer::from(&*plugin))))
}
