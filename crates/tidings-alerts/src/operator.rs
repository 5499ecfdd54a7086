//! What the operator should know: sources that change their state, deliveries that fail, a disk
//! that fills up. Log and metrics always say it; a channel does where the configuration asks.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tidings_model::Health;
use tidings_scheduler::later;
use tidings_store::{HealthEvent, StoreError};
use tokio::task::spawn_blocking;
use tokio_util::sync::CancellationToken;

use crate::alerts::Inner;
use crate::channel::chain;
use crate::{Language, Notice, Target};

/// How often things are looked at; what happens in between is told together.
const EVERY: Duration = Duration::from_secs(60);
/// Events told one by one in a notice.
const TOLD: usize = 20;
/// Events read at a time.
const PAGE: usize = 1_000;
/// A delivery owed for longer than this is worth a word.
const OWED_LONG: Duration = Duration::from_secs(3600);
/// The disk is filling up below this share of it, or this many bytes.
const LEAST_FREE: (f64, u64) = (0.05, 256 << 20);

pub(crate) struct Operator {
    inner: Arc<Inner>,
    /// The last health event that was told; `None` before the first look.
    told: Option<i64>,
    dead: u64,
    /// What was said, and has not ended yet.
    said: Said,
    space: Space,
}

/// Free and all bytes of the file system of a file; `None` where it does not say.
pub(crate) type Space = fn(&Path) -> Option<(u64, u64)>;

#[derive(Clone, Copy, Debug, Default)]
struct Said {
    owed_long: bool,
    disk: bool,
}

impl Operator {
    pub(crate) fn new(inner: Arc<Inner>) -> Self {
        Self::on_disk(inner, space)
    }

    pub(crate) fn on_disk(inner: Arc<Inner>, space: Space) -> Self {
        Self { inner, told: None, dead: 0, said: Said::default(), space }
    }

    pub(crate) async fn run(mut self, stop: CancellationToken) {
        let inner = self.inner.clone();
        let clock = inner.clock.clone();
        while !stop.is_cancelled() {
            let looked = spawn_blocking(move || {
                let looked = self.look();
                (self, looked)
            });
            let (operator, looked) = match looked.await {
                Ok((operator, looked)) => (operator, looked.map_err(|error| chain(&error))),
                Err(panicked) => (Self::new(inner.clone()), Err(panicked.to_string())),
            };
            self = operator;
            if let Err(error) = looked {
                tracing::error!(error, "the operator cannot be told; it is tried again");
            }
            tokio::select! {
                () = clock.sleep_until(later(clock.now(), EVERY)) => {}
                () = stop.cancelled() => {}
            }
        }
    }

    pub(crate) fn look(&mut self) -> Result<(), StoreError> {
        let now = self.inner.clock.now();
        let config = self.inner.settings().config;
        let language = config.language;
        let mut lines = self.deliveries(now, language)?;
        lines.extend(self.disk(language));
        let told = match self.told {
            Some(told) => told,
            None => self.inner.store.told_operator()?,
        };
        let events = self.inner.store.health_events_after(told, PAGE)?;
        let last = events.last().map_or(told, |(n, _)| *n);
        lines.extend(of_sources(&events, language));
        if !lines.is_empty() || told < last {
            let is_news = !lines.is_empty();
            let aims = config.operator.iter().filter(|_| is_news).map(Target::aim).collect();
            let notice = Notice { subject: subject(&lines, language), lines, language };
            let notice = serde_json::to_string(&notice).expect("a notice has text keys only");
            self.inner.store.tell_operator(aims, notice, last, now)?;
            self.inner.owed.notify_one();
        }
        self.told = Some(last);
        Ok(())
    }

