//! What the commands for plugin authors share: a plugin at a path, run outside the daemon.

mod artifact;
mod bench;
mod collected;
mod expected;
mod reading;
mod scaffold;
mod trial;

pub(crate) use artifact::{Artifact, Profile, library_name};
pub(crate) use bench::{Bench, Visit, config_or_default};
pub(crate) use collected::Collected;
pub(crate) use reading::{Reading, list, pointers};
pub(crate) use scaffold::Scaffold;
pub(crate) use trial::{Verdict, examples, recordings, replay};
