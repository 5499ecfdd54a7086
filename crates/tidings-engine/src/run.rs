//! One run of one source, from its turn to its record.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tidings_model::{Health, PluginId, RunError, RunReason, RunRecord, SourceId};
use tidings_plugins::{Job, Plugin, RunEnd, Secret};
use tidings_protocol::{Error, RunReport, code};
use tidings_scheduler::{Ended, Turn, plan};
use tidings_store::{Batch, Committed, EndedRun, HealthEvent, Json, SourceRow, StoreError};
use uuid::Uuid;

use crate::calls::{RunCalls, STORE_FAILED, store_failed};
use crate::engine::{Configured, DEFAULT_EVERY, Inner};
use crate::health::{self, Next, Success};
use crate::ingest::Ingest;
use crate::normalise::Origin;
use crate::slot::Board;
use crate::source::RobotsMode;

/// What a run needs of its source, taken when it starts.
struct Start {
    configured: Arc<Configured>,
    row: SourceRow,
    at: Timestamp,
    reason: RunReason,
}

/// Visits the source whose turn it is, keeps what it brings, and gives it its next turn.
pub(crate) async fn run_source(inner: Arc<Inner>, turn: Turn) -> RunRecord {
    let at = inner.parts.clock.now();
    let start = {
        let board = inner.board();
        board.slots.get(&turn.source).map(|slot| Start {
            configured: slot.configured.clone(),
            row: slot.row.clone(),
            at,
            reason: turn.reason,
        })
    };
    let id = Uuid::now_v7().simple().to_string();
    let mut record = RunRecord {
        id,
        source: turn.source.clone(),
        reason: turn.reason,
        started: at,
        ended: None,
        outcome: None,
        error: None,
        counts: tidings_model::Counts::default(),
        summary: None,
        skipped: Vec::new(),
        log_tail: String::new(),
        cpu_ms: None,
        max_rss_bytes: None,
    };
    // Removed between its turn and now: nothing to do.
    let Some(start) = start else { return record };
    let (end, batch) = visit(&inner, &start, &mut record).await;
    let (record, has_more) = finish(&inner, &start, record, end, batch).await;
    give_next_turn(&inner, &record.source, has_more);
    record
}

/// Runs the plugin; answers with what is left to be kept of what it emits.
async fn visit(inner: &Arc<Inner>, start: &Start, record: &mut RunRecord) -> (RunEnd, Option<Batch>) {
    let config = &start.configured.config;
    let (plugin, job) = match prepare(inner, start, &record.id) {
        Ok(ready) => ready,
        Err(error) => return (RunEnd::without_process(Err(error)), None),
    };
    let origin = Origin { source: config.id.clone(), identity: start.row.identity.clone(), plugin: plugin.id.clone() };
    let ingest =
        Ingest::new(inner.parts.store.clone(), inner.understanding().tagger.clone(), origin, record.id.clone());
    let mut calls = RunCalls::new(ingest, record.clone(), inner.clone());
    let mut end = inner.parts.visitor.visit(&plugin, job, &mut calls, inner.stopping()).await;
    let batch = calls.batch(end.result.is_ok()).await.unwrap_or_else(|error| {
        end.result = Err(error);
        None
    });
    if let Some(mut ingest) = calls.into_ingest() {
        record.counts = ingest.counts();
        record.skipped = ingest.take_skipped();
    }
    record.counts.fetched = end.fetched;
    (end, batch)
}

fn prepare(inner: &Inner, start: &Start, run_id: &str) -> Result<(Arc<Plugin>, Job), Error> {
    let config = &start.configured.config;
    let plugin = find_plugin(inner, &config.plugin)?;
    let secrets = config.read_secrets().map_err(|error| Error::new(code::CONFIG_INVALID, error.to_string()))?;
    let mut job = Job::new(run_id, config.id.clone(), config.params.clone());
    job.reason = start.reason;
    job.last_success = start.row.last_good;
    job.grant_hosts.clone_from(&config.grant_hosts);
    job.user_feed = config.robots == RobotsMode::UserFeed;
    job.validators = start.row.validators.as_ref().and_then(|validators| validators.read().ok());
    job.secrets = secrets.into_iter().map(|(name, secret)| (name, Secret::new(secret))).collect();
    Ok((plugin, job))
}

