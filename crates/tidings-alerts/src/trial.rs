//! `alert test`: one marked message, and what the other side says to it.

use serde::{Deserialize, Serialize};
use tidings_model::Clock;
use tidings_query::Vocabulary;
use tidings_store::{AlertRow, Match, Store, StoreError};

use crate::carrier::Carrier;
use crate::channel::Outcome;
use crate::compose::{self, blank};
use crate::{Alert, AlertsConfig, ChannelKind, Digest, Envelope, Message, Settings, Target, example};

/// What became of a test message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trial {
    pub channel: ChannelKind,
    /// For people, without secrets.
    pub target: String,
    pub accepted: bool,
    /// What the other side answered.
    pub said: String,
}

pub(crate) struct Prepared {
    targets: Vec<Target>,
    digest: Digest,
}

/// Sends a test message of a made-up finding to each target of an alert, without an archive.
pub async fn try_out(alert: &Alert, settings: &Settings, clock: &dyn Clock) -> Vec<Trial> {
    let blank = blank(alert, None, &settings.config, &Vocabulary::default());
    of(alert, blank, None).send(&*settings.carrier, clock).await
}

/// The message: of the alert's latest match, or of a made-up finding where there is none yet.
/// `None` for an alert that cannot be read any more.
pub(crate) fn prepare(
    store: &Store,
    config: &AlertsConfig,
    row: &AlertRow,
    vocabulary: &Vocabulary,
) -> Result<Option<Prepared>, StoreError> {
    let latest = store.latest_matches(row.number, 1)?.pop();
    let alert = serde_json::from_str::<Alert>(&row.definition).ok();
    Ok(alert.map(|alert| of(&alert, blank(&alert, Some(row), config, vocabulary), latest)))
}

fn of(alert: &Alert, blank: Digest, latest: Option<Match>) -> Prepared {
    let entry = latest.and_then(|found| compose::entry(found, alert.volume));
    let made_up = || example::digests().into_iter().flat_map(|digest| digest.entries).next();
    let entries = entry.or_else(made_up).into_iter().collect();
    Prepared { targets: alert.deliver.clone(), digest: Digest { entries, is_test: true, ..blank } }
}

impl Prepared {
    pub(crate) async fn send(self, carrier: &dyn Carrier, clock: &dyn Clock) -> Vec<Trial> {
        let mut trials = Vec::with_capacity(self.targets.len());
        for (n, target) in self.targets.into_iter().enumerate() {
            let created = clock.now();
            let delivery = format!("test.{}.{n}.{}", self.digest.alert, created.as_millisecond());
            let envelope = Envelope { delivery, created };
            let (channel, shown) = (target.channel(), target.to_string());
            let message = Message::Digest(Box::new(self.digest.clone()));
            let answer = carrier.carry(target, message, envelope).await;
            let accepted = answer.outcome == Outcome::Accepted;
            trials.push(Trial { channel, target: shown, accepted, said: answer.said });
        }
        trials
    }
}
