//! Channels: what carries a message to the other side, and says what that answered.
//!
//! A delivery is tried once here. When to try again, and how often, is the outbox's.

mod brief;
mod discord;
mod http;
mod mail;
mod ntfy;
mod said;
mod scrub;
mod slack;
mod telegram;
mod webhook;

#[cfg(test)]
mod fixture;

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tidings_fetch::guard::AddressGuard;
use tidings_model::{Clock, SystemClock};
use url::Url;

use crate::{AlertsConfig, Envelope, Message, Rendered, Secret, Target};
use http::Http;
use mail::Mail;
use scrub::Scrub;

/// Longest `said`, in characters.
const LONGEST_SAID: usize = 500;

/// What came of one try to deliver.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    pub outcome: Outcome,
    /// What the other side answered, word for word, or why it could not be asked. One line of at
    /// most 500 characters, in which control characters are written out and secrets left out.
    pub said: String,
}

/// What a try means for the delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The other side has it.
    Accepted,
    /// Worth trying again, after `retry_after` at the earliest if the other side asked for it.
    Later { retry_after: Option<Duration> },
    /// The same message to the same target will be refused again.
    Refused,
}

/// Why the channels cannot be made ready.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ChannelError {
    #[error("[alerts.mail] ca_file: cannot read {}", .0.display())]
    CaFile(PathBuf, #[source] std::io::Error),
    #[error("[alerts.mail] ca_file: {} holds no certificate in PEM", .0.display())]
    NoCertificate(PathBuf),
    #[error("[alerts.mail]: TLS cannot be set up")]
    MailTls(#[source] lettre::transport::smtp::Error),
    #[error("the HTTP client of the channels cannot be set up")]
    Http(#[source] reqwest::Error),
}

/// All channels, with the connections they keep; cheap to clone.
#[derive(Clone)]
pub(crate) struct Channels {
    inner: Arc<Inner>,
}

struct Inner {
    http: Http,
    mail: Option<Mail>,
    /// Where Telegram's bots are served.
    telegram: Url,
}

impl fmt::Debug for Channels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Channels").finish_non_exhaustive()
    }
}

impl Channels {
    /// Connects to nothing yet.
    ///
    /// # Errors
    ///
    /// When the certificates that mail is to trust cannot be read.
    pub(crate) fn new(config: &AlertsConfig) -> Result<Self, ChannelError> {
        Self::with(config, telegram::base(), Arc::new(SystemClock))
    }

    /// With Telegram elsewhere, and a clock that a test moves.
    fn with(config: &AlertsConfig, telegram: Url, clock: Arc<dyn Clock>) -> Result<Self, ChannelError> {
        let guard = AddressGuard::new(config.allow_private_networks.clone());
        let mail = config.mail.as_ref().map(|mail| Mail::new(mail, guard.clone(), config.timeout)).transpose()?;
        let http = Http::new(guard, config.timeout, clock).map_err(ChannelError::Http)?;
        Ok(Self { inner: Arc::new(Inner { http, mail, telegram }) })
    }

    /// Tries once to deliver `message` to `target`, in the words of `rendered`.
    ///
    /// Takes as long as the channel's timeout lets each answer take. Dropped in the middle, the
    /// other side may have the message; a later try carries the same id.
    pub(crate) async fn deliver(
        &self,
        target: &Target,
        message: &Message,
        rendered: &Rendered,
        envelope: &Envelope,
    ) -> Answer {
        let Inner { http, mail, telegram } = &*self.inner;
        let sent = match target {
            Target::Mail { address } => match mail {
                Some(mail) => mail.deliver(address, message, rendered, envelope).await,
                None => Err(Answer::later("there is no [alerts.mail] table in the configuration")),
            },
            Target::Webhook { url, secret } => webhook::deliver(http, url, secret.as_ref(), message, envelope).await,
            Target::Slack { webhook } => slack::deliver(http, webhook, message, rendered).await,
            Target::Discord { webhook } => discord::deliver(http, webhook, message, rendered).await,
            Target::Telegram { chat, token } => telegram::deliver(http, telegram, chat, token, message, rendered).await,
            Target::Ntfy { topic, token } => ntfy::deliver(http, topic, token.as_ref(), message, rendered).await,
        };
        sent.unwrap_or_else(|answer| answer)
    }
}

impl Answer {
    fn new(outcome: Outcome, said: &str, scrub: &Scrub) -> Self {
        Self { outcome, said: said::visible(&scrub.clean(said), LONGEST_SAID) }
    }

    fn later(why: &str) -> Self {
        Self::new(Outcome::Later { retry_after: None }, why, &Scrub::default())
    }
}

/// An error with its causes, each said once.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes
        .map(ToString::to_string)
        .fold(error.to_string(), |said, cause| if said.contains(&cause) { said } else { format!("{said}: {cause}") })
}

/// A secret that cannot be had is the operator's to mend, so the delivery waits.
async fn secret(place: &Secret) -> Result<String, Answer> {
    read(place, Secret::read).await
}

/// As [`secret()`], for a secret that is an address.
async fn secret_url(place: &Secret) -> Result<Url, Answer> {
    read(place, Secret::read_url).await
}

async fn read<T: Send + 'static>(
    place: &Secret,
    read: fn(&Secret) -> Result<T, crate::SecretError>,
) -> Result<T, Answer> {
    let place = place.clone();
    let read = tokio::task::spawn_blocking(move || read(&place)).await;
    match read {
        Ok(Ok(secret)) => Ok(secret),
        Ok(Err(error)) => Err(Answer::later(&chain(&error))),
        Err(error) => Err(Answer::later(&chain(&error))),
    }
}

#[cfg(test)]
mod tests;
