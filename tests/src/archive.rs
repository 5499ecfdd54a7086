//! A configuration and a data directory of their own, and the binary run on them.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

/// A folder with a configuration, gone when dropped.
pub struct Archive {
    dir: TempDir,
}

/// Loopback may be fetched, without a pause.
const SETTINGS: &str = r#"
[daemon]
data_dir = "{data}"
listen = "127.0.0.1:0"

[fetch]
allow_private_networks = ["127.0.0.0/8"]
per_host_interval = "0s"

[taxonomy]
files = ["taxonomy.toml"]
"#;

const TAXONOMY: &str = r#"
[[competitor]]
id = "karvia"
name = "Karvia"
tier = 1

[[label]]
dimension = "pain"
id = "price"
name = "Price"
phrases.en = ["too expensive"]
phrases.vi = ["quá đắt"]
"#;

impl Archive {
    /// `sources` is what comes behind the settings: `[[source]]` tables.
    ///
    /// # Panics
    ///
    /// When there is no room for temporary files.
    pub fn new(sources: &str) -> Self {
        let archive = Self { dir: tempfile::tempdir().expect("a test can make a folder") };
        archive.write("taxonomy.toml", TAXONOMY);
        archive.configure(sources);
        archive
    }

    /// Puts other sources into the configuration.
    pub fn configure(&self, sources: &str) {
        let settings = SETTINGS.replace("{data}", &self.data_dir().to_string_lossy());
        self.write("tidings.toml", &format!("{settings}{sources}"));
    }

    /// Writes a file beside the configuration.
    ///
    /// # Panics
    ///
    /// When it cannot be written.
    pub fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path().join(name), text).expect("a test can write into its folder");
    }

    pub fn path(&self) -> &Path {
        self.dir.path()
    }

    pub fn config(&self) -> PathBuf {
        self.path().join("tidings.toml")
    }

    pub fn data_dir(&self) -> PathBuf {
        self.path().join("data")
    }

    /// The binary with this configuration, ready to be given a command.
    pub fn command(&self) -> Command {
        let mut command = Command::new(crate::tidings());
        command.arg("--config").arg(self.config()).arg("--plugin-dir").arg(crate::target_dir().join("deps"));
        command
    }

    /// Runs a command to its end.
    ///
    /// # Panics
    ///
    /// When the binary cannot be started.
    pub fn run(&self, args: &[&str]) -> Output {
        self.command().args(args).output().expect("the binary was built")
    }

    /// Runs a command that answers in JSON, whatever its exit code.
    ///
    /// # Panics
    ///
    /// When it answers something else.
    #[track_caller]
    pub fn json(&self, args: &[&str]) -> Value {
        let output = self.command().arg("--json").args(args).output().expect("the binary was built");
        serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)))
    }

    /// Runs a command that must fail, and checks its exit code and what it says.
    ///
    /// # Panics
    ///
    /// When it ends otherwise.
    #[track_caller]
    pub fn refuses(&self, args: &[&str], code: i32, says: &str) {
        let output = self.run(args);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{said}");
        assert!(said.contains(says), "expected `{says}` in: {said}");
        assert!(!said.contains("panicked"), "{said}");
    }
}
