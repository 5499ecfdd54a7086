//! Files of a folder that the operator granted.

use jiff::Timestamp;
use tidings_protocol as wire;

/// Longest file that is read whole, in bytes.
pub(crate) const MAX_FILE: u64 = 64 << 20;

/// A file of the granted folder; read it with [`Ctx::read`](crate::Ctx::read).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    pub name: String,
    /// In bytes.
    pub size: u64,
    pub modified: Timestamp,
}

impl From<wire::FolderFile> for File {
    fn from(file: wire::FolderFile) -> Self {
        Self { name: file.name, size: file.size, modified: file.modified }
    }
}
