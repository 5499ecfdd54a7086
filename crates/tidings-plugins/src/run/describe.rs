//! The one question to a plugin that does not run: what are you?

use std::time::Duration;

use tidings_protocol::{Error, Manifest, Message, Method, code};
use tokio::time::timeout;

use super::classify::Ending;
use super::conversation::{parse, read_error};
use crate::process::Link;

/// Asks for the manifest. A plugin that describes itself is served nothing.
pub(crate) async fn ask_manifest(link: &mut Link, deadline: Duration) -> Ending<Manifest> {
    // A plugin that has gone is seen at the next read.
    link.request(Some(1), Method::Describe, &serde_json::json!({})).await.unwrap_or_default();
    match timeout(deadline, answer(link)).await {
        Ok(ending) => ending,
        Err(_) => {
            let message = format!("no manifest came within {deadline:?}");
            Ending::Broken(Error::new(code::PROTOCOL_HANDSHAKE_TIMEOUT, message))
        }
    }
}

async fn answer(link: &mut Link) -> Ending<Manifest> {
    loop {
        let line = match link.next().await {
            Ok(Some(line)) => line,
            Ok(None) => return Ending::Silent,
            Err(error) => return Ending::Broken(read_error(&error)),
        };
        match parse(&line) {
            Err(error) => return Ending::Broken(error),
            Ok(Message { method: None, result, error, .. }) => {
                return Ending::Answered(error.map_or_else(|| manifest(result.as_deref()), Err));
            }
            Ok(Message { id: Some(id), .. }) => {
                let error = Error::new(code::PROTOCOL_UNSUPPORTED, "nothing is served while a plugin describes itself");
                link.reply(id, Err::<(), _>(error)).await.unwrap_or_default();
            }
            Ok(_) => {}
        }
    }
}

fn manifest(result: Option<&serde_json::value::RawValue>) -> Result<Manifest, Error> {
    serde_json::from_str(result.map_or("null", |result| result.get()))
        .map_err(|error| Error::new(code::PROTOCOL_BAD_MESSAGE, format!("its manifest cannot be read: {error}")))
}
