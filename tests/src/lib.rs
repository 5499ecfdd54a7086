//! What the end-to-end tests share: the real binary, and a daemon in a folder of its own.

mod archive;
mod daemon;

pub use archive::Archive;
pub use daemon::Daemon;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// The folder that holds the real `tidings` binary and, in `deps`, the plugin libraries.
///
/// `cargo test --workspace` has built them already; a test that is run alone builds
/// them here, in the same way, so that nothing is built twice.
///
/// # Panics
///
/// When they cannot be built.
pub fn target_dir() -> &'static Path {
    static DIR: OnceLock<PathBuf> = OnceLock::new();
    DIR.get_or_init(|| {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let built = Command::new(cargo)
            .args(["test", "--workspace", "--no-run", "--quiet", "--offline"])
            .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
            .output()
            .expect("cargo runs the tests, so it can be started");
        let said = String::from_utf8_lossy(&built.stderr);
        assert!(built.status.success(), "cannot build the binary under test:\n{said}");
        let test = std::env::current_exe().expect("a running test has a path");
        test.ancestors().nth(2).expect("tests are built into target/PROFILE/deps").to_owned()
    })
}

/// Path of the real binary.
pub fn tidings() -> PathBuf {
    target_dir().join("tidings")
}
