//! `/stories/{id}`: what tells the same thing.

use axum::extract::{Path, State};
use axum::routing::get;
use axum::{Json, Router};
use serde::Serialize;
use tidings_model::{Finding, FindingId, HeadReason, StoryId};
use tidings_store::{LogNumber, Story};

use crate::AppState;
use crate::params::Params;
use crate::problem::Problem;

const DEFAULT_LIMIT: usize = 20;

pub(crate) fn routes() -> Router<AppState> {
    Router::new().route("/stories/{id}", get(one))
}

/// A story with a page of its members.
#[derive(Serialize)]
struct StoryAnswer {
    id: StoryId,
    size: u32,
    head: FindingId,
    /// Why that one is the head: as a word, and as a sentence.
    reason: HeadReason,
    because: &'static str,
    /// Its members in the order in which they were found.
    items: Vec<Finding>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// `GET /api/v1/stories/{id}`
async fn one(
    State(app): State<AppState>,
    Path(id): Path<String>,
    mut params: Params,
) -> Result<Json<StoryAnswer>, Problem> {
    let limit = params.limit(DEFAULT_LIMIT)?;
    let after = LogNumber(params.one_as("cursor")?.unwrap_or(0));
    params.finish()?;
    let Ok(known) = id.parse::<StoryId>() else { return Err(Problem::not_found("story", &id)) };
    let found = app
        .blocking(move |store| {
            let Some(story) = store.story(&known)? else { return Ok(None) };
            // One more than shown tells whether there is a next page.
            Ok(Some((store.story_members(&known, after, limit + 1)?, story)))
        })
        .await?;
    let (members, story) = found.ok_or_else(|| Problem::not_found("story", &id))?;
    Ok(Json(answer(story, members, limit)))
}

fn answer(story: Story, mut members: Vec<(LogNumber, Finding)>, limit: usize) -> StoryAnswer {
    let is_last = members.len() <= limit;
    members.truncate(limit);
    let next = members.last().filter(|_| !is_last).map(|(number, _)| number.to_string());
    let Story { id, size, head, reason } = story;
    let items = members.into_iter().map(|(_, finding)| finding).collect();
    StoryAnswer { id, size, head, reason, because: reason.sentence(), items, next }
}
