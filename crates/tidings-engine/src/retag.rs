//! Tagging the archive again, page by page, while ingest goes first.
//!
//! How far it has come is kept by the store, with what it has written: a process that ends
//! in the middle, or is killed, goes on there. Nobody is alerted by it.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use serde::Serialize;
use tidings_match::Tagger;
use tidings_model::{Clock, CompetitorTag, Finding, Tag};
use tidings_store::{Decided, LogNumber, PassState, RetagBatch, RetagPass, Store, StoreError, ToRetag};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::{Engine, EngineError, IndexFeed};

/// Findings of a page, and bytes of their texts: about a tenth of a second of work.
const PAGE_FINDINGS: usize = 500;
const PAGE_BYTES: usize = 2 << 20;
/// Longest that the tags of one page are decided; the rest of it is for the next.
const PAGE_LASTS: Duration = Duration::from_millis(400);
/// How many times as long as its page lasted it rests while ingest commits.
const GIVE_WAY: u32 = 3;
/// Pause after a failure.
const RETRY_AFTER: Duration = Duration::from_secs(5);
/// How often a quiet tagger looks for findings that a run has tagged by an earlier taxonomy.
const IDLE_LOOK: Duration = Duration::from_secs(30);
/// Pause until a taxonomy that is in force in the store is so in memory too.
const CATCH_UP: Duration = Duration::from_millis(50);
/// Before the number of a pass, in the id of its task.
const TASK: &str = "retag-";

/// Work in the background, as the API shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Task {
    pub id: String,
    pub kind: &'static str,
    pub state: TaskState,
    /// Findings looked at.
    pub done: u64,
    pub total: u64,
    /// Findings that have other tags now.
    pub changed: u64,
    /// Of the taxonomy that they are tagged by.
    pub version: u64,
    pub started: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended: Option<Timestamp>,
    /// Why it does not get on just now; it tries again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TaskState {
    Running,
    Done,
    /// A later taxonomy came into force; its task does the rest.
    Superseded,
}

impl From<RetagPass> for Task {
    fn from(pass: RetagPass) -> Self {
        Self {
            id: format!("{TASK}{}", pass.number),
            kind: "retag",
            state: match pass.state {
                PassState::Running => TaskState::Running,
                PassState::Done => TaskState::Done,
                PassState::Superseded => TaskState::Superseded,
            },
            done: pass.looked,
            total: pass.total,
            changed: pass.changed,
            version: pass.version,
            started: pass.started,
            ended: pass.ended,
            error: None,
        }
    }
}

/// Why the archive cannot be tagged again just now.
#[derive(Debug, thiserror::Error)]
pub enum RetagError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(
        "tagging stopped at a finding of the next page; please report it with the lines before this in the daemon's log"
    )]
    Panicked(#[source] tokio::task::JoinError),
}

/// What the engine knows of the work beside the store.
#[derive(Default)]
pub(crate) struct Retagging {
    /// There may be something to do.
    wake: Notify,
    fault: Mutex<Option<String>>,
}

impl Retagging {
    pub(crate) fn wake(&self) {
        self.wake.notify_one();
    }

    fn set_fault(&self, fault: Option<String>) {
        let mut known = self.fault.lock().expect("no thread panics while it holds the fault");
        if let Some(fault) = fault.as_ref().filter(|fault| known.as_ref() != Some(*fault)) {
            tracing::error!(error = fault, "the archive cannot be tagged again just now; it goes on where it is");
        }
        *known = fault;
    }
}

impl Engine {
    /// Begins to tag the whole archive again, or says how far that has come. Blocks on the store.
    ///
    /// # Errors
    ///
    /// When the store refuses.
    pub fn start_retag(&self) -> Result<Task, EngineError> {
        let pass = self.inner.parts.store.start_retag(self.now())?;
        self.inner.retagging.wake();
        Ok(self.with_fault(pass))
    }

    /// Blocks on the store.
    ///
    /// # Errors
    ///
    /// When there is no such task, or the store cannot be read.
    pub fn task(&self, id: &str) -> Result<Task, EngineError> {
        let number = id.strip_prefix(TASK).and_then(|number| number.parse().ok());
        let pass = number.map_or(Ok(None), |number| self.inner.parts.store.retag_pass(number))?;
        pass.map(|pass| self.with_fault(pass)).ok_or_else(|| EngineError::NoTask(id.to_owned()))
    }

    pub(crate) fn running_task(&self) -> Result<Option<Task>, StoreError> {
        Ok(self.inner.parts.store.running_retag()?.map(|pass| self.with_fault(pass)))
    }

    fn with_fault(&self, pass: RetagPass) -> Task {
        let task = Task::from(pass);
        let fault = self.inner.retagging.fault.lock().expect("no thread panics while it holds the fault").clone();
        Task { error: fault.filter(|_| task.state == TaskState::Running), ..task }
    }

