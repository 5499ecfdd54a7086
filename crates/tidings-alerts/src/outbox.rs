//! The worker of the outbox: what is owed is tried until the other side accepts it.
//!
//! Deliveries stand in lanes: what shares a server shares a lane, so that one that is down
//! is asked by few, and holds up nobody else.

mod lane;

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::StreamExt;
use jiff::Timestamp;
use tidings_model::Clock;
use tidings_query::Vocabulary;
use tidings_scheduler::{backoff, later};
use tidings_store::{Content, Owed, Store, StoreError, Then, Tried};
use tokio::task::{self, JoinError, JoinSet, spawn_blocking};
use tokio_util::sync::CancellationToken;

use crate::Settings;
use crate::alerts::Inner;
use crate::channel::{Answer, Outcome, chain};
use crate::compose::{self, Composed};
use crate::{AlertsConfig, Envelope, Message, Notice, Target};
use lane::Lane;

/// How long a delivery is tried before it is given up.
pub(crate) const TRIED_FOR: Duration = Duration::from_secs(7 * 86_400);
/// Pause after the first failure; it doubles with each further one …
const FIRST_PAUSE: Duration = Duration::from_secs(30);
/// … up to this.
const LONGEST_PAUSE: Duration = Duration::from_secs(3600);
/// Longest pause that a `Retry-After` is granted.
const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(86_400);
/// Lanes that are served at the same time.
const LANES: usize = 32;
/// Deliveries of a lane that are read at a time.
const PAGE: usize = 256;
/// Pause after the archive could not be read or written.
const FAULT_PAUSE: Duration = Duration::from_secs(5);

/// The worker. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Outbox {
    inner: Arc<Inner>,
    lanes: Arc<Mutex<BTreeMap<String, Lane>>>,
}

impl Outbox {
    pub(crate) fn new(inner: Arc<Inner>) -> Self {
        Self { inner, lanes: Arc::default() }
    }

    /// Delivers until `stop`. What is under way then is tried again at the next start.
    pub(crate) async fn run(self, stop: CancellationToken) {
        let mut tasks: JoinSet<()> = JoinSet::new();
        let mut busy: HashMap<task::Id, String> = HashMap::new();
        while !stop.is_cancelled() {
            let looked = self.start_lanes(&mut tasks, &mut busy, &stop).await;
            let until = looked.unwrap_or_else(|error| {
                tracing::error!(error = chain(&error), "the outbox cannot be read; it is tried again");
                Some(later(self.inner.clock.now(), FAULT_PAUSE))
            });
            tokio::select! {
                Some(ended) = tasks.join_next_with_id(), if !tasks.is_empty() => {
                    if free(&mut busy, ended) {
                        self.inner.clock.sleep_until(later(self.inner.clock.now(), FAULT_PAUSE)).await;
                    }
                }
                () = sleep_until(&*self.inner.clock, until) => {}
                () = self.inner.owed.notified() => {}
                () = stop.cancelled() => {}
            }
        }
    }

    /// Starts a task for each lane that is due and has none. Answers when to look again.
    async fn start_lanes(
        &self,
        tasks: &mut JoinSet<()>,
        busy: &mut HashMap<task::Id, String>,
        stop: &CancellationToken,
    ) -> Result<Option<Timestamp>, StoreError> {
        let now = self.inner.clock.now();
        let (lanes, next) = self.read(move |store| Ok((store.due_lanes(now)?, store.next_owed()?))).await?;
        let room = LANES.saturating_sub(tasks.len());
        let free: Vec<String> =
            lanes.into_iter().filter(|lane| !busy.values().any(|busy| busy == lane)).take(room).collect();
        for lane in free {
            let (outbox, stop, served) = (self.clone(), stop.clone(), lane.clone());
            let task = tasks.spawn(async move { outbox.serve_until_stopped(&served, &stop).await });
            busy.insert(task.id(), lane);
        }
        // What is due now is under way, or waits for a lane to end, which wakes by itself.
        Ok(next.filter(|next| now < *next))
    }

    async fn serve_until_stopped(&self, lane: &str, stop: &CancellationToken) {
        let served = stop.run_until_cancelled(self.serve(lane)).await;
        if let Some(Err(error)) = served {
            tracing::error!(lane, error = chain(&error), "the outbox cannot be read or written; it is tried again");
            self.inner.clock.sleep_until(later(self.inner.clock.now(), FAULT_PAUSE)).await;
        }
    }

    /// Delivers what the lane owes, until nothing is due or it has to rest.
    pub(crate) async fn serve(&self, lane: &str) -> Result<(), StoreError> {
        let per_minute = self.inner.settings().config.per_minute.or_else(|| lane::per_minute(lane));
        let width = lane::width(lane);
        loop {
            let (name, now) = (lane.to_owned(), self.inner.clock.now());
            let begun = self.with_lane(lane, |lane| lane.failures);
            let page = if lane::is_failing(begun) { 1 } else { PAGE };
            let owed = self.read(move |store| store.owed(&name, now, page)).await?;
            if owed.is_empty() {
                return Ok(());
            }
            let tries = owed.into_iter().map(|owed| async move {
                let may = |lane: &mut Lane| lane.may_go(begun, per_minute, self.inner.clock.now());
                if self.with_lane(lane, may) { self.try_once(lane, owed).await } else { Ok(()) }
            });
            let tried: Vec<_> = futures_util::stream::iter(tries).buffer_unordered(width).collect().await;
            tried.into_iter().collect::<Result<(), StoreError>>()?;
            if let Some(until) = self.with_lane(lane, |lane| lane.rests_until(per_minute, self.inner.clock.now())) {
                return self.rest(lane, until).await;
            }
        }
    }

