//! `tidings serve`: the daemon.

use std::net::SocketAddr;
use std::pin::Pin;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use tidings_alerts::Alerts;
use tidings_engine::{Engine, Reloaded};
use tidings_plugins::Catalog;
use tidings_query::Vocabulary;
use tidings_server::{AppState, NotSuggested, bind, may_listen};
use tokio::runtime::Handle;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use crate::cli::Global;
use crate::memory;
use crate::output::print_line;
use crate::scout::Scout;
use crate::wiring::{self, Daemon, load_config};

/// Longest that an orderly stop may take; what is not finished then is cut off and
/// goes on from the log at the next start.
const STOP_WITHIN: Duration = Duration::from_secs(9);

pub(crate) async fn run(global: &Global, api: &Handle) -> anyhow::Result<ExitCode> {
    let file = load_config(global)?;
    let daemon = Daemon::start(file).await?;
    let sources = daemon.engine.sources().len();
    let ready = |listen| print_line(&format!("tidings listens on http://{listen}, {sources} sources"));
    serve(daemon, global, api, ready, stop_signal()).await?;
    Ok(ExitCode::SUCCESS)
}

/// Runs the daemon until `stop` ends, its API and its alerts on the threads of `api`; calls `ready` with the address once it answers.
pub(crate) async fn serve(
    daemon: Daemon,
    global: &Global,
    api: &Handle,
    ready: impl FnOnce(SocketAddr) -> std::io::Result<()>,
    stop: impl Future<Output = ()>,
) -> anyhow::Result<()> {
    let listen = daemon.listen;
    let store = daemon.store.clone();
    tokio::task::spawn_blocking(move || may_listen(&store, listen)).await??;
    let listener = api.spawn(bind(listen)).await??;
    let listen = listener.local_addr().context("cannot tell the address of the API")?;
    let metrics = PrometheusBuilder::new().install_recorder();
    let metrics = metrics.context("cannot collect metrics")?;
    let reload = Reloader {
        global: global.clone(),
        engine: daemon.engine.clone(),
        alerts: daemon.alerts.clone(),
        catalog: daemon.catalog.clone(),
    };
    let app = AppState {
        engine: daemon.engine.clone(),
        alerts: daemon.alerts.clone(),
        store: daemon.store.clone(),
        index: daemon.index.clone(),
        feed: daemon.feed.clone(),
        catalog: daemon.catalog.clone(),
        listen,
        metrics: metrics.clone(),
        reload: reload.clone().into_call(),
        suggest: suggest_call(daemon.scout.clone()),
    };
    let closing = CancellationToken::new();
    // Messages are put into words and sent beside the visits too.
    let (alerts, alerts_end) = (daemon.alerts.clone(), closing.clone());
    let alerts = api.spawn(async move { alerts.run(alerts_end).await });
    let api = api.spawn(tidings_server::serve(listener, tidings_server::router(app), closing.clone()));
    let engine = daemon.engine.clone();
    let runs = tokio::spawn(async move { engine.serve().await });
    let upkeep = tokio::spawn(keep_up_metrics(metrics));
    let reloads = tokio::spawn(reload_on_signal(reload));
    let refreshes = tokio::spawn(refresh_plugins(daemon.catalog.clone(), daemon.engine.clone()));
    ready(listen)?;

    stop.await;
    tracing::info!("stopping");
    reloads.abort();
    upkeep.abort();
    refreshes.abort();
    daemon.engine.stop();
    closing.cancel();
    let orderly = async {
        runs.await.context("the scheduler stopped")?;
        api.await.context("the API stopped")?.context("the API stopped")?;
        alerts.await.context("the alerts stopped")?;
        daemon.end().await;
        anyhow::Ok(())
    };
    match tokio::time::timeout(STOP_WITHIN, orderly).await {
        Ok(ended) => ended,
        Err(_) => {
            tracing::warn!("stopped before everything had ended; it goes on from the log at the next start");
            Ok(())
        }
    }
}

