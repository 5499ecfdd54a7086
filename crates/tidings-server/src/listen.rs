//! Listening, and when it is refused.

use std::net::SocketAddr;

use axum::Router;
use tidings_store::{Store, StoreError};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// Why the API cannot listen.
#[derive(Debug, thiserror::Error)]
pub enum ListenError {
    #[error(
        "{listen} is no loopback address and there is no key yet, so anyone could read the archive; make one with `tidings key create NAME --role admin`, or listen on 127.0.0.1"
    )]
    NoKey { listen: SocketAddr },
    #[error("port {} of {} is in use; stop what listens there, or choose another with `listen` in [daemon] or TIDINGS_DAEMON_LISTEN", listen.port(), listen.ip())]
    InUse { listen: SocketAddr },
    #[error("cannot listen on {listen}")]
    Io { listen: SocketAddr, source: std::io::Error },
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Whether the daemon may listen on `listen`: beyond this machine only with a key.
///
/// # Errors
///
/// [`ListenError::NoKey`], or when the store cannot be read.
pub fn may_listen(store: &Store, listen: SocketAddr) -> Result<(), ListenError> {
    if listen.ip().to_canonical().is_loopback() || store.keys()?.iter().any(|key| key.revoked.is_none()) {
        return Ok(());
    }
    Err(ListenError::NoKey { listen })
}

/// Takes the address.
///
/// # Errors
///
/// When it is in use or cannot be had.
pub async fn bind(listen: SocketAddr) -> Result<TcpListener, ListenError> {
    TcpListener::bind(listen).await.map_err(|source| match source.kind() {
        std::io::ErrorKind::AddrInUse => ListenError::InUse { listen },
        _ => ListenError::Io { listen, source },
    })
}

/// Answers until `stop` is cancelled and the open calls have ended.
///
/// # Errors
///
/// When the listener fails for good.
pub async fn serve(listener: TcpListener, router: Router, stop: CancellationToken) -> std::io::Result<()> {
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, service).with_graceful_shutdown(stop.cancelled_owned()).await
}
