//! A made-up market on this machine: two news sites with feeds, in English and
//! Vietnamese, and a site like Hacker News, and a webhook that alerts go to. Each has an address of its own, and
//! something new every few seconds until all of it has come.
//!
//! Brands, people and texts are invented. What happens is a function of the clock:
//! the files under `market/` say what is there from the start and what comes later.

mod hacker_news;
mod inbox;
mod news;
mod shelf;

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use tidings_model::{Clock, Url};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use hacker_news::HackerNews;
use news::News;
use shelf::Arrivals;

/// A served market.
#[derive(Clone, Debug)]
pub(crate) struct Market {
    /// Its RSS feed in English.
    pub(crate) english: Url,
    /// Its Atom feed in Vietnamese.
    pub(crate) vietnamese: Url,
    /// The search API of its Hacker News double.
    pub(crate) algolia: Url,
    /// The API of lists and items of the same.
    pub(crate) firebase: Url,
    /// Searches that find all that is written there.
    pub(crate) queries: &'static [&'static str],
    /// A webhook that prints what it is told.
    pub(crate) inbox: Url,
    /// Its own brand and the competitors, as a taxonomy file.
    pub(crate) competitors: &'static str,
}

/// A site of the market that cannot be served.
#[derive(Debug, thiserror::Error)]
#[error("cannot serve the made-up market at {address}")]
pub(crate) struct MarketError {
    address: SocketAddr,
    source: std::io::Error,
}

/// The sites take turns, so one of them has something new every `step`.
const SITES: u32 = 3;

/// Serves the market until `stop` is cancelled, on ports that the system chooses,
/// each site at another loopback address.
///
/// # Errors
///
/// When a port cannot be had.
pub(crate) async fn serve_market(
    clock: Arc<dyn Clock>,
    step: Duration,
    tasks: &TaskTracker,
    stop: &CancellationToken,
) -> Result<Market, MarketError> {
    let start = clock.now();
    let arrivals = |turn: u32| Arrivals { start, first: step * (turn + 1), step: step * SITES };

    let english = Site::bind(2).await?;
    let news = News::english(english.base.clone(), arrivals(0));
    let english_feed = news.feed();
    english.serve(news::routes(Arc::clone(&clock), news), tasks, stop);

    let vietnamese = Site::bind(3).await?;
    let news = News::vietnamese(vietnamese.base.clone(), arrivals(1));
    let vietnamese_feed = news.feed();
    vietnamese.serve(news::routes(Arc::clone(&clock), news), tasks, stop);

    let hackernews = Site::bind(4).await?;
    let (algolia, firebase) = (hackernews.address("api/v1"), hackernews.address("v0"));
    hackernews.serve(hacker_news::routes(clock, HackerNews::new(arrivals(2))), tasks, stop);

    let inbox = Site::bind(5).await?;
    let inbox_address = inbox.address(inbox::PATH);
    inbox.serve(inbox::routes(), tasks, stop);

    Ok(Market {
        english: english_feed,
        vietnamese: vietnamese_feed,
        algolia,
        firebase,
        inbox: inbox_address,
        queries: &["crm", "customers", "karvia", "tallybrook", "sheetwell", "lục bình"],
        competitors: include_str!("market/competitors.toml"),
    })
}

/// A port at a loopback address.
struct Site {
    listener: TcpListener,
    /// `http://127.0.0.x:port/`
    base: Url,
}

impl Site {
    async fn bind(host: u8) -> Result<Self, MarketError> {
        let address = SocketAddr::from((Ipv4Addr::new(127, 0, 0, host), 0));
        let failed = |source| MarketError { address, source };
        let listener = TcpListener::bind(address).await.map_err(failed)?;
        let bound = listener.local_addr().map_err(failed)?;
        let base = Url::parse(&format!("http://{bound}/")).expect("an IP address with a port is a host");
        Ok(Self { listener, base })
    }

    fn address(&self, path: &str) -> Url {
        self.base.join(path).expect("a relative path joins to a base with a host")
    }

    fn serve(self, routes: Router, tasks: &TaskTracker, stop: &CancellationToken) {
        let stop = stop.clone().cancelled_owned();
        tasks.spawn(async move {
            // Documented never to fail: errors of single connections are its own matter.
            let served = axum::serve(self.listener, routes).with_graceful_shutdown(stop).await;
            served.expect("serving ends only when it is told to");
        });
    }
}

#[cfg(test)]
mod tests;
