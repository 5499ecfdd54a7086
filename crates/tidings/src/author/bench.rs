//! A plugin on the bench: its real process and the real protocol, and nothing kept.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use serde_json::{Value, json};
use tempfile::TempDir;
use tidings_fetch::Fetcher;
use tidings_model::{Clock, ManualClock, SourceId, SystemClock};
use tidings_plugins::{Catalog, HIDDEN, Job, Origin, Playback, Plugin, RunEnd, Secret, Supervisor, Tape, WebFault};
use tidings_protocol::recording::Recording;
use tokio_util::sync::CancellationToken;

use super::artifact::{Artifact, Profile};
use super::collected::Collected;
use crate::cli::Global;
use crate::config::{Config, ConfigError, ConfigFile};
use crate::failure::Usage;
use crate::wiring::launcher;

/// One plugin, ready to be run.
pub(crate) struct Bench {
    pub(crate) plugin: Arc<Plugin>,
    pub(crate) artifact: Artifact,
    /// Where its recordings lie.
    pub(crate) recordings: PathBuf,
    config: Config,
    _scratch: TempDir,
}

/// One run of it, and all it did.
pub(crate) struct Visit {
    pub(crate) end: RunEnd,
    pub(crate) collected: Collected,
}

impl Bench {
    /// Takes up the plugin at `path`; a crate is built first.
    ///
    /// # Errors
    ///
    /// When it cannot be built or loaded, or its manifest is not sound.
    pub(crate) async fn load(global: &Global, path: &Path, profile: Profile) -> anyhow::Result<Self> {
        let config = config_or_default(global)?;
        let (artifact, root) = Artifact::at(path, profile)?;
        let scratch = tempfile::tempdir().context("cannot make a temporary folder")?;
        let name = match &artifact {
            Artifact::Library(_) => super::library_name("candidate"),
            other => other.path().file_name().unwrap_or_default().to_string_lossy().into_owned(),
        };
        let dir = scratch.path().join("plugins");
        artifact.put(&dir, &name).with_context(|| format!("cannot copy {}", artifact.path().display()))?;
        let store = scratch.path().join("store");
        let catalog = Catalog::discover(&[dir], &store, launcher()?, &config.plugins).await?;
        if let Some(problem) = catalog.problems().first() {
            bail!("{} is not loaded: {}", path.display(), problem.error);
        }
        let plugin = catalog.plugins().into_iter().next();
        let plugin = plugin.with_context(|| format!("there is no plugin in {}", path.display()))?;
        let recordings = artifact.recordings(&root, plugin.id.as_str());
        Ok(Self { plugin, artifact, recordings, config, _scratch: scratch })
    }

    /// The params given, else those of the example with this number, from 0.
    ///
    /// # Errors
    ///
    /// When they are no JSON, do not fit the schema, or there is no such example.
    pub(crate) fn params(&self, params: Option<&str>, example: usize) -> anyhow::Result<Value> {
        let examples = &self.plugin.manifest.examples;
        let params = match params {
            Some(text) => serde_json::from_str(text).map_err(|error| Usage(format!("--params: {error}")))?,
            None => examples.get(example).map(|example| example.params.clone()).ok_or_else(|| {
                Usage(format!("--example {example}: the plugin has {}, counted from 0", examples.len()))
            })?,
        };
        self.plugin.check_params(&params).map_err(|errors| {
            let errors: Vec<String> = errors.iter().map(ToString::to_string).collect();
            Usage(format!("--params: {}", errors.join("; ")))
        })?;
        Ok(params)
    }

    /// A visit of the live site, polite as ever; what it asks for is kept on `tape`.
    ///
    /// # Errors
    ///
    /// When fetcher or sandbox cannot be set up; how the run ended is in the answer.
    pub(crate) async fn live(
        &self,
        params: Value,
        grant_hosts: Vec<String>,
        tape: Option<Arc<Tape>>,
        mut collected: Collected,
    ) -> anyhow::Result<Visit> {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let fetcher = Fetcher::new(self.config.fetch.clone(), clock.clone(), None)?;
        let origin = match tape {
            Some(tape) => Origin::Taped(fetcher, tape),
            None => Origin::Web(fetcher),
        };
        let mut job = job("dry-run", params);
        job.grant_hosts = grant_hosts;
        let end = self.run(origin, clock, job, &mut collected, CancellationToken::new()).await?;
        Ok(Visit { end, collected })
    }

