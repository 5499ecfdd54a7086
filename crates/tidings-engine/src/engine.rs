//! The daemon's heart: which sources there are, when they run, and how they are.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::StreamExt;
use jiff::Timestamp;
use tidings_model::{Clock, Dimension, Health, RunReason, RunRecord, SourceId, nearest};
use tidings_plugins::{Catalog, ParamsError};
use tidings_scheduler::{Schedule, Seed, Turn};
use tidings_store::{Committed, HealthEvent, SourceDefinition, SourceRow, Store, StoreError};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::alert_preview::Feeders;
use crate::ends::Ends;
use crate::follower::IndexFeed;
use crate::retag::Retagging;
use crate::run;
use crate::slot::{Board, Slot};
use crate::source::SourceConfig;
use crate::status::{Place, SourceStatus};
use crate::taxonomy::Understanding;
use crate::visitor::Visitor;

/// How often a plugin is visited when neither source nor manifest say.
pub(crate) const DEFAULT_EVERY: std::time::Duration = std::time::Duration::from_secs(3600);

/// What an engine is made of.
pub struct Parts {
    pub store: Store,
    pub feed: IndexFeed,
    pub catalog: Arc<Catalog>,
    pub visitor: Visitor,
    pub clock: Arc<dyn Clock>,
    pub understanding: Arc<Understanding>,
    pub seed: Seed,
    /// Runs that may be open at the same time.
    pub max_open: usize,
}

/// A source as configured, and where.
#[derive(Clone, Debug, PartialEq)]
pub struct Configured {
    pub config: SourceConfig,
    pub place: Place,
}

/// Runs sources when they are due. Cheap to clone; all clones are one engine.
#[derive(Clone)]
pub struct Engine {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) parts: Parts,
    /// Replaced as a whole when the taxonomy changes; a run keeps the one it began with.
    understanding: Mutex<Arc<Understanding>>,
    /// Held while the taxonomy is being changed, so that changes come one after another.
    changing_taxonomy: Mutex<()>,
    /// Held while a change of the taxonomy is being previewed.
    pub(crate) previewing: Mutex<()>,
    pub(crate) retagging: Retagging,
    board: Mutex<Board>,
    pub(crate) ends: Ends,
    /// Something changed that the loop must look at.
    wake: Notify,
    runs: TaskTracker,
    stop: CancellationToken,
}

/// Why a source cannot be configured like this.
#[derive(Debug, thiserror::Error)]
pub enum SourceFault {
    #[error("there is no plugin `{plugin}`{}", nearest.as_ref().map(|nearest| format!("; did you mean `{nearest}`?")).unwrap_or_default())]
    UnknownPlugin { plugin: String, nearest: Option<String> },
    #[error("plugin `{plugin}` cannot be loaded: {problem}")]
    Unloadable { plugin: String, problem: String },
    #[error("{}", list(.0))]
    Params(Vec<ParamsError>),
}

