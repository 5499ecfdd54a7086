//! Mail, by the server of `[alerts.mail]`.

mod letter;
mod server;

use std::time::Duration;

use lettre::Address;
use lettre::message::Mailbox;
use lettre::transport::smtp::authentication::Credentials;
use tidings_fetch::guard::AddressGuard;

use super::{Answer, ChannelError, Outcome, Scrub, secret};
use crate::{Envelope, MailConfig, Message, Rendered, Secret};
use letter::letter;
use server::{Failure, Server, Stage};

/// Sends letters, over connections that are kept while there is more to send.
pub(super) struct Mail {
    server: Server,
    from: Mailbox,
    login: Option<(String, Secret)>,
}

impl Mail {
    pub(super) fn new(config: &MailConfig, guard: AddressGuard, timeout: Duration) -> Result<Self, ChannelError> {
        let server = Server::new(config, guard, timeout)?;
        Ok(Self { server, from: config.from.clone(), login: config.login.clone() })
    }

    pub(super) async fn deliver(
        &self,
        to: &str,
        message: &Message,
        rendered: &Rendered,
        envelope: &Envelope,
    ) -> Result<Answer, Answer> {
        let refused = |why: &str| Answer::new(Outcome::Refused, why, &Scrub::default());
        let to: Address = to.parse().map_err(|error| refused(&format!("`{to}` is no mail address: {error}")))?;
        let letter =
            letter(&self.from, &to, message, rendered, envelope).map_err(|error| refused(&error.to_string()))?;
        let (login, scrub) = match &self.login {
            Some((user, place)) => {
                let password = secret(place).await?;
                // What AUTH PLAIN says is the password in another form.
                let scrub = Scrub::word(&password).and(Scrub::word(&format!("\0{user}\0{password}")));
                (Some(Credentials::new(user.clone(), password)), scrub)
            }
            None => (None, Scrub::default()),
        };
        match self.server.send(&self.from.email, &to, &letter, login.as_ref()).await {
            Ok(said) => Ok(Answer::new(Outcome::Accepted, &said, &scrub)),
            Err(failure) => Err(Answer::new(outcome(&failure), &failure.said, &scrub)),
        }
    }
}

/// Only a permanent refusal of the recipient or of the letter is final. A refused login, a sender
/// that the server does not like, a certificate: the operator mends them, and the letters still owed go out.
fn outcome(failure: &Failure) -> Outcome {
    let is_about_login = matches!(failure.code, Some(530 | 534 | 535 | 538));
    match (failure.stage, failure.code) {
        (Stage::Recipient | Stage::Letter, Some(500..)) if !is_about_login => Outcome::Refused,
        (Stage::Unspeakable, _) => Outcome::Refused,
        _ => Outcome::Later { retry_after: None },
    }
}

#[cfg(test)]
mod tests;
