//! Runs plugins: one process a run, started, served, bounded, ended.

use std::sync::Arc;
use std::time::Duration;

use tidings_model::Clock;
use tidings_protocol::{Error, Manifest, Method, RunReport, RunRequest, Sandbox, code};
use tokio_util::sync::CancellationToken;

use crate::artifact::Artifact;
use crate::calls::Calls;
use crate::config::PluginsConfig;
use crate::job::{Job, RunEnd};
use crate::launcher::Launcher;
use crate::params::ParamsError;
use crate::plugin::{Form, Plugin};
use crate::process::{ChildLimits, Exit, Log, Pool, Process, Usage};
use crate::run::{Bounds, Conversation, Ending, Folder, RUN, Slot, Slots, Watch, classify, greet};
use crate::web::{Bodies, Origin, Web};

/// How long a process that has answered may take to end.
const DRAIN: Duration = Duration::from_secs(2);

/// How many runs one process of a stateless plugin serves: what leaks, leaks within bounds.
const RUNS: u32 = 1_000;

/// A process that holds more between its runs, in bytes, is not kept for another.
const KEPT_MEMORY: u64 = 64 << 20;

/// Runs plugins, with the bounds that all runs share. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Supervisor {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    config: PluginsConfig,
    launcher: Launcher,
    origin: Origin,
    clock: Arc<dyn Clock>,
    slots: Slots,
    bodies: Bodies,
    pool: Arc<Pool>,
}

/// What is known of a run's process once it has ended.
struct Ended {
    result: Result<RunReport, Error>,
    usage: Usage,
    log_tail: String,
    sandbox: Option<Sandbox>,
}

impl Supervisor {
    pub fn new(config: PluginsConfig, launcher: Launcher, origin: impl Into<Origin>, clock: Arc<dyn Clock>) -> Self {
        let slots = Slots::new(config.max_open, config.max_active);
        let bodies = Bodies::new(config.max_bodies.as_u64());
        let pool = Arc::default();
        Self { shared: Arc::new(Shared { config, launcher, origin: origin.into(), clock, slots, bodies, pool }) }
    }

    /// Visits the place of one source once: entry requests first, then, unless they
    /// show that nothing changed, the plugin in a process of its own.
    ///
    /// Waits for a slot, without bound: runs queue here. Once `cancel` is cancelled
    /// the plugin has the configured grace to stop; then its process group is
    /// killed. When the returned future is dropped, it is killed at once. Either way
    /// no process is left behind. The engine sees to it that a source has one run at
    /// a time, and does not run `job`s of unknown params.
    pub async fn run(
        &self,
        plugin: &Arc<Plugin>,
        job: Job,
        calls: &mut impl Calls,
        cancel: CancellationToken,
    ) -> RunEnd {
        if let Err(errors) = plugin.check_params(&job.params) {
            return RunEnd::without_process(Err(invalid(&errors)));
        }
        let shared = &*self.shared;
        let web = Web::new(&shared.origin, &shared.bodies, &shared.config, &plugin.manifest, &job);
        let prepared = async {
            let mut slot = shared.slots.open().await;
            let entries = web.ask_entries(plugin).await;
            if !entries.unchanged {
                slot.activate().await;
            }
            (slot, entries)
        };
        let prepared = cancel.run_until_cancelled(prepared).await;
        let Some((mut slot, entries)) = prepared else {
            let mut end = RunEnd::without_process(Err(cancelled()));
            end.fetched = web.fetched();
            return end;
        };
        if entries.unchanged {
            let mut end = RunEnd::without_process(Ok(RunReport::default()));
            (end.unchanged, end.fetched, end.validators) = (true, web.fetched(), entries.validators);
            return end;
        }
        if let Err(error) = calls.start().await {
            return RunEnd::without_process(Err(error));
        }
        // On the heap, since it is large, and most visits come to an end without it.
        let ended = Box::pin(shared.process(plugin, &job, calls, &web, &mut slot, cancel)).await;
        let is_whole = ended.result.as_ref().is_ok_and(|report| !report.more && !report.beyond_entry);
        RunEnd {
            unchanged: false,
            fetched: web.fetched(),
            validators: entries.validators.filter(|_| is_whole),
            cpu: ended.usage.cpu,
            max_rss: ended.usage.max_rss,
            log_tail: ended.log_tail,
            sandbox: ended.sandbox,
            result: ended.result,
        }
    }
}