fn list(errors: &[ParamsError]) -> String {
    errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

/// Why a call on a source cannot be carried out.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    #[error("there is no source `{0}`; `tidings source list` shows which there are")]
    NoSource(SourceId),
    #[error("source `{id}` is defined in {}, line {line}; change it there", file.display())]
    DefinedInFile { id: SourceId, file: std::path::PathBuf, line: usize },
    #[error("source `{0}` is there already")]
    Exists(SourceId),
    #[error("there is no task `{0}`; of those that have ended the last few are kept")]
    NoTask(String),
    #[error(transparent)]
    Fault(#[from] SourceFault),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What a reload changed.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Reloaded {
    pub added: Vec<SourceId>,
    pub changed: Vec<SourceId>,
    pub removed: Vec<SourceId>,
}

impl Engine {
    /// Takes up the sources of the configuration and those made through the API,
    /// each where it stood when the daemon last stopped. Blocks on the store.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub fn new(parts: Parts, configured: Vec<Configured>) -> Result<Self, StoreError> {
        let understanding = Mutex::new(parts.understanding.clone());
        let inner = Inner {
            ends: Ends::new(parts.store.clone()),
            parts,
            understanding,
            changing_taxonomy: Mutex::default(),
            previewing: Mutex::default(),
            retagging: Retagging::default(),
            board: Mutex::new(Board::default()),
            wake: Notify::new(),
            runs: TaskTracker::new(),
            stop: CancellationToken::new(),
        };
        let engine = Self { inner: Arc::new(inner) };
        engine.take_up(configured)?;
        Ok(engine)
    }

    /// Runs what is due until [`Engine::stop`] is called, then waits for the open runs to
    /// end. Beside it the archive is tagged again whenever the taxonomy has changed.
    pub async fn serve(&self) {
        tokio::join!(self.serve_sources(), self.serve_retag());
    }

    async fn serve_sources(&self) {
        let inner = &self.inner;
        while !inner.stop.is_cancelled() {
            let woken = inner.wake.notified();
            inner.start_due();
            let next = inner.next_start();
            tokio::select! {
                () = inner.stop.cancelled() => {}
                () = woken => {}
                () = sleep_until(&*inner.parts.clock, next) => {}
                () = inner.ends.until_due() => inner.ends.flush().await,
            }
        }
        inner.runs.close();
        inner.runs.wait().await;
        inner.ends.flush().await;
    }

    /// Lets no further run start, and cancels the open ones.
    pub fn stop(&self) {
        self.inner.stop.cancel();
    }

    /// One pass: the sources named, due or not, or all that are due. Answers when
    /// every run has ended and can be searched.
    ///
    /// # Errors
    ///
    /// When a source is not configured; then nothing was run.
    pub async fn once(&self, named: &[SourceId]) -> Result<Vec<RunRecord>, EngineError> {
        let turns = if named.is_empty() { self.inner.take_all_due() } else { self.inner.take_named(named)? };
        let records = self.run_all(turns).await;
        self.inner.parts.feed.settle().await;
        Ok(records)
    }

    async fn run_all(&self, turns: Vec<Turn>) -> Vec<RunRecord> {
        let runs = turns.into_iter().map(|turn| run::run_source(self.inner.clone(), turn));
        let records = futures_util::stream::iter(runs).buffer_unordered(self.inner.parts.max_open).collect().await;
        self.inner.ends.flush().await;
        records
    }

    /// Runs all that is due, and does not wait for the index.
    #[cfg(test)]
    pub(crate) async fn run_due(&self) -> Vec<RunRecord> {
        self.run_all(self.inner.take_all_due()).await
    }

    /// The time by the engine's clock.
    pub fn now(&self) -> Timestamp {
        self.inner.parts.clock.now()
    }

    /// The dimensions of the taxonomy in force, by which findings can be filtered.
    pub fn dimensions(&self) -> Vec<Dimension> {
        self.inner.understanding().dimensions.clone()
    }

    /// What there is to feed an alert.
    pub fn feeders(&self) -> Feeders {
        let board = self.inner.board();
        let configs = || board.slots.values().map(|slot| &slot.configured.config);
        Feeders {
            sources: configs().map(|config| config.id.to_string()).collect(),
            plugins: configs().map(|config| config.plugin.to_string()).collect(),
            taxonomy: self.inner.understanding().merged.taxonomy().clone(),
        }
    }

    /// Lets sources whose plugin could not work try again, now that plugin files have changed.
    pub fn plugins_changed(&self) {
        let now = self.now();
        let mut board = self.inner.board();
        let Board { slots, turns } = &mut *board;
        for slot in slots.values_mut() {
            if slot.running.is_none() && matches!(slot.row.health, Health::Disabled | Health::PluginCrash) {
                slot.bring_forward(now);
                slot.place(turns, self.inner.parts.seed);
            }
        }
        self.inner.wake.notify_one();
    }

    /// Every source, by id.
    pub fn sources(&self) -> Vec<SourceStatus> {
        let board = self.inner.board();
        board.slots.values().map(|slot| slot.status(&board.turns)).collect()
    }

    /// # Errors
    ///
    /// When there is no such source.
    pub fn source(&self, id: &SourceId) -> Result<SourceStatus, EngineError> {
        let board = self.inner.board();
        let slot = board.slots.get(id).ok_or_else(|| EngineError::NoSource(id.clone()))?;
        Ok(slot.status(&board.turns))
    }

    /// Visits a source now, whenever it is due; one that runs already is visited again after.
    ///
    /// # Errors
    ///
    /// When there is no such source.
    pub fn run_now(&self, id: &SourceId) -> Result<SourceStatus, EngineError> {
        let now = self.inner.parts.clock.now();
        let mut board = self.inner.board();
        let Board { slots, turns } = &mut *board;
        let slot = slots.get_mut(id).ok_or_else(|| EngineError::NoSource(id.clone()))?;
        if slot.running.is_some() {
            slot.run_again = true;
        } else {
            turns.insert(Turn { source: id.clone(), start: now, reason: RunReason::Manual });
        }
        let status = slot.status(turns);
        self.inner.wake.notify_one();
        Ok(status)
    }

    /// Visits a source no more until [`Engine::resume`]; an open run goes on. Blocks on the store.
    ///
    /// # Errors
    ///
    /// When there is no such source, or the store refuses.
    pub fn pause(&self, id: &SourceId) -> Result<SourceStatus, EngineError> {
        self.set_paused(id, true)
    }

    /// # Errors
    ///
    /// As [`Engine::pause`].
    pub fn resume(&self, id: &SourceId) -> Result<SourceStatus, EngineError> {
        self.set_paused(id, false)
    }

    fn set_paused(&self, id: &SourceId, paused: bool) -> Result<SourceStatus, EngineError> {
        let (mut row, event) = {
            let mut board = self.inner.board();
            let slot = board.slots.get_mut(id).ok_or_else(|| EngineError::NoSource(id.clone()))?;
            let row = &mut slot.row;
            let is_news = std::mem::replace(&mut row.paused, paused) != paused;
            let (from, to) = if paused { (row.health, Health::Paused) } else { (Health::Paused, row.health) };
            let event = HealthEvent { source: id.clone(), from, to, at: self.now(), reason: None };
            (row.clone(), is_news.then_some(event))
        };
        if let Some(event) = event {
            self.inner.parts.store.add_health_event(run::note(event))?;
        }
        let mut board = loop {
            drop(self.inner.ends.submit()?);
            self.inner.parts.store.put_source_row(row.clone())?;
            let board = self.inner.board();
            match board.slots.get(id) {
                // A run has ended meanwhile, and its row may have been written first.
                Some(slot) if slot.row != row => row = slot.row.clone(),
                _ => break board,
            }
        };
        let Board { slots, turns } = &mut *board;
        let slot = slots.get_mut(id).ok_or_else(|| EngineError::NoSource(id.clone()))?;
        if slot.running.is_none() {
            slot.place(turns, self.inner.parts.seed);
        }
        let status = slot.status(turns);
        self.inner.wake.notify_one();
        Ok(status)
    }

    /// Adds a source, kept in the archive. Blocks on the store.
    ///
    /// # Errors
    ///
    /// When its id is taken, its plugin or params do not fit, or the store refuses.
    pub fn add_source(&self, config: SourceConfig) -> Result<SourceStatus, EngineError> {
        if self.inner.board().slots.contains_key(&config.id) {
            return Err(EngineError::Exists(config.id));
        }
        self.put_source(config)
    }

    /// Replaces a source that was made through the API. Blocks on the store.
    ///
    /// # Errors
    ///
    /// As [`Engine::add_source`], and when it is defined in a file or not at all.
    pub fn replace_source(&self, config: SourceConfig) -> Result<SourceStatus, EngineError> {
        self.check_own(&config.id)?;
        self.put_source(config)
    }

    fn put_source(&self, config: SourceConfig) -> Result<SourceStatus, EngineError> {
        self.check(&config)?;
        let definition = SourceDefinition {
            id: config.id.clone(),
            definition: serde_json::to_value(&config).expect("a source's configuration has string keys only"),
            updated: self.now(),
        };
        self.inner.parts.store.put_source_definition(definition)?;
        let id = config.id.clone();
        self.take_up_one(Configured { config, place: Place::Archive }, 1)?;
        self.inner.wake.notify_one();
        self.source(&id)
    }

    /// Removes a source that was made through the API; its findings stay. Blocks on the store.
    ///
    /// # Errors
    ///
    /// When it is defined in a file or not at all, or the store refuses.
    pub fn delete_source(&self, id: &SourceId) -> Result<(), EngineError> {
        self.check_own(id)?;
        self.inner.parts.store.delete_source_definition(id)?;
        self.inner.remove(id);
        Ok(())
    }

    /// A source that the API may change.
    fn check_own(&self, id: &SourceId) -> Result<(), EngineError> {
        match &self.source(id)?.defined {
            Place::Archive => Ok(()),
            Place::File { file, line } => {
                Err(EngineError::DefinedInFile { id: id.clone(), file: file.clone(), line: *line })
            }
        }
    }

    /// Whether plugin and params of a source fit together.
    ///
    /// # Errors
    ///
    /// What is wrong with it.
    pub fn check(&self, config: &SourceConfig) -> Result<(), SourceFault> {
        check_source(&self.inner.parts.catalog, config)
    }

    /// Puts other configured sources in force without dropping an open run. Blocks on the store.
    ///
    /// # Errors
    ///
    /// When the store refuses; sources taken up until then stay.
    pub fn reload(&self, configured: Vec<Configured>) -> Result<Reloaded, StoreError> {
        let before: BTreeMap<SourceId, Arc<Configured>> = self.inner.configured();
        self.take_up(configured)?;
        let after = self.inner.configured();
        let reloaded = Reloaded {
            added: after.keys().filter(|id| !before.contains_key(*id)).cloned().collect(),
            changed: after
                .iter()
                .filter(|(id, new)| before.get(*id).is_some_and(|old| old.config != new.config))
                .map(|(id, _)| id.clone())
                .collect(),
            removed: before.keys().filter(|id| !after.contains_key(*id)).cloned().collect(),
        };
        self.inner.wake.notify_one();
        Ok(reloaded)
    }

    /// Makes the sources of the file and of the archive the ones there are.
    fn take_up(&self, mut configured: Vec<Configured>) -> Result<(), StoreError> {
        for made in self.inner.parts.store.source_definitions()? {
            match serde_json::from_value::<SourceConfig>(made.definition) {
                Ok(config) if configured.iter().any(|known| known.config.id == config.id) => {
                    tracing::warn!(source.id = %config.id, "defined in the configuration file and through the API; the file wins");
                }
                Ok(config) => configured.push(Configured { config, place: Place::Archive }),
                Err(error) => {
                    tracing::error!(source.id = %made.id, %error, "a source made through the API cannot be read")
                }
            }
        }
        let gone: Vec<SourceId> = {
            let known: BTreeSet<&SourceId> = configured.iter().map(|known| &known.config.id).collect();
            let board = self.inner.board();
            board.slots.keys().filter(|id| !known.contains(id)).cloned().collect()
        };
        gone.iter().for_each(|id| self.inner.remove(id));
        let count = u32::try_from(configured.len()).unwrap_or(u32::MAX);
        configured.into_iter().try_for_each(|configured| self.take_up_one(configured, count))
    }

    fn take_up_one(&self, configured: Configured, count: u32) -> Result<(), StoreError> {
        let inner = &self.inner;
        let parts = &inner.parts;
        let schedule = schedule_of(&parts.catalog, &configured.config);
        let now = parts.clock.now();
        let row = match parts.store.source_row(&configured.config.id)? {
            Some(row) => Some(row),
            None => match &configured.config.renamed_from {
                // Its ids, state and history go on under the new name.
                Some(old) => {
                    parts.store.source_row(old)?.map(|row| SourceRow { source: configured.config.id.clone(), ..row })
                }
                None => None,
            },
        };
        let mut board = inner.board();
        let Board { slots, turns } = &mut *board;
        let id = configured.config.id.clone();
        match slots.get_mut(&id) {
            Some(slot) => slot.reconfigure(configured, schedule, now),
            None => {
                let slot = Slot::new(configured, schedule, row, parts.seed, now, count);
                slots.insert(id.clone(), slot);
            }
        }
        if let Some(slot) = slots.get(&id).filter(|slot| slot.running.is_none()) {
            slot.place(turns, parts.seed);
        }
        Ok(())
    }
}