fn find_plugin(inner: &Inner, id: &PluginId) -> Result<Arc<Plugin>, Error> {
    let catalog = &inner.parts.catalog;
    catalog.plugin(id).ok_or_else(|| {
        let problems = catalog.problems();
        match problems.iter().find(|problem| problem.may_be(id)) {
            Some(problem) => Error::new(code::LOAD_DESCRIBE_FAILED, problem.to_string()),
            None => Error::new(
                code::LOAD_NOT_A_PLUGIN,
                format!("there is no plugin `{id}` any more; `tidings plugin list` shows which there are"),
            ),
        }
    })
}

/// Classifies the end, and writes it with what the run has brought, or alone where that cannot be kept. Answers
/// with the record, and whether the source is to be visited again at once.
async fn finish(
    inner: &Arc<Inner>,
    start: &Start,
    record: RunRecord,
    mut end: RunEnd,
    batch: Option<Batch>,
) -> (RunRecord, bool) {
    if let Some(batch) = batch {
        let judged = judge(inner, start, record.clone(), &end);
        match keep(inner, start, &judged, batch).await {
            Ok(committed) => {
                inner.hand_over(committed);
                return judged.count();
            }
            Err(error) => end.result = Err(store_failed(&error)),
        }
    }
    let judged = judge(inner, start, record, &end);
    let is_quiet = end.unchanged && judged.event.is_none();
    put_off(inner, start, &judged);
    if !is_quiet {
        inner.ends.flush().await;
    }
    judged.count()
}

/// What is made of a run's end.
struct Judged {
    record: RunRecord,
    row: SourceRow,
    event: Option<HealthEvent>,
    ended: Option<Ended>,
}

impl Judged {
    fn count(self) -> (RunRecord, bool) {
        count(&self.record);
        (self.record, self.ended == Some(Ended::More))
    }

    /// As it is written, and shown on the board, where the source was not removed meanwhile.
    fn to_end(&self, start: &Start, board: &mut Board) -> EndedRun {
        let mut source = self.row.clone();
        if let Some(slot) = board.slots.get_mut(&self.record.source) {
            // Decided while the run lasted: a pause, or another due time because its configuration changed.
            source.paused = slot.row.paused;
            if slot.row.due != start.row.due {
                source.due = slot.row.due;
            }
            slot.row.clone_from(&source);
        }
        EndedRun { run: self.record.clone(), source, event: self.event.clone() }
    }
}

fn judge(inner: &Inner, start: &Start, mut record: RunRecord, end: &RunEnd) -> Judged {
    let now = inner.parts.clock.now();
    let schedule = inner.board().slots.get(&record.source).map(|slot| slot.schedule.clone());
    record.ended = Some(now);
    record.cpu_ms = Some(u64::try_from(end.cpu.as_millis()).unwrap_or(u64::MAX)).filter(|_| !end.cpu.is_zero());
    record.max_rss_bytes = Some(end.max_rss).filter(|bytes| 0 < *bytes);
    let plugin = inner.parts.catalog.plugin(&start.configured.config.plugin);
    let terms = Terms {
        empty_is_normal: plugin.is_some_and(|plugin| plugin.manifest.empty_is_normal),
        interval: schedule.as_ref().map_or(DEFAULT_EVERY, |schedule| schedule.interval(start.at)),
        started: start.at,
    };
    let mut row = start.row.clone();
    let ended = match &end.result {
        Ok(report) => Some(succeed(&mut row, &mut record, end, report, terms)),
        // A run that is cut off with the daemon is repeated; nobody else cancels one.
        Err(error) if error.code == code::CANCELLED && inner.is_stopping() => {
            record.error = Some(run_error(error));
            record.log_tail.clone_from(&end.log_tail);
            None
        }
        Err(error) => Some(fail(&mut row, &mut record, error, &end.log_tail)),
    };
    if let (Some(ended), Some(schedule)) = (ended, schedule) {
        row.due = plan(&schedule, start.row.due, start.at, now, ended);
    }
    row.last_run = Some(start.at);
    let event = record.outcome.and_then(|outcome| enter(&mut row, outcome, now));
    Judged { record, row, event, ended }
}

