//! Where deliveries go: one entry of an alert's `deliver`.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use tidings_model::nearest;
use url::Url;

/// A place that messages are delivered to. Holds no secret, only where one is found.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub enum Target {
    /// `{ mail = "team@example.org" }`
    Mail { address: String },
    /// `{ webhook = "https://…", secret_env = "HOOK_SECRET" }`; unsigned without a secret.
    Webhook { url: Url, secret: Option<Secret> },
    /// `{ slack_env = "SLACK_WEBHOOK" }`: the address of an incoming webhook is itself the secret.
    Slack { webhook: Secret },
    /// `{ discord_env = "DISCORD_WEBHOOK" }`: as for Slack.
    Discord { webhook: Secret },
    /// `{ telegram = "-100123", token_env = "TELEGRAM_TOKEN" }`: a chat, and the bot's token.
    Telegram { chat: String, token: Secret },
    /// `{ ntfy = "https://ntfy.sh/my-topic", token_env = "NTFY_TOKEN" }`
    Ntfy { topic: Url, token: Option<Secret> },
}

/// Where a secret is found: `*_env` names an environment variable, `*_file` a file.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Secret {
    Env(String),
    File(PathBuf),
}

/// The kinds of channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ChannelKind {
    Mail,
    Webhook,
    Slack,
    Discord,
    Telegram,
    Ntfy,
}

impl ChannelKind {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Mail => "mail",
            Self::Webhook => "webhook",
            Self::Slack => "slack",
            Self::Discord => "discord",
            Self::Telegram => "telegram",
            Self::Ntfy => "ntfy",
        }
    }
}

/// An entry of `deliver` that says nothing, or too much.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct InvalidTarget(String);

/// Why a secret cannot be had. Names the place, never the secret.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    #[error("environment variable `{0}` is not set")]
    NotSet(String),
    #[error("cannot read {}", .0.display())]
    Unreadable(PathBuf, #[source] std::io::Error),
    #[error("{0} holds no address that a message can be sent to")]
    NoUrl(Secret),
}

impl std::fmt::Display for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Env(variable) => write!(f, "environment variable `{variable}`"),
            Self::File(path) => write!(f, "file {}", path.display()),
        }
    }
}

impl Secret {
    /// Reads it, without the line's end of a file.
    ///
    /// # Errors
    ///
    /// When the variable or the file is not there.
    pub fn read(&self) -> Result<String, SecretError> {
        match self {
            Self::Env(variable) => std::env::var(variable).map_err(|_| SecretError::NotSet(variable.clone())),
            Self::File(path) => std::fs::read_to_string(path)
                .map(|secret| secret.trim().to_owned())
                .map_err(|error| SecretError::Unreadable(path.clone(), error)),
        }
    }

    /// Reads it as an address.
    ///
    /// # Errors
    ///
    /// As [`Secret::read`], and when it is no `http` or `https` address.
    pub fn read_url(&self) -> Result<Url, SecretError> {
        let url = Url::parse(&self.read()?).ok().filter(is_web);
        url.ok_or_else(|| SecretError::NoUrl(self.clone()))
    }
}

fn is_web(url: &Url) -> bool {
    matches!(url.scheme(), "http" | "https") && url.has_host()
}

impl Target {
    pub fn channel(&self) -> ChannelKind {
        match self {
            Self::Mail { .. } => ChannelKind::Mail,
            Self::Webhook { .. } => ChannelKind::Webhook,
            Self::Slack { .. } => ChannelKind::Slack,
            Self::Discord { .. } => ChannelKind::Discord,
            Self::Telegram { .. } => ChannelKind::Telegram,
            Self::Ntfy { .. } => ChannelKind::Ntfy,
        }
    }

    /// The secret that a message to it needs.
    pub fn secret(&self) -> Option<&Secret> {
        match self {
            Self::Mail { .. } => None,
            Self::Webhook { secret, .. } | Self::Ntfy { token: secret, .. } => secret.as_ref(),
            Self::Slack { webhook: secret }
            | Self::Discord { webhook: secret }
            | Self::Telegram { token: secret, .. } => Some(secret),
        }
    }
}

/// For people: `mail to team@example.org`. A webhook is shown without path and query, which may hold secrets.
impl std::fmt::Display for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Mail { address } => write!(f, "mail to {address}"),
            Self::Webhook { url, .. } => write!(f, "webhook at {}", url.host_str().unwrap_or_default()),
            Self::Slack { webhook } => write!(f, "Slack, {webhook}"),
            Self::Discord { webhook } => write!(f, "Discord, {webhook}"),
            Self::Telegram { chat, .. } => write!(f, "Telegram chat {chat}"),
            Self::Ntfy { topic, .. } => write!(f, "ntfy at {}", topic.host_str().unwrap_or_default()),
        }
    }
}

const CHANNELS: [&str; 8] =
    ["mail", "webhook", "slack_env", "slack_file", "discord_env", "discord_file", "telegram", "ntfy"];
const FURTHER: [&str; 4] = ["secret_env", "secret_file", "token_env", "token_file"];

/// The table as it stands in the configuration.
#[derive(Serialize, Deserialize)]
#[serde(transparent)]
struct Written(std::collections::BTreeMap<String, String>);

fn invalid<T>(problem: impl Into<String>) -> Result<T, InvalidTarget> {
    Err(InvalidTarget(problem.into()))
}

impl TryFrom<Written> for Target {
    type Error = InvalidTarget;

