//! Keeps requests away from addresses that are not of the public internet.
//!
//! A name is resolved once, every address it has is judged, and the connection is
//! made to the addresses judged; so a name that changes its mind in between gains
//! nothing. Used by the fetcher for sources and by channels for users' endpoints.

mod ranges;

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use ipnet::IpNet;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use url::{Host, Url};

pub use ranges::is_public;

use ranges::embedded_v4;

/// Which addresses that are not public may be asked all the same: `allow_private_networks`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum PrivateNetworks {
    /// `false`: none.
    #[default]
    Denied,
    /// `true`: all; for tests and for networks without anything worth guarding.
    Allowed,
    /// `["10.1.0.0/16", "::1"]`: these.
    Listed(Vec<IpNet>),
}

/// Judges addresses before anything connects to them; cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct AddressGuard {
    private: Arc<PrivateNetworks>,
}

/// Why a host may not be, or cannot be, connected to.
#[derive(Debug, thiserror::Error)]
pub enum GuardError {
    #[error(
        "{host} has the address {address}, which is not of the public internet; \
         `allow_private_networks` in [fetch] may list it"
    )]
    Blocked { host: String, address: IpAddr },
    #[error("cannot resolve {host}")]
    Resolve { host: String, source: std::io::Error },
    #[error("{host} has no address")]
    NoAddress { host: String },
}

impl AddressGuard {
    pub fn new(private: PrivateNetworks) -> Self {
        Self { private: Arc::new(private) }
    }

    /// Whether a connection to `address` is allowed.
    pub fn permits(&self, address: IpAddr) -> bool {
        is_public(address)
            || match &*self.private {
                PrivateNetworks::Denied => false,
                PrivateNetworks::Allowed => true,
                PrivateNetworks::Listed(networks) => {
                    let inner = embedded_v4(address).map(IpAddr::V4);
                    networks.iter().any(|network| {
                        network.contains(&address) || inner.is_some_and(|address| network.contains(&address))
                    })
                }
            }
    }

    /// Judges the host of `url` where it is an address itself, which no resolver is ever asked for.
    ///
    /// # Errors
    ///
    /// [`GuardError::Blocked`] when the address is not permitted.
    pub fn check_literal(&self, url: &Url) -> Result<(), GuardError> {
        let address: IpAddr = match url.host() {
            Some(Host::Ipv4(address)) => address.into(),
            Some(Host::Ipv6(address)) => address.into(),
            Some(Host::Domain(_)) | None => return Ok(()),
        };
        self.check(url.host_str().unwrap_or_default(), address)
    }

    /// The addresses of `host`, each with `port`, once all of them have been judged.
    ///
    /// # Errors
    ///
    /// When `host` has no address, or one that is not permitted: one is enough, for
    /// a mix is what a rebinding attack looks like.
    pub async fn resolve(&self, host: &str, port: u16) -> Result<Vec<SocketAddr>, GuardError> {
        let found = tokio::net::lookup_host((host, port))
            .await
            .map_err(|source| GuardError::Resolve { host: host.to_owned(), source })?;
        let addresses: Vec<SocketAddr> = found.collect();
        for address in &addresses {
            self.check(host, address.ip())?;
        }
        if addresses.is_empty() {
            return Err(GuardError::NoAddress { host: host.to_owned() });
        }
        Ok(addresses)
    }

    /// A client that resolves through this guard, asks no proxy and follows no
    /// redirect. Hosts that are addresses must still go through
    /// [`check_literal`](Self::check_literal), before each request.
    pub fn client_builder(&self) -> reqwest::ClientBuilder {
        reqwest::Client::builder()
            .no_proxy()
            .dns_resolver(self.clone())
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
    }

    fn check(&self, host: &str, address: IpAddr) -> Result<(), GuardError> {
        if self.permits(address) {
            return Ok(());
        }
        Err(GuardError::Blocked { host: host.to_owned(), address })
    }
}

impl Resolve for AddressGuard {
    fn resolve(&self, name: Name) -> Resolving {
        let guard = self.clone();
        Box::pin(async move {
            // Port 0 stands for the URL's own.
            let addresses = Self::resolve(&guard, name.as_str(), 0).await?;
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}

impl<'de> Deserialize<'de> for PrivateNetworks {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(PrivateNetworksVisitor)
    }
}

struct PrivateNetworksVisitor;

impl<'de> de::Visitor<'de> for PrivateNetworksVisitor {
    type Value = PrivateNetworks;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("false, true, or a list of networks as in [\"10.1.0.0/16\", \"::1\"]")
    }

    fn visit_bool<E: de::Error>(self, allowed: bool) -> Result<PrivateNetworks, E> {
        Ok(if allowed { PrivateNetworks::Allowed } else { PrivateNetworks::Denied })
    }

    fn visit_seq<A: de::SeqAccess<'de>>(self, mut items: A) -> Result<PrivateNetworks, A::Error> {
        let mut networks = Vec::new();
        while let Some(text) = items.next_element::<String>()? {
            let network = text.parse().or_else(|_| text.parse::<IpAddr>().map(IpNet::from)).map_err(|_| {
                let why = format!("`{text}` is no network: write an address, or one with its prefix as in 10.1.0.0/16");
                de::Error::custom(why)
            })?;
            networks.push(network);
        }
        Ok(PrivateNetworks::Listed(networks))
    }
}

impl Serialize for PrivateNetworks {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Denied => serializer.serialize_bool(false),
            Self::Allowed => serializer.serialize_bool(true),
            Self::Listed(networks) => serializer.collect_seq(networks),
        }
    }
}

#[cfg(test)]
mod tests;