/// Lets the end wait for others. Whoever changes the row from here on finds it waiting, and writes after it.
fn put_off(inner: &Inner, start: &Start, judged: &Judged) {
    let mut board = inner.board();
    inner.ends.put_off(judged.to_end(start, &mut board));
}

/// Writes the end with what the run has brought. Whoever changes the row from here on writes after it.
async fn keep(inner: &Inner, start: &Start, judged: &Judged, batch: Batch) -> Result<Committed, StoreError> {
    let pending = {
        let mut board = inner.board();
        inner.ends.keep(batch, judged.to_end(start, &mut board))
    };
    let kept = match pending {
        Ok(pending) => pending.await,
        Err(error) => Err(error),
    };
    kept.inspect_err(|_| {
        // It is judged again, from where it stood.
        if let Some(slot) = inner.board().slots.get_mut(&judged.record.source)
            && slot.row.due == judged.row.due
        {
            slot.row.due = start.row.due;
        }
    })
}

/// What a run's end is judged by, beside the run itself.
#[derive(Clone, Copy)]
struct Terms {
    empty_is_normal: bool,
    interval: Duration,
    started: Timestamp,
}

/// Puts the source into the state `to`. Answers the change, if it is one: `ok` and
/// `unchanged` take turns in a healthy source, and that is none.
fn enter(row: &mut SourceRow, to: Health, now: Timestamp) -> Option<HealthEvent> {
    let from = std::mem::replace(&mut row.health, to);
    row.bad_runs = if to.is_good() { 0 } else { row.bad_runs.saturating_add(1) };
    if health::calls_for_help(to, row.bad_runs) && !health::calls_for_help(from, row.bad_runs.saturating_sub(1)) {
        let reason = row.last_error.as_ref().map(|error| error.message.as_str());
        tracing::warn!(source.id = %row.source, state = %to, bad_runs = row.bad_runs, reason, "source needs someone to look");
        metrics::counter!("tidings_source_alerts_total", "state" => to.as_str()).increment(1);
    }
    if from == to || (from.is_good() && to.is_good()) {
        return None;
    }
    row.since = now;
    let reason = row.last_error.as_ref().map(|error| error.message.clone());
    Some(note(HealthEvent { source: row.source.clone(), from, to, at: now, reason }))
}

/// Tells log and metrics of a change.
pub(crate) fn note(event: HealthEvent) -> HealthEvent {
    let HealthEvent { source, from, to, reason, .. } = &event;
    let reason = reason.as_deref();
    if to.is_good() || *to == Health::Paused {
        tracing::info!(source.id = %source, %from, %to, reason, "source changed its state");
    } else {
        tracing::warn!(source.id = %source, %from, %to, reason, "source changed its state");
    }
    metrics::counter!("tidings_source_state_changes_total", "to" => to.as_str()).increment(1);
    event
}

fn succeed(row: &mut SourceRow, record: &mut RunRecord, end: &RunEnd, report: &RunReport, terms: Terms) -> Ended {
    let success = Success {
        counts: &record.counts,
        unchanged: end.unchanged,
        empty_is_normal: terms.empty_is_normal,
        expected_empty: report.expected_empty,
        before: row.health,
        habit: &row.habit,
        interval: terms.interval,
        started: terms.started,
    };
    let outcome = success.state();
    let mut habit = row.habit.clone();
    success.learn(&mut habit);
    record.outcome = Some(outcome);
    record.summary.clone_from(&report.summary);
    (row.failures, row.crashes) = (0, 0);
    let fault = |code: &str, message| Some(RunError { code: code.to_owned(), message, selector: None });
    row.last_error = match outcome {
        Health::ParseError => record.skipped.first().and_then(|item| {
            let count = record.counts.skipped;
            fault(code::PLUGIN_PARSE, format!("none of {count} items could be read; the first: {}", item.reason))
        }),
        // An unchanged visit made no process, and says no more than the one before.
        Health::Empty if end.unchanged => row.last_error.take(),
        Health::Empty => fault(code::PLUGIN_EMPTY, format!("no finding in {} answers", record.counts.fetched)),
        Health::Stale => fault(health::SILENT, health::silence(&habit, terms.interval)),
        _ => None,
    };
    row.habit = habit;
    record.error.clone_from(&row.last_error);
    // After a run that could read nothing, the next one looks again at what has not changed.
    if outcome == Health::ParseError {
        row.validators = None;
    } else {
        let validators = end.validators.as_ref().map(Json::of);
        row.validators = validators.map(|json| json.expect("validators have string keys only"));
        row.last_good = Some(terms.started);
    }
    // One that says so and brings nothing could go on for ever, as fast as it can be asked.
    let brought = 0 < record.counts.new + record.counts.updated;
    if report.more && brought { Ended::More } else { Ended::Well }
}

