//! What a plugin author writes against.
//!
//! A plugin knows one kind of place. It implements [`Plugin`], and does all input
//! and output through [`Ctx`], which the daemon serves: politely, and with the
//! plugin's process cut off from network and files.
//!
//! ```
//! use schemars::JsonSchema;
//! use serde::{Deserialize, Serialize};
//! use tidings_sdk::{Ctx, Example, Finding, Info, Kind, Plugin, Result};
//!
//! #[derive(Serialize, Deserialize, JsonSchema)]
//! #[serde(deny_unknown_fields)]
//! struct Params {
//!     /// Forum section, e.g. "announcements".
//!     section: String,
//! }
//!
//! struct Forum;
//!
//! impl Plugin for Forum {
//!     type Params = Params;
//!     const INFO: Info =
//!         Info::new("acme-forum", "Acme forum", Kind::Forum).every("30m").hosts(&["forum.acme.example"]);
//!
//!     fn examples() -> Vec<Example<Params>> {
//!         vec![Example::new("Announcements", Params { section: "announcements".into() })]
//!     }
//!
//!     fn run(&self, params: &Params, ctx: &mut Ctx) -> Result<()> {
//!         let page = ctx.fetch(format!("https://forum.acme.example/{}.txt", params.section))?.ok()?;
//!         for line in page.text().lines() {
//!             ctx.emit(Finding::new(line, page.absolute(line)?))?;
//!         }
//!         Ok(())
//!     }
//! }
//!
//! tidings_sdk::export!(Forum);
//! ```
//!
//! The crate is built as `cdylib` (what the daemon loads) and `rlib` (what its tests
//! link). A panic is caught at the boundary and fails the run, nothing else.

mod ctx;
mod doc;
#[doc(hidden)]
pub mod embed;
mod error;
mod files;
mod finding;
pub mod forum;
mod glue;
mod info;
mod manifest;
mod page;
mod params;
mod plugin;
mod request;
mod run;
mod snapshot;
mod stdio;
#[cfg(feature = "testing")]
pub mod testing;
mod transport;

pub use ctx::Ctx;
pub use doc::{Doc, El};
pub use error::{Context, Error, Result};
pub use files::File;
pub use finding::{Finding, FindingKind};
pub use info::{HostDelay, Info};
pub use manifest::manifest;
pub use page::Page;
pub use plugin::{Example, Plugin};
pub use request::Request;
pub use snapshot::{Snapshot, SnapshotId};
pub use stdio::serve_stdio;

pub use jiff::Timestamp;
pub use tidings_extract::{self as extract, feed, html};
pub use tidings_protocol::{
    Change, Engagement, FieldChange, Level, Manifest, Outcome, PluginKind as Kind, RunReport, Thread, code,
};
pub use url::Url;

/// The plugin of the authors' page is compiled with the tests.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/writing-plugins.md")]
struct WritingPlugins;

/// What `export!` expands to; not for use by hand.
#[doc(hidden)]
pub mod __glue {
    pub use crate::glue::{Exported, table};
    pub use crate::manifest::Package;
    pub use tidings_abi::PluginV1;
}
