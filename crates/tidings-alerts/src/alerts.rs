//! All alerts of an archive: kept, changed while they run, followed and delivered.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};
use tidings_model::{AlertId, Clock};
use tidings_query::Vocabulary;
use tidings_store::{AlertPut, AlertRow, Author, LogNumber, Store, StoreError};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::follower::Follower;
use crate::operator::Operator;
use crate::outbox::Outbox;
use crate::record::AlertRecord;
use crate::trial::Trial;
use crate::view::AlertView;
use crate::watch::Watch;
use crate::{Alert, AlertError, Settings, Target};

/// Alerts that are read from the archive at a time.
const PAGE: usize = 1_000;

/// What alerts work with.
pub struct Parts {
    pub store: Store,
    pub clock: Arc<dyn Clock>,
    pub settings: Settings,
    /// The fields that queries may name now.
    pub vocabulary: Arc<dyn Fn() -> Vocabulary + Send + Sync>,
}

/// Where in the configuration an alert stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlertPlace {
    pub file: PathBuf,
    pub line: usize,
}

/// Why a call on an alert cannot be carried out.
#[derive(Debug, thiserror::Error)]
pub enum AlertsError {
    #[error("there is no alert `{0}`; `tidings alert list` shows which there are")]
    NoAlert(AlertId),
    #[error("alert `{0}` is there already")]
    Exists(AlertId),
    #[error("alert `{id}` is defined in {}, line {}; change it there", place.file.display(), place.line)]
    DefinedInFile { id: AlertId, place: AlertPlace },
    #[error("{}, line {}: alert `{id}` is also made through the API; delete it there, or give this one another id", place.file.display(), place.line)]
    MadeInApi { id: AlertId, place: AlertPlace },
    #[error("{0}")]
    Wrong(#[from] AlertError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The alerts of an archive. Cheap to clone; all clones are one. Calls block on the store.
#[derive(Clone)]
pub struct Alerts {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) store: Store,
    pub(crate) clock: Arc<dyn Clock>,
    settings: Mutex<Settings>,
    vocabulary: Arc<dyn Fn() -> Vocabulary + Send + Sync>,
    /// Held while an alert is written and while entries are matched, so that an alert sees
    /// every entry after it, and none before.
    watch: Mutex<Watch>,
    /// What waits may be due now, though nothing new is in the log.
    pub(crate) changed: Notify,
    /// Something is owed.
    pub(crate) owed: Arc<Notify>,
}

impl Alerts {
    /// Takes up the alerts of the configuration, and those made through the API.
    ///
    /// # Errors
    ///
    /// When the store cannot be read or written, and for the first alert of the configuration
    /// that cannot stand.
    pub fn start(parts: Parts, configured: Vec<(Alert, AlertPlace)>) -> Result<Self, AlertsError> {
        let Parts { store, clock, settings, vocabulary } = parts;
        let inner = Inner {
            store,
            clock,
            settings: Mutex::new(settings),
            vocabulary,
            watch: Mutex::default(),
            changed: Notify::new(),
            owed: Arc::new(Notify::new()),
        };
        let alerts = Self { inner: Arc::new(inner) };
        // Where matching begins is written down before anything can be committed.
        alerts.inner.store.alerts_checkpoint()?;
        alerts.configure(configured)?;
        Ok(alerts)
    }

    /// Matches, closes and delivers until `stop`.
    pub async fn run(&self, stop: CancellationToken) {
        let follower = Follower::new(self.inner.clone());
        let outbox = Outbox::new(self.inner.clone());
        let operator = Operator::new(self.inner.clone());
        tokio::join!(follower.run(stop.clone()), outbox.run(stop.clone()), operator.run(stop));
    }

    /// One pass over what is there: matches, closes what is due, and tries each delivery once
    /// that is due.
    ///
    /// # Errors
    ///
    /// When the store cannot be read or written.
    pub async fn pass(&self) -> Result<(), StoreError> {
        let mut follower = Follower::new(self.inner.clone());
        tokio::task::spawn_blocking(move || follower.turn()).await.expect("a turn does not panic")?;
        let outbox = Outbox::new(self.inner.clone());
        let store = self.inner.store.clone();
        let now = self.inner.clock.now();
        let lanes = tokio::task::spawn_blocking(move || store.due_lanes(now)).await.expect("reading does not panic")?;
        for lane in lanes {
            outbox.serve(&lane).await?;
        }
        Ok(())
    }