fn run_error(error: &Error) -> RunError {
    RunError { code: error.code.clone(), message: health::message(error), selector: error.data.selector.clone() }
}

fn fail(row: &mut SourceRow, record: &mut RunRecord, error: &Error, log_tail: &str) -> Ended {
    record.error = Some(run_error(error));
    record.log_tail = log_tail.to_owned();
    let retry_after = error.data.retry_after_s.map(Duration::from_secs);
    row.failures = row.failures.saturating_add(1);
    row.last_error.clone_from(&record.error);
    if error.code == STORE_FAILED {
        tracing::error!(source.id = %record.source, error = %error.message, "what a run brought cannot be kept");
        return Ended::Failed { failures: row.failures, retry_after };
    }
    let outcome = health::of_error(error);
    record.outcome = Some(outcome);
    if outcome == Health::Empty || row.health == Health::Empty {
        // A later `unchanged` could not say whether what it speaks of is empty.
        row.validators = None;
    }
    if row.health == Health::Disabled && outcome != Health::Disabled {
        // The probes before say nothing about how long this fault may last.
        row.failures = 1;
    }
    row.crashes = if outcome == Health::PluginCrash { row.crashes.saturating_add(1) } else { 0 };
    match Next::after(outcome, row.crashes) {
        Next::Schedule => {
            // It answered: an outage that follows begins with a short wait.
            row.failures = 0;
            Ended::Well
        }
        Next::Backoff => Ended::Failed { failures: row.failures, retry_after },
        Next::Probe => Ended::Disabled,
    }
}

fn count(record: &RunRecord) {
    let counts = record.counts;
    for (outcome, count) in
        [("new", counts.new), ("updated", counts.updated), ("duplicate", counts.duplicate), ("skipped", counts.skipped)]
    {
        metrics::counter!("tidings_findings_total", "outcome" => outcome).increment(count);
    }
    let outcome = record.outcome.map_or("cancelled", Health::as_str);
    metrics::counter!("tidings_runs_total", "outcome" => outcome).increment(1);
    // Of ten thousand pages an hour most are as they were.
    if record.outcome == Some(Health::Unchanged) && record.error.is_none() {
        return tracing::debug!(source.id = %record.source, fetched = counts.fetched, "nothing has changed");
    }
    tracing::info!(
        source.id = %record.source,
        outcome,
        fetched = counts.fetched,
        new = counts.new,
        updated = counts.updated,
        duplicate = counts.duplicate,
        skipped = counts.skipped,
        error = record.error.as_ref().map(|error| error.message.as_str()),
        "run ended"
    );
}

fn give_next_turn(inner: &Inner, id: &SourceId, has_more: bool) {
    let mut board = inner.board();
    let Board { slots, turns } = &mut *board;
    let Some(slot) = slots.get_mut(id) else { return };
    slot.running = None;
    slot.is_prompt |= has_more;
    if std::mem::take(&mut slot.run_again) {
        turns.insert(Turn { source: id.clone(), start: inner.parts.clock.now(), reason: RunReason::Manual });
    } else {
        slot.place(turns, inner.parts.seed);
    }
}
