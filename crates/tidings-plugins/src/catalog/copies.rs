//! Copies of plugin files, named by their content.
//!
//! A run maps its file into memory; a write into that file would kill it. So
//! nobody runs the file that people copy over, but a copy that is never written.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs::{self, File, Permissions};
use std::io::{self, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tidings_protocol::Manifest;

use super::stamp::Stamp;
use crate::artifact::{Artifact, ProgramFile, ProgramFileError};
use crate::plugin::Form;

/// Versions of one file that are kept.
const KEPT: usize = 3;
/// Largest plugin file.
const MAX_SIZE: u64 = 512 << 20;

/// The store: `<sha256>.so`, `manifests/<sha256>.json`, and what was seen where.
#[derive(Clone, Debug)]
pub(super) struct Copies {
    dir: PathBuf,
}

/// What is run of a plugin, and what it is known by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Copied {
    /// In hexadecimal.
    pub(super) sha256: String,
    pub(super) artifact: Artifact,
}

/// `index.json`: spares reading files that have not changed since.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Index {
    files: BTreeMap<PathBuf, Seen>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Seen {
    stamp: Stamp,
    /// Newest first.
    versions: Vec<String>,
}

impl Copies {
    pub(super) fn open(dir: &Path) -> io::Result<Self> {
        fs::create_dir_all(dir.join("manifests"))?;
        // The child is started in another folder.
        let copies = Self { dir: fs::canonicalize(dir)? };
        crate::process::remove_abandoned(&copies.scratch());
        Ok(copies)
    }

    /// Where programs write.
    fn scratch(&self) -> PathBuf {
        self.dir.join("scratch")
    }

    /// What a program is known by: the content of its `plugin.toml`, and of the files that
    /// it names. It stays where it is, since it may need what lies beside it.
    pub(super) fn identify(&self, path: &Path) -> Result<Copied, ProgramFileError> {
        let path = fs::canonicalize(path)?;
        let file = ProgramFile::read(&path)?;
        let dir = path.parent().unwrap_or(Path::new("/")).to_owned();
        let mut hasher = Sha256::new();
        for part in [path.clone()].into_iter().chain(file.parts(&dir)) {
            let length = fs::metadata(&part)?.len();
            if MAX_SIZE < length {
                return Err(
                    io::Error::other(format!("{} is larger than {} MiB", part.display(), MAX_SIZE >> 20)).into()
                );
            }
            hasher.update(part.as_os_str().as_encoded_bytes());
            hasher.update(length.to_le_bytes());
            io::copy(&mut File::open(&part)?, &mut HashedWrite(&mut hasher))?;
        }
        let artifact = Artifact::Program { dir, command: file.exec, scratch: self.scratch() };
        let sha256 = hexadecimal(&hasher.finalize());
        // So that the manifests of its old versions are forgotten like those of libraries.
        if self.index().files.get(&path).and_then(|seen| seen.versions.first()) != Some(&sha256) {
            self.remember(&path, Stamp::of(&fs::metadata(&path)?), &sha256)?;
        }
        Ok(Copied { sha256, artifact })
    }

    /// Copies the file at `path`, unless its copy is there. `None` where it is not the
    /// file of `stamp` any more.
    pub(super) fn copy(&self, path: &Path, form: Form, stamp: Stamp) -> io::Result<Option<Copied>> {
        let path = fs::canonicalize(path)?;
        let index = self.index();
        if let Some(seen) = index.files.get(&path).filter(|seen| seen.stamp == stamp)
            && let Some(copied) = seen.versions.first().and_then(|sha256| self.present(sha256, form, stamp.size))
        {
            return Ok(Some(copied));
        }
        if MAX_SIZE < stamp.size {
            return Err(io::Error::other(format!("it is larger than {} MiB", MAX_SIZE >> 20)));
        }
        let temporary = self.dir.join(format!("new-{}-{}.so", std::process::id(), stamp.inode));
        let sha256 = copy_hashed(&path, &temporary)?;
        if Stamp::of(&fs::metadata(&path)?) != stamp {
            fs::remove_file(&temporary)?;
            return Ok(None);
        }
        let stored = self.stored(&sha256, form);
        fs::rename(&temporary, &stored)?;
        self.remember(&path, stamp, &sha256)?;
        Ok(Some(Copied { sha256, artifact: Artifact::File { path: stored, form } }))
    }

