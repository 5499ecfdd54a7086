//! Polite HTTP, and the address guard.
//!
//! ```no_run
//! # use std::sync::Arc;
//! # use tidings_fetch::{FetchConfig, FetchError, Fetcher, Request};
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let fetcher = Fetcher::new(FetchConfig::default(), Arc::new(tidings_model::SystemClock), None)?;
//! let response = fetcher.fetch(Request::get("https://forum.example/feed.xml".parse()?)).await?;
//! let text = tidings_fetch::charset::decode(&response.body, response.header("content-type"));
//! # Ok(())
//! # }
//! ```
//!
//! Every request, on every redirect too: goes to a public address only, asks the
//! host's robots.txt first, waits for its turn at the host, heeds `Retry-After`, and
//! is bounded in time and in bytes after decompression. Each leaves one [`CrawlEvent`].
//!
//! What it learns of hosts and pages outlives a restart in [`Notes`].
//!
//! Left to others: which hosts a plugin may ask, how many bodies are in memory at
//! once, and what is in a body beyond its charset.

pub mod blocked;
mod cache;
pub mod charset;
mod config;
mod cookies;
mod error;
mod event;
mod exchange;
mod fetcher;
pub mod guard;
mod hop;
mod hosts;
mod notes;
mod request;
mod retry_after;
pub mod robots;
mod robots_cache;
mod transport;

pub use cache::CacheTerms;
pub use config::{FetchConfig, InvalidUserAgent, MAX_SETTING, ROBOTS_TOKEN, UserAgent};
pub use cookies::{Cookies, MAX_COOKIES};
pub use error::{Cause, FetchError, Phase, RobotsFailure};
pub use event::{CacheUse, CrawlEvent};
pub use fetcher::{Fetcher, FetcherError, MAX_REDIRECTS};
pub use notes::{Notes, NotesError};
pub use request::{DEFAULT_MAX_WAIT, HostPoliteness, Request, Response, Robots, Validators};
pub use retry_after::MAX_RETRY_AFTER;

pub use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
