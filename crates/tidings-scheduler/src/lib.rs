//! When a source is due.
//!
//! [`Schedule`] is an interval or a cron expression in a time zone, right across
//! clock changes. [`plan()`] says when a source is due again after a run,
//! [`first_due`] when it is due for the first time, and [`Turns`] whose turn it is
//! now. Everything is a pure function of its arguments: the time comes from the
//! caller's clock and the jitter from a seed, so that what is stored (the due time
//! of each source) is all that a restart needs.
//!
//! ```
//! use tidings_scheduler::Schedule;
//!
//! let schedule = Schedule::cron("30 8 * * Mon-Fri", Some("Asia/Ho_Chi_Minh"))?;
//! let friday = "2026-11-20T12:00:00Z".parse().expect("a valid time");
//! assert_eq!(schedule.next_after(friday).to_string(), "2026-11-23T01:30:00Z");
//! # Ok::<(), tidings_scheduler::ScheduleError>(())
//! ```
//!
//! Running sources, and that none overlaps with itself, is the engine's.

mod backoff;
mod civil;
mod cron_field;
mod jitter;
mod plan;
mod schedule;
mod turns;

pub use backoff::{MAX_BACKOFF, MAX_RETRY_AFTER, backoff};
pub use cron_field::{CronField, InvalidField};
pub use jitter::{MAX_JITTER, Seed};
pub use plan::{Ended, PROBE_INTERVAL, START_STEP, first_due, plan};
pub use schedule::{MIN_INTERVAL, Schedule, ScheduleError, later};
pub use turns::{GATHERED, MAX_GATHERED, Standing, Turn, Turns};