    pub(super) fn manifest(&self, sha256: &str) -> Option<Manifest> {
        serde_json::from_slice(&fs::read(self.manifest_path(sha256)).ok()?).ok()
    }

    pub(super) fn keep_manifest(&self, sha256: &str, manifest: &Manifest) -> io::Result<()> {
        self.write(&self.manifest_path(sha256), &serde_json::to_vec_pretty(manifest)?)
    }

    fn present(&self, sha256: &str, form: Form, size: u64) -> Option<Copied> {
        let path = self.stored(sha256, form);
        let is_whole = fs::metadata(&path).is_ok_and(|metadata| metadata.len() == size);
        is_whole.then(|| Copied { sha256: sha256.to_owned(), artifact: Artifact::File { path, form } })
    }

    fn stored(&self, sha256: &str, form: Form) -> PathBuf {
        self.dir.join(format!("{sha256}.{}", if form == Form::Recipe { "recipe.toml" } else { "so" }))
    }

    fn manifest_path(&self, sha256: &str) -> PathBuf {
        self.dir.join("manifests").join(format!("{sha256}.json"))
    }

    /// An index that cannot be read only costs reading the files again.
    fn index(&self) -> Index {
        let bytes = fs::read(self.dir.join("index.json")).unwrap_or_default();
        serde_json::from_slice(&bytes).unwrap_or_default()
    }

    /// Notes a version, forgets files that are gone, and removes copies that no file
    /// needs any more. Read again here, since another process may have added some.
    fn remember(&self, path: &Path, stamp: Stamp, sha256: &str) -> io::Result<()> {
        let mut index = self.index();
        let mut versions = index.files.remove(path).map(|seen| seen.versions).unwrap_or_default();
        versions.retain(|version| version != sha256);
        versions.insert(0, sha256.to_owned());
        versions.truncate(KEPT);
        index.files.insert(path.to_owned(), Seen { stamp, versions });
        index.files.retain(|path, _| path.exists());
        self.write(&self.dir.join("index.json"), &serde_json::to_vec_pretty(&index)?)?;
        self.prune(&index)
    }

    fn prune(&self, index: &Index) -> io::Result<()> {
        let needed: BTreeSet<&str> =
            index.files.values().flat_map(|seen| seen.versions.iter().map(String::as_str)).collect();
        for entry in fs::read_dir(&self.dir)?.flatten() {
            let path = entry.path();
            let file_name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            let (name, extension) = file_name.split_once('.').unwrap_or_default();
            let is_copy = matches!(extension, "so" | "recipe.toml") && name.len() == 64;
            if is_copy && !needed.contains(name) {
                fs::remove_file(&path)?;
            }
        }
        for entry in fs::read_dir(self.dir.join("manifests"))?.flatten() {
            let path = entry.path();
            let name = path.file_stem().and_then(|name| name.to_str()).unwrap_or_default();
            let is_manifest = path.extension().is_some_and(|extension| extension == "json") && name.len() == 64;
            if is_manifest && !needed.contains(name) {
                fs::remove_file(&path)?;
            }
        }
        Ok(())
    }

    /// Writes by renaming, so that a reader sees the old or the new, never half.
    fn write(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        let temporary = path.with_extension(format!("new-{}", std::process::id()));
        let mut file = File::create(&temporary)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(temporary, path)
    }
}

fn copy_hashed(from: &Path, to: &Path) -> io::Result<String> {
    let mut from = File::open(from)?;
    let mut copy = File::create(to)?;
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 256 << 10];
    loop {
        let read = from.read(&mut buffer)?;
        if read == 0 {
            break;
        }
        hasher.update(&buffer[..read]);
        copy.write_all(&buffer[..read])?;
    }
    copy.set_permissions(Permissions::from_mode(0o444))?;
    copy.sync_all()?;
    Ok(hexadecimal(&hasher.finalize()))
}

