//! Alerts over a real archive, with a clock moved by hand.

mod closing;
mod delivering;
mod telling;

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tempfile::TempDir;
use tidings_model::{Clock, Finding, FindingId, ManualClock, SourceId};
use tidings_query::Vocabulary;
use tidings_store::{Author, Batch, DeliveryFilter, Incoming, Store};

use crate::Settings;
use crate::carrier::Carrier;
use crate::channel::{Answer, Outcome};
use crate::follower::Follower;
use crate::outbox::Outbox;
use crate::{Alert, Alerts, AlertsConfig, ChannelKind, Envelope, Message, Parts, Target};

/// What came through to the other side, and how it answers.
#[derive(Debug, Default)]
struct OtherSide {
    /// Delivery, target, findings, in the order they came.
    accepted: Mutex<Vec<(String, Target, Vec<FindingId>)>>,
    notices: Mutex<Vec<crate::Notice>>,
    tries: Mutex<usize>,
    answers: Mutex<Option<Outcome>>,
    /// Whether webhooks end in a panic.
    panics: Mutex<bool>,
}

impl Carrier for OtherSide {
    fn carry(
        &self,
        target: Target,
        message: Message,
        envelope: Envelope,
    ) -> Pin<Box<dyn Future<Output = Answer> + Send + '_>> {
        Box::pin(async move {
            *self.tries.lock().unwrap() += 1;
            let panics = *self.panics.lock().unwrap() && target.channel() == ChannelKind::Webhook;
            assert!(!panics, "a channel with a fault");
            let outcome = self.answers.lock().unwrap().unwrap_or(Outcome::Accepted);
            if outcome == Outcome::Accepted {
                let findings = match &message {
                    Message::Digest(digest) => digest.entries.iter().map(|entry| entry.finding.id.clone()).collect(),
                    Message::Notice(notice) => {
                        self.notices.lock().unwrap().push(notice.clone());
                        Vec::new()
                    }
                };
                self.accepted.lock().unwrap().push((envelope.delivery, target, findings));
            }
            Answer { outcome, said: format!("{outcome:?}") }
        })
    }
}

struct Bench {
    _folder: TempDir,
    store: Store,
    clock: ManualClock,
    other_side: Arc<OtherSide>,
    alerts: Alerts,
    follower: Follower,
    outbox: Outbox,
    key: u32,
}

impl Bench {
    fn new(now: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        let clock = ManualClock::new(now.parse().unwrap());
        let other_side = Arc::new(OtherSide::default());
        let alerts = start(&store, &clock, &other_side);
        let follower = Follower::new(alerts.inner.clone());
        let outbox = Outbox::new(alerts.inner.clone());
        Self { _folder: folder, store, clock, other_side, alerts, follower, outbox, key: 0 }
    }

    /// As after `kill -9`: what was in memory is gone.
    fn crash(&mut self) {
        self.alerts = start(&self.store, &self.clock, &self.other_side);
        self.follower = Follower::new(self.alerts.inner.clone());
        self.outbox = Outbox::new(self.alerts.inner.clone());
    }

    fn alert(&self, definition: &Value) {
        self.alerts.add(&alert(definition), Author::Local).unwrap();
    }

    fn advance(&self, seconds: i64) {
        self.clock.advance(SignedDuration::from_secs(seconds));
    }

    /// Commits a finding with this title, found now.
    fn find(&mut self, title: &str) -> FindingId {
        self.key += 1;
        let key = format!("{title} {}", self.key);
        self.commit(&key, title, &json!({}))
    }

    fn commit(&mut self, key: &str, title: &str, further: &Value) -> FindingId {
        let source: SourceId = "voz".parse().unwrap();
        let now = self.clock.now();
        let mut finding = json!({
            "id": FindingId::new(&source, key), "source": "voz", "plugin": "feed", "kind": "post", "title": title,
            "found": now, "revision": 1, "taxonomy_version": 1,
        });
        finding.as_object_mut().unwrap().extend(further.as_object().unwrap().clone());
        let finding: Finding = serde_json::from_value(finding).unwrap();
        let id = finding.id.clone();
        let mut batch = Batch::new(source, format!("r{}", self.key), now);
        let hash = self.key.into();
        batch.findings.push(Incoming { finding, hash, clues: tidings_model::Clues::default() });
        self.store.commit(batch).unwrap();
        id
    }

    /// Turns the follower, and delivers what is due.
    async fn go_on(&mut self) -> Option<Timestamp> {
        let next = self.follower.turn().unwrap();
        loop {
            let lanes = self.store.due_lanes(self.clock.now()).unwrap();
            if lanes.is_empty() {
                return next;
            }
            for lane in lanes {
                self.outbox.serve(&lane).await.unwrap();
            }
        }
    }

    /// What was accepted since the last call, as sets of titles.
    fn accepted(&self) -> Vec<Vec<String>> {
        let accepted = std::mem::take(&mut *self.other_side.accepted.lock().unwrap());
        let title = |id: &FindingId| self.store.finding(id).unwrap().unwrap().title;
        accepted.iter().map(|(_, _, findings)| findings.iter().map(title).collect()).collect()
    }

    fn deliveries(&self) -> Vec<tidings_store::Delivery> {
        let mut deliveries = self.store.deliveries(&DeliveryFilter::default(), 10_000).unwrap();
        deliveries.reverse();
        deliveries
    }
}

fn start(store: &Store, clock: &ManualClock, other_side: &Arc<OtherSide>) -> Alerts {
    let mail = json!({ "host": "mail.example.org", "from": "tidings@example.org" });
    let mail = serde_json::from_value(mail).unwrap();
    let operator = vec![serde_json::from_value(json!({ "mail": "operator@example.org" })).unwrap()];
    let config = Arc::new(AlertsConfig { mail: Some(mail), operator, ..AlertsConfig::default() });
    let parts = Parts {
        store: store.clone(),
        clock: Arc::new(clock.clone()),
        settings: Settings { config, carrier: other_side.clone() },
        vocabulary: Arc::new(Vocabulary::default),
    };
    Alerts::start(parts, Vec::new()).unwrap()
}

fn alert(definition: &Value) -> Alert {
    let mut whole = json!({ "id": "a", "query": "acme", "deliver": [{ "mail": "team@example.org" }] });
    whole.as_object_mut().unwrap().extend(definition.as_object().unwrap().clone());
    serde_json::from_value(whole).unwrap()
}
