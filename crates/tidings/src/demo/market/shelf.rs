//! What a site has at a moment, and the conditional requests that follow from it.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::header::{CACHE_CONTROL, ETAG, IF_NONE_MATCH};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use jiff::SignedDuration;
use serde::Deserialize;
use tidings_model::{Clock, Timestamp, human_duration};

/// When things come to a site.
#[derive(Clone, Copy, Debug)]
pub(super) struct Arrivals {
    pub(super) start: Timestamp,
    /// From the start to the first item that comes.
    pub(super) first: Duration,
    pub(super) step: Duration,
}

/// How long before the start something was published.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(transparent)]
pub(super) struct Ago(#[serde(with = "human_duration")] Duration);

/// The items of a site in the order in which they come.
#[derive(Clone, Debug)]
pub(super) struct Shelf<T> {
    start: Timestamp,
    items: Vec<Placed<T>>,
}

/// An item with the time at which it came.
#[derive(Clone, Debug)]
pub(super) struct Placed<T> {
    pub(super) published: Timestamp,
    pub(super) item: T,
}

impl<T> Shelf<T> {
    pub(super) fn new(arrivals: Arrivals, items: Vec<T>, ago: impl Fn(&T) -> Option<Ago>) -> Self {
        let mut coming = 0;
        let place = |(index, item): (usize, T)| {
            let published = match ago(&item) {
                // A minute apart, so that no two have the same time.
                Some(Ago(ago)) => arrivals.start - ago + SignedDuration::from_mins(minutes(index)),
                None => {
                    let published = arrivals.start + arrivals.first + arrivals.step * coming;
                    coming += 1;
                    published
                }
            };
            Placed { published, item }
        };
        Self { start: arrivals.start, items: items.into_iter().enumerate().map(place).collect() }
    }

    /// What is there at `now`, the oldest first.
    pub(super) fn at(&self, now: Timestamp) -> &[Placed<T>] {
        let count = self.items.partition_point(|placed| placed.published <= now);
        &self.items[..count]
    }

    /// Every answer of the site is a function of its address and of what is there.
    fn etag(&self, now: Timestamp) -> String {
        format!("\"{}-{}\"", self.start.as_second(), self.at(now).len())
    }
}

fn minutes(index: usize) -> i64 {
    i64::try_from(index).expect("a shelf holds some dozens")
}

/// A site as its handlers see it.
#[derive(Debug)]
pub(super) struct Served<T> {
    pub(super) clock: Arc<dyn Clock>,
    pub(super) site: T,
}

/// A site whose answers follow from a [`Shelf`].
pub(super) trait Shelved: Send + Sync + 'static {
    type Item;

    fn shelf(&self) -> &Shelf<Self::Item>;
}

/// Answers 304 to those who have seen what is there; marks every other answer with it.
pub(super) async fn conditional<T: Shelved>(
    State(served): State<Arc<Served<T>>>,
    request: Request,
    next: Next,
) -> Response {
    let etag = served.site.shelf().etag(served.clock.now());
    let mut response = if knows(request.headers(), &etag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        next.run(request).await
    };
    if response.status().is_success() || response.status() == StatusCode::NOT_MODIFIED {
        let headers = response.headers_mut();
        headers.insert(ETAG, HeaderValue::try_from(etag).expect("digits and a dash are a header value"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    }
    response
}

fn knows(headers: &HeaderMap, etag: &str) -> bool {
    let lists = headers.get_all(IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    let mut known = lists.flat_map(|list| list.split(',')).map(|known| known.trim().trim_start_matches("W/"));
    known.any(|known| known == "*" || known == etag)
}
