//! The seam every plugin implements.

use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{Ctx, Info, Result};

/// One kind of place that findings come from.
///
/// One process is started for each run, and `run` is called once in it, on a
/// thread of its own. All input and output goes through [`Ctx`], which the
/// daemon serves politely; the plugin's sandbox has no network and no files.
/// A panic is caught at the boundary and fails the run, nothing else.
pub trait Plugin: Send + Sync + 'static {
    /// The source's `params` table; its JSON Schema is part of the manifest,
    /// so a wrong key is refused before anything is started. Derive it with
    /// `#[serde(deny_unknown_fields)]`, so that a misspelt key is a wrong key.
    type Params: DeserializeOwned + Serialize + JsonSchema;

    /// What the plugin says of itself.
    const INFO: Info;

    /// At least one; shown in the docs, and run by the conformance test.
    fn examples() -> Vec<Example<Self::Params>>
    where
        Self: Sized;

    /// Makes what every run needs and no param changes, such as tables behind a
    /// `LazyLock`. It is called when the plugin is described, and once in a process that is
    /// then copied for many runs; in a process of its own, a run comes without it.
    fn prepare(&self) {}

    /// Checks what a JSON Schema cannot say, e.g. that one of two params is given.
    ///
    /// # Errors
    ///
    /// What is wrong with the params: the run ends with `config.invalid`.
    fn check(_params: &Self::Params) -> Result<()>
    where
        Self: Sized,
    {
        Ok(())
    }

    /// Visits the place once: fetches, and emits what it finds, newest first.
    ///
    /// Emitting a finding twice is harmless. State set through `ctx` is kept
    /// when this returns `Ok`, or at [`Ctx::commit`], so a failed run is repeated
    /// from what was last committed.
    ///
    /// # Errors
    ///
    /// When the place as a whole cannot be read, e.g. a login page where a feed
    /// should be. An item that cannot be read is skipped with [`Ctx::skip`].
    fn run(&self, params: &Self::Params, ctx: &mut Ctx) -> Result<()>;
}

/// Params as a user may write them, with a title for the docs.
#[derive(Clone, Debug)]
pub struct Example<P> {
    pub title: &'static str,
    pub params: P,
}

impl<P> Example<P> {
    pub fn new(title: &'static str, params: P) -> Self {
        Self { title, params }
    }
}
