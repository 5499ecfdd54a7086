//! What a run emits, on its way into the log: normalise, identify, tag, tell by what
//! its story is found, commit.
//!
//! Blocks on the store, where it reads for microseconds and commits. Findings are committed in
//! batches while a run lasts; state never before the findings it covers.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::Value;
use tidings_match::Tagger;
use tidings_model::{Clues, Counts, Engagement, Finding, FindingId, SkippedItem, SourceId, Url, canonical_url};
use tidings_protocol as wire;
use tidings_protocol::Outcome;
use tidings_store::{Batch, Committed, Incoming, Known, MAX_SNAPSHOT, Snapshot, Store, StoreError};

use crate::clues::clues;
use crate::normalise::{Origin, content_hash, normalise};

/// Findings of a batch, and bytes of their texts, at which it is committed.
const BATCH_FINDINGS: usize = 200;
const BATCH_BYTES: usize = 4 << 20;
/// Items kept with the run that says what was skipped; all are counted.
const SKIPPED_KEPT: usize = 100;

/// The findings and the state of one run of one source.
pub struct Ingest {
    store: Store,
    tagger: Arc<Tagger>,
    origin: Origin,
    run: String,
    /// What this run has emitted, with the hash of its content: committed or staged.
    emitted: HashMap<FindingId, u64>,
    staged: Vec<Incoming>,
    staged_bytes: usize,
    engagement: Vec<(FindingId, Engagement)>,
    state: BTreeMap<String, Value>,
    snapshots: BTreeMap<String, Snapshot>,
    /// Ids of the latest committed snapshots that this run has looked at; nobody else adds to them.
    previous: BTreeMap<String, Option<String>>,
    counts: Counts,
    skipped: Vec<SkippedItem>,
    /// Why an earlier batch was refused: what it held is gone, so this run must not
    /// end well, whatever the plugin makes of it.
    refused: Option<StoreError>,
    /// A batch was committed that waits for [`Ingest::cover`].
    is_uncovered: bool,
}

impl Ingest {
    pub fn new(store: Store, tagger: Arc<Tagger>, origin: Origin, run: String) -> Self {
        Self {
            store,
            tagger,
            origin,
            run,
            emitted: HashMap::new(),
            staged: Vec::new(),
            staged_bytes: 0,
            engagement: Vec::new(),
            state: BTreeMap::new(),
            snapshots: BTreeMap::new(),
            previous: BTreeMap::new(),
            counts: Counts::default(),
            skipped: Vec::new(),
            refused: None,
            is_uncovered: false,
        }
    }

    pub(crate) fn source(&self) -> &SourceId {
        &self.origin.source
    }

    /// Bytes of text that wait for a batch.
    pub(crate) fn staged_bytes(&self) -> usize {
        self.staged_bytes
    }

    pub fn counts(&self) -> Counts {
        self.counts
    }

    pub fn take_skipped(&mut self) -> Vec<SkippedItem> {
        std::mem::take(&mut self.skipped)
    }

    /// Counts one item that could not be read.
    pub fn skip(&mut self, url: String, reason: String) {
        self.counts.skipped += 1;
        if self.skipped.len() < SKIPPED_KEPT {
            self.skipped.push(SkippedItem { url, reason });
        }
    }

