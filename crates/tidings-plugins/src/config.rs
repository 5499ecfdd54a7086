//! The `[plugins]` table: where plugins are looked for, and how they are held in check.

use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tidings_model::{ByteSize, human_duration};

/// The `[plugins]` table of `tidings.toml`. Every key is optional.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PluginsConfig {
    /// Folders searched before the bundled plugins; the first that holds a plugin's id wins.
    pub dirs: Vec<PathBuf>,
    pub sandbox: SandboxMode,
    /// Most plugin processes that may work at the same time. One that waits for
    /// the daemon, e.g. for a polite fetch, does not count. 1 to 256.
    pub max_active: u32,
    /// Most runs that may be open at the same time, working or waiting. 1 to 1,024.
    pub max_open: u32,
    /// Longest run. A plugin may ask for another, 30 minutes at most.
    #[serde(with = "human_duration")]
    pub max_runtime: Duration,
    /// Longest silence of a plugin that the daemon owes nothing.
    #[serde(with = "human_duration")]
    pub stall: Duration,
    /// Longest time until a plugin says hello, and until it has described itself.
    #[serde(with = "human_duration")]
    pub handshake: Duration,
    /// How long a plugin that was told to stop may take before it is killed.
    #[serde(with = "human_duration")]
    pub grace: Duration,
    /// CPU time of one run, in whole seconds.
    #[serde(with = "human_duration")]
    pub cpu: Duration,
    /// Private memory of one run; a plugin may ask for less, never for more.
    pub memory: ByteSize,
    /// Most requests of one run; a plugin may ask for less, never for more.
    pub max_requests_per_run: u32,
    /// Most bytes of bodies that one run may receive, after decompression. The answer that
    /// reaches it still counts; further requests are refused.
    pub max_bytes_per_run: ByteSize,
    /// Longest wait for a polite slot; a request that would wait longer is
    /// answered with when to come back.
    #[serde(with = "human_duration")]
    pub max_wait: Duration,
    /// Bodies that are held in memory on their way to plugins, all runs together.
    pub max_bodies: ByteSize,
}

/// What happens where the kernel cannot give the whole sandbox.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SandboxMode {
    /// Plugins run in what the kernel can give.
    #[default]
    BestEffort,
    /// No plugin runs unless Landlock and seccomp are both there.
    Required,
    /// Limits of memory, time and files only.
    Off,
}

impl SandboxMode {
    /// The word of the configuration and of the child's arguments.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::BestEffort => "best-effort",
            Self::Required => "required",
            Self::Off => "off",
        }
    }
}

impl Default for PluginsConfig {
    fn default() -> Self {
        Self {
            dirs: Vec::new(),
            sandbox: SandboxMode::BestEffort,
            max_active: 4,
            max_open: 32,
            max_runtime: Duration::from_secs(600),
            stall: Duration::from_secs(60),
            handshake: Duration::from_secs(5),
            grace: Duration::from_secs(3),
            cpu: Duration::from_secs(60),
            memory: ByteSize::mib(256),
            max_requests_per_run: 500,
            max_bytes_per_run: ByteSize::mib(256),
            max_wait: Duration::from_secs(60),
            max_bodies: ByteSize::mib(24),
        }
    }
}

/// A value of `[plugins]` that cannot be worked with.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{key}` is {found}, expected {expected}")]
pub struct PluginsConfigError {
    pub key: &'static str,
    pub found: String,
    pub expected: &'static str,
}

impl PluginsConfig {
    /// Checks what the types cannot say.
    ///
    /// # Errors
    ///
    /// The first value that is out of its range.
    pub fn check(&self) -> Result<(), PluginsConfigError> {
        let fault = |key, found: String, expected| Err(PluginsConfigError { key, found, expected });
        if !(1..=256).contains(&self.max_active) {
            return fault("max_active", self.max_active.to_string(), "1 to 256");
        }
        if !(1..=1024).contains(&self.max_open) {
            return fault("max_open", self.max_open.to_string(), "1 to 1024");
        }
        if self.max_requests_per_run == 0 {
            return fault("max_requests_per_run", "0".to_owned(), "at least 1");
        }
        if self.max_bytes_per_run < ByteSize::mib(1) {
            return fault("max_bytes_per_run", self.max_bytes_per_run.to_string(), "at least `1 MiB`");
        }
        let timers = [
            ("max_runtime", self.max_runtime),
            ("stall", self.stall),
            ("handshake", self.handshake),
            ("cpu", self.cpu),
        ];
        for (key, timer) in timers {
            if timer.is_zero() {
                return fault(key, "zero".to_owned(), "a time such as `30s`");
            }
        }
        if self.cpu.as_secs() == 0 {
            return fault("cpu", format!("{:?}", self.cpu), "at least `1s`");
        }
        if self.memory < ByteSize::mib(32) {
            return fault("memory", self.memory.to_string(), "at least `32 MiB`");
        }
        if self.max_bodies < ByteSize::mib(12) {
            return fault("max_bodies", self.max_bodies.to_string(), "at least `12 MiB`");
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_pass_their_own_check() {
        assert_eq!(PluginsConfig::default().check(), Ok(()));
    }

    #[test]
    fn units_are_read_and_unknown_keys_refused() {
        let json = serde_json::json!({"stall": "90s", "memory": "128 MiB", "sandbox": "required"});
        let config: PluginsConfig = serde_json::from_value(json).unwrap();
        assert_eq!(config.stall, Duration::from_secs(90));
        assert_eq!(config.memory, ByteSize::mib(128));
        assert_eq!(config.sandbox, SandboxMode::Required);
        assert!(serde_json::from_value::<PluginsConfig>(serde_json::json!({"stal": "90s"})).is_err());
    }

    #[test]
    fn a_value_out_of_range_names_its_key() {
        let config = PluginsConfig { max_active: 0, ..PluginsConfig::default() };
        assert_eq!(config.check().unwrap_err().to_string(), "`max_active` is 0, expected 1 to 256");
        let config = PluginsConfig { cpu: Duration::from_millis(5), ..PluginsConfig::default() };
        assert_eq!(config.check().unwrap_err().key, "cpu");
    }
}
