//! The folder that one process may write into, and that ends with it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// A folder of its own for one process; removed when this is dropped.
#[derive(Debug)]
pub(super) struct Scratch(PathBuf);

impl Scratch {
    /// Makes `PARENT/<pid>-<number>`.
    pub(super) fn make(parent: &Path) -> io::Result<Self> {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let name = format!("{}-{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
        let path = parent.join(name);
        fs::create_dir_all(&path)?;
        Ok(Self(path))
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.0) {
            tracing::warn!(path = %self.0.display(), %error, "cannot remove a plugin's scratch folder");
        }
    }
}

/// Removes what processes left in `parent` whose daemon was killed.
pub(crate) fn remove_abandoned(parent: &Path) {
    for entry in fs::read_dir(parent).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let owner = name.to_str().and_then(|name| name.split_once('-')).map(|(pid, _)| pid.to_owned());
        // Our own folders are those of living runs; a number of ours from before the last boot is not told apart.
        if owner.is_some_and(|pid| pid.parse::<u32>().is_ok() && !Path::new("/proc").join(&pid).exists())
            && let Err(error) = fs::remove_dir_all(entry.path())
        {
            tracing::warn!(path = %entry.path().display(), %error, "cannot remove an abandoned scratch folder");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_ends_with_its_process_and_only_those_of_the_dead_are_removed() {
        let dir = tempfile::tempdir().unwrap();
        let scratch = Scratch::make(dir.path()).unwrap();
        // Above the largest process id that Linux gives.
        let dead = dir.path().join("4194999-0");
        fs::create_dir(&dead).unwrap();
        fs::create_dir(dir.path().join("keep")).unwrap();
        remove_abandoned(dir.path());
        assert!(scratch.path().exists() && !dead.exists() && dir.path().join("keep").exists());
        let path = scratch.path().to_owned();
        drop(scratch);
        assert!(!path.exists());
    }
}
