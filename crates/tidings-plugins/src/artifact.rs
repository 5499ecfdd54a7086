//! What a child process is started for.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::plugin::Form;

/// What stands in for a plugin when it is started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Artifact {
    /// The copy of a library or a recipe.
    File { path: PathBuf, form: Form },
    /// A program that starts in its own folder, with folders of its runs in `scratch`.
    Program { dir: PathBuf, command: Vec<String>, scratch: PathBuf },
}

impl Artifact {
    pub(crate) fn path(&self) -> &Path {
        match self {
            Self::File { path, .. } => path,
            Self::Program { dir, .. } => dir,
        }
    }

    pub(crate) fn form(&self) -> Form {
        match self {
            Self::File { form, .. } => *form,
            Self::Program { .. } => Form::Exec,
        }
    }

    /// How much more a program may use, and how much longer it may take to say hello, than
    /// a library: it brings an interpreter.
    pub(crate) fn allowance(&self) -> u32 {
        match self {
            Self::File { .. } => 1,
            Self::Program { .. } => 2,
        }
    }
}

/// `plugin.toml`.
#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ProgramFile {
    /// The program and its arguments; a relative path begins at the folder.
    pub(crate) exec: Vec<String>,
    /// Files beside those of `exec` whose change makes a new version.
    #[serde(default)]
    files: Vec<PathBuf>,
}

/// A `plugin.toml` that cannot be worked with.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ProgramFileError {
    #[error("cannot be read: {0}")]
    Unreadable(#[from] std::io::Error),
    #[error("line {line}, column {column}: {problem}")]
    Syntax { line: usize, column: usize, problem: String },
    #[error("`exec` is empty; it names a program, e.g. `exec = [\"python3\", \"main.py\"]`")]
    Empty,
}

impl ProgramFile {
    pub(crate) fn read(path: &Path) -> Result<Self, ProgramFileError> {
        Self::parse(&std::fs::read_to_string(path)?)
    }

    fn parse(text: &str) -> Result<Self, ProgramFileError> {
        let read: Self = toml::from_str(text).map_err(|error| {
            let before = text.get(..error.span().map_or(0, |span| span.start)).unwrap_or_default();
            let line_start = before.rfind('\n').map_or(0, |at| at + 1);
            ProgramFileError::Syntax {
                line: before.matches('\n').count() + 1,
                column: before[line_start..].chars().count() + 1,
                problem: error.message().to_owned(),
            }
        })?;
        if read.exec.first().is_none_or(String::is_empty) { Err(ProgramFileError::Empty) } else { Ok(read) }
    }

    /// The files of the folder that make up a version, `plugin.toml` aside: those that the
    /// command names, and those of `files`. An environment's interpreter is not one.
    pub(crate) fn parts(&self, dir: &Path) -> Vec<PathBuf> {
        let arguments = self.exec.iter().skip(1).map(PathBuf::from);
        let script = self.exec.iter().take(1).map(PathBuf::from).filter(|program| {
            let is_link = std::fs::symlink_metadata(dir.join(program)).is_ok_and(|metadata| metadata.is_symlink());
            program.is_relative() && !is_link
        });
        let named = script.chain(arguments).chain(self.files.iter().cloned());
        let mut parts: Vec<PathBuf> =
            named.filter(|path| path.is_relative()).map(|path| dir.join(path)).filter(|path| path.is_file()).collect();
        parts.sort();
        parts.dedup();
        parts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_file_is_told_with_its_place() {
        let error = ProgramFile::parse("exec = [\"a\"]\nexek = 1\n").unwrap_err().to_string();
        assert!(error.starts_with("line 2, column 1: unknown field `exek`"), "{error}");
        assert!(matches!(ProgramFile::parse("exec = []"), Err(ProgramFileError::Empty)));
    }

    #[test]
    fn the_parts_are_the_files_that_it_names() {
        let dir = tempfile::tempdir().unwrap();
        for name in ["main.py", "list.py", "other.py"] {
            std::fs::write(dir.path().join(name), "").unwrap();
        }
        let file = ProgramFile::parse("exec = [\"python3\", \"main.py\", \"-v\"]\nfiles = [\"list.py\"]").unwrap();
        assert_eq!(file.parts(dir.path()), ["list.py", "main.py"].map(|name| dir.path().join(name)));
    }
}
