//! Tests of a plugin without the web: replay of recordings, and the conformance test.
//!
//! ```no_run
//! # use tidings_sdk::{Ctx, Example, Info, Kind, Plugin, Result};
//! # struct Forum;
//! # impl Plugin for Forum {
//! #     type Params = ();
//! #     const INFO: Info = Info::new("acme-forum", "Acme forum", Kind::Forum);
//! #     fn examples() -> Vec<Example<()>> { vec![] }
//! #     fn run(&self, _: &(), _: &mut Ctx) -> Result<()> { Ok(()) }
//! # }
//! use tidings_sdk::testing::{Replay, conformance};
//!
//! // #[test]
//! fn front_page() {
//!     Replay::load("tests/recordings/front").run(&Forum).assert_findings(3..).assert_snapshot();
//! }
//!
//! // #[test]
//! fn conforms() {
//!     conformance(&Forum);
//! }
//! ```
//!
//! A recording is a folder: `recording.json` with the params, the time and each
//! exchange; the bodies in files beside it; and `expected.json` with what the plugin
//! made of it, written by a test run with `TIDINGS_BLESS=1`. Everything here panics
//! with what is wrong, as tests do.

mod conformance;
mod fault;
mod outcome;
mod player;
mod recording;
mod replay;

pub use conformance::conformance;
pub use fault::Fault;
pub use outcome::{Emitted, Run};
pub use recording::{Answer, Exchange, Recorded, Recording};
pub use replay::Replay;
