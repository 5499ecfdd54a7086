//! Alerts as a follower of the log: matches are written with how far the log was read, and
//! what waits is closed into deliveries once all that came before it was matched.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tidings_scheduler::later;
use tidings_store::{AlertBatch, Closing, FoundMatch, LogEntry, LogNumber, StoreError, Told};
use tokio::task::spawn_blocking;
use tokio_util::sync::CancellationToken;

use crate::Alert;
use crate::alerts::Inner;
use crate::cadence::Rhythm;
use crate::channel::chain;
use crate::outbox::sleep_until;

/// Entries read from the log at a time.
const PAGE: usize = 500;
/// Entries without a match after which it is written down how far the log was read.
const CHECKPOINT_EVERY: u64 = 1_000;
/// Targets closed in one transaction.
const CLOSED: usize = 200;
/// Pause after a failure.
const RETRY_AFTER: Duration = Duration::from_secs(5);
/// When a paused alert, or one that cannot be read, is looked at again.
const PUT_OFF: Duration = Duration::from_secs(86_400);
/// How long deliveries that were accepted are kept, and matches and dead ones.
const KEPT: (Duration, Duration) = (Duration::from_secs(90 * 86_400), Duration::from_secs(400 * 86_400));

pub(crate) struct Follower {
    inner: Arc<Inner>,
    /// The last entry matched; `None` before the first turn.
    at: Option<LogNumber>,
    /// The last entry that is written down as matched.
    written: LogNumber,
    next_upkeep: Timestamp,
}

impl Follower {
    pub(crate) fn new(inner: Arc<Inner>) -> Self {
        Self { inner, at: None, written: LogNumber(0), next_upkeep: Timestamp::MIN }
    }

    pub(crate) async fn run(mut self, stop: CancellationToken) {
        let inner = self.inner.clone();
        let Ok(mut head) = inner.store.watch_head() else { return };
        let mut fault: Option<String> = None;
        while !stop.is_cancelled() {
            head.mark_unchanged();
            let turned = spawn_blocking(move || {
                let turned = self.turn();
                (self, turned)
            });
            let (follower, turned) = match turned.await {
                Ok((follower, turned)) => (follower, turned.map_err(|error| chain(&error))),
                // What it had read is read again, and what was written is left out.
                Err(panicked) => (Self::new(inner.clone()), Err(panicked.to_string())),
            };
            self = follower;
            let next_fault = turned.as_ref().err().cloned();
            if let Some(error) = next_fault.as_ref().filter(|said| fault.as_ref() != Some(*said)) {
                tracing::error!(error, "alerts do not get on; it is tried again, and nothing is lost");
            }
            fault = next_fault;
            let until = turned.unwrap_or_else(|_| Some(later(inner.clock.now(), RETRY_AFTER)));
            tokio::select! {
                // The store closes it only when it ends itself.
                _ = head.changed() => {}
                () = inner.changed.notified() => {}
                () = sleep_until(&*inner.clock, until) => {}
                () = stop.cancelled() => {}
            }
        }
    }

    /// Matches all that the log has, then closes what is due. Answers when something is due next.
    pub(crate) fn turn(&mut self) -> Result<Option<Timestamp>, StoreError> {
        self.catch_up()?;
        self.keep_up()?;
        let next = self.inner.store.next_closing()?;
        if next.is_none_or(|next| self.inner.clock.now() < next) {
            return Ok(next);
        }
        self.close()?;
        self.inner.owed.notify_one();
        self.inner.store.next_closing()
    }

    fn catch_up(&mut self) -> Result<(), StoreError> {
        let mut at = match self.at {
            Some(at) => at,
            None => self.inner.first_entry()?,
        };
        self.at = Some(at);
        if self.inner.watch().is_empty() {
            // An alert that comes now begins behind all that is there.
            self.at = Some(self.inner.store.head()?);
            return Ok(());
        }
        loop {
            let entries = self.inner.store.log_after(at, PAGE)?;
            let Some(last) = entries.last() else { return Ok(()) };
            at = last.number;
            self.take(&entries, at)?;
            self.at = Some(at);
        }
    }

    fn take(&mut self, entries: &[LogEntry], upto: LogNumber) -> Result<(), StoreError> {
        let mut matches: Vec<FoundMatch> = Vec::new();
        self.inner.watch().ask(entries, &mut matches);
        let matched = self.inner.clock.now();
        if matches.is_empty() && upto.0 < self.written.0 + CHECKPOINT_EVERY {
            return Ok(());
        }
        measure(entries, &matches, matched);
        self.inner.store.add_matches(AlertBatch { upto, matched, matches })?;
        self.written = upto;
        Ok(())
    }

    /// Closes what is due, page by page.
    fn close(&self) -> Result<(), StoreError> {
        loop {
            let now = self.inner.clock.now();
            if self.inner.store.close(now, CLOSED, move |closing| told(closing, now))? < CLOSED {
                return Ok(());
            }
        }
    }

    /// Once a day: forgets what nobody looks at any more.
    fn keep_up(&mut self) -> Result<(), StoreError> {
        let now = self.inner.clock.now();
        if self.next_upkeep <= now {
            self.next_upkeep = later(now, PUT_OFF);
            let before = |kept: Duration| {
                let kept = SignedDuration::try_from(kept).unwrap_or(SignedDuration::MAX);
                now.checked_sub(kept).unwrap_or(Timestamp::MIN)
            };
            self.inner.store.forget_deliveries(before(KEPT.0), before(KEPT.1))?;
        }
        Ok(())
    }
}

/// What is done at `now` with what waits for a target.
fn told(closing: &Closing, now: Timestamp) -> Told {
    let put_off = Told::At(later(now, PUT_OFF));
    let Ok(alert) = serde_json::from_str::<Alert>(&closing.alert.definition) else { return put_off };
    let Ok(target) = serde_json::from_str::<crate::Target>(&closing.aim.target) else { return put_off };
    match Rhythm::of(&alert, target.channel()) {
        Ok(rhythm) if !alert.paused => rhythm.told(closing.waiting, closing.closed, now),
        _ => put_off,
    }
}

fn measure(entries: &[LogEntry], matches: &[FoundMatch], matched: Timestamp) {
    metrics::counter!("tidings_alert_matches_total").increment(matches.len() as u64);
    if let Some(last) = entries.last() {
        metrics::histogram!("tidings_alert_matched_lag_seconds").record(matched.duration_since(last.at).as_secs_f64());
    }
    for finding in entries.iter().filter_map(|entry| entry.finding.as_ref()) {
        if let Some(published) = finding.published {
            metrics::histogram!("tidings_alert_found_lag_seconds")
                .record(finding.found.duration_since(published).as_secs_f64().max(0.0));
        }
    }
}