/// Ends at SIGTERM, SIGINT or SIGQUIT.
pub(crate) async fn stop_signal() {
    let wait = |kind| async move {
        match signal(kind) {
            Ok(mut signals) => {
                signals.recv().await;
            }
            Err(error) => {
                tracing::error!(%error, "a signal cannot be listened for");
                std::future::pending().await
            }
        }
    };
    tokio::select! {
        () = wait(SignalKind::terminate()) => {}
        () = wait(SignalKind::interrupt()) => {}
        () = wait(SignalKind::quit()) => {}
    }
}

/// Reads the configuration again and puts it in force.
#[derive(Clone)]
struct Reloader {
    global: Global,
    engine: Engine,
    alerts: Alerts,
    catalog: Arc<Catalog>,
}

impl Reloader {
    async fn reload(&self) -> anyhow::Result<Reloaded> {
        let mut file = load_config(&self.global)?;
        let files = wiring::taxonomy_files(&file)?;
        self.catalog.refresh().await;
        wiring::check_sources(&file, &self.catalog)?;
        let dimensions = wiring::read_taxonomy(&file)?.taxonomy().dimensions();
        wiring::check_alerts(&file, &Vocabulary::new(dimensions))?;
        let settings = wiring::alert_settings(&file)?;
        let (engine, alerts) = (self.engine.clone(), self.alerts.clone());
        let reloaded = tokio::task::spawn_blocking(move || {
            engine.reload_taxonomy(files)?;
            alerts.set_settings(settings);
            alerts.configure(file.take_alerts())?;
            let reloaded = engine.reload(wiring::configured(file))?;
            memory::give_back();
            anyhow::Ok(reloaded)
        });
        reloaded.await?
    }

    fn into_call(self) -> tidings_server::Reload {
        Arc::new(move || {
            let reloader = self.clone();
            Box::pin(async move { reloader.reload().await.map_err(|error| format!("{error:#}")) })
                as Pin<Box<dyn Future<Output = Result<Reloaded, String>> + Send>>
        })
    }
}

/// The look at a site, as the API calls it: one at a time.
fn suggest_call(scout: Scout) -> tidings_server::Suggest {
    let turn = Arc::new(Semaphore::new(1));
    Arc::new(move |domain| {
        let (scout, turn) = (scout.clone(), turn.clone());
        Box::pin(async move {
            let _turn = turn.try_acquire().map_err(|_| NotSuggested::Busy)?;
            let found = scout.look(&domain).await.map_err(|error| NotSuggested::Failed(format!("{error:#}")))?;
            serde_json::to_value(found).map_err(|error| NotSuggested::Failed(error.to_string()))
        })
    })
}

/// SIGHUP reads the configuration again; a broken one leaves the old in force.
async fn reload_on_signal(reloader: Reloader) {
    let mut hangups = match signal(SignalKind::hangup()) {
        Ok(hangups) => hangups,
        Err(error) => return tracing::error!(%error, "SIGHUP cannot be listened for"),
    };
    while hangups.recv().await.is_some() {
        match reloader.reload().await {
            Ok(reloaded) => tracing::info!(
                added = reloaded.added.len(),
                changed = reloaded.changed.len(),
                removed = reloaded.removed.len(),
                "configuration reloaded"
            ),
            Err(error) => tracing::error!(
                error = format!("{error:#}"),
                "the new configuration is broken; the old one stays in force"
            ),
        }
    }
}

/// Sums up what histograms were given, which they would keep one by one while nobody asks for `/metrics`.
async fn keep_up_metrics(metrics: PrometheusHandle) {
    const EVERY: Duration = Duration::from_secs(300);
    loop {
        tokio::time::sleep(EVERY).await;
        metrics.run_upkeep();
    }
}

/// Looks for changed plugin files every few seconds.
async fn refresh_plugins(catalog: Arc<Catalog>, engine: Engine) {
    const EVERY: Duration = Duration::from_secs(2);
    let mut ticks = tokio::time::interval(EVERY);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        if catalog.refresh().await {
            engine.plugins_changed();
        }
    }
}
