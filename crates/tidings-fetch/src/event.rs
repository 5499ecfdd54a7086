//! The crawl log: one event for each request, made or refused.

use std::time::Duration;

use http::Method;
use tidings_model::Timestamp;
use tokio::sync::mpsc;
use url::Url;

/// One request, as the crawl log keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CrawlEvent {
    /// When it was over.
    pub at: Timestamp,
    /// On whose behalf.
    pub source: Option<String>,
    pub url: Url,
    pub method: Method,
    /// Absent when no answer came, or nothing was sent.
    pub status: Option<u16>,
    /// Of the body, after decompression.
    pub bytes: u64,
    /// On the network; waiting one's turn does not count.
    pub duration_ms: u64,
    pub cache: CacheUse,
    /// Why it was made, or why it failed: `robots.txt`, `redirect`, `user_feed`, or a code with its message.
    pub reason: Option<String>,
}

/// What was spared by asking conditionally.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CacheUse {
    /// The answer came whole.
    None,
    /// The server said that nothing has changed (304).
    Revalidated,
    /// Nothing was asked: an answer in the cache would do.
    Hit,
}

impl CacheUse {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Revalidated => "revalidated",
            Self::Hit => "hit",
        }
    }
}

/// Where events go; a full channel loses them, counted, and never holds up a fetch.
#[derive(Clone, Debug)]
pub(crate) struct CrawlLog {
    sender: Option<mpsc::Sender<CrawlEvent>>,
}

impl CrawlLog {
    pub(crate) fn new(sender: Option<mpsc::Sender<CrawlEvent>>) -> Self {
        Self { sender }
    }

    pub(crate) fn record(&self, event: CrawlEvent) {
        let outcome = match event.status {
            Some(100..=199) => "1xx",
            Some(200..=299) => "2xx",
            Some(300..=399) => "3xx",
            Some(400..=499) => "4xx",
            Some(_) => "5xx",
            None => "error",
        };
        metrics::counter!("tidings_fetch_requests_total", "outcome" => outcome).increment(1);
        metrics::counter!("tidings_fetch_bytes_total").increment(event.bytes);
        let Some(sender) = &self.sender else {
            return;
        };
        if sender.try_send(event).is_err() {
            metrics::counter!("tidings_crawl_events_dropped_total").increment(1);
        }
    }
}

pub(crate) fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