impl Shared {
    async fn process(
        &self,
        plugin: &Plugin,
        job: &Job,
        calls: &mut impl Calls,
        web: &Web<'_>,
        slot: &mut Slot,
        cancel: CancellationToken,
    ) -> Ended {
        let allowance = plugin.artifact.allowance();
        let limits = limits(&self.config, plugin);
        let runtime = runtime(&self.config, &plugin.manifest, job);
        let mut worker = match self.pool.worker(&self.launcher, &plugin.artifact, limits).await {
            Ok(worker) => worker,
            Err(error) => return Ended::unstarted(&error),
        };
        let log = Log::read(worker.stderr, job.source.to_string());
        let memory = worker.process.memory().clone();
        let watch = Watch::new(memory, cancel.clone(), runtime, limits.memory_mb << 20, self.config.grace);
        let greeted = match worker.sandbox.take() {
            Some(enforced) => Some(Ok(enforced)),
            None => {
                let greeted = greet(&mut worker.link, limits, self.config.handshake * allowance);
                cancel.run_until_cancelled(greeted).await
            }
        };
        let ending = match greeted {
            None => Ending::Interrupted(crate::run::Interrupt::Cancelled),
            Some(Err(ending)) => ending,
            Some(Ok(enforced)) => {
                worker.sandbox = Some(enforced);
                worker.process.memory().look_if_untold();
                let link = &mut worker.link;
                // A plugin that has gone is seen at the next read.
                link.request(Some(RUN), Method::Run, &self.request(job, runtime)).await.unwrap_or_default();
                let folder = Folder::granted(&plugin.manifest, job);
                let stall = self.config.stall;
                Conversation { link, calls, web, folder, slot: &mut *slot, watch, stall }.serve().await
            }
        };
        worker.process.memory().look_if_untold();
        let sandbox = worker.sandbox.clone();
        if worker.runs != 1
            && let Ending::Answered(result @ Ok(_)) = ending
        {
            let usage = worker.process.usage();
            let (log, stderr) = log.pause().await;
            if let Some(stderr) = stderr.filter(|_| usage.max_rss <= KEPT_MEMORY) {
                (worker.stderr, worker.runs) = (stderr, worker.runs - 1);
                self.pool.keep(worker);
            }
            return Ended { result, usage, log_tail: log.text(), sandbox };
        }
        // Its reader ends the process when it sees this.
        drop(worker.link);
        let patience = if matches!(ending, Ending::Answered(_) | Ending::Silent) { DRAIN } else { Duration::ZERO };
        let exit = worker.process.end(patience).await;
        let log = log.end().await;
        let bounds = Bounds { runtime, stall: self.config.stall, cpu_s: limits.cpu_s, memory_mb: limits.memory_mb };
        match exit {
            Ok(exit) => {
                let result = classify(ending, &exit, &log, &bounds);
                Ended { result, usage: exit.usage, log_tail: log.text(), sandbox }
            }
            Err(error) => Ended::unstarted(&error),
        }
    }

    fn request(&self, job: &Job, runtime: Duration) -> RunRequest {
        RunRequest {
            run_id: job.run_id.clone(),
            source: job.source.to_string(),
            params: job.params.clone(),
            now: self.clock.now(),
            reason: job.reason.as_str().to_owned(),
            deadline_ms: u64::try_from(runtime.as_millis()).unwrap_or(u64::MAX),
            last_success: job.last_success,
            dry_run: job.dry_run,
        }
    }
}

impl Ended {
    fn unstarted(error: &std::io::Error) -> Self {
        let error = Error::new(code::PLUGIN_ERROR, format!("cannot start the plugin's process: {error}"));
        Self { result: Err(error), usage: Usage::default(), log_tail: String::new(), sandbox: None }
    }
}

