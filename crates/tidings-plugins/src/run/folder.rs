//! The one folder that a source's params may grant, read only.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use base64::Engine as _;
use jiff::Timestamp;
use rustix::fs::{Mode, OFlags};
use tidings_protocol::{Error, FolderFile, FolderList, FolderPart, FolderRead, Manifest, Reply, code};

use crate::job::Job;

/// Files of one folder that are listed; more are an error, not cut off.
const MAX_FILES: usize = 10_000;
/// Bytes of one part of a file.
const PART: usize = 1 << 20;

/// A folder that a run may list and read. Its files only: no folder below it, no
/// link out of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Folder {
    path: PathBuf,
    /// In the place of the files' own times.
    at: Option<Timestamp>,
}

impl Folder {
    /// The folder that the params name where the manifest says that they do.
    pub(crate) fn granted(manifest: &Manifest, job: &Job) -> Option<Self> {
        let pointer = manifest.capabilities.folder_from_params.as_ref()?;
        let path = PathBuf::from(job.params.pointer(pointer)?.as_str()?);
        Some(Self { path, at: job.files_at })
    }

    /// Serves `folder.list`, by name.
    pub(crate) fn list(&self) -> Reply<FolderList> {
        let mut files = Vec::new();
        for entry in std::fs::read_dir(&self.path).map_err(|error| self.unreadable("", &error))? {
            let entry = entry.map_err(|error| self.unreadable("", &error))?;
            let metadata = entry.metadata().map_err(|error| self.unreadable("", &error))?;
            // The metadata is that of a link itself, so links are left out here.
            let (Ok(name), true) = (entry.file_name().into_string(), metadata.is_file()) else {
                continue;
            };
            let modified = metadata.modified().ok().and_then(|time| Timestamp::try_from(time).ok());
            let modified = self.at.or(modified).unwrap_or(Timestamp::UNIX_EPOCH);
            files.push(FolderFile { name, size: metadata.len(), modified });
            if MAX_FILES < files.len() {
                let message = format!("{} holds more than {MAX_FILES} files", self.path.display());
                return Err(Error::new(code::CONFIG_INVALID, message));
            }
        }
        files.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(FolderList { files })
    }

    /// Serves `folder.read`.
    pub(crate) fn read(&self, asked: &FolderRead) -> Reply<FolderPart> {
        self.part(asked).map_err(|error| self.unreadable(&asked.name, &error))
    }

    fn part(&self, asked: &FolderRead) -> io::Result<FolderPart> {
        let mut file = self.open(&asked.name)?;
        file.seek(SeekFrom::Start(asked.offset))?;
        let mut body = Vec::new();
        file.take(PART as u64 + 1).read_to_end(&mut body)?;
        let more = PART < body.len();
        body.truncate(PART);
        Ok(FolderPart {
            body_b64: base64::engine::general_purpose::STANDARD.encode(&body),
            next_offset: more.then(|| asked.offset + PART as u64),
        })
    }

    /// Opens a file by its plain name, relative to the opened folder and following
    /// no link, so that nothing outside can be meant.
    fn open(&self, name: &str) -> io::Result<File> {
        let is_plain = !name.is_empty() && name != "." && name != ".." && !name.contains(['/', '\0']);
        if !is_plain {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is no plain file name"));
        }
        let folder = File::open(&self.path)?;
        // Not blocking: opening a named pipe would wait for its writer.
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let file = File::from(rustix::fs::openat(&folder, Path::new(name), flags, Mode::empty())?);
        if file.metadata()?.is_file() { Ok(file) } else { Err(io::Error::other("it is no regular file")) }
    }

    fn unreadable(&self, name: &str, error: &io::Error) -> Error {
        let path = self.path.join(name);
        Error::new(code::CONFIG_INVALID, format!("cannot read {}: {error}", path.display()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder() -> (tempfile::TempDir, Folder) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("granted");
        std::fs::create_dir_all(path.join("below")).unwrap();
        std::fs::write(dir.path().join("secret.txt"), "hush").unwrap();
        std::fs::write(path.join("b.csv"), "b").unwrap();
        std::fs::write(path.join("a.csv"), vec![b'a'; PART + 5]).unwrap();
        std::os::unix::fs::symlink("../secret.txt", path.join("link.txt")).unwrap();
        (dir, Folder { path, at: None })
    }

    fn read(folder: &Folder, name: &str, offset: u64) -> Reply<FolderPart> {
        folder.read(&FolderRead { name: name.to_owned(), offset })
    }

    #[test]
    fn plain_files_are_listed_by_name() {
        let (_dir, folder) = folder();
        let files = folder.list().unwrap().files;
        let found: Vec<_> = files.iter().map(|file| (file.name.as_str(), file.size)).collect();
        assert_eq!(found, [("a.csv", PART as u64 + 5), ("b.csv", 1)]);
    }

    #[test]
    fn a_long_file_comes_in_parts() {
        let (_dir, folder) = folder();
        let first = read(&folder, "a.csv", 0).unwrap();
        assert_eq!(first.next_offset, Some(PART as u64));
        let rest = read(&folder, "a.csv", PART as u64).unwrap();
        assert_eq!((rest.body_b64.as_str(), rest.next_offset), ("YWFhYWE=", None));
    }

    #[test]
    fn nothing_outside_can_be_read() {
        let (dir, folder) = folder();
        let absolute = dir.path().join("secret.txt");
        for name in ["../secret.txt", "link.txt", absolute.to_str().unwrap(), "..", "below", ""] {
            assert_eq!(read(&folder, name, 0).unwrap_err().code, code::CONFIG_INVALID, "{name}");
        }
    }
}
