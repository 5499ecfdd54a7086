//! The running daemon, asked over its own API.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use anyhow::{Context, bail};
use reqwest::{Method, StatusCode};
use serde_json::Value;

/// Environment variable that holds a key, where the daemon asks for one.
const KEY: &str = "TIDINGS_KEY";

/// Calls `path` of the daemon that listens on `listen`.
///
/// # Errors
///
/// When no daemon answers, or it refuses; the message is the daemon's own.
pub(crate) async fn call(listen: SocketAddr, method: Method, path: &str) -> anyhow::Result<Value> {
    send(listen, method, path, None).await
}

/// Gives `body` to `path` of the daemon, with `POST`.
///
/// # Errors
///
/// As [`call`].
pub(crate) async fn post(listen: SocketAddr, path: &str, body: &Value) -> anyhow::Result<Value> {
    send(listen, Method::POST, path, Some(body)).await
}

async fn send(listen: SocketAddr, method: Method, path: &str, body: Option<&Value>) -> anyhow::Result<Value> {
    let ip = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    let base = SocketAddr::new(ip, listen.port());
    let client = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(30)).build()?;
    let mut request = client.request(method, format!("http://{base}/api/v1{path}"));
    if let Ok(key) = std::env::var(KEY) {
        request = request.bearer_auth(key);
    }
    if let Some(body) = body {
        request = request.json(body);
    }
    let answer = request.send().await;
    let answer = answer.with_context(|| format!("no daemon answers on {base}; start `tidings serve`"))?;
    let status = answer.status();
    let body: Value = answer.json().await.with_context(|| format!("what answers on {base} is no Tidings daemon"))?;
    if status.is_success() {
        return Ok(body);
    }
    let detail = body["detail"].as_str().unwrap_or("no reason given").to_owned();
    if status == StatusCode::UNAUTHORIZED {
        bail!("{detail}; put a key into the environment variable {KEY}");
    }
    bail!("{detail}")
}

/// Whether a call failed because no daemon runs.
pub(crate) fn nobody_answers(error: &anyhow::Error) -> bool {
    error.chain().filter_map(|cause| cause.downcast_ref::<reqwest::Error>()).any(reqwest::Error::is_connect)
}
