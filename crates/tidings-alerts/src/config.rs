//! The `[alerts]` table: what all alerts share.

use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tidings_fetch::guard::PrivateNetworks;
use tidings_model::human_duration;
use url::Url;

use crate::{Secret, Target};

/// The `[alerts]` table. Every key is optional.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AlertsConfig {
    /// The language that messages are written in, where an alert names none.
    pub language: Language,
    /// Where Tidings is reached from outside: for the addresses of feeds, and for the link in messages to the
    /// alert's feed, which is left out when this is absent.
    pub public_url: Option<Url>,
    /// A folder with templates that replace the built-in ones; relative to the configuration file.
    pub templates: Option<PathBuf>,
    /// Addresses that are not of the public internet, and may be delivered to all the same:
    /// `true`, or a list of networks.
    pub allow_private_networks: PrivateNetworks,
    /// Longest wait for an answer of a channel.
    #[serde(with = "human_duration")]
    pub timeout: Duration,
    /// Messages that may go to one place in a minute; more wait for their turn. Each chat service's
    /// own bound when absent, and none for mail and webhooks.
    pub per_minute: Option<u32>,
    /// Who is told when something is wrong with the daemon itself: sources that change their state,
    /// deliveries that fail, a disk that fills up. Log and metrics always say it too.
    pub operator: Vec<Target>,
    pub mail: Option<MailConfig>,
}

impl Default for AlertsConfig {
    fn default() -> Self {
        Self {
            language: Language::English,
            public_url: None,
            templates: None,
            allow_private_networks: PrivateNetworks::Denied,
            timeout: Duration::from_secs(30),
            per_minute: None,
            operator: Vec::new(),
            mail: None,
        }
    }
}

/// The language of a message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Language {
    #[default]
    #[serde(rename = "en")]
    English,
    #[serde(rename = "vi")]
    Vietnamese,
}

/// The `[alerts.mail]` table: the server that takes our mail.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(try_from = "WrittenMail")]
pub struct MailConfig {
    pub host: String,
    pub port: u16,
    pub security: SmtpSecurity,
    /// Name and password for AUTH; none when absent.
    pub login: Option<(String, Secret)>,
    /// Whom mails come from: `Tidings <tidings@example.org>`.
    pub from: lettre::message::Mailbox,
    /// A certificate authority of one's own, as PEM; beside those of the system.
    pub ca_file: Option<PathBuf>,
}

/// How the connection to the mail server is kept secret.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SmtpSecurity {
    /// Begins in the clear, and turns to TLS before anything is said; refuses a server that cannot.
    #[default]
    StartTls,
    /// TLS from the first byte.
    Tls,
    /// In the clear, for a server on this machine. Takes no password.
    None,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenMail {
    host: String,
    port: Option<u16>,
    #[serde(default)]
    security: SmtpSecurity,
    user: Option<String>,
    password_env: Option<String>,
    password_file: Option<PathBuf>,
    from: String,
    ca_file: Option<PathBuf>,
}

impl TryFrom<WrittenMail> for MailConfig {
    type Error = String;

    fn try_from(written: WrittenMail) -> Result<Self, String> {
        let password = match (written.password_env, written.password_file) {
            (Some(_), Some(_)) => return Err("either `password_env` or `password_file`, not both".to_owned()),
            (Some(variable), None) => Some(Secret::Env(variable)),
            (None, file) => file.map(Secret::File),
        };
        let login = match (written.user, password) {
            (Some(_), Some(_)) if written.security == SmtpSecurity::None => {
                return Err("a password is not sent in the clear; `security` must be `starttls` or `tls`".to_owned());
            }
            (Some(user), Some(password)) => Some((user, password)),
            (None, None) => None,
            (Some(_), None) => return Err("`user` needs `password_env` or `password_file`".to_owned()),
            (None, Some(_)) => return Err("a password needs a `user`".to_owned()),
        };
        let from = written
            .from
            .parse()
            .map_err(|_| format!("from: `{}` is no sender, such as `Tidings <tidings@example.org>`", written.from))?;
        let port = written.port.unwrap_or(match written.security {
            SmtpSecurity::StartTls => 587,
            SmtpSecurity::Tls => 465,
            SmtpSecurity::None => 25,
        });
        Ok(Self { host: written.host, port, security: written.security, login, from, ca_file: written.ca_file })
    }
}
