//! The `[fetch]` table of the configuration.

use std::num::NonZeroU32;
use std::time::Duration;

use http::HeaderValue;
use serde::{Deserialize, Deserializer, Serialize, de};
use tidings_model::{ByteSize, human_duration};

use crate::guard::PrivateNetworks;

/// The product token under which `robots.txt` files address Tidings.
pub const ROBOTS_TOKEN: &str = "Tidings";
/// Longest time that a timeout or an interval may be set to.
pub const MAX_SETTING: Duration = Duration::from_secs(24 * 60 * 60);

/// The `[fetch]` table of `tidings.toml`. Every key is optional.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FetchConfig {
    /// What the fetcher calls itself. Put an address in it at which a site's owner
    /// can reach you; `robots.txt` files are read for `Tidings`, whatever stands here.
    pub user_agent: UserAgent,
    /// Shortest pause between two requests to one host, counted from when the answer
    /// to the first began. A longer `Crawl-delay` in its robots.txt wins, up to 60 s.
    #[serde(serialize_with = "human_duration::serialize", deserialize_with = "interval")]
    pub per_host_interval: Duration,
    /// Most requests in flight to one host.
    pub per_host_concurrency: NonZeroU32,
    /// Longest wait for a connection, TLS included.
    #[serde(serialize_with = "human_duration::serialize", deserialize_with = "timeout")]
    pub connect_timeout: Duration,
    /// Longest wait for the headers of an answer, connecting included.
    #[serde(serialize_with = "human_duration::serialize", deserialize_with = "timeout")]
    pub first_byte_timeout: Duration,
    /// Longest time on the network for a whole answer, redirects included; waiting
    /// one's turn does not count.
    #[serde(serialize_with = "human_duration::serialize", deserialize_with = "timeout")]
    pub timeout: Duration,
    /// Largest body accepted, after decompression. A longer one is an error, never cut short.
    pub max_body: ByteSize,
    /// Most that answers take on the disk which are kept so that they can be asked for
    /// conditionally; those confirmed longest ago go first.
    pub cache: ByteSize,
    /// `true`, or a list of networks, lets requests reach addresses that are not of
    /// the public internet.
    pub allow_private_networks: PrivateNetworks,
    /// `false` reads no robots.txt at all.
    pub respect_robots: bool,
}

impl Default for FetchConfig {
    fn default() -> Self {
        Self {
            user_agent: UserAgent::default(),
            per_host_interval: Duration::from_secs(2),
            per_host_concurrency: NonZeroU32::MIN,
            connect_timeout: Duration::from_secs(10),
            first_byte_timeout: Duration::from_secs(20),
            timeout: Duration::from_secs(30),
            max_body: ByteSize::mib(10),
            cache: ByteSize::mib(64),
            allow_private_networks: PrivateNetworks::Denied,
            respect_robots: true,
        }
    }
}

/// A `User-Agent`: printable ASCII, not empty.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct UserAgent(String);

/// A text that no request can carry as its `User-Agent`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{value}` is no user agent: write a product, its version and a contact address in printable ASCII, \
     as in \"Tidings/0.1 (+https://example.org/contact)\""
)]
pub struct InvalidUserAgent {
    pub value: String,
}

impl UserAgent {
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub(crate) fn header(&self) -> HeaderValue {
        HeaderValue::from_str(&self.0).expect("printable ASCII is checked when it is made")
    }
}

impl Default for UserAgent {
    fn default() -> Self {
        Self(concat!("Tidings/", env!("CARGO_PKG_VERSION"), " (+https://example.org/contact)").to_owned())
    }
}

impl TryFrom<String> for UserAgent {
    type Error = InvalidUserAgent;

    fn try_from(value: String) -> Result<Self, InvalidUserAgent> {
        let is_printable = value.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic());
        if value.trim().is_empty() || !is_printable {
            return Err(InvalidUserAgent { value });
        }
        Ok(Self(value))
    }
}

impl From<UserAgent> for String {
    fn from(agent: UserAgent) -> Self {
        agent.0
    }
}

fn interval<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    let duration = human_duration::deserialize(deserializer)?;
    if MAX_SETTING < duration {
        return Err(de::Error::custom("longer than a day: write \"24h\" or less"));
    }
    Ok(duration)
}

fn timeout<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    let duration = interval(deserializer)?;
    if duration.is_zero() {
        return Err(de::Error::custom("a timeout of nothing lets nothing through: write \"30s\", for example"));
    }
    Ok(duration)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_is_optional_and_written_back_as_it_was_read() {
        assert_eq!(toml::from_str::<FetchConfig>("").unwrap(), FetchConfig::default());
        let text = r#"user_agent = "Tidings/9 (+https://example.org)"
per_host_interval = "500ms"
per_host_concurrency = 2
connect_timeout = "5s"
first_byte_timeout = "10s"
timeout = "1m"
max_body = "2 MiB"
cache = "32 MiB"
allow_private_networks = ["10.0.0.0/8"]
respect_robots = false
"#;
        let config: FetchConfig = toml::from_str(text).unwrap();
        assert_eq!(config.max_body.as_u64(), 2 << 20);
        assert_eq!(toml::to_string(&config).unwrap(), text);
    }

    #[test]
    fn a_wrong_value_is_refused_with_its_line_and_what_to_write() {
        for (line, said) in [
            ("timeout = \"3 parsecs\"", "`3 parsecs`"),
            ("timeout = \"0s\"", "\"30s\""),
            ("per_host_interval = \"2d\"", "\"24h\""),
            ("per_host_concurrency = 0", "nonzero"),
            ("max_body = \"10\"", "\"10 MiB\""),
            ("user_agent = \"\"", "is no user agent"),
            ("user_agent = \"a\\nb\"", "is no user agent"),
            ("max_bodi = \"1 B\"", "`max_body`"),
        ] {
            let error = toml::from_str::<FetchConfig>(&format!("\n{line}\n")).unwrap_err().to_string();
            assert!(error.contains("line 2") && error.contains(said), "{error}");
        }
    }
}
