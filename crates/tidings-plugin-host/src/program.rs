//! The process as another program: an `exec` plugin.

use std::io;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::PYTHON_SDK;
use crate::arguments::{Arguments, Exec};
use crate::limits::{self, LimitError};
use crate::session::{self, StartError};

/// Where a program is looked for that is named without a folder.
const PATH: [&str; 3] = ["/usr/local/bin", "/usr/bin", "/bin"];

/// Why the process did not become the program.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ExecError {
    #[error(transparent)]
    Limits(#[from] LimitError),
    #[error(transparent)]
    Refused(#[from] StartError),
    #[error("there is no program `{program}` in {dir}")]
    Missing { program: String, dir: PathBuf },
    #[error("cannot prepare the folder {path}: {source}")]
    Folder { path: PathBuf, source: io::Error },
    #[error("cannot start {path}: {source}")]
    Start { path: PathBuf, source: io::Error },
}

impl Exec {
    /// The file that is started; symbolic links are left, since an environment of Python
    /// is known by the link that it was started through.
    fn program(&self) -> Option<PathBuf> {
        let named = Path::new(self.command.first()?);
        if named.components().nth(1).is_some() {
            return Some(self.dir.join(named)).filter(|path| path.is_file());
        }
        let dirs = PATH.iter().map(Path::new).map(|dir| dir.join(named));
        dirs.into_iter().find(|path| path.is_file())
    }

    /// What a program brings that was installed outside `/usr`: the folders `bin`, `lib`
    /// and `lib64` beside each other, where the file behind its links lies in such a `bin`.
    pub(crate) fn installation(&self) -> Vec<PathBuf> {
        let file = self.program().and_then(|program| std::fs::canonicalize(program).ok());
        let root = file.as_deref().and_then(Path::parent).filter(|bin| bin.ends_with("bin")).and_then(Path::parent);
        root.into_iter().flat_map(|root| ["bin", "lib", "lib64"].map(|name| root.join(name))).collect()
    }
}

/// Restricts the process, and replaces it by the program; returns only with why it could not.
pub(crate) fn become_it(arguments: &Arguments, exec: &Exec) -> ExecError {
    match prepare(arguments, exec) {
        Ok((path, mut command)) => ExecError::Start { path, source: command.exec() },
        Err(error) => error,
    }
}

fn prepare(arguments: &Arguments, exec: &Exec) -> Result<(PathBuf, Command), ExecError> {
    let name = || exec.command.first().map(|word| word.to_string_lossy().into_owned()).unwrap_or_default();
    let program = exec.program().ok_or_else(|| ExecError::Missing { program: name(), dir: exec.dir.clone() })?;
    let python = exec.scratch.join("python");
    let folder = |source| ExecError::Folder { path: python.clone(), source };
    std::fs::create_dir_all(&python).map_err(folder)?;
    std::fs::write(python.join("tidings.py"), PYTHON_SDK).map_err(folder)?;
    std::env::set_current_dir(&exec.dir).map_err(|source| ExecError::Folder { path: exec.dir.clone(), source })?;
    let enforced = limits::apply(arguments)?;
    if enforced.problem(arguments.sandbox).is_some() {
        // The program never starts; the daemon is told as by a library.
        return Err(session::refuse(arguments, enforced).into());
    }
    let mut command = Command::new(&program);
    command
        .args(&exec.command[1..])
        .env_clear()
        .env("PATH", PATH.join(":"))
        .env("LANG", "C.UTF-8")
        .env("HOME", &exec.scratch)
        .env("TMPDIR", &exec.scratch)
        // Python looks beside the script first, so a plugin may bring an SDK of its own.
        .env("PYTHONPATH", &python)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("PYTHONUTF8", "1")
        // What the program says in its `hello`; the daemon shows it.
        .env("TIDINGS_SANDBOX", enforced.features().join(" "));
    Ok((program, command))
}
