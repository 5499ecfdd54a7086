//! Alerts: standing queries that tell somebody.
//!
//! An [`Alert`] is a query with a cadence and deliveries. What it matches becomes a message,
//! which is given its words here and its form by the channel that carries it.

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
mod settings;
mod target;
#[cfg(test)]
mod tests;
mod trial;
mod view;
mod watch;
mod words;

pub use alert::{Alert, AlertError, Cadence, TimeOfDay, Volume, Weekday};
pub use alerts::{AlertPlace, Alerts, AlertsError, Parts};
pub use config::{AlertsConfig, Language, MailConfig, SmtpSecurity};
pub use fed::{Fed, FeedFormat};
pub use quiet::QuietHours;
pub use record::{AlertRecord, Lag};
pub use settings::{Settings, SettingsError};
pub use target::{ChannelKind, InvalidTarget, Secret, SecretError, Target};
pub use trial::{Trial, try_out};
pub use view::AlertView;

use message::{Digest, Entry, Envelope, Message, Notice, Rendered, Score};
