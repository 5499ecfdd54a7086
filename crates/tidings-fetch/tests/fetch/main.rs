//! The fetcher against sites on loopback: every bound and every rule of
//! `docs/fetching.md`. Time is moved by hand; only the deadlines of slow servers,
//! set to some milliseconds, are real.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod answers;
mod bounds;
mod notes;
mod politeness;
mod redirects;
mod robots;
mod site;

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use tidings_fetch::guard::PrivateNetworks;
use tidings_fetch::{CrawlEvent, FetchConfig, Fetcher};
use tidings_model::ManualClock;
use tokio::sync::mpsc;

/// A fetcher that may ask loopback, without pauses.
fn config() -> FetchConfig {
    FetchConfig {
        per_host_interval: Duration::ZERO,
        per_host_concurrency: NonZeroU32::new(4).unwrap(),
        allow_private_networks: PrivateNetworks::Listed(vec!["127.0.0.0/8".parse().unwrap()]),
        ..FetchConfig::default()
    }
}

fn clock() -> ManualClock {
    ManualClock::new("2026-11-22T10:00:00Z".parse().unwrap())
}

fn fetcher() -> Fetcher {
    fetcher_with(config())
}

fn fetcher_with(config: FetchConfig) -> Fetcher {
    Fetcher::new(config, Arc::new(clock()), None).unwrap()
}

fn recorded_fetcher(config: FetchConfig) -> (Fetcher, mpsc::Receiver<CrawlEvent>) {
    let (sender, receiver) = mpsc::channel(64);
    (Fetcher::new(config, Arc::new(clock()), Some(sender)).unwrap(), receiver)
}

/// What was recorded so far: path, status, reason up to its first colon.
fn recorded(receiver: &mut mpsc::Receiver<CrawlEvent>) -> Vec<String> {
    let events = std::iter::from_fn(|| receiver.try_recv().ok());
    events
        .map(|event| {
            let status = event.status.map_or("-".to_owned(), |status| status.to_string());
            let reason = event.reason.as_deref().and_then(|reason| reason.split(": ").next()).unwrap_or("-");
            format!("{} {status} {reason}", event.url.path())
        })
        .collect()
}