    /// Looks at once at what is owed.
    pub fn look(&self) {
        self.inner.owed.notify_one();
    }

    /// Makes the alerts of the configuration these, and watches all that there are.
    ///
    /// # Errors
    ///
    /// As [`Alerts::start`]; then everything stays as it was.
    pub fn configure(&self, configured: Vec<(Alert, AlertPlace)>) -> Result<(), AlertsError> {
        let vocabulary = self.vocabulary();
        let mut puts = Vec::with_capacity(configured.len());
        for (alert, place) in configured {
            self.check(&alert, &vocabulary)?;
            if let Some(row) = self.inner.store.alert(&alert.id)?.filter(|row| row.place.is_none()) {
                return Err(AlertsError::MadeInApi { id: row.id, place });
            }
            puts.push(put_of(&alert, Some(&place)));
        }
        let mut watch = self.inner.watch();
        self.inner.store.configure_alerts(puts, self.inner.clock.now())?;
        *watch = self.read_all(&vocabulary)?;
        drop(watch);
        self.inner.changed.notify_one();
        Ok(())
    }

    /// Replaces what a configuration says for all alerts.
    pub fn set_settings(&self, settings: Settings) {
        *self.inner.settings.lock().unwrap_or_else(PoisonError::into_inner) = settings;
        self.inner.owed.notify_one();
    }

    fn read_all(&self, vocabulary: &Vocabulary) -> Result<Watch, StoreError> {
        let mut watch = Watch::default();
        let mut after: Option<AlertId> = None;
        loop {
            let page = self.inner.store.alerts(after.as_ref(), PAGE)?;
            for row in &page {
                if let Err(fault) = watch_row(&mut watch, row, vocabulary) {
                    tracing::error!(alert = %row.id, fault, "an alert cannot be asked any more; change it");
                }
            }
            match page.into_iter().last() {
                Some(last) => after = Some(last.id),
                None => return Ok(watch),
            }
        }
    }

    /// Up to `limit` alerts whose id comes after `after`.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub fn list(&self, after: Option<&AlertId>, limit: usize) -> Result<Vec<AlertView>, StoreError> {
        let rows = self.inner.store.alerts(after, limit)?;
        Ok(rows.iter().map(|row| self.view(row)).collect())
    }

    /// The alert with what it has done so far.
    ///
    /// # Errors
    ///
    /// [`AlertsError::NoAlert`], or when the store cannot be read.
    pub fn one(&self, id: &AlertId) -> Result<AlertView, AlertsError> {
        let row = self.row(id)?;
        let record = Some(AlertRecord::read(&self.inner.store, row.number)?);
        Ok(AlertView { record, ..self.view(&row) })
    }

    /// The alert as it is kept.
    ///
    /// # Errors
    ///
    /// [`AlertsError::NoAlert`], or when the store cannot be read.
    pub fn row(&self, id: &AlertId) -> Result<AlertRow, AlertsError> {
        self.inner.store.alert(id)?.ok_or_else(|| AlertsError::NoAlert(id.clone()))
    }

    fn view(&self, row: &AlertRow) -> AlertView {
        AlertView::of(row, &self.vocabulary(), &self.inner.settings().config)
    }

    /// Makes an alert that sees what comes into the log from now on.
    ///
    /// # Errors
    ///
    /// [`AlertsError::Exists`], [`AlertsError::Wrong`], or when the store cannot be written.
    pub fn add(&self, alert: &Alert, author: Author) -> Result<AlertView, AlertsError> {
        let mut watch = self.inner.watch();
        if self.inner.store.alert(&alert.id)?.is_some() {
            return Err(AlertsError::Exists(alert.id.clone()));
        }
        self.put(&mut watch, alert, author)
    }

    /// Replaces an alert. What it has matched stays, and is not sent again.
    ///
    /// # Errors
    ///
    /// [`AlertsError::NoAlert`], [`AlertsError::DefinedInFile`], [`AlertsError::Wrong`], or when
    /// the store cannot be written.
    pub fn replace(&self, alert: &Alert, author: Author) -> Result<AlertView, AlertsError> {
        let mut watch = self.inner.watch();
        self.changeable(&alert.id)?;
        self.put(&mut watch, alert, author)
    }

