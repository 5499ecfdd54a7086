//! One page of the archive: its tags decided, and written where they differ.

use std::time::{Duration, Instant};

use jiff::Timestamp;
use tidings_match::Tagger;
use tidings_model::{CompetitorTag, Finding, Severity, Tag};
use tidings_store::{Decided, LogNumber, PassState, RetagBatch, RetagPass, Store, StoreError, ToRetag};

use crate::IndexFeed;

/// Findings of a page, and bytes of their texts: about a tenth of a second of work.
const PAGE_FINDINGS: usize = 500;
const PAGE_BYTES: usize = 2 << 20;
/// Longest that the tags of one page are decided; the rest of it is for the next.
const PAGE_LASTS: Duration = Duration::from_millis(400);
/// How many times as long as its page lasted it rests while ingest commits.
pub(super) const GIVE_WAY: u32 = 3;

/// How one page went.
#[derive(Debug)]
pub(super) enum Page {
    Nothing,
    /// The tagger is not that of the taxonomy in force, which has this version.
    OtherTaxonomy(u64),
    Decided {
        pass: Option<RetagPass>,
        /// To be kept before the next one.
        pause: Duration,
    },
}

pub(super) struct Worker {
    store: Store,
    feed: IndexFeed,
    /// Where the log ended after the last page.
    head: LogNumber,
}

impl Worker {
    pub(super) fn new(store: Store, feed: IndexFeed) -> Self {
        Self { store, feed, head: LogNumber(0) }
    }

    /// Decides the next page and writes what came of it.
    pub(super) fn page(&mut self, tagger: &Tagger, now: Timestamp) -> Result<Page, StoreError> {
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
    pub(crate) severity: Option<Severity>,
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
