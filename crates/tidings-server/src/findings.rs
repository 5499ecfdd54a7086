//! `/findings/{id}`: one finding, whole.

use axum::extract::{Path, State};
use axum::routing::get;
use axum::{Json, Router};
use serde::Serialize;
use tidings_model::{Finding, FindingId, SourceId, Timestamp, Url};
use tidings_store::{LogNumber, Revision, Store, StoreError};

use crate::AppState;
use crate::params::Params;
use crate::problem::Problem;

pub(crate) fn routes() -> Router<AppState> {
    Router::new().route("/findings/{id}", get(one))
}

/// A finding with its earlier states.
#[derive(Serialize)]
struct FindingAnswer {
    #[serde(flatten)]
    finding: Finding,
    /// Every state, the first one first.
    revisions: Vec<Revision>,
    /// The members of its story, this finding among them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    members: Vec<Member>,
}

/// Members of a story that are named here; `/stories/{id}` has all.
const MEMBERS: usize = 100;

/// A finding of the same story, in short.
#[derive(Serialize)]
struct Member {
    id: FindingId,
    source: SourceId,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<Url>,
    #[serde(skip_serializing_if = "Option::is_none")]
    site: Option<String>,
    #[serde(skip_serializing_if = "String::is_empty")]
    title: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    published: Option<Timestamp>,
    found: Timestamp,
    head: bool,
}

impl From<Finding> for Member {
    fn from(finding: Finding) -> Self {
        let Finding { id, source, url, site, title, published, found, story, .. } = finding;
        Self { id, source, url, site, title, published, found, head: story.is_some_and(|story| story.head) }
    }
}

fn members(store: &Store, finding: &Finding) -> Result<Vec<Member>, StoreError> {
    let Some(story) = &finding.story else { return Ok(Vec::new()) };
    let members = store.story_members(&story.id, LogNumber(0), MEMBERS)?;
    Ok(members.into_iter().map(|(_, member)| member.into()).collect())
}

/// `GET /api/v1/findings/{id}`
async fn one(
    State(app): State<AppState>,
    Path(id): Path<String>,
    params: Params,
) -> Result<Json<FindingAnswer>, Problem> {
    params.finish()?;
    let Ok(known) = id.parse::<FindingId>() else { return Err(Problem::not_found("finding", &id)) };
    let found = app
        .blocking(move |store| {
            let Some(finding) = store.finding(&known)? else { return Ok(None) };
            let (revisions, members) = (store.revisions(&known)?, members(store, &finding)?);
            Ok(Some(FindingAnswer { finding, revisions, members }))
        })
        .await?;
    found.map(Json).ok_or_else(|| Problem::not_found("finding", &id))
}