    async fn rest(&self, lane: &str, until: Timestamp) -> Result<(), StoreError> {
        tracing::debug!(lane, %until, "deliveries rest");
        let lane = lane.to_owned();
        self.read(move |store| store.rest_lane(&lane, until)).await
    }

    fn with_lane<T>(&self, lane: &str, look: impl FnOnce(&mut Lane) -> T) -> T {
        let mut lanes = self.lanes.lock().expect("no thread panics while it holds the lanes");
        look(lanes.entry(lane.to_owned()).or_default())
    }

    /// One try of one delivery, written down.
    async fn try_once(&self, lane: &str, owed: Owed) -> Result<(), StoreError> {
        let Settings { config, carrier } = self.inner.settings();
        let (id, content, inner) = (owed.id.clone(), owed.content.clone(), self.inner.clone());
        let composed = self.read(move |store| compose_of(store, &config, &inner.vocabulary(), &content)).await?;
        let message = match composed {
            Composed::Message(message) => *message,
            Composed::Nothing(why) => return self.note(&id, Then::Accepted, why).await,
        };
        let target: Target = match serde_json::from_str(&owed.target) {
            Ok(target) => target,
            Err(error) => return self.note(&id, Then::Dead, format!("not sent: {error}")).await,
        };
        let channel = target.channel();
        let envelope = Envelope { delivery: id.clone(), created: owed.created };
        let answer = carrier.carry(target, message, envelope).await;
        let then = self.judge(lane, &owed, &answer);
        count(channel, &answer, &owed, self.inner.clock.now());
        self.note(&id, then, answer.said).await
    }

    fn judge(&self, lane: &str, owed: &Owed, answer: &Answer) -> Then {
        let now = self.inner.clock.now();
        self.with_lane(lane, |lane| match answer.outcome {
            Outcome::Accepted => lane.failures = 0,
            Outcome::Later { .. } => lane.failures = lane.failures.saturating_add(1),
            Outcome::Refused => {}
        });
        match answer.outcome {
            Outcome::Accepted => Then::Accepted,
            Outcome::Refused => {
                tracing::warn!(delivery = owed.id, said = answer.said, "a delivery was refused for good");
                Then::Dead
            }
            Outcome::Later { .. } if later(owed.since, TRIED_FOR) <= now => {
                tracing::warn!(delivery = owed.id, said = answer.said, "a delivery is given up");
                Then::Dead
            }
            Outcome::Later { retry_after } => {
                let asked = retry_after.unwrap_or_default().min(LONGEST_RETRY_AFTER);
                Then::TryAt(later(now, pause(owed.tries).max(asked)))
            }
        }
    }

    async fn note(&self, id: &str, then: Then, said: String) -> Result<(), StoreError> {
        self.inner.store.tried(Tried { id: id.to_owned(), at: self.inner.clock.now(), said, then })?.await
    }

    /// Runs `work`, which blocks on the store, off the async threads.
    async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Store) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let store = self.inner.store.clone();
        spawn_blocking(move || work(&store)).await.expect("reading the store does not panic")
    }
}

/// Lets the lane be served again. Answers whether it had panicked.
fn free(busy: &mut HashMap<task::Id, String>, ended: Result<(task::Id, ()), JoinError>) -> bool {
    let (id, fault) = match ended {
        Ok((id, ())) => (id, None),
        Err(error) => (error.id(), Some(error)),
    };
    let lane = busy.remove(&id).unwrap_or_default();
    if let Some(error) = &fault {
        tracing::error!(lane, %error, "a lane of the outbox stopped; it is tried again");
    }
    fault.is_some()
}

fn compose_of(
    store: &Store,
    config: &AlertsConfig,
    vocabulary: &Vocabulary,
    content: &Content,
) -> Result<Composed, StoreError> {
    match content {
        Content::Matches { alert, after, upto } => compose::digest(store, config, vocabulary, *alert, (*after, *upto)),
        Content::Notice(json) => Ok(match serde_json::from_str::<Notice>(json) {
            Ok(notice) => Composed::Message(Box::new(Message::Notice(notice))),
            Err(error) => Composed::Nothing(format!("not sent: {error}")),
        }),
    }
}

fn count(channel: crate::ChannelKind, answer: &Answer, owed: &Owed, now: Timestamp) {
    let outcome = match answer.outcome {
        Outcome::Accepted => "accepted",
        Outcome::Later { .. } => "later",
        Outcome::Refused => "refused",
    };
    metrics::counter!("tidings_deliveries_total", "channel" => channel.as_str(), "outcome" => outcome).increment(1);
    if answer.outcome == Outcome::Accepted {
        let lag = now.duration_since(owed.created).as_secs_f64();
        metrics::histogram!("tidings_delivery_lag_seconds", "channel" => channel.as_str()).record(lag);
    }
}

/// The pause after so many failures before.
fn pause(failures: u32) -> Duration {
    backoff(FIRST_PAUSE, failures, None).min(LONGEST_PAUSE)
}

/// Never ends where there is nothing to wait for.
pub(crate) async fn sleep_until(clock: &dyn Clock, until: Option<Timestamp>) {
    match until {
        Some(until) => clock.sleep_until(until).await,
        None => std::future::pending().await,
    }
}