    fn put(&self, watch: &mut Watch, alert: &Alert, author: Author) -> Result<AlertView, AlertsError> {
        let vocabulary = self.vocabulary();
        let query = self.check(alert, &vocabulary)?;
        let row = self.inner.store.put_alert(put_of(alert, None), self.inner.clock.now(), author)?;
        watch.put(row.number, row.since, alert, &query);
        self.inner.changed.notify_one();
        Ok(self.view(&row))
    }

    /// Removes an alert; what was owed for it is not sent any more.
    ///
    /// # Errors
    ///
    /// [`AlertsError::NoAlert`], [`AlertsError::DefinedInFile`], or when the store cannot be written.
    pub fn remove(&self, id: &AlertId, author: Author) -> Result<(), AlertsError> {
        let mut watch = self.inner.watch();
        let row = self.changeable(id)?;
        self.inner.store.remove_alert(id, self.inner.clock.now(), author)?;
        watch.remove(row.number);
        Ok(())
    }

    /// Sends one marked message to each target of the alert, past the outbox, and tells what
    /// the other side answered.
    ///
    /// # Errors
    ///
    /// [`AlertsError::NoAlert`], or when the store cannot be read.
    pub async fn test(&self, id: &AlertId) -> Result<Vec<Trial>, AlertsError> {
        let alerts = self.clone();
        let id = id.clone();
        let made = tokio::task::spawn_blocking(move || {
            let row = alerts.row(&id)?;
            let settings = alerts.inner.settings();
            Ok::<_, AlertsError>(crate::trial::prepare(
                &alerts.inner.store,
                &settings.config,
                &row,
                &alerts.vocabulary(),
            )?)
        });
        let prepared = made.await.expect("reading the store does not panic")?;
        let Some(prepared) = prepared else { return Ok(Vec::new()) };
        Ok(prepared.send(&*self.inner.settings().carrier, &*self.inner.clock).await)
    }

    /// The query that stands for the alert.
    ///
    /// # Errors
    ///
    /// [`AlertsError::Wrong`].
    pub fn query(&self, alert: &Alert) -> Result<tidings_query::Query, AlertsError> {
        self.check(alert, &self.vocabulary())
    }

    fn changeable(&self, id: &AlertId) -> Result<AlertRow, AlertsError> {
        let row = self.row(id)?;
        match row.place.as_deref().and_then(|place| serde_json::from_str(place).ok()) {
            Some(place) => Err(AlertsError::DefinedInFile { id: id.clone(), place }),
            None => Ok(row),
        }
    }

    fn check(&self, alert: &Alert, vocabulary: &Vocabulary) -> Result<tidings_query::Query, AlertsError> {
        alert.check_targets(&self.inner.settings().config)?;
        Ok(alert.check(vocabulary)?)
    }

    fn vocabulary(&self) -> Vocabulary {
        (self.inner.vocabulary)()
    }
}

impl Inner {
    pub(crate) fn watch(&self) -> MutexGuard<'_, Watch> {
        self.watch.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn settings(&self) -> Settings {
        self.settings.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn vocabulary(&self) -> Vocabulary {
        (self.vocabulary)()
    }

    /// Where matching begins: whatever came before every alert need not be read.
    pub(crate) fn first_entry(&self) -> Result<LogNumber, StoreError> {
        let since = self.watch().first_since();
        let checkpoint = self.store.alerts_checkpoint()?;
        Ok(since.map_or(checkpoint, |since| checkpoint.max(since)))
    }
}

fn watch_row(watch: &mut Watch, row: &AlertRow, vocabulary: &Vocabulary) -> Result<(), String> {
    let alert: Alert = serde_json::from_str(&row.definition).map_err(|error| error.to_string())?;
    let query = alert.check(vocabulary).map_err(|error| error.to_string())?;
    watch.put(row.number, row.since, &alert, &query);
    Ok(())
}

fn put_of(alert: &Alert, place: Option<&AlertPlace>) -> AlertPut {
    AlertPut {
        id: alert.id.clone(),
        definition: json(alert),
        place: place.map(json),
        targets: alert.deliver.iter().map(Target::aim).collect(),
    }
}

fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("alerts and places have text keys only")
}
