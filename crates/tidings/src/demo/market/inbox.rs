//! The other end of the demo's alerts: a webhook that says what it was told.

use axum::http::StatusCode;
use axum::routing::post;
use axum::{Json, Router};
use serde_json::Value;

use crate::output::{one_line, print_line};

/// Where alerts are delivered to, below the site's address.
pub(super) const PATH: &str = "inbox";

pub(super) fn routes() -> Router {
    Router::new().route(&format!("/{PATH}"), post(take))
}

async fn take(Json(message): Json<Value>) -> StatusCode {
    let findings = message["findings"].as_array().map(Vec::as_slice).unwrap_or_default();
    for finding in findings {
        if print_line(&sentence(&message["alert"], finding)).is_err() {
            return StatusCode::SERVICE_UNAVAILABLE;
        }
    }
    StatusCode::OK
}

/// One finding of an alert: which alert, what, and the words that made it match.
fn sentence(alert: &Value, finding: &Value) -> String {
    let text = |value: &Value| one_line(value.as_str().unwrap_or_default()).chars().take(70).collect::<String>();
    let title = if finding["title"].is_string() { &finding["title"] } else { &finding["text"] };
    let evidence = finding["match"]["evidence"].as_array().map(Vec::as_slice).unwrap_or_default();
    let mut words: Vec<String> = evidence.iter().map(|evidence| format!("“{}”", text(&evidence["quote"]))).collect();
    words.dedup();
    words.truncate(3);
    format!("   ALERT  {}: {}\n          because of {}", text(&alert["name"]), text(title), words.join(", "))
}
