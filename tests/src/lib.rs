//! What the end-to-end tests share: the real binary, built once.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// The folder that holds the real `tidings` binary and, beside it or in `deps`,
/// the plugin libraries. Builds them first: `cargo test` alone builds only what
/// a test links.
///
/// # Panics
///
/// When they cannot be built.
pub fn target_dir() -> &'static Path {
    static DIR: OnceLock<PathBuf> = OnceLock::new();
    DIR.get_or_init(|| {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let built = Command::new(cargo)
            .args(["build", "--quiet", "--offline", "-p", "tidings", "-p", "tidings-plugin-fault"])
            .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
            .status()
            .expect("cargo runs the tests, so it can be started");
        assert!(built.success(), "cannot build the binary under test");
        let test = std::env::current_exe().expect("a running test has a path");
        test.ancestors().nth(2).expect("tests are built into target/PROFILE/deps").to_owned()
    })
}

/// Path of the real binary.
pub fn tidings() -> PathBuf {
    target_dir().join("tidings")
}