    /// A visit of the recording in `dir`, which `recording` was read from.
    ///
    /// # Errors
    ///
    /// When the sandbox cannot be set up; how the run ended is in the answer.
    pub(crate) async fn replay(
        &self,
        dir: &Path,
        recording: &Recording,
        fault: WebFault,
        trace: bool,
    ) -> anyhow::Result<(Visit, Arc<Playback>)> {
        let playback = Playback::new(dir, recording.clone(), fault);
        self.play(playback, dir, trace, CancellationToken::new()).await
    }

    /// As [`Bench::replay`], but the run is told to stop at the request behind `after` others.
    /// How long it took to end after that is in the answer, unless it ended before.
    ///
    /// # Errors
    ///
    /// When the sandbox cannot be set up.
    pub(crate) async fn stopped(
        &self,
        dir: &Path,
        recording: &Recording,
        after: usize,
    ) -> anyhow::Result<(Visit, Option<Duration>)> {
        let stop = CancellationToken::new();
        let playback = Playback::new(dir, recording.clone(), WebFault::None).stopping(stop.clone(), after);
        let (visit, playback) = self.play(playback, dir, false, stop).await?;
        Ok((visit, playback.stopped()))
    }

    /// How long a plugin may take to end once it is told to.
    pub(crate) fn grace(&self) -> Duration {
        self.config.plugins.grace
    }

    async fn play(
        &self,
        playback: Playback,
        dir: &Path,
        trace: bool,
        stop: CancellationToken,
    ) -> anyhow::Result<(Visit, Arc<Playback>)> {
        let playback = Arc::new(playback);
        let recording = playback.recording();
        let mut collected = Collected::after(recording, trace);
        let mut last_success = recording.last_success;
        if let Some(before) = recording.before(dir) {
            let earlier = Recording::read(&before)?;
            let ended_at = earlier.now;
            let (visit, _) = Box::pin(self.replay(&before, &earlier, WebFault::None, false)).await?;
            if visit.end.result.is_ok() {
                last_success = Some(ended_at);
            }
            collected = collected.following(visit.collected);
        }
        let mut job = job("replay", recording.params.clone());
        job.last_success = last_success;
        job.files_at = Some(recording.now);
        // What a plugin asks a secret for is recorded, the secret is not.
        let secrets = self.plugin.manifest.capabilities.secrets.iter();
        job.secrets = secrets.map(|name| (name.clone(), Secret::new(HIDDEN))).collect();
        self.grant(dir, recording, &mut job.params);
        let clock: Arc<dyn Clock> = Arc::new(ManualClock::new(recording.now));
        let end = self.run(Origin::Recorded(playback.clone()), clock, job, &mut collected, stop).await?;
        Ok((Visit { end, collected }, playback))
    }

    /// A folder of the recording stands for the one that the params name.
    fn grant(&self, dir: &Path, recording: &Recording, params: &mut Value) {
        let pointer = self.plugin.manifest.capabilities.folder_from_params.as_deref();
        if let (Some(folder), Some(place)) =
            (&recording.folder, pointer.and_then(|pointer| params.pointer_mut(pointer)))
        {
            *place = json!(std::path::absolute(dir.join(folder)).unwrap_or_else(|_| dir.join(folder)));
        }
    }

    async fn run(
        &self,
        origin: Origin,
        clock: Arc<dyn Clock>,
        job: Job,
        collected: &mut Collected,
        stop: CancellationToken,
    ) -> anyhow::Result<RunEnd> {
        let supervisor = Supervisor::new(self.config.plugins.clone(), launcher()?, origin, clock);
        let end = supervisor.run(&self.plugin, job, collected, stop).await;
        if end.result.is_ok() {
            collected.cover();
        }
        Ok(end)
    }
}

/// The same ids as in the replays of the SDK, so that both expect the same.
fn job(run_id: &str, params: Value) -> Job {
    let source: SourceId = run_id.parse().expect("a fixed source id is valid");
    let mut job = Job::new(run_id, source, params);
    job.dry_run = true;
    job
}

/// An author's machine may have no configuration; a broken one is still told.
pub(crate) fn config_or_default(global: &Global) -> Result<Config, ConfigError> {
    match ConfigFile::load(&global.config) {
        Ok(file) => Ok(file.config),
        Err(ConfigError::Missing { .. }) => Ok(Config::default()),
        Err(error) => Err(error),
    }
}