    fn try_from(Written(mut keys): Written) -> Result<Self, InvalidTarget> {
        let known = || CHANNELS.iter().chain(&FURTHER).copied();
        if let Some(wrong) = keys.keys().find(|key| !known().any(|known| known == *key)) {
            let hint = nearest(wrong, known()).map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
            return invalid(format!("unknown key `{wrong}`, expected one of {}{hint}", CHANNELS.join(", ")));
        }
        let named: Vec<String> = keys.keys().filter(|key| CHANNELS.contains(&key.as_str())).cloned().collect();
        let [channel] = &named[..] else {
            return invalid(format!("a delivery names one of {}; this names {}", CHANNELS.join(", "), named.len()));
        };
        let value = keys.remove(channel).unwrap_or_default();
        let target = match channel.as_str() {
            "mail" => Self::Mail { address: mailbox(value)? },
            "webhook" => Self::Webhook { url: web(channel, &value)?, secret: secret(&mut keys, "secret")? },
            "slack_env" => Self::Slack { webhook: Secret::Env(value) },
            "slack_file" => Self::Slack { webhook: Secret::File(value.into()) },
            "discord_env" => Self::Discord { webhook: Secret::Env(value) },
            "discord_file" => Self::Discord { webhook: Secret::File(value.into()) },
            "telegram" => {
                let token = secret(&mut keys, "token")?;
                let Some(token) = token else { return invalid("`telegram` needs `token_env` or `token_file`") };
                Self::Telegram { chat: value, token }
            }
            _ => Self::Ntfy { topic: web(channel, &value)?, token: secret(&mut keys, "token")? },
        };
        match keys.keys().next() {
            None => Ok(target),
            Some(left) => invalid(format!("`{channel}` takes no `{left}`")),
        }
    }
}

/// One address, without a display name: header injection has nowhere to stand.
fn mailbox(address: String) -> Result<String, InvalidTarget> {
    let is_plain = |part: &str| !part.is_empty() && !part.chars().any(|c| c.is_control() || c.is_whitespace());
    match address.rsplit_once('@') {
        Some((local, domain))
            if is_plain(local) && is_plain(domain) && !address.contains(['<', '>', ',', ';', '"']) =>
        {
            Ok(address)
        }
        _ => invalid(format!("mail: `{address}` is no mail address, such as `team@example.org`")),
    }
}

fn web(key: &str, value: &str) -> Result<Url, InvalidTarget> {
    match Url::parse(value).ok().filter(is_web) {
        Some(url) => Ok(url),
        None => invalid(format!("{key}: expected an address that begins with https:// or http://")),
    }
}

fn secret(keys: &mut std::collections::BTreeMap<String, String>, name: &str) -> Result<Option<Secret>, InvalidTarget> {
    let from_env = keys.remove(&format!("{name}_env")).map(Secret::Env);
    let from_file = keys.remove(&format!("{name}_file")).map(|path| Secret::File(path.into()));
    match (from_env, from_file) {
        (Some(_), Some(_)) => invalid(format!("either `{name}_env` or `{name}_file`, not both")),
        (from_env, from_file) => Ok(from_env.or(from_file)),
    }
}

impl From<Target> for Written {
    fn from(target: Target) -> Self {
        let place = |name: &str, secret: Secret| match secret {
            Secret::Env(variable) => (format!("{name}_env"), variable),
            Secret::File(path) => (format!("{name}_file"), path.display().to_string()),
        };
        let keys = match target {
            Target::Mail { address } => vec![("mail".to_owned(), address)],
            Target::Webhook { url, secret } => {
                std::iter::once(("webhook".to_owned(), url.into())).chain(secret.map(|s| place("secret", s))).collect()
            }
            Target::Slack { webhook } => vec![place("slack", webhook)],
            Target::Discord { webhook } => vec![place("discord", webhook)],
            Target::Telegram { chat, token } => vec![("telegram".to_owned(), chat), place("token", token)],
            Target::Ntfy { topic, token } => {
                std::iter::once(("ntfy".to_owned(), topic.into())).chain(token.map(|t| place("token", t))).collect()
            }
        };
        Self(keys.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Result<Target, String> {
        serde_json::from_str(json).map_err(|error| error.to_string())
    }

    #[test]
    fn each_channel_is_written_as_it_was_read() {
        for json in [
            r#"{"mail":"team@example.org"}"#,
            r#"{"secret_env":"HOOK","webhook":"https://hooks.example/a"}"#,
            r#"{"slack_file":"/run/secrets/slack"}"#,
            r#"{"discord_env":"D"}"#,
            r#"{"telegram":"-100","token_env":"T"}"#,
            r#"{"ntfy":"https://ntfy.sh/t"}"#,
        ] {
            assert_eq!(serde_json::to_string(&read(json).unwrap()).unwrap(), json);
        }
    }

    #[test]
    fn what_cannot_be_delivered_to_is_refused_with_what_to_write() {
        for (json, expected) in [
            (r"{}", "a delivery names one of mail"),
            (r#"{"mail":"a@b.c","ntfy":"https://n.sh/t"}"#, "this names 2"),
            (r#"{"mial":"a@b.c"}"#, "did you mean `mail`?"),
            (r#"{"mail":"a@b.c\r\nBcc: d@e.f"}"#, "is no mail address"),
            (r#"{"mail":"nobody"}"#, "is no mail address"),
            (r#"{"webhook":"ftp://a/b"}"#, "begins with https://"),
            (r#"{"telegram":"1"}"#, "needs `token_env`"),
            (r#"{"mail":"a@b.c","token_env":"T"}"#, "`mail` takes no `token_env`"),
        ] {
            let error = read(json).unwrap_err();
            assert!(error.contains(expected), "{json}: {error}");
        }
    }

    #[test]
    fn people_are_shown_no_path_of_a_webhook() {
        let target = read(r#"{"webhook":"https://hooks.example/T0/secret?key=1"}"#).unwrap();
        assert_eq!(target.to_string(), "webhook at hooks.example");
    }
}
