//! Where the answers of a run come from.

use std::sync::Arc;

use tidings_fetch::{Fetcher, Request, Response};
use tidings_model::Timestamp;
use tidings_protocol::{Error, Reply};

use super::playback::Playback;
use super::tape::Tape;

/// Where the answers of a run come from. Every request is checked before it gets here.
#[derive(Clone, Debug)]
pub enum Origin {
    Web(Fetcher),
    /// The web, with every exchange kept.
    Taped(Fetcher, Arc<Tape>),
    /// Files; nothing leaves the machine.
    Recorded(Arc<Playback>),
}

impl From<Fetcher> for Origin {
    fn from(fetcher: Fetcher) -> Self {
        Self::Web(fetcher)
    }
}

impl Origin {
    pub(super) async fn fetch(&self, request: Request) -> Reply<Response> {
        match self {
            Self::Web(fetcher) => fetch(fetcher, request).await,
            Self::Taped(fetcher, tape) => {
                let asked = request.clone();
                let reply = fetch(fetcher, request).await;
                tape.keep(&asked, &reply);
                reply
            }
            Self::Recorded(playback) => playback.answer(&request).await,
        }
    }

    /// The time by the clock of its answers.
    pub(super) fn now(&self) -> Timestamp {
        match self {
            Self::Web(fetcher) | Self::Taped(fetcher, _) => fetcher.now(),
            Self::Recorded(playback) => playback.now(),
        }
    }

    /// Entry requests save a process. A recording holds what the plugin asks for,
    /// in its order, so none are made for it.
    pub(super) fn takes_entries(&self) -> bool {
        matches!(self, Self::Web(_))
    }
}

async fn fetch(fetcher: &Fetcher, request: Request) -> Reply<Response> {
    let url = request.url.to_string();
    fetcher.fetch(request).await.map_err(|error| {
        let mut failed = Error::new(error.code(), error.full_message()).with_url(url);
        failed.retryable = error.is_transient();
        failed.data.retry_after_s = error.retry_after().map(|wait| wait.as_secs().max(1));
        failed
    })
}
