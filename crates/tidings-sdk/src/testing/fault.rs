//! What may go wrong with the web and the daemon, done on purpose.

use tidings_protocol::FetchResponse;

/// What goes wrong while a recording is replayed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Fault {
    #[default]
    None,
    /// Each answer has this status and no body.
    Status(u16),
    /// Each answer is a `200` without a body.
    EmptyBody,
    /// Each answer is a `200` with this body.
    Body(&'static str),
    /// The run is cancelled once this many calls were answered.
    CancelAfter(usize),
}

impl Fault {
    /// What `url` answers, where the fault decides it.
    pub(crate) fn answer(self, url: &str) -> Option<FetchResponse> {
        let (status, body) = match self {
            Self::None | Self::CancelAfter(_) => return None,
            Self::Status(status) => (status, ""),
            Self::EmptyBody => (200, ""),
            Self::Body(body) => (200, body),
        };
        Some(FetchResponse {
            url: url.to_owned(),
            final_url: url.to_owned(),
            status,
            text: Some(body.to_owned()),
            ..FetchResponse::default()
        })
    }
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::None => f.write_str("as recorded"),
            Self::Status(status) => write!(f, "with status {status} for every answer"),
            Self::EmptyBody => f.write_str("with every body empty"),
            Self::Body(body) => write!(f, "with the body {body:?} for every answer"),
            Self::CancelAfter(calls) => write!(f, "cancelled after {calls} calls"),
        }
    }
}
