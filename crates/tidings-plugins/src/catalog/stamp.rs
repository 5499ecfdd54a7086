//! What tells that a file has changed, and that it has stopped changing.

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

use super::search::Candidate;

/// How long a file must have been still.
const STILL: Duration = Duration::from_millis(300);

/// Size, time of change and place of a file: what is compared before it is read again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Stamp {
    pub(super) size: u64,
    /// Nanoseconds since 1970.
    pub(super) modified_ns: i128,
    pub(super) inode: u64,
}

impl Stamp {
    pub(super) fn of(metadata: &Metadata) -> Self {
        let modified_ns = i128::from(metadata.mtime()) * 1_000_000_000 + i128::from(metadata.mtime_nsec());
        Self { size: metadata.len(), modified_ns, inode: metadata.ino() }
    }

    /// Of two files together: it changes when one of them does.
    pub(super) fn with(self, other: Self) -> Self {
        Self {
            size: self.size.wrapping_add(other.size),
            modified_ns: self.modified_ns.max(other.modified_ns),
            inode: self.inode.rotate_left(7) ^ other.inode,
        }
    }

    fn is_still(self) -> bool {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let now = i128::try_from(now.as_nanos()).unwrap_or(i128::MAX);
        i128::try_from(STILL.as_nanos()).is_ok_and(|still| self.modified_ns + still <= now)
    }
}

/// The stamp of what nobody is writing; `None` where somebody is.
///
/// Real time, since it is compared with what the file system says.
pub(super) async fn settled(candidate: &Candidate) -> Option<Stamp> {
    let seen = candidate.stamp;
    if seen.is_still() && candidate.stamp_now() == Some(seen) {
        return Some(seen);
    }
    tokio::time::sleep(STILL).await;
    candidate.stamp_now().filter(|now| *now == seen)
}
