//! What a replayed run did, and what a test may say of it.

use std::fmt::Debug;
use std::ops::RangeBounds;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde_json::{Value, json};
use tidings_protocol::{Finding, LogLine, Outcome, RunReport, Skip};

use super::Recording;
use super::player::{Kept, Player};
use crate::Result;

/// Set it to have `expected.json` written instead of compared.
const BLESS: &str = "TIDINGS_BLESS";

/// What a replayed run did.
#[derive(Debug)]
pub struct Run {
    dir: PathBuf,
    result: Result<RunReport>,
    findings: Vec<Emitted>,
    skipped: Vec<Skip>,
    log: Vec<LogLine>,
    requests: Vec<String>,
    pub(crate) calls: usize,
    pub(crate) unknown: Vec<String>,
    pub(crate) unused: Vec<String>,
    pub(crate) kept: Kept,
    pub(crate) ended_well_at: Option<Timestamp>,
}

/// A finding as the daemon would get it, and what it would have answered.
#[derive(Clone, Debug, PartialEq)]
pub struct Emitted {
    pub outcome: Outcome,
    pub finding: Finding,
}

impl Run {
    pub(crate) fn new(dir: &Path, result: Result<RunReport>, mut player: Player, recording: &Recording) -> Self {
        if result.is_ok() {
            player.cover();
        }
        let is_unused =
            |(exchange, used): (&super::Exchange, &usize)| (*used == 0).then(|| exchange.request.url.clone());
        let unused = recording.interactions.iter().zip(&player.used).filter_map(is_unused).collect();
        Self {
            dir: dir.to_owned(),
            ended_well_at: result.is_ok().then_some(recording.now),
            result,
            findings: player.emitted,
            skipped: player.skipped,
            log: player.log,
            requests: player.requests,
            calls: player.calls,
            unknown: player.unknown,
            unused,
            kept: player.committed,
        }
    }

    /// What the run answered.
    pub fn result(&self) -> &Result<RunReport> {
        &self.result
    }

    /// In the order emitted.
    pub fn findings(&self) -> &[Emitted] {
        &self.findings
    }

    pub fn skipped(&self) -> &[Skip] {
        &self.skipped
    }

    pub fn log(&self) -> &[LogLine] {
        &self.log
    }

    /// The addresses asked for, in order.
    pub fn requests(&self) -> &[String] {
        &self.requests
    }

    /// State as the next run would find it.
    pub fn state(&self, key: &str) -> Option<&Value> {
        self.kept.state.get(key)
    }

    /// # Panics
    ///
    /// When the run failed.
    #[track_caller]
    pub fn assert_ok(&self) -> &Self {
        if let Err(error) = &self.result {
            panic!("{}: the run failed: {error}", self.dir.display());
        }
        self
    }

    /// # Panics
    ///
    /// When the run failed, or emitted more or fewer findings.
    #[track_caller]
    pub fn assert_findings(&self, count: impl RangeBounds<usize> + Debug) -> &Self {
        self.assert_ok();
        let found = self.findings.len();
        assert!(count.contains(&found), "{}: {found} findings, expected {count:?}", self.dir.display());
        self
    }

    /// # Panics
    ///
    /// When the run ended well, or with another code.
    #[track_caller]
    pub fn assert_error(&self, code: &str) -> &Self {
        match &self.result {
            Ok(report) => panic!("{}: expected `{code}`, but the run ended well: {report:?}", self.dir.display()),
            Err(error) => assert_eq!(error.code(), code, "{}: {error}", self.dir.display()),
        }
        self
    }

    /// Compares all that the run did with `expected.json`; writes it where the
    /// environment variable `TIDINGS_BLESS` is set.
    ///
    /// # Panics
    ///
    /// When they differ; the message names the first line that does.
    #[track_caller]
    pub fn assert_snapshot(&self) -> &Self {
        self.compare(std::env::var_os(BLESS).is_some())
    }

    #[track_caller]
    fn compare(&self, bless: bool) -> &Self {
        let path = self.dir.join("expected.json");
        let actual = format!("{:#}\n", self.to_json());
        if bless {
            std::fs::write(&path, actual).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            return self;
        }
        let expected = std::fs::read_to_string(&path)
            .unwrap_or_else(|error| panic!("{}: {error}; write it with {BLESS}=1", path.display()));
        let lines = expected.lines().map(Some).chain(std::iter::repeat(None));
        let differs = actual.lines().map(Some).chain([None]).zip(lines).enumerate().find(|(_, (a, e))| a != e);
        if let Some((line, (actual, expected))) = differs {
            panic!(
                "{}:{}: expected `{}`, got `{}`; if that is right, write it with {BLESS}=1",
                path.display(),
                line + 1,
                expected.unwrap_or("nothing more").trim(),
                actual.unwrap_or("nothing more").trim(),
            );
        }
        self
    }

    fn to_json(&self) -> Value {
        let mut whole = json!({
            "findings": self.findings.iter().map(Emitted::to_json).collect::<Vec<_>>(),
            "requests": self.requests,
        });
        match &self.result {
            Ok(report) => whole["report"] = json!(report),
            Err(error) => whole["error"] = json!(error.wire()),
        }
        if !self.skipped.is_empty() {
            whole["skipped"] = json!(self.skipped);
        }
        if !self.kept.state.is_empty() {
            whole["state"] = json!(self.kept.state);
        }
        whole
    }

    /// What was asked for though it was not recorded, each with what is nearest to it.
    pub(crate) fn describe_unknown(&self, recording: &Recording) -> String {
        let mut message = format!("{}: the plugin asked for what was not recorded", self.dir.display());
        for url in &self.unknown {
            let nearest = recording.nearest(url);
            let known = nearest.iter().fold(String::new(), |list, known| format!("{list}\n    {known}"));
            message = format!("{message}\n  {url}\n  nearest:{known}");
        }
        message
    }
}

impl Emitted {
    fn to_json(&self) -> Value {
        let mut finding = json!(self.finding);
        finding["outcome"] = json!(self.outcome);
        finding
    }
}
