//! A web of one page a source, which fails as a script says.

use std::collections::BTreeMap;
use std::sync::Mutex;

use jiff::Timestamp;
use serde_json::json;
use tidings_model::SourceId;
use tidings_plugins::{Calls, EntryValidators, Job, RunEnd};
use tidings_protocol::{Error, Finding, RunReport, Skip};

use crate::calls::RunCalls;

/// Answers received in a visit that reads a page.
const FETCHED: u64 = 1;
/// Items that a page shows beside its new ones.
const OLD: u64 = 2;

/// What a page does for a while.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Weather {
    /// New items at each visit.
    Fresh,
    /// Nothing changes.
    Quiet,
    /// Its bytes change at each visit, its items do not.
    Churn,
    /// There is nothing on it, and that does not change.
    Bare,
    /// There is nothing on it, and the plugin says that this is to be expected.
    BareAsExpected,
    /// None of its items can be read.
    Unreadable,
    /// A crawl in this many slices, which then is quiet.
    Slices(u64),
    /// The plugin says that there is more, and brings the same again.
    Stuck,
    Fault(Fault),
}

/// A run that fails.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Fault {
    pub(crate) code: &'static str,
    pub(crate) status: Option<u16>,
    pub(crate) retry_after_s: Option<u64>,
}

/// What a visit was shown.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Shown {
    Unchanged { version: String },
    Read { version: String, new: u64, old: u64, skipped: u64, expected_empty: bool, more: bool },
    Failed(Fault),
}

/// One source's page.
#[derive(Debug)]
pub(crate) struct Page {
    /// Until which second of the test each weather lasts; the last one stays.
    pub(crate) script: Vec<(i64, Weather)>,
    /// Items that it has ever had.
    items: u64,
    /// Items that a visit has brought.
    brought: u64,
    /// Changes of its bytes.
    changes: u64,
    /// Slices that were crawled.
    slices: u64,
    /// What the last visit was shown.
    shown: Option<Shown>,
}

#[derive(Debug)]
pub struct Web {
    begin: Timestamp,
    clock: tidings_model::ManualClock,
    pages: Mutex<BTreeMap<SourceId, Page>>,
}

impl Page {
    pub(crate) fn new(script: Vec<(i64, Weather)>) -> Self {
        Self { script, items: OLD, brought: 0, changes: 0, slices: 0, shown: None }
    }

    fn weather(&self, second: i64) -> Weather {
        let now = self.script.iter().find(|(until, _)| second < *until).or(self.script.last());
        now.map_or(Weather::Quiet, |(_, weather)| *weather)
    }

    /// The page as it stands at a visit by someone who knows the version `known`.
    fn show(&mut self, second: i64, known: Option<&str>) -> Shown {
        let mut weather = self.weather(second);
        if let Weather::Slices(count) = weather
            && count <= self.slices
        {
            weather = Weather::Quiet;
        }
        let (mut new, mut old, mut skipped, mut more) = (0, OLD, 0, false);
        match weather {
            Weather::Fault(fault) => return Shown::Failed(fault),
            Weather::Fresh => new = 2,
            Weather::Slices(count) => {
                self.slices += 1;
                (new, more) = (2, self.slices < count);
            }
            Weather::Stuck => more = true,
            Weather::Unreadable => (old, skipped) = (0, 3),
            Weather::Bare | Weather::BareAsExpected => old = 0,
            Weather::Quiet | Weather::Churn => {}
        }
        let is_still = matches!(weather, Weather::Quiet | Weather::Bare | Weather::BareAsExpected);
        self.changes += u64::from(!is_still);
        self.items += new;
        let version = match weather {
            Weather::Bare | Weather::BareAsExpected => "bare".to_owned(),
            _ => format!("{} changes", self.changes),
        };
        if known == Some(version.as_str()) {
            return Shown::Unchanged { version };
        }
        let expected_empty = weather == Weather::BareAsExpected;
        if 0 < new + old {
            // What was there before the first visit is new to it.
            let fresh = self.items - self.brought.max(self.items - new - old);
            (new, old) = (fresh, new + old - fresh);
            self.brought = self.items;
        }
        Shown::Read { version, new, old, skipped, expected_empty, more }
    }
}

impl Web {
    pub(crate) fn new(clock: tidings_model::ManualClock, pages: BTreeMap<SourceId, Page>) -> Self {
        let begin = tidings_model::Clock::now(&clock);
        Self { begin, clock, pages: Mutex::new(pages) }
    }

    /// What the last visit of `source` was shown, once.
    pub(crate) fn take_shown(&self, source: &SourceId) -> Option<Shown> {
        self.pages.lock().unwrap().get_mut(source)?.shown.take()
    }

    /// Plays plugin and supervisor.
    pub(crate) async fn visit(&self, job: &Job, calls: &mut RunCalls) -> RunEnd {
        let second = tidings_model::Clock::now(&self.clock).duration_since(self.begin).as_secs();
        let known = job.validators.as_ref().map(|validators| serde_json::to_value(validators).unwrap());
        let known = known.as_ref().and_then(|known| known["basis"].as_str());
        let (shown, items) = {
            let mut pages = self.pages.lock().unwrap();
            let page = pages.get_mut(&job.source).unwrap();
            let shown = page.show(second, known);
            assert_eq!(page.shown.replace(shown.clone()), None, "{} was visited twice in a step", job.source);
            (shown, page.items)
        };
        match shown {
            Shown::Failed(fault) => RunEnd::without_process(Err(fault.error())),
            Shown::Unchanged { version } => RunEnd {
                unchanged: true,
                fetched: FETCHED,
                validators: Some(validators(&version)),
                ..RunEnd::without_process(Ok(RunReport::default()))
            },
            Shown::Read { version, new, old, skipped, expected_empty, more } => {
                for number in items - new - old..items {
                    calls.emit(item(&job.source, number)).await.unwrap();
                }
                for number in 0..skipped {
                    let url = format!("https://{}.example/{number}", job.source);
                    calls.skip(Skip { url, reason: "it has no title".to_owned() });
                }
                let report = RunReport { expected_empty, more, ..RunReport::default() };
                let validators = (!more).then(|| validators(&version));
                RunEnd { fetched: FETCHED, validators, ..RunEnd::without_process(Ok(report)) }
            }
        }
    }
}

impl Fault {
    pub(crate) const fn new(code: &'static str) -> Self {
        Self { code, status: None, retry_after_s: None }
    }

    fn error(self) -> Error {
        let mut error = Error::new(self.code, format!("made up: {}", self.code));
        (error.data.status, error.data.retry_after_s) = (self.status, self.retry_after_s);
        error
    }
}

fn validators(version: &str) -> EntryValidators {
    serde_json::from_value(json!({ "basis": version, "answers": {} })).unwrap()
}

fn item(source: &SourceId, number: u64) -> Finding {
    Finding {
        key: Some(number.to_string()),
        url: Some(format!("https://{source}.example/{number}")),
        title: Some(format!("Item {number} of {source}")),
        text: Some("The reports take a minute to open since the update.".to_owned()),
        kind: Some("post".to_owned()),
        ..Finding::default()
    }
}
