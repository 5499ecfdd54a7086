//! Alerts: standing queries that tell somebody.
//!
//! An [`Alert`] is a query with a cadence and deliveries. What it matches becomes a
//! [`Message`], which is given its words here and its form by the channel that carries it.

mod about;
mod alert;
mod alerts;
mod cadence;
mod carrier;
mod channel;
mod compose;
mod config;
mod example;
mod fed;
mod feed;
mod follower;
mod group;
mod headline;
pub mod import;
mod inert;
mod marked;
mod message;
mod operator;
mod outbox;
mod quiet;
mod record;
mod render;
#[cfg(test)]
mod sample;
mod score;
mod target;
#[cfg(test)]
mod tests;
mod trial;
mod view;
mod watch;
mod words;

pub use alert::{Alert, AlertError, Cadence, TimeOfDay, Volume, Weekday};
pub use alerts::{AlertPlace, Alerts, AlertsError, Parts, Settings};
pub use carrier::{Carrier, Post};
pub use channel::{Answer, ChannelError, Channels, Outcome};
pub use config::{AlertsConfig, Language, MailConfig, SmtpSecurity};
pub use fed::{Fed, FeedFormat};
pub use feed::{Feed, FeedItem};
pub use message::{Digest, Entry, Envelope, Message, Notice, Rendered, Score};
pub use outbox::TRIED_FOR;
pub use quiet::QuietHours;
pub use record::{AlertRecord, Lag};
pub use render::{Renderer, TemplateError};
pub use score::{BEST_AT_LEAST, BEST_MOST};
pub use target::{ChannelKind, InvalidTarget, Secret, SecretError, Target};
pub use trial::{Trial, try_out};
pub use view::AlertView;
