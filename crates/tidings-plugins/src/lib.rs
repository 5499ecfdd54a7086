//! The daemon's side of plugins: discover, describe, supervise.
mod calls;
mod config;
mod job;
mod launcher;
mod params;
mod plugin;
mod validators;

pub use calls::Calls;
pub use config::{PluginsConfig, PluginsConfigError, SandboxMode};
pub use job::{Job, RunEnd, Secret};
pub use launcher::Launcher;
pub use params::ParamsError;
pub use plugin::{Form, Plugin};
pub use validators::EntryValidators;
