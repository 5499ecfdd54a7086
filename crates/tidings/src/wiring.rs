//! Puts the daemon together: the only place that knows all crates.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::Context;
use tidings_alerts::{Alerts, Settings, SettingsError};
use tidings_engine::{
    Configured, Engine, IndexFeed, Merged, Parts, Place, SourceFault, Understanding, Visitor, check_source, follow,
};
use tidings_fetch::{CrawlEvent, Fetcher, Notes};
use tidings_index::Index;
use tidings_match::taxonomy_file::{self, FileText, TaxonomyFileError};
use tidings_model::{Clock, SourceId, SystemClock};
use tidings_plugins::{Catalog, Launcher, Supervisor, search_dirs};
use tidings_query::Vocabulary;
use tidings_scheduler::Seed;
use tidings_store::{CrawlEntry, Store, StoreError};
use tokio::sync::mpsc;
use tokio::task::JoinHandle as Task;
use tokio_util::sync::CancellationToken;

use crate::cli::Global;
use crate::config::{ConfigError, ConfigFile, Step};
use crate::failure::{WrongAlert, WrongSource};
use crate::memory;
use crate::scout::Scout;

/// Crawl events that may wait to be written; more are counted and dropped by the fetcher.
const CRAWL_QUEUE: usize = 4_096;
/// How long the first of them waits for others, so that they share a transaction.
const CRAWL_LINGER: Duration = Duration::from_secs(1);

/// Everything that `serve`, `once` and `demo` run on.
pub(crate) struct Daemon {
    /// Where the API is to answer.
    pub(crate) listen: SocketAddr,
    pub(crate) engine: Engine,
    pub(crate) alerts: Alerts,
    pub(crate) store: Store,
    pub(crate) index: Index,
    pub(crate) feed: IndexFeed,
    pub(crate) catalog: Arc<Catalog>,
    pub(crate) scout: Scout,
    index_thread: JoinHandle<()>,
    crawl_task: Task<()>,
    /// Lets the crawl log wait no longer.
    crawl_ends: CancellationToken,
}

/// The configuration named on the command line, with its flags on top.
pub(crate) fn load_config(global: &Global) -> Result<ConfigFile, ConfigError> {
    let mut file = ConfigFile::load(&global.config)?;
    if let Some(data_dir) = &global.data_dir {
        file.config.daemon.data_dir.clone_from(data_dir);
    }
    file.config.plugins.dirs = global.plugin_dir.iter().cloned().chain(file.config.plugins.dirs).collect();
    Ok(file)
}

/// How a plugin's process is started: this very program.
pub(crate) fn launcher() -> anyhow::Result<Launcher> {
    Ok(Launcher::plugin_host(std::env::current_exe().context("cannot tell where this program lies")?))
}

/// The plugins that this configuration can use.
pub(crate) async fn discover(file: &ConfigFile) -> anyhow::Result<Catalog> {
    let data_dir = &file.config.daemon.data_dir;
    let launcher = launcher()?;
    let dirs = search_dirs(&file.config.plugins.dirs, data_dir, &launcher.exe);
    let copies = data_dir.join("plugins").join(".store");
    Catalog::discover(&dirs, &copies, launcher, &file.config.plugins).await.context("cannot look for plugins")
}

/// The taxonomy files of the configuration, as they are.
pub(crate) fn taxonomy_files(file: &ConfigFile) -> Result<Vec<FileText>, TaxonomyFileError> {
    taxonomy_file::load(file.taxonomy_files())
}

/// The taxonomy of the configuration, with what was made through the API on top where there is an archive.
pub(crate) fn read_taxonomy(file: &ConfigFile) -> anyhow::Result<Merged> {
    let made = match Store::open_read_only(&file.config.daemon.data_dir) {
        Ok(store) => store.made_taxonomy()?,
        // Nothing was ever made there.
        Err(StoreError::Missing { .. } | StoreError::OlderSchema { .. }) => String::new(),
        Err(error) => return Err(error.into()),
    };
    Ok(Merged::read(taxonomy_files(file)?, made)?)
}

/// The sources of the configuration, with where they stand.
pub(crate) fn configured(file: ConfigFile) -> Vec<Configured> {
    let lines = file.lines_of_sources().into_iter().chain(std::iter::repeat(1));
    let path = file.path;
    let sources = file.config.source.into_iter().zip(lines);
    sources.map(|(config, line)| Configured { config, place: Place::File { file: path.clone(), line } }).collect()
}

/// Checks every source of the configuration against its plugin.
///
/// # Errors
///
/// The first that cannot work, with its place.
pub(crate) fn check_sources(file: &ConfigFile, catalog: &Catalog) -> Result<(), WrongSource> {
    for (index, source) in file.config.source.iter().enumerate() {
        if let Err(fault) = check_source(catalog, source) {
            let at = fault_position(file, index, &fault);
            return Err(WrongSource { at, id: source.id.clone(), fault });
        }
    }
    Ok(())
}

/// Checks every alert of the configuration.
///
/// # Errors
///
/// The first that cannot stand, with its place.
pub(crate) fn check_alerts(file: &ConfigFile, vocabulary: &Vocabulary) -> Result<(), WrongAlert> {
    for (index, alert) in file.config.alert.iter().enumerate() {
        let checked = alert.check_targets(&file.config.alerts).and_then(|()| alert.check(vocabulary));
        if let Err(fault) = checked {
            let at = file.position(&[Step::Key("alert"), Step::Index(index), Step::Key(fault.key())]);
            return Err(WrongAlert { at, id: alert.id.clone(), fault });
        }
    }
    Ok(())
}