    fn deliveries(&mut self, now: Timestamp, language: Language) -> Result<Vec<String>, StoreError> {
        let (owed, dead) = self.inner.store.outbox_counts()?;
        metrics::gauge!("tidings_outbox_owed").set(owed as f64);
        metrics::gauge!("tidings_outbox_dead").set(dead as f64);
        let mut lines = Vec::new();
        if self.told.is_some() && self.dead < dead {
            tracing::warn!(
                given_up = dead - self.dead,
                "deliveries were given up; `GET /deliveries?state=dead` lists them"
            );
            lines.push(match language {
                Language::English => format!("{} deliveries were given up.", dead - self.dead),
                Language::Vietnamese => format!("{} lần gửi đã bị bỏ.", dead - self.dead),
            });
        }
        self.dead = dead;
        let longest = self.inner.store.longest_owed()?;
        let late = longest.filter(|delivery| 0 < delivery.tries && later(delivery.created, OWED_LONG) <= now);
        if let Some(delivery) = late.as_ref().filter(|_| !self.said.owed_long) {
            let said = delivery.said.as_deref().unwrap_or_default();
            tracing::warn!(
                owed,
                delivery = delivery.id,
                said,
                "deliveries fail for more than an hour; they are tried on"
            );
            lines.push(match language {
                Language::English => format!("{owed} deliveries wait, the first since {}: {said}", delivery.created),
                Language::Vietnamese => format!("{owed} lần gửi đang chờ, lần đầu từ {}: {said}", delivery.created),
            });
        }
        self.said.owed_long = late.is_some();
        Ok(lines)
    }

    /// Whether the disk of the archive fills up, said once until it does not any more.
    fn disk(&mut self, language: Language) -> Option<String> {
        let path = self.inner.store.path().to_owned();
        let (free, all) = (self.space)(&path)?;
        metrics::gauge!("tidings_disk_free_bytes").set(free as f64);
        let is_full = free < LEAST_FREE.1 || (free as f64) < all as f64 * LEAST_FREE.0;
        let is_news = is_full && !self.said.disk;
        self.said.disk = is_full;
        if !is_news {
            return None;
        }
        tracing::warn!(path = %path.display(), free_bytes = free, "the disk of the archive is filling up");
        let free = free >> 20;
        Some(match language {
            Language::English => format!("The disk of the archive is filling up: {free} MiB are left."),
            Language::Vietnamese => format!("Đĩa của kho lưu trữ sắp đầy: còn {free} MiB."),
        })
    }
}

fn space(path: &Path) -> Option<(u64, u64)> {
    let stat = rustix::fs::statvfs(path).ok()?;
    Some((stat.f_bavail * stat.f_frsize, stat.f_blocks * stat.f_frsize))
}

/// One line for each source, of its latest state; a source that is back where it was says nothing.
fn of_sources(events: &[(i64, HealthEvent)], language: Language) -> Vec<String> {
    let mut changes: Vec<(&HealthEvent, &HealthEvent)> = Vec::new();
    for (_, event) in events {
        match changes.iter_mut().find(|(first, _)| first.source == event.source) {
            Some((_, last)) => *last = event,
            None => changes.push((event, event)),
        }
    }
    let is_news = |from: Health, to: Health| is_fault(from) != is_fault(to) || is_fault(to) && from != to;
    changes.retain(|(first, last)| is_news(first.from, last.to));
    let mut lines: Vec<String> =
        changes.iter().take(TOLD).map(|(first, last)| of_source(first, last, language)).collect();
    if TOLD < changes.len() {
        let more = changes.len() - TOLD;
        lines.push(match language {
            Language::English => format!("{more} more sources changed their state."),
            Language::Vietnamese => format!("{more} nguồn khác cũng đổi trạng thái."),
        });
    }
    lines
}

/// Whether the operator would want to do something; pausing is his own doing.
fn is_fault(health: Health) -> bool {
    !health.is_good() && health != Health::Paused
}

fn of_source(first: &HealthEvent, last: &HealthEvent, language: Language) -> String {
    let HealthEvent { source, to, at, reason, .. } = last;
    let reason = reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
    match language {
        Language::English => format!("Source {source} was {}, and is {to} since {at}{reason}", first.from),
        Language::Vietnamese => format!("Nguồn {source} trước là {}, nay là {to} từ {at}{reason}", first.from),
    }
}

fn subject(lines: &[String], language: Language) -> String {
    match (lines, language) {
        ([one], _) => one.clone(),
        (_, Language::English) => format!("{} things to look at", lines.len()),
        (_, Language::Vietnamese) => format!("{} việc cần xem", lines.len()),
    }
}
