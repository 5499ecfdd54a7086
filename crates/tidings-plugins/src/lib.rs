//! The daemon's side of plugins: discover, describe, supervise.
//!
//! A [`Catalog`] finds plugin files, copies each into a store named by content, and
//! asks it for its manifest in a process of its own. A [`Supervisor`] runs one of
//! them for a source: it makes the entry requests, starts the process, serves its
//! calls over one pipe, bounds its time, memory and silence, and says afterwards
//! what happened in the words of the plugin protocol.
//!
//! ```no_run
//! # use tidings_plugins::{Calls, Catalog, Job, Launcher, PluginsConfig, Supervisor};
//! # async fn example(
//! #     fetcher: tidings_fetch::Fetcher, clock: std::sync::Arc<dyn tidings_model::Clock>, mut calls: impl Calls,
//! # ) -> Result<(), Box<dyn std::error::Error>> {
//! let config = PluginsConfig::default();
//! let launcher = Launcher::plugin_host(std::env::current_exe()?);
//! let dirs = tidings_plugins::search_dirs(&config.dirs, "data".as_ref(), &launcher.exe);
//! let catalog = Catalog::discover(&dirs, "data/plugins/.store".as_ref(), launcher.clone(), &config).await?;
//! let supervisor = Supervisor::new(config, launcher, fetcher, clock);
//!
//! let plugin = catalog.plugin(&"feed".parse()?).ok_or("no such plugin")?;
//! let job = Job::new("run-1", "acme-blog".parse()?, serde_json::json!({"url": "https://acme.example/feed.xml"}));
//! let end = supervisor.run(&plugin, job, &mut calls, Default::default()).await;
//! println!("{:?}", end.result);
//! # Ok(())
//! # }
//! ```
//!
//! Guaranteed: plugin code never runs in this process; no process outlives its run;
//! every wait has a bound. Left to others: when a source is due, what becomes of a
//! finding ([`Calls`]), and what an error means for the source's health.

mod artifact;
mod calls;
mod catalog;
mod config;
mod job;
mod launcher;
mod params;
mod plugin;
mod process;
mod run;
mod supervisor;
mod validators;
mod web;

pub use calls::Calls;
pub use catalog::{Catalog, CatalogError, Problem, search_dirs};
pub use config::{PluginsConfig, PluginsConfigError, SandboxMode};
pub use job::{Job, RunEnd, Secret};
pub use launcher::Launcher;
pub use params::ParamsError;
pub use plugin::{Form, Plugin};
pub use supervisor::{Supervisor, probe_sandbox};
pub use validators::EntryValidators;
pub use web::{HIDDEN, Origin, Playback, Tape, WebFault};
