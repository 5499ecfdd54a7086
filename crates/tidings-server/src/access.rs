//! Who may call: keys and roles, and the loopback rule while no key exists.

use std::net::{IpAddr, SocketAddr};

use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tidings_store::{Author, Key, Role};

use crate::AppState;
use crate::problem::Problem;

/// Who a request was let in as, put into its extensions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Caller {
    pub(crate) role: Role,
    /// How the history of the taxonomy names them.
    pub(crate) author: Author,
}

/// Lets a request in, or answers 401.
pub(crate) async fn authenticate(
    State(app): State<AppState>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    mut request: Request,
    next: Next,
) -> Response {
    let caller = match bearer(request.headers()) {
        Some(secret) => by_key(&app, secret.to_owned()).await,
        None => without_key(&app, peer.ip(), request.headers()).await,
    };
    match caller {
        Ok(caller) => {
            request.extensions_mut().insert(caller);
            next.run(request).await
        }
        Err(problem) => problem.into_response(),
    }
}

/// Refuses a caller whose role is too low for the method: reading takes a reader.
pub(crate) async fn authorise_writes(request: Request, next: Next) -> Response {
    let is_read = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    let needed = if is_read { Role::Reader } else { Role::Editor };
    match require(&request, needed) {
        Ok(()) => next.run(request).await,
        Err(problem) => problem.into_response(),
    }
}

/// Refuses a caller who is no admin.
pub(crate) async fn authorise_admin(request: Request, next: Next) -> Response {
    match require(&request, Role::Admin) {
        Ok(()) => next.run(request).await,
        Err(problem) => problem.into_response(),
    }
}

fn require(request: &Request, needed: Role) -> Result<(), Problem> {
    let caller = request.extensions().get::<Caller>();
    if caller.is_some_and(|caller| needed <= caller.role) {
        return Ok(());
    }
    let detail = format!("this call needs a key of role `{needed}`");
    Err(Problem::new(StatusCode::FORBIDDEN, detail).hint(format!("tidings key create NAME --role {needed}")))
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, secret) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| secret.trim())
}

async fn by_key(app: &AppState, secret: String) -> Result<Caller, Problem> {
    let now = app.engine.now();
    let found = app
        .blocking(move |store| {
            let key = store.key_by_secret(&secret)?;
            key.as_ref().map_or(Ok(()), |key| store.key_used(key, now))?;
            Ok(key)
        })
        .await?;
    let caller = |key: Key| Caller { role: key.role, author: Author::Key { id: key.id, name: key.name } };
    found.map(caller).ok_or_else(|| unauthorized("this key is unknown or was revoked"))
}

async fn without_key(app: &AppState, peer: IpAddr, headers: &HeaderMap) -> Result<Caller, Problem> {
    let keys = app.blocking(|store| store.keys()).await?;
    if keys.iter().any(|key| key.revoked.is_none()) {
        return Err(unauthorized("a key is needed: `Authorization: Bearer …`"));
    }
    if is_local(peer, headers, app.listen.port()) {
        return Ok(Caller { role: Role::Admin, author: Author::Local });
    }
    Err(unauthorized("no key exists yet, so only this machine is answered").hint("tidings key create NAME"))
}

fn unauthorized(detail: &str) -> Problem {
    Problem::new(StatusCode::UNAUTHORIZED, detail)
}

/// Whether a request without a key comes from this machine and from no web page:
/// a loopback peer, not through a proxy, with our own host and no foreign origin.
fn is_local(peer: IpAddr, headers: &HeaderMap, port: u16) -> bool {
    let is_forwarded = headers.keys().any(|name| {
        let name = name.as_str();
        name == "forwarded" || name.starts_with("x-forwarded-") || name == "x-real-ip"
    });
    let is_own = |authority: &str| {
        let (host, named_port) = match authority.rsplit_once(':') {
            Some((host, digits)) if digits.parse::<u16>().is_ok() => (host, digits.parse().ok()),
            _ => (authority, None),
        };
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let is_loopback = host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
        (host.eq_ignore_ascii_case("localhost") || is_loopback) && named_port.unwrap_or(80) == port
    };
    let text = |name| headers.get(name).map(|value| value.to_str().unwrap_or(""));
    let host_is_own = text(header::HOST).is_none_or(is_own);
    let origin_is_own =
        text(header::ORIGIN).is_none_or(|origin: &str| origin.strip_prefix("http://").is_some_and(is_own));
    peer.to_canonical().is_loopback() && !is_forwarded && host_is_own && origin_is_own
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(peer: &str, headers: &[(&'static str, &str)], expected: bool) {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.insert(*name, value.parse().unwrap());
        }
        assert_eq!(is_local(peer.parse().unwrap(), &map, 8787), expected, "{headers:?}");
    }

    #[test]
    fn this_machine_is_let_in_under_its_own_name() {
        check("127.0.0.1", &[("host", "127.0.0.1:8787")], true);
        check("::1", &[("host", "[::1]:8787")], true);
        check("::ffff:127.0.0.1", &[("host", "localhost:8787")], true);
        check("127.0.0.1", &[("host", "localhost:8787"), ("origin", "http://localhost:8787")], true);
    }

    #[test]
    fn other_machines_proxies_and_web_pages_are_not() {
        check("192.0.2.1", &[("host", "127.0.0.1:8787")], false);
        check("127.0.0.1", &[("host", "tidings.example:8787")], false);
        check("127.0.0.1", &[("host", "127.0.0.1:8788")], false);
        check("127.0.0.1", &[("host", "127.0.0.1:8787"), ("x-forwarded-for", "192.0.2.1")], false);
        check("127.0.0.1", &[("host", "127.0.0.1:8787"), ("forwarded", "for=192.0.2.1")], false);
        check("127.0.0.1", &[("host", "127.0.0.1:8787"), ("origin", "https://evil.example")], false);
        check("127.0.0.1", &[("host", "127.0.0.1:8787"), ("origin", "null")], false);
    }
}