/// Asks `artifact` for its manifest.
///
/// # Errors
///
/// A `load` error; one of any other kind says that it cannot describe itself.
pub(crate) async fn describe(
    config: &PluginsConfig,
    launcher: &Launcher,
    artifact: &Artifact,
) -> Result<Manifest, Error> {
    let limits = most(config, artifact.allowance());
    let handshake = config.handshake * artifact.allowance();
    let unstarted = |error| Error::new(code::LOAD_DESCRIBE_FAILED, format!("cannot start a process: {error}"));
    let (process, mut link, stderr) = Process::start(launcher, artifact, limits).await.map_err(unstarted)?;
    let log = Log::read(stderr, artifact.path().display().to_string());
    let ending = match greet(&mut link, limits, handshake).await {
        Ok(_) => crate::run::ask_manifest(&mut link, handshake).await,
        Err(ending) => ending.of_other(),
    };
    drop(link);
    let patience = if matches!(ending, Ending::Answered(_) | Ending::Silent) { DRAIN } else { Duration::ZERO };
    let exit: Exit = process.end(patience).await.map_err(unstarted)?;
    let log = log.end().await;
    let bounds = Bounds { runtime: handshake, stall: handshake, cpu_s: limits.cpu_s, memory_mb: limits.memory_mb };
    classify(ending, &exit, &log, &bounds).map_err(|mut error| {
        if !error.code.starts_with("load.") && error.code != code::CONFIG_INVALID {
            error.message = format!("it cannot describe itself: {} ({})", error.message, error.code);
            code::LOAD_DESCRIBE_FAILED.clone_into(&mut error.code);
            error.retryable = false;
        }
        error
    })
}

/// Starts a child without a plugin and asks it what the sandbox enforces here.
///
/// # Errors
///
/// When the launcher cannot be started, or is no plugin host.
pub async fn probe_sandbox(config: &PluginsConfig, launcher: &Launcher) -> Result<Sandbox, Error> {
    let limits = most(config, 1);
    let nothing = Artifact::File { path: launcher.exe.clone(), form: Form::Native };
    let started = Process::start(launcher, &nothing, limits).await;
    let (process, mut link, stderr) = started.map_err(|error| {
        Error::new(code::LOAD_DESCRIBE_FAILED, format!("cannot start {}: {error}", launcher.exe.display()))
    })?;
    let log = Log::read(stderr, "doctor".to_owned());
    let greeted = greet(&mut link, limits, config.handshake).await;
    drop(link);
    let ended = process.end(DRAIN).await;
    let log = log.end().await;
    greeted.map_err(|ending| match ending {
        Ending::Broken(error) => error,
        _ => {
            let status = ended.map_or_else(|error| error.to_string(), |exit| exit.status.to_string());
            let said = log.last().unwrap_or_default();
            Error::new(code::LOAD_DESCRIBE_FAILED, format!("the plugin host ended ({status}): {said}"))
        }
    })
}

fn limits(config: &PluginsConfig, plugin: &Plugin) -> ChildLimits {
    let most = most(config, plugin.artifact.allowance());
    let memory_mb = plugin.manifest.capabilities.max_memory_mb.unwrap_or(u64::MAX).clamp(32, most.memory_mb);
    ChildLimits { memory_mb, runs: if plugin.is_stateless() { RUNS } else { 1 }, ..most }
}

/// What no manifest goes beyond.
fn most(config: &PluginsConfig, allowance: u32) -> ChildLimits {
    let memory_mb = (config.memory.as_u64() >> 20).max(32) * u64::from(allowance);
    ChildLimits { sandbox: config.sandbox, cpu_s: config.cpu.as_secs() * u64::from(allowance), memory_mb, runs: 1 }
}

/// The plugin's own bound where it has one, else the configuration's; a job may only shorten it.
fn runtime(config: &PluginsConfig, manifest: &Manifest, job: &Job) -> Duration {
    let runtime = manifest.capabilities.max_runtime_s.map_or(config.max_runtime, Duration::from_secs);
    job.deadline.map_or(runtime, |deadline| deadline.min(runtime))
}

fn invalid(errors: &[ParamsError]) -> Error {
    let said: Vec<String> = errors.iter().map(ToString::to_string).collect();
    let mut error = Error::new(code::CONFIG_INVALID, said.join("; "));
    error.data.pointer = errors.first().map(|first| first.pointer.clone());
    error
}

fn cancelled() -> Error {
    Error::new(code::CANCELLED, "the run was cancelled")
}
