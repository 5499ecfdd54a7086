//! Log and index held side by side.

use std::collections::HashMap;
use std::fmt;
use std::path::PathBuf;

use serde::Serialize;
use tantivy::Searcher;
use tidings_model::FindingId;
use tidings_store::{EntryKind, LogNumber, Store};

use crate::checkpoint::{Checkpoint, Payload};
use crate::document::{FindingDocument, id_bits};
use crate::index::Live;
use crate::rebuild::{PAGE, Progress};
use crate::schema::column;
use crate::{Index, IndexError};

/// One thing in which the index is not what the log says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "difference")]
pub enum Difference {
    /// In the log, not in the index.
    Missing { id: FindingId },
    /// In the index, not in the log.
    Extra { id: FindingId },
    /// In the index more than once.
    Repeated { id: FindingId, count: u32 },
    /// Its revision, words, tags, date or another value is not that of the log.
    Outdated { id: FindingId },
    /// The index claims to have read entries that the log does not have.
    Ahead { index: LogNumber, log: LogNumber },
    /// A file whose checksum is not that of its bytes.
    DamagedFile { file: PathBuf },
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing { id } => write!(f, "{id} is in the log, but not in the index"),
            Self::Extra { id } => write!(f, "{id} is in the index, but not in the log"),
            Self::Repeated { id, count } => write!(f, "{id} is in the index {count} times"),
            Self::Outdated { id } => write!(f, "{id} is in the index otherwise than in the log"),
            Self::Ahead { index, log } => write!(f, "the index has read up to entry {index}, the log ends at {log}"),
            Self::DamagedFile { file } => write!(f, "the bytes of {} are not those written", file.display()),
        }
    }
}

/// What the log and the index say of one finding.
#[derive(Default)]
struct Sides {
    logged: Option<u64>,
    indexed: Option<u64>,
    copies: u32,
    /// The log lacks its text by an erasure that the index has yet to read.
    is_being_erased: bool,
}

impl Index {
    /// Compares the index with the log up to its checkpoint; what the follower has
    /// yet to read is no difference. Sorted by id. Holds 40 bytes a finding.
    ///
    /// # Errors
    ///
    /// When the log or the index cannot be read at all.
    pub fn verify(&self, store: &Store, mut progress: impl FnMut(Progress)) -> Result<Vec<Difference>, IndexError> {
        let live = self.live()?;
        let tantivy_error = |error| self.tantivy_error(error);
        let (searcher, checkpoint) = settled(&live).map_err(tantivy_error)?;
        let mut differences = Vec::new();
        let mut damaged: Vec<_> = live.index.validate_checksum().map_err(tantivy_error)?.into_iter().collect();
        damaged.sort();
        differences.extend(damaged.into_iter().map(|file| Difference::DamagedFile { file }));
        if !differences.is_empty() {
            // What damaged files say of the findings is worth nothing.
            return Ok(differences);
        }
        let head = store.head()?;
        if head < checkpoint.log {
            differences.push(Difference::Ahead { index: checkpoint.log, log: head });
        }
        let mut sides = HashMap::new();
        self.read_log(store, checkpoint.log.min(head), &mut sides, &mut progress)?;
        read_index(&searcher, &mut sides).map_err(tantivy_error)?;
        let mut sides: Vec<(u128, Sides)> = sides.into_iter().collect();
        sides.sort_unstable_by_key(|(bits, _)| *bits);
        differences.extend(sides.into_iter().filter_map(|(bits, side)| compare(bits, &side)));
        Ok(differences)
    }

    fn read_log(
        &self,
        store: &Store,
        total: LogNumber,
        sides: &mut HashMap<u128, Sides>,
        progress: &mut impl FnMut(Progress),
    ) -> Result<(), IndexError> {
        let mut done = LogNumber(0);
        while done < total {
            let entries = store.log_after(done, PAGE)?;
            if entries.is_empty() {
                return Err(IndexError::Gap { expected: LogNumber(done.0 + 1), found: total });
            }
            for entry in entries.iter().take_while(|entry| entry.number <= total) {
                done = entry.number;
                let Some(id) = &entry.id else {
                    continue;
                };
                let bits = id_bits(id)?;
                let document =
                    entry.finding.as_deref().map(|finding| FindingDocument::new(finding, bits, &self.shared.fields));
                let hash = document.transpose()?.map(|document| document.logged_hash());
                let side = sides.entry(bits).or_default();
                side.is_being_erased = hash.is_none() && entry.kind != EntryKind::Erased;
                side.logged = hash;
            }
            progress(Progress { done, total });
        }
        Ok(())
    }
}

/// The latest commit and its checkpoint. Beside a daemon that commits in between,
/// the two are read again until they belong together.
fn settled(live: &Live) -> tantivy::Result<(Searcher, Checkpoint)> {
    let mut checkpoint = committed_checkpoint(live)?;
    loop {
        live.reader.reload()?;
        let searcher = live.reader.searcher();
        let after = committed_checkpoint(live)?;
        if after == checkpoint {
            return Ok((searcher, checkpoint));
        }
        checkpoint = after;
    }
}

fn committed_checkpoint(live: &Live) -> tantivy::Result<Checkpoint> {
    let payload = live.index.load_metas()?.payload;
    Ok(payload.as_deref().and_then(Payload::read).map_or(live.checkpoint, |payload| payload.checkpoint))
}

fn read_index(searcher: &Searcher, sides: &mut HashMap<u128, Sides>) -> tantivy::Result<()> {
    for segment in searcher.segment_readers() {
        let columns = segment.fast_fields();
        let high = columns.column_first_or_default::<u64>(column::ID_HIGH)?;
        let low = columns.column_first_or_default::<u64>(column::ID_LOW)?;
        let hash = columns.column_first_or_default::<u64>(column::HASH)?;
        for doc in segment.doc_ids_alive() {
            let bits = (u128::from(high.get_val(doc)) << 64) | u128::from(low.get_val(doc));
            let side = sides.entry(bits).or_default();
            side.indexed = Some(hash.get_val(doc));
            side.copies += 1;
        }
    }
    Ok(())
}

fn compare(bits: u128, side: &Sides) -> Option<Difference> {
    let id = || FindingId::from_bytes(bits.to_be_bytes());
    if side.is_being_erased {
        return None;
    }
    match (side.logged, side.indexed) {
        (None, None) => None,
        (Some(_), None) => Some(Difference::Missing { id: id() }),
        (None, Some(_)) => Some(Difference::Extra { id: id() }),
        _ if 1 < side.copies => Some(Difference::Repeated { id: id(), count: side.copies }),
        (logged, indexed) => (logged != indexed).then(|| Difference::Outdated { id: id() }),
    }
}
