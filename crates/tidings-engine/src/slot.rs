//! One source's place on the engine's board: configuration, standing, turn.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use tidings_model::{Health, SourceId};
use tidings_scheduler::{Schedule, Seed, Standing, Turn, Turns, first_due};
use tidings_store::SourceRow;

use crate::engine::Configured;
use crate::health;
use crate::status::{HealthStatus, SourceStatus};

/// All sources, and whose turn it is. Held for moments only, never over a wait.
#[derive(Default)]
pub(crate) struct Board {
    pub(crate) slots: BTreeMap<SourceId, Slot>,
    pub(crate) turns: Turns,
}

pub(crate) struct Slot {
    /// Shared with its run.
    pub(crate) configured: Arc<Configured>,
    pub(crate) schedule: Schedule,
    /// As stored.
    pub(crate) row: SourceRow,
    /// Since when a run is open.
    pub(crate) running: Option<Timestamp>,
    /// It was asked for while it ran.
    pub(crate) run_again: bool,
    /// Its next run is wanted at its due time, without jitter: it was never visited,
    /// has more to bring, or something that it needs was changed.
    pub(crate) is_prompt: bool,
}

impl Board {
    /// Takes out the source that has been due for longest, and marks it as running.
    pub(crate) fn take_turn(&mut self, now: Timestamp) -> Option<Turn> {
        let turn = self.turns.take_due(now)?;
        self.mark_running(&turn.source, now);
        Some(turn)
    }

    pub(crate) fn mark_running(&mut self, id: &SourceId, now: Timestamp) {
        if let Some(slot) = self.slots.get_mut(id) {
            slot.running = Some(now);
            slot.is_prompt = false;
        }
    }
}

impl Slot {
    /// A slot that goes on from its stored row, or begins now as one of `count`.
    pub(crate) fn new(
        configured: Configured,
        schedule: Schedule,
        row: Option<SourceRow>,
        seed: Seed,
        now: Timestamp,
        count: u32,
    ) -> Self {
        let id = &configured.config.id;
        let row = row.unwrap_or_else(|| {
            let due = first_due(&schedule, id, seed, now, count);
            SourceRow { since: now, identity: configured.config.identity().clone(), ..SourceRow::new(id.clone(), due) }
        });
        let is_prompt = row.last_run.is_none();
        Self { configured: Arc::new(configured), schedule, row, running: None, run_again: false, is_prompt }
    }

    /// Makes it due now.
    pub(crate) fn bring_forward(&mut self, now: Timestamp) {
        self.row.due = now;
        self.is_prompt = true;
    }

    /// Gives it its next turn.
    pub(crate) fn place(&self, turns: &mut Turns, seed: Seed) {
        let standing = self.standing();
        if self.is_prompt && !self.row.paused {
            turns.insert(Turn { source: self.row.source.clone(), start: self.row.due, reason: standing.reason() });
        } else {
            turns.place(&self.row.source, &standing, &self.schedule, seed);
        }
    }

    /// Takes over a changed configuration. What could not work before is tried at
    /// once; a new rhythm begins now.
    pub(crate) fn reconfigure(&mut self, configured: Configured, schedule: Schedule, now: Timestamp) {
        let is_new_work = configured.config.params != self.configured.config.params
            || configured.config.plugin != self.configured.config.plugin
            || configured.config.grant_hosts != self.configured.config.grant_hosts
            || configured.config.robots != self.configured.config.robots
            || configured.config.secrets != self.configured.config.secrets;
        if is_new_work || (schedule != self.schedule && self.row.due > schedule.next_after(now)) {
            self.bring_forward(now);
        }
        self.configured = Arc::new(configured);
        self.schedule = schedule;
    }

    fn standing(&self) -> Standing {
        Standing { due: self.row.due, failures: self.row.failures, health: self.row.health, paused: self.row.paused }
    }

    pub(crate) fn status(&self, turns: &Turns) -> SourceStatus {
        let row = &self.row;
        let state = if row.paused { Health::Paused } else { row.health };
        let reason = row.last_error.as_ref().map(|error| error.message.as_str());
        let sentence = match row.last_run {
            None if !row.paused => "has not been visited yet".to_owned(),
            _ => health::sentence(state, row.since, reason),
        };
        SourceStatus {
            config: self.configured.config.clone(),
            defined: self.configured.place.clone(),
            running: self.running.is_some(),
            health: HealthStatus {
                state,
                since: row.since,
                last_run: row.last_run,
                last_good_run: row.last_good,
                next_run: turns.start(&row.source).filter(|_| !row.paused),
                failures: row.failures,
                bad_runs: row.bad_runs,
                alert: health::calls_for_help(state, row.bad_runs),
                last_new: row.habit.last_new,
                error: row.last_error.clone(),
                sentence,
            },
        }
    }
}
