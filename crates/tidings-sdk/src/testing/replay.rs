//! A recording, run through a plugin.

use std::path::{Path, PathBuf};

use tidings_protocol::RunRequest;

use super::player::{Kept, Player};
use super::recording;
use super::{Fault, Recording, Run};
use crate::Plugin;
use crate::glue::caught;
use crate::run::run;

/// A recording, ready to be run.
#[derive(Clone, Debug)]
pub struct Replay {
    dir: PathBuf,
    recording: Recording,
    kept: Kept,
    /// The visit before was run by the test itself.
    is_following: bool,
    fault: Fault,
}

impl Replay {
    /// Reads the recording in `dir`; a relative path begins at the package's root.
    ///
    /// # Panics
    ///
    /// When it cannot be read.
    #[track_caller]
    pub fn load(dir: impl AsRef<Path>) -> Self {
        let recording = recording::read(dir.as_ref());
        Self::of(dir.as_ref(), recording)
    }

    pub(crate) fn of(dir: &Path, recording: Recording) -> Self {
        let known = recording.known.iter().map(|key| (key.clone(), None)).collect();
        let kept = Kept { state: recording.state.clone(), known, ..Kept::default() };
        Self { dir: dir.to_owned(), recording, kept, is_following: false, fault: Fault::None }
    }

    /// The visit after `earlier`: finds its state and findings, or those of its last commit if it failed.
    pub fn following(mut self, earlier: &Run) -> Self {
        self.kept = earlier.kept.clone();
        self.is_following = true;
        self.recording.last_success = earlier.ended_well_at.or(self.recording.last_success);
        self
    }

    /// Lets something go wrong.
    pub fn with_fault(mut self, fault: Fault) -> Self {
        self.fault = fault;
        self
    }

    pub fn recording(&self) -> &Recording {
        &self.recording
    }

    /// Runs the plugin once.
    ///
    /// # Panics
    ///
    /// When the plugin asks for what was not recorded; the message lists the nearest
    /// addresses that were.
    #[track_caller]
    pub fn run<P: Plugin>(&self, plugin: &P) -> Run {
        let run = self.run_once(plugin);
        assert!(run.unknown.is_empty(), "{}", run.describe_unknown(&self.recording));
        for unused in &run.unused {
            eprintln!("warning: {}: {unused} was recorded, and not asked for", self.dir.display());
        }
        run
    }

    pub(crate) fn run_once<P: Plugin>(&self, plugin: &P) -> Run {
        if let Some(before) = self.recording.before(&self.dir).filter(|_| !self.is_following) {
            let earlier = Self::of(&before, recording::read(&before)).run_once(plugin);
            return self.clone().following(&earlier).run_once(plugin);
        }
        let mut player = Player::new(&self.dir, self.recording.clone(), self.kept.clone(), self.fault);
        let result = caught(|| run(plugin, self.request(), &mut player));
        Run::new(&self.dir, result, player, &self.recording)
    }

    /// Runs what is no [`Plugin`], e.g. a recipe, once.
    ///
    /// # Panics
    ///
    /// As [`Replay::run`].
    #[track_caller]
    pub fn run_with(&self, visit: impl FnOnce(&serde_json::Value, &mut crate::Ctx) -> crate::Result<()>) -> Run {
        let mut player = Player::new(&self.dir, self.recording.clone(), self.kept.clone(), self.fault);
        let result = caught(|| crate::embed::run_over(self.request(), &mut player, visit));
        let run = Run::new(&self.dir, result, player, &self.recording);
        assert!(run.unknown.is_empty(), "{}", run.describe_unknown(&self.recording));
        run
    }

    fn request(&self) -> RunRequest {
        RunRequest {
            run_id: "replay".to_owned(),
            source: "replay".to_owned(),
            params: self.recording.params.clone(),
            now: self.recording.now,
            reason: "manual".to_owned(),
            deadline_ms: 600_000,
            last_success: self.recording.last_success,
            dry_run: true,
        }
    }
}