/// What all alerts share: channels and templates, made ready.
pub(crate) fn alert_settings(file: &ConfigFile) -> Result<Settings, SettingsError> {
    Settings::new(file.config.alerts.clone(), file.templates().as_deref())
}

fn fault_position(file: &ConfigFile, index: usize, fault: &SourceFault) -> crate::config::Position {
    let mut steps = vec![Step::Key("source"), Step::Index(index)];
    match fault {
        SourceFault::Params(errors) => {
            steps.push(Step::Key("params"));
            let pointer = errors.first().map_or("", |error| error.pointer.as_str());
            for step in pointer.split('/').skip(1) {
                steps.push(step.parse().map_or(Step::Key(step), Step::Index));
            }
        }
        _ => steps.push(Step::Key("plugin")),
    }
    file.position(&steps)
}

/// Where the index lies.
pub(crate) fn index_dir(data_dir: &Path) -> PathBuf {
    data_dir.join("index")
}

impl Daemon {
    /// Opens store, index and plugins, and takes up the sources.
    pub(crate) async fn start(file: ConfigFile) -> anyhow::Result<Self> {
        let files = taxonomy_files(&file)?;
        check_alerts(&file, &Vocabulary::new(read_taxonomy(&file)?.taxonomy().dimensions()))?;
        let settings = alert_settings(&file)?;
        let data_dir = file.config.daemon.data_dir.clone();
        let store = Store::open(&data_dir)?;
        let catalog = Arc::new(discover(&file).await?);
        check_sources(&file, &catalog)?;
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let (index, opened) = Index::open(&index_dir(&data_dir), store.epoch(), clock.clone())?;
        let understanding = Understanding::take_up(&store, files, clock.now())?;
        let (feed, index_thread) = follow(store.clone(), index.clone(), opened);
        let (events, inbox) = mpsc::channel(CRAWL_QUEUE);
        let fetch = file.config.fetch.clone();
        let notes = Notes::open(&data_dir.join("fetch.db"), fetch.cache)?;
        let fetcher = Fetcher::with_notes(fetch, clock.clone(), Some(events), notes)?;
        let crawl_ends = CancellationToken::new();
        let crawl_task = tokio::spawn(keep_crawl_log(store.clone(), inbox, crawl_ends.clone()));
        let supervisor = Arc::new(Supervisor::new(file.config.plugins.clone(), launcher()?, fetcher, clock.clone()));
        let scout = Scout { supervisor: supervisor.clone(), catalog: catalog.clone() };
        let parts = Parts {
            store: store.clone(),
            feed: feed.clone(),
            catalog: catalog.clone(),
            visitor: Visitor::Supervisor(supervisor),
            clock: clock.clone(),
            understanding,
            seed: seed(&store),
            max_open: file.config.plugins.max_open as usize,
        };
        let listen = file.config.daemon.listen;
        let mut file = file;
        let alerts = file.take_alerts();
        let engine = Engine::new(parts, configured(file))?;
        let alerts = Alerts::start(alert_parts(&store, clock, settings, &engine), alerts)?;
        memory::give_back();
        Ok(Self { listen, engine, alerts, store, index, feed, catalog, scout, index_thread, crawl_task, crawl_ends })
    }

    /// Lets index and crawl log finish. Every other handle on the engine must be gone by now.
    pub(crate) async fn end(self) {
        let Self { engine, alerts, feed, scout, index_thread, crawl_task, crawl_ends, .. } = self;
        feed.settle().await;
        drop((engine, alerts, feed, scout));
        if tokio::task::spawn_blocking(move || index_thread.join()).await.is_err() {
            tracing::error!("the index thread could not be waited for");
        }
        crawl_ends.cancel();
        if crawl_task.await.is_err() {
            tracing::error!("the crawl log could not be finished");
        }
    }
}

fn alert_parts(store: &Store, clock: Arc<dyn Clock>, settings: Settings, engine: &Engine) -> tidings_alerts::Parts {
    let engine = engine.clone();
    let vocabulary = Arc::new(move || Vocabulary::new(engine.dimensions()));
    tidings_alerts::Parts { store: store.clone(), clock, settings, vocabulary }
}

/// Two installations get two seeds, so that they do not visit a host in step.
fn seed(store: &Store) -> Seed {
    Seed(store.epoch().0.as_u64_pair().1)
}

/// Writes the fetcher's events to the crawl log, many at a time.
async fn keep_crawl_log(store: Store, mut inbox: mpsc::Receiver<CrawlEvent>, ends: CancellationToken) {
    let mut events = Vec::new();
    while let Some(first) = inbox.recv().await {
        events.push(first);
        // None where the daemon ends: then there is no time to wait.
        ends.run_until_cancelled(tokio::time::sleep(CRAWL_LINGER)).await.unwrap_or_default();
        while let Ok(event) = inbox.try_recv() {
            events.push(event);
        }
        let entries: Vec<CrawlEntry> = events.drain(..).map(crawl_entry).collect();
        let kept = match store.crawl(entries) {
            Ok(pending) => pending.await,
            Err(error) => Err(error),
        };
        if let Err(error) = kept {
            tracing::error!(%error, "entries of the crawl log are lost");
        }
    }
}

fn crawl_entry(event: CrawlEvent) -> CrawlEntry {
    CrawlEntry {
        at: event.at,
        source: event.source.and_then(|id| SourceId::try_from(id).ok()),
        url: event.url.to_string(),
        method: event.method.to_string(),
        status: event.status,
        bytes: event.bytes,
        duration_ms: event.duration_ms,
        cache: Some(event.cache.as_str().to_owned()),
        reason: event.reason,
    }
}
