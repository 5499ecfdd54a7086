//! What tells that a file has changed, and that it has stopped changing.

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

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
}

/// The stamp of a file that nobody is writing; `None` where somebody is.
///
/// Real time, since it is compared with what the file system says.
pub(super) async fn settled(path: &Path, seen: Stamp) -> Option<Stamp> {
    let is_still = |metadata: &Metadata| {
        let age = metadata.modified().ok().and_then(|modified| SystemTime::now().duration_since(modified).ok());
        age.is_some_and(|age| STILL <= age)
    };
    if std::fs::metadata(path).is_ok_and(|metadata| Stamp::of(&metadata) == seen && is_still(&metadata)) {
        return Some(seen);
    }
    tokio::time::sleep(STILL).await;
    let now = Stamp::of(&std::fs::metadata(path).ok()?);
    (now == seen).then_some(now)
}
