//! How the child process of a plugin is started.

use std::ffi::OsString;
use std::path::PathBuf;

/// The program that holds `tidings_plugin_host::main`, and the arguments that lead there.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Launcher {
    /// Absolute.
    pub exe: PathBuf,
    pub args: Vec<OsString>,
}

impl Launcher {
    /// `EXE plugin-host`, as the `tidings` binary understands it.
    pub fn plugin_host(exe: impl Into<PathBuf>) -> Self {
        Self { exe: exe.into(), args: vec!["plugin-host".into()] }
    }
}