fn hexadecimal(digest: &[u8]) -> String {
    digest.iter().fold(String::with_capacity(64), |mut hex, byte| {
        write!(hex, "{byte:02x}").expect("a string takes all that is written");
        hex
    })
}

/// Feeds what is written into a hash.
struct HashedWrite<'hasher>(&'hasher mut Sha256);

impl Write for HashedWrite<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn copy(copies: &Copies, path: &Path) -> Copied {
        copies.copy(path, Form::Native, Stamp::of(&fs::metadata(path).unwrap())).unwrap().unwrap()
    }

    #[test]
    fn manifests_of_old_versions_of_a_program_are_forgotten() {
        let dir = tempfile::tempdir().unwrap();
        let copies = Copies::open(&dir.path().join("store")).unwrap();
        let manifests = || fs::read_dir(dir.path().join("store/manifests")).unwrap().count();
        let path = dir.path().join("plugin.toml");
        fs::write(&path, "exec = [\"./main\"]").unwrap();
        for version in 0..KEPT + 2 {
            fs::write(dir.path().join("main"), version.to_string()).unwrap();
            let sha256 = copies.identify(&path).unwrap().sha256;
            fs::write(copies.manifest_path(&sha256), "{}").unwrap();
            assert_eq!(copies.identify(&path).unwrap().sha256, sha256);
            assert_eq!(manifests(), (version + 1).min(KEPT));
        }
    }

    #[test]
    fn a_copy_is_named_by_its_content_and_stays_when_the_file_changes() {
        let dir = tempfile::tempdir().unwrap();
        let copies = Copies::open(&dir.path().join("store")).unwrap();
        let path = dir.path().join("a.so");
        fs::write(&path, "one").unwrap();
        let one = copy(&copies, &path);
        assert_eq!(one.sha256, "7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed");
        fs::write(&path, "two!").unwrap();
        let two = copy(&copies, &path);
        assert_ne!(one, two);
        assert_eq!(fs::read_to_string(one.artifact.path()).unwrap(), "one");
        assert_eq!(copy(&copies, &path), two);
    }

    #[test]
    fn the_last_three_versions_are_kept() {
        let dir = tempfile::tempdir().unwrap();
        let copies = Copies::open(&dir.path().join("store")).unwrap();
        let path = dir.path().join("a.so");
        let versions: Vec<Copied> = (0..5)
            .map(|version| {
                fs::write(&path, "x".repeat(version + 1)).unwrap();
                copy(&copies, &path)
            })
            .collect();
        let present: Vec<bool> = versions.iter().map(|version| version.artifact.path().exists()).collect();
        assert_eq!(present, [false, false, true, true, true]);
    }

    #[test]
    fn a_file_that_changed_meanwhile_is_not_taken() {
        let dir = tempfile::tempdir().unwrap();
        let copies = Copies::open(&dir.path().join("store")).unwrap();
        let path = dir.path().join("a.so");
        fs::write(&path, "one").unwrap();
        let seen = Stamp::of(&fs::metadata(&path).unwrap());
        fs::write(&path, "longer").unwrap();
        assert_eq!(copies.copy(&path, Form::Native, seen).unwrap(), None);
        assert_eq!(fs::read_dir(dir.path().join("store")).unwrap().count(), 1);
    }

    #[test]
    fn a_damaged_index_costs_a_copy_and_no_more() {
        let dir = tempfile::tempdir().unwrap();
        let copies = Copies::open(&dir.path().join("store")).unwrap();
        let path = dir.path().join("a.so");
        fs::write(&path, "one").unwrap();
        let one = copy(&copies, &path);
        fs::write(dir.path().join("store/index.json"), "{").unwrap();
        assert_eq!(copy(&copies, &path), one);
    }
}
