//! The first words: the plugin says hello, the daemon what it may use.

use std::time::Duration;

use tidings_protocol::{Error, Hello, Limits, MAX_LINE_FROM_PLUGIN, Message, Method, PROTOCOL, Sandbox, Welcome, code};
use tokio::time::timeout;

use super::classify::Ending;
use super::conversation::{parse, read_error};
use crate::process::{ChildLimits, Link};

/// Waits for `hello` and answers it, together with what is written next.
///
/// # Errors
///
/// How the process is to be ended, where there is nobody to talk to.
pub(crate) async fn greet(link: &mut Link, limits: ChildLimits, deadline: Duration) -> Result<Sandbox, Ending> {
    let line = match timeout(deadline, link.next()).await {
        Err(_) => {
            let message = format!("the plugin did not say hello within {deadline:?}");
            return Err(Ending::Broken(Error::new(code::PROTOCOL_HANDSHAKE_TIMEOUT, message)));
        }
        Ok(Err(error)) => return Err(Ending::Broken(read_error(&error))),
        Ok(Ok(None)) => return Err(Ending::Silent),
        Ok(Ok(Some(line))) => line,
    };
    let message = parse(&line).map_err(Ending::Broken)?;
    let (id, hello) = hello(&message).map_err(Ending::Broken)?;
    let sandbox = enforced(&hello.features);
    if !(hello.protocol[0]..=hello.protocol[1]).contains(&PROTOCOL) {
        let [low, high] = hello.protocol;
        let said = format!("the plugin speaks protocol {low} to {high}, this tidings speaks {PROTOCOL}");
        let error = Error::new(code::PROTOCOL_VERSION, said);
        // It is about to be ended, whether it hears why or not.
        link.reply(id, Err::<(), _>(error.clone())).await.unwrap_or_default();
        return Err(Ending::Broken(error));
    }
    let welcome = Welcome {
        protocol: PROTOCOL,
        daemon: concat!("tidings/", env!("CARGO_PKG_VERSION")).to_owned(),
        features: vec!["fetch_many".to_owned()],
        limits: Limits { cpu_s: limits.cpu_s, data_mb: limits.memory_mb, max_line: MAX_LINE_FROM_PLUGIN },
        sandbox: sandbox.clone(),
    };
    // What it is asked for follows at once.
    link.hold_reply(id, Ok(welcome)).expect("a welcome has nothing that JSON cannot say");
    Ok(sandbox)
}

fn hello(message: &Message) -> Result<(u64, Hello), Error> {
    let expected = || Error::new(code::PROTOCOL_BAD_MESSAGE, "the plugin's first message is no `hello`");
    if message.method.as_deref() != Some(Method::Hello.as_str()) {
        return Err(expected());
    }
    let params = message.params.as_ref().ok_or_else(expected)?;
    let hello = serde_json::from_str(params.get()).map_err(|_| expected())?;
    Ok((message.id.ok_or_else(expected)?, hello))
}

/// What the child said it could enforce, as `tidings-plugin-host` writes it.
fn enforced(features: &[String]) -> Sandbox {
    let landlock = features.iter().find_map(|feature| feature.strip_prefix("landlock=")).unwrap_or("none");
    Sandbox { landlock: landlock.to_owned(), seccomp: features.iter().any(|feature| feature == "seccomp") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sandbox_is_read_from_the_features() {
        let features = ["landlock=partial".to_owned(), "seccomp".to_owned(), "other".to_owned()];
        assert_eq!(enforced(&features), Sandbox { landlock: "partial".to_owned(), seccomp: true });
        assert_eq!(enforced(&[]), Sandbox { landlock: "none".to_owned(), seccomp: false });
    }
}
