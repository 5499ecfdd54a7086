//! Alerts: standing queries that tell somebody.
//!
//! An [`Alert`] is a query with a cadence and deliveries. What it matches becomes a
//! [`Message`], which is given its words here and its form by the channel that carries it.

mod about;
mod alert;
mod channel;
mod config;
mod example;
mod feed;
mod group;
mod headline;
mod inert;
mod marked;
mod message;
mod plain;
mod quiet;
mod render;
#[cfg(test)]
mod sample;
mod score;
mod target;
mod words;

pub use alert::{Alert, AlertError, Cadence, TimeOfDay, Volume, Weekday};
pub use channel::{Answer, ChannelError, Channels, Outcome};
pub use config::{AlertsConfig, Language, MailConfig, SmtpSecurity};
pub use feed::{Feed, FeedItem};
pub use message::{Digest, Entry, Envelope, Message, Notice, Rendered, Score};
pub use quiet::QuietHours;
pub use render::{Renderer, TemplateError};
pub use score::{BEST_AT_LEAST, BEST_MOST};
pub use target::{ChannelKind, InvalidTarget, Secret, SecretError, Target};