    /// Takes in one finding, seen at `now`. Answers what it is to the plugin;
    /// [`Ingest::is_full`] says when a batch is due.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub fn emit(&mut self, emitted: wire::Finding, now: Timestamp) -> Result<Outcome, StoreError> {
        let address = emitted.url.clone();
        let finding = match normalise(emitted, &self.origin, now) {
            Ok(finding) => finding,
            Err(refused) => {
                self.skip(address.unwrap_or_default(), refused.to_string());
                return Ok(Outcome::Refused);
            }
        };
        let hash = content_hash(&finding);
        if self.emitted.get(&finding.id) == Some(&hash) {
            self.counts.duplicate += 1;
            return Ok(Outcome::Duplicate);
        }
        let known = self.store.known(std::slice::from_ref(&finding.id))?.pop().flatten();
        Ok(self.take(finding, hash, known.as_ref()))
    }

    fn take(&mut self, finding: Finding, hash: u64, known: Option<&Known>) -> Outcome {
        let emitted_before = self.emitted.insert(finding.id.clone(), hash);
        match known {
            Some(known) if known.hash == hash => {
                self.counts.duplicate += 1;
                if known.covered {
                    self.engagement.extend(finding.engagement.map(|engagement| (finding.id, engagement)));
                    return Outcome::Duplicate;
                }
                // Left behind by a run that did not end well: the plugin must not stop
                // at it, and this run covers it in its turn.
                self.stage(finding, hash);
                Outcome::New
            }
            known => {
                let is_new = known.is_none() && emitted_before.is_none();
                self.stage(finding, hash);
                if is_new {
                    self.counts.new += 1;
                    Outcome::New
                } else {
                    self.counts.updated += 1;
                    Outcome::Updated
                }
            }
        }
    }

    fn stage(&mut self, finding: Finding, hash: u64) {
        self.staged_bytes += finding.text.len() + finding.title.len();
        self.staged.push(Incoming { finding, hash, clues: Clues::default() });
    }

    /// Whether enough is staged to be committed.
    pub fn is_full(&self) -> bool {
        BATCH_FINDINGS <= self.staged.len() || BATCH_BYTES <= self.staged_bytes
    }

    /// Which of these keys or addresses are covered by a run that ended well.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub fn seen(&self, keys: &[String]) -> Result<Vec<bool>, StoreError> {
        let by_key: Vec<FindingId> = keys.iter().map(|key| self.origin.id_of_key(key)).collect();
        let by_url: Vec<FindingId> = keys
            .iter()
            .zip(&by_key)
            .map(|(key, by_key)| match Url::parse(key) {
                Ok(url) if url.has_host() => self.origin.id_of_url(&canonical_url(&url)),
                _ => by_key.clone(),
            })
            .collect();
        let is_covered = |known: &Option<Known>| known.as_ref().is_some_and(|known| known.covered);
        let by_key = self.store.known(&by_key)?;
        let by_url = self.store.known(&by_url)?;
        Ok(by_key.iter().zip(&by_url).map(|(key, url)| is_covered(key) || is_covered(url)).collect())
    }

    /// What the source keeps under `key`, as this run has set it or as last committed.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub fn state(&self, key: &str) -> Result<Option<Value>, StoreError> {
        match self.state.get(key) {
            Some(value) => Ok(Some(value.clone())),
            None => self.store.state(&self.origin.identity, key),
        }
    }

    pub fn set_state(&mut self, key: String, value: Value) {
        self.state.insert(key, value);
    }

    /// The latest state of a page: of this run, or as last committed.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub fn snapshot(&mut self, key: &str) -> Result<Option<Snapshot>, StoreError> {
        match self.snapshots.get(key) {
            Some(snapshot) => Ok(Some(snapshot.clone())),
            None => {
                let latest = self.store.latest_snapshot(&self.origin.identity, key)?;
                self.previous.insert(key.to_owned(), latest.as_ref().map(|latest| latest.id.clone()));
                Ok(latest)
            }
        }
    }

    /// Keeps a state of a page, from [`Ingest::cover`] on; `append` adds to the one
    /// put by this run. Answers its id as it is now.
    ///
    /// # Errors
    ///
    /// When the store cannot be read, or it is larger than the store takes.
    pub fn put_snapshot(&mut self, put: wire::SnapshotPut, now: Timestamp) -> Result<String, StoreError> {
        let (text, facts) = match self.snapshots.remove(&put.key) {
            Some(begun) if put.append => {
                (begun.text + &put.text, if put.facts.is_null() { begun.facts } else { put.facts })
            }
            _ => (put.text, put.facts),
        };
        if MAX_SNAPSHOT < text.len() {
            return Err(StoreError::TooLarge { what: "a snapshot", size: text.len(), limit: MAX_SNAPSHOT });
        }
        if !self.previous.contains_key(&put.key) {
            let latest = self.store.latest_snapshot(&self.origin.identity, &put.key)?;
            self.previous.insert(put.key.clone(), latest.map(|latest| latest.id));
        }
        let previous = self.previous.get(&put.key).and_then(Option::as_deref);
        let snapshot = Snapshot::new(self.origin.identity.clone(), put.key.clone(), text, facts, now, previous);
        let id = snapshot.id.clone();
        self.snapshots.insert(put.key, snapshot);
        Ok(id)
    }

    /// Whether there is nothing to commit and nothing to cover.
    fn is_settled(&self) -> bool {
        self.staged.is_empty()
            && self.engagement.is_empty()
            && self.state.is_empty()
            && self.snapshots.is_empty()
            && !self.is_uncovered
            && self.refused.is_none()
    }

    /// Commits what is staged; state and coverage wait for [`Ingest::cover`].
    ///
    /// # Errors
    ///
    /// When the store refuses: then nothing of it is kept.
    pub fn flush(&mut self, now: Timestamp) -> Result<Option<Committed>, StoreError> {
        self.batch(now, false)?.map(|batch| self.commit(batch)).transpose()
    }

    /// Commits what is staged together with the state set so far, and marks the
    /// findings of this run as covered: they are duplicates from now on.
    ///
    /// # Errors
    ///
    /// As [`Ingest::flush`].
    pub fn cover(&mut self, now: Timestamp) -> Result<Committed, StoreError> {
        let batch = self.take_batch(now, true)?;
        self.commit(batch)
    }

    fn commit(&mut self, batch: Batch) -> Result<Committed, StoreError> {
        self.store.commit(batch).inspect_err(|error| self.refuse(error.clone()))
    }

    /// What is staged, tagged; with the state set so far where it `covers` the run. Whoever takes it commits it, or
    /// says with [`Ingest::refuse`] that it could not. `None` where there is nothing to keep.
    ///
    /// # Errors
    ///
    /// When an earlier one was refused.
    pub(crate) fn batch(&mut self, now: Timestamp, covers: bool) -> Result<Option<Batch>, StoreError> {
        let is_nothing = if covers { self.is_settled() } else { self.staged.is_empty() && self.engagement.is_empty() };
        if is_nothing { Ok(None) } else { self.take_batch(now, covers).map(Some) }
    }

    fn take_batch(&mut self, now: Timestamp, covers: bool) -> Result<Batch, StoreError> {
        if let Some(refused) = &self.refused {
            return Err(refused.clone());
        }
        for staged in &mut self.staged {
            self.tagger.tag(&mut staged.finding);
            staged.clues = clues(&staged.finding);
        }
        let (state, snapshots) = if covers {
            (std::mem::take(&mut self.state), std::mem::take(&mut self.snapshots))
        } else {
            Default::default()
        };
        self.staged_bytes = 0;
        self.is_uncovered = !covers;
        let latest = snapshots.values().map(|snapshot| (snapshot.key.clone(), Some(snapshot.id.clone())));
        self.previous.extend(latest);
        Ok(Batch {
            source: self.origin.identity.clone(),
            run: self.run.clone(),
            at: now,
            findings: std::mem::take(&mut self.staged),
            engagement: std::mem::take(&mut self.engagement),
            state: state.into_iter().collect(),
            snapshots: snapshots.into_values().collect(),
            cover: covers,
        })
    }

    /// A batch that the store refuses is gone with its run, which then fails and
    /// is repeated: nothing of it counts as seen.
    pub(crate) fn refuse(&mut self, refused: StoreError) {
        self.refused = Some(refused);
    }
}

#[cfg(test)]
mod tests;
