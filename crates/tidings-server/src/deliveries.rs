//! `/deliveries`: the outbox.

use axum::extract::{Path, State};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};
use tidings_alerts::Target;
use tidings_model::{AlertId, nearest};
use tidings_store::{Delivery, DeliveryFilter, DeliveryState};

use crate::AppState;
use crate::params::Params;
use crate::problem::Problem;

const DEFAULT_LIMIT: usize = 50;

pub(crate) fn routes() -> Router<AppState> {
    Router::new().route("/deliveries", get(list)).route("/deliveries/{id}/retry", post(retry))
}

/// `GET /api/v1/deliveries?state=&alert=&limit=&cursor=`, the latest first.
async fn list(State(app): State<AppState>, mut params: Params) -> Result<Json<Value>, Problem> {
    let limit = params.limit(DEFAULT_LIMIT)?;
    let before = params.one_as("cursor")?;
    let state = params.one("state")?.map(|word| state(&word)).transpose()?;
    let alert: Option<AlertId> = params.one_as("alert")?;
    params.finish()?;
    let found = app.blocking(move |store| {
        let alert = match &alert {
            None => None,
            Some(id) => match store.alert(id)? {
                Some(row) => Some(row.number),
                None => return Ok(None),
            },
        };
        let filter = DeliveryFilter { state, alert, before };
        store.deliveries(&filter, limit + 1).map(Some)
    });
    let mut deliveries =
        found.await?.ok_or_else(|| Problem::bad_request("there is no alert of that id").param("alert"))?;
    let is_last = deliveries.len() <= limit;
    deliveries.truncate(limit);
    let next = deliveries.last().filter(|_| !is_last).map(|delivery| delivery.number.to_string());
    let mut answer = json!({ "items": deliveries.iter().map(shown).collect::<Vec<_>>() });
    if let Some(next) = next {
        answer["next"] = next.into();
    }
    Ok(Json(answer))
}

fn state(word: &str) -> Result<DeliveryState, Problem> {
    serde_json::from_value(json!(word)).map_err(|_| {
        let words = ["owed", "accepted", "dead"];
        let problem =
            Problem::bad_request(format!("`state` is `{word}`; it takes {}", words.join(", "))).param("state");
        match nearest(word, words) {
            Some(nearest) => problem.hint(format!("did you mean `{nearest}`?")),
            None => problem,
        }
    })
}

/// A delivery; what is absent has not happened.
fn shown(delivery: &Delivery) -> Value {
    let target = serde_json::from_str::<Target>(&delivery.target);
    let mut shown = json!({
        "id": delivery.id, "state": delivery.state, "created": delivery.created, "tries": delivery.tries,
    });
    if let Ok(target) = &target {
        shown["channel"] = json!(target.channel());
        shown["target"] = target.to_string().into();
    }
    let further = [
        ("alert", delivery.alert.as_ref().map(|alert| json!(alert))),
        ("notice", delivery.is_notice.then_some(json!(true))),
        ("tried", delivery.tried.map(|at| json!(at))),
        ("next_try", delivery.next.map(|at| json!(at))),
        ("said", delivery.said.as_ref().map(|said| json!(said))),
    ];
    for (key, value) in further {
        if let Some(value) = value {
            shown[key] = value;
        }
    }
    shown
}

/// `POST /api/v1/deliveries/{id}/retry`: takes up a dead one again, or tries an owed one now.
async fn retry(State(app): State<AppState>, Path(id): Path<String>, params: Params) -> Result<Json<Value>, Problem> {
    params.finish()?;
    let (wanted, now) = (id.clone(), app.engine.now());
    let found = app.blocking(move |store| Ok((store.retry_delivery(&wanted, now)?, store.delivery(&wanted)?)));
    match found.await? {
        (true, Some(delivery)) => {
            app.alerts.look();
            Ok(Json(shown(&delivery)))
        }
        (false, Some(_)) => Err(Problem::conflict(format!("delivery `{id}` was accepted"))),
        (_, None) => Err(Problem::not_found("delivery", &id)),
    }
}