/// Ends when `until` is reached; never without one.
async fn sleep_until(clock: &dyn Clock, until: Option<Timestamp>) {
    match until {
        Some(until) => clock.sleep_until(until).await,
        None => std::future::pending().await,
    }
}

/// Whether plugin and params of a source fit together.
///
/// # Errors
///
/// What is wrong with it.
pub fn check_source(catalog: &Catalog, config: &SourceConfig) -> Result<(), SourceFault> {
    let Some(plugin) = catalog.plugin(&config.plugin) else {
        return Err(unknown_plugin(catalog, config));
    };
    plugin.check_params(&config.params).map_err(SourceFault::Params)
}

fn unknown_plugin(catalog: &Catalog, config: &SourceConfig) -> SourceFault {
    let plugin = config.plugin.to_string();
    let problems = catalog.problems();
    if let Some(problem) = problems.iter().find(|problem| problem.may_be(&config.plugin)) {
        return SourceFault::Unloadable { plugin, problem: problem.to_string() };
    }
    let known = catalog.plugins();
    let nearest = nearest(&plugin, known.iter().map(|known| known.id.as_str())).map(str::to_owned);
    SourceFault::UnknownPlugin { plugin, nearest }
}

/// The source's own schedule, else the plugin's, else hourly.
fn schedule_of(catalog: &Catalog, config: &SourceConfig) -> Schedule {
    let of_plugin = || {
        let every = catalog.plugin(&config.plugin)?.manifest.schedule.every.clone()?;
        let every = tidings_model::parse_duration(&every).ok()?;
        Schedule::every(every).ok()
    };
    let hourly = || Schedule::every(DEFAULT_EVERY).expect("an hour is longer than the shortest interval");
    config.schedule.clone().or_else(of_plugin).unwrap_or_else(hourly)
}

