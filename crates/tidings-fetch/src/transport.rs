//! What went wrong below HTTP, told apart by the types of its causes.

use std::error::Error;
use std::io;
use std::time::Duration;

use url::Url;

use crate::error::{FetchError, Phase};
use crate::guard::GuardError;

/// The error that `error`, met while `url` was fetched, stands for.
///
/// `connect_timeout` is the client's own; the other deadlines are the caller's.
pub(crate) fn classify(url: &Url, error: reqwest::Error, connect_timeout: Duration) -> FetchError {
    let url = url.clone();
    if error.is_timeout() {
        return FetchError::Timeout { url, phase: Phase::Connect, limit: connect_timeout };
    }
    if let Some(GuardError::Blocked { address, .. }) = find::<GuardError>(&error) {
        return FetchError::Blocked { url, address: *address };
    }
    let kind = kind(&error);
    let source = error.without_url().into();
    match kind {
        Kind::Dns => FetchError::Dns { url, source },
        Kind::Tls => FetchError::Tls { url, source },
        Kind::Connect => FetchError::Connect { url, source },
        Kind::Malformed => FetchError::Malformed { url, source },
    }
}

enum Kind {
    Dns,
    Tls,
    Connect,
    Malformed,
}

fn kind(error: &reqwest::Error) -> Kind {
    if find::<GuardError>(error).is_some() {
        return Kind::Dns;
    }
    if find::<rustls::Error>(error).is_some() {
        return Kind::Tls;
    }
    if error.is_connect() {
        return Kind::Connect;
    }
    let hyper = find::<hyper::Error>(error);
    if hyper.is_some_and(hyper::Error::is_parse) {
        return Kind::Malformed;
    }
    // Without hyper among the causes it is the decompression that failed.
    if hyper.is_none() && (error.is_decode() || error.is_builder()) {
        return Kind::Malformed;
    }
    match find::<io::Error>(error).map(io::Error::kind) {
        Some(io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData) => Kind::Malformed,
        _ => Kind::Connect,
    }
}

/// The first of the causes that is an `E`.
fn find<E: Error + 'static>(error: &reqwest::Error) -> Option<&E> {
    let first: &(dyn Error + 'static) = error;
    std::iter::successors(Some(first), |&cause| {
        // The `source` of an `io::Error` is the cause of what it wraps, and so passes that by.
        let wrapped = cause.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        wrapped.map(|inner| inner as &(dyn Error + 'static)).or_else(|| cause.source())
    })
    .find_map(|cause| cause.downcast_ref::<E>())
}
