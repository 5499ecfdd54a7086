//! Opens a plugin's shared library and checks that it speaks our ABI.
#![expect(unsafe_code, reason = "a plugin is foreign code behind C symbols")]

use std::fs::File;
use std::io::{self, Read};
use std::mem;
use std::path::{Path, PathBuf};

use libloading::os::unix::{Library, RTLD_LOCAL, RTLD_NOW};
use tidings_abi::{ABI_MAJOR, ENTRY, Entry, PluginV1};
use tidings_protocol::{Error, code};

/// Why a file is no plugin that we can run.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LoadError {
    #[error("cannot read {}: {source}", path.display())]
    Unreadable { path: PathBuf, source: io::Error },
    #[error("{} is no shared library", path.display())]
    NotALibrary { path: PathBuf },
    #[error("{} cannot be loaded: {problem}{hint}", path.display())]
    Open { path: PathBuf, problem: String, hint: &'static str },
    #[error("{} is a shared library, but no tidings plugin: it exports no `tidings_plugin_v1`", path.display())]
    NotAPlugin { path: PathBuf },
    #[error("{} is built for plugin ABI {found}, this tidings speaks {ABI_MAJOR}: upgrade tidings", path.display())]
    OtherAbi { path: PathBuf, found: u32 },
    #[error("the table of {} holds {size} bytes, ABI {ABI_MAJOR} has at least {}", path.display(), PluginV1::MIN_SIZE)]
    TableTooSmall { path: PathBuf, size: u32 },
    #[error("{} gives no table: `tidings_plugin_v1` answered null", path.display())]
    NoTable { path: PathBuf },
}

impl LoadError {
    pub(crate) fn to_wire(&self) -> Error {
        let code = match self {
            Self::NotALibrary { .. } | Self::NotAPlugin { .. } => code::LOAD_NOT_A_PLUGIN,
            Self::OtherAbi { .. } | Self::TableTooSmall { .. } | Self::NoTable { .. } => code::LOAD_ABI_MISMATCH,
            Self::Unreadable { .. } | Self::Open { .. } => code::LOAD_DLOPEN,
        };
        Error::new(code, self.to_string())
    }
}

/// Loads the plugin at `path` and checks that it speaks our ABI.
///
/// The library stays loaded until the process ends: the plugin may hold pointers
/// into it, so unloading could never be shown to be safe.
pub(crate) fn load(path: &Path) -> Result<&'static PluginV1, LoadError> {
    check_magic(path)?;
    // SAFETY: this runs the library's initializers, inside the sandbox that
    // `limits::apply` has set up for this process.
    let library =
        unsafe { Library::open(Some(path), RTLD_NOW | RTLD_LOCAL) }.map_err(|error| open_error(path, &error))?;
    // SAFETY: the ABI fixes the signature that goes with this name.
    let entry = unsafe { library.get::<Entry>(ENTRY) }.map(|symbol| *symbol);
    let Ok(entry) = entry else {
        return Err(not_ours(path, &library));
    };
    mem::forget(library);
    // SAFETY: the function takes nothing and returns a pointer, as the ABI has it.
    let table = unsafe { entry() };
    if table.is_null() {
        return Err(LoadError::NoTable { path: path.to_owned() });
    }
    // SAFETY: not null, and `size` stands first in every version of the table.
    let size = unsafe { table.cast::<u32>().read() };
    if size < PluginV1::MIN_SIZE {
        return Err(LoadError::TableTooSmall { path: path.to_owned(), size });
    }
    // SAFETY: large enough, and static in a library that is never unloaded.
    Ok(unsafe { &*table })
}

/// A file that is no library at all gets a plainer word than the linker's.
fn check_magic(path: &Path) -> Result<(), LoadError> {
    let unreadable = |source| LoadError::Unreadable { path: path.to_owned(), source };
    let mut magic = Vec::new();
    File::open(path).and_then(|file| file.take(4).read_to_end(&mut magic)).map_err(unreadable)?;
    if cfg!(target_os = "linux") && magic != b"\x7fELF" {
        return Err(LoadError::NotALibrary { path: path.to_owned() });
    }
    Ok(())
}

fn open_error(path: &Path, error: &libloading::Error) -> LoadError {
    let problem = std::error::Error::source(error).map_or_else(|| error.to_string(), ToString::to_string);
    LoadError::Open { path: path.to_owned(), hint: hint(&problem), problem }
}

fn hint(problem: &str) -> &'static str {
    if problem.contains("GLIBC_") {
        "; it was built on a newer system: build it here, or on an older one"
    } else if problem.contains("undefined symbol") {
        "; it was linked without a library that it needs"
    } else if problem.contains("wrong ELF class") || problem.contains("invalid ELF header") {
        "; it was built for another kind of machine, or is damaged"
    } else {
        ""
    }
}

/// Tells a plugin of a later ABI from a library that is no plugin.
fn not_ours(path: &Path, library: &Library) -> LoadError {
    let later = (ABI_MAJOR + 1..=9).find(|major| {
        let name = format!("tidings_plugin_v{major}\0");
        // SAFETY: the symbol is only looked for, never called.
        unsafe { library.get::<Entry>(name.as_bytes()) }.is_ok()
    });
    match later {
        Some(found) => LoadError::OtherAbi { path: path.to_owned(), found },
        None => LoadError::NotAPlugin { path: path.to_owned() },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_no_library_is_told_apart() {
        let error = load(Path::new("/proc/self/cmdline")).unwrap_err();
        assert_eq!(error.to_wire().code, code::LOAD_NOT_A_PLUGIN);
        let error = load(Path::new("/nowhere/x.so")).unwrap_err();
        assert_eq!(error.to_wire().code, code::LOAD_DLOPEN);
    }

    #[test]
    fn a_newer_libc_gets_a_hint() {
        let problem = "libm.so.6: version `GLIBC_2.99' not found (required by x.so)";
        assert!(hint(problem).contains("newer system"));
        assert_eq!(hint("something else"), "");
    }
}