impl Inner {
    pub(crate) fn board(&self) -> MutexGuard<'_, Board> {
        self.board.lock().expect("no thread panics while it holds the board")
    }

    pub(crate) fn understanding(&self) -> Arc<Understanding> {
        self.understanding.lock().expect("no thread panics while it holds the taxonomy").clone()
    }

    pub(crate) fn set_understanding(&self, understanding: Arc<Understanding>) {
        *self.understanding.lock().expect("no thread panics while it holds the taxonomy") = understanding;
        self.retagging.wake();
    }

    /// The right to change the taxonomy.
    pub(crate) fn taxonomy_turn(&self) -> MutexGuard<'_, ()> {
        // Nothing is half done where a change panicked: the store is what counts.
        self.changing_taxonomy.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives the index what was committed.
    pub(crate) fn hand_over(&self, committed: Committed) {
        if !committed.entries.is_empty() {
            self.parts.feed.hand_over(committed.entries);
        }
        if !committed.refreshed.is_empty() {
            self.parts.feed.refresh(committed.refreshed);
        }
    }

    /// Cancelled when the daemon stops.
    pub(crate) fn stopping(&self) -> CancellationToken {
        self.stop.child_token()
    }

    pub(crate) fn is_stopping(&self) -> bool {
        self.stop.is_cancelled()
    }

    fn configured(&self) -> BTreeMap<SourceId, Arc<Configured>> {
        self.board().slots.iter().map(|(id, slot)| (id.clone(), slot.configured.clone())).collect()
    }

    /// Starts runs while there are sources due and places free.
    fn start_due(self: &Arc<Self>) {
        let now = self.parts.clock.now();
        while !self.stop.is_cancelled() && self.runs.len() < self.parts.max_open {
            let Some(turn) = self.board().take_turn(now) else { break };
            let inner = self.clone();
            self.runs.spawn(async move {
                run::run_source(inner.clone(), turn).await;
                inner.wake.notify_one();
            });
        }
    }

    /// When the next source is due; `None` while no place is free or nothing waits.
    fn next_start(&self) -> Option<Timestamp> {
        if self.parts.max_open <= self.runs.len() {
            return None;
        }
        self.board().turns.next_start()
    }

    /// What is due, and what was never visited: a first pass need not be spread.
    fn take_all_due(&self) -> Vec<Turn> {
        let now = self.parts.clock.now();
        let mut board = self.board();
        let Board { slots, turns } = &mut *board;
        for slot in slots.values_mut().filter(|slot| slot.row.last_run.is_none()) {
            slot.bring_forward(now);
            slot.place(turns, self.parts.seed);
        }
        std::iter::from_fn(|| board.take_turn(now)).collect()
    }

    fn take_named(&self, named: &[SourceId]) -> Result<Vec<Turn>, EngineError> {
        let now = self.parts.clock.now();
        let mut board = self.board();
        if let Some(unknown) = named.iter().find(|id| !board.slots.contains_key(*id)) {
            return Err(EngineError::NoSource(unknown.clone()));
        }
        for id in named {
            board.turns.insert(Turn { source: id.clone(), start: now, reason: RunReason::Manual });
        }
        let mut turns = Vec::with_capacity(named.len());
        for id in named {
            // Named twice, it runs once.
            if let Some(turn) = board.turns.remove(id) {
                board.mark_running(&turn.source, now);
                turns.push(turn);
            }
        }
        Ok(turns)
    }

    fn remove(&self, id: &SourceId) {
        let mut board = self.board();
        board.turns.remove(id);
        board.slots.remove(id);
    }
}