    /// Tags the archive again whenever there is something to do, until the engine stops.
    pub(crate) async fn serve_retag(&self) {
        let inner = &self.inner;
        let stop = inner.stopping();
        while !stop.is_cancelled() {
            let woken = inner.retagging.wake.notified();
            let ended = self.retag_all(|_| ()).await;
            let pause = if ended.is_err() { RETRY_AFTER } else { IDLE_LOOK };
            inner.retagging.set_fault(ended.err().map(|error| error.to_string()));
            tokio::select! {
                () = stop.cancelled() => {}
                () = woken => {}
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    /// Does all that there is to do; ends early where the engine stops.
    ///
    /// # Errors
    ///
    /// When the store refuses, or a finding cannot be tagged; what was done until then is kept.
    pub async fn retag_all(&self, mut progress: impl FnMut(Task)) -> Result<(), RetagError> {
        let parts = &self.inner.parts;
        let stop = self.inner.stopping();
        let mut worker = Worker::new(parts.store.clone(), parts.feed.clone());
        while !stop.is_cancelled() {
            let (tagger, now) = (self.inner.understanding().tagger.clone(), self.now());
            let at_work = tokio::task::spawn_blocking(move || {
                let page = worker.page(&tagger, now);
                (worker, page)
            });
            let page;
            (worker, page) = at_work.await.map_err(RetagError::Panicked)?;
            match page? {
                Page::Nothing => return Ok(()),
                Page::OtherTaxonomy(_) => rest(&stop, CATCH_UP).await,
                Page::Decided { pass, pause } => {
                    if let Some(pass) = pass {
                        progress(Task::from(pass));
                    }
                    rest(&stop, pause).await;
                }
            }
        }
        Ok(())
    }
}

async fn rest(stop: &CancellationToken, pause: Duration) {
    // None where the engine stops.
    stop.run_until_cancelled(tokio::time::sleep(pause)).await.unwrap_or_default();
}

/// Tags the archive again in a process that does nothing else, from where it stands to the
/// end. Blocks.
///
/// # Errors
///
/// When the store refuses; what was done until then is kept.
pub fn retag_archive(
    store: &Store,
    feed: &IndexFeed,
    tagger: &Tagger,
    clock: &dyn Clock,
    mut progress: impl FnMut(Task),
) -> Result<(), StoreError> {
    let mut worker = Worker::new(store.clone(), feed.clone());
    loop {
        match worker.page(tagger, clock.now())? {
            Page::Nothing => return Ok(()),
            Page::Decided { pass, .. } => pass.into_iter().for_each(|pass| progress(Task::from(pass))),
            // The caller has just put its taxonomy in force, and nobody else may write.
            Page::OtherTaxonomy(latest) => return Err(StoreError::OldTaxonomy { base: tagger.version(), latest }),
        }
    }
}

/// How one page went.
#[derive(Debug)]
enum Page {
    Nothing,
    /// The tagger is not that of the taxonomy in force, which has this version.
    OtherTaxonomy(u64),
    Decided {
        pass: Option<RetagPass>,
        /// To be kept before the next one.
        pause: Duration,
    },
}

struct Worker {
    store: Store,
    feed: IndexFeed,
    /// Where the log ended after the last page.
    head: LogNumber,
}

impl Worker {
    fn new(store: Store, feed: IndexFeed) -> Self {
        Self { store, feed, head: LogNumber(0) }
    }

    /// Decides the next page and writes what came of it.
    fn page(&mut self, tagger: &Tagger, now: Timestamp) -> Result<Page, StoreError> {
        let began = Instant::now();
        let page = self.store.retag_page(PAGE_FINDINGS, PAGE_BYTES)?;
        if page.findings.is_empty() && page.pass.is_none() {
            return Ok(Page::Nothing);
        }
        if page.version != tagger.version() {
            return Ok(Page::OtherTaxonomy(page.version));
        }
        let (version, pass, is_stale) = (page.version, page.pass, page.is_stale);
        let mut decided = Vec::with_capacity(page.findings.len());
        for retagged in page.findings {
            decided.push(decide(tagger, retagged));
            if PAGE_LASTS <= began.elapsed() {
                break;
            }
        }
        let looked = decided.len() as u64;
        let written = self.store.retag(RetagBatch { version, pass, is_stale, decided, at: now })?;
        let changed = written.entries.len() as u64;
        metrics::counter!("tidings_retag_findings_total").increment(looked);
        metrics::counter!("tidings_retag_changed_total").increment(changed);
        let head = self.store.head()?;
        // What ingest has committed since the last page, for which this one may have kept it waiting.
        let came = head.0.saturating_sub(self.head.0).saturating_sub(changed);
        let is_first = std::mem::replace(&mut self.head, head) == LogNumber(0);
        if !written.entries.is_empty() {
            self.feed.hand_over(written.entries);
        }
        if let Some(pass) = written.pass.as_ref().filter(|pass| pass.state == PassState::Done) {
            tracing::info!(
                version = pass.version,
                findings = pass.looked,
                changed = pass.changed,
                "the archive is tagged again"
            );
        }
        let pause = if 0 < came && !is_first { began.elapsed() * GIVE_WAY } else { Duration::ZERO };
        Ok(Page::Decided { pass: written.pass, pause })
    }
}

fn decide(tagger: &Tagger, mut retagged: ToRetag) -> Decided {
    let is_changed = retagged.finding.as_mut().is_some_and(|finding| {
        let before = Tags::take(finding);
        tagger.tag(finding);
        !before.are_those_of(finding)
    });
    Decided { retagged, is_changed }
}

/// What a taxonomy makes of a finding.
pub(crate) struct Tags {
    pub(crate) competitors: Vec<CompetitorTag>,
    pub(crate) labels: Vec<Tag>,
    pub(crate) severity: Option<tidings_model::Severity>,
}

impl Tags {
    /// Takes them off.
    pub(crate) fn take(finding: &mut Finding) -> Self {
        Self {
            competitors: std::mem::take(&mut finding.competitors),
            labels: std::mem::take(&mut finding.tags),
            severity: finding.severity.take(),
        }
    }

    /// Whether they are the same, in whatever order.
    pub(crate) fn are_those_of(&self, finding: &Finding) -> bool {
        let all_in = |these: &[CompetitorTag], others: &[CompetitorTag]| these.iter().all(|tag| others.contains(tag));
        self.severity == finding.severity
            && self.competitors.len() == finding.competitors.len()
            && all_in(&self.competitors, &finding.competitors)
            && self.labels.len() == finding.tags.len()
            && self.labels.iter().all(|tag| finding.tags.contains(tag))
    }
}

#[cfg(test)]
mod tests;
