//! Hashing of strings from outside.

use std::hash::{BuildHasher, RandomState};

use rustc_hash::{FxHasher, FxSeededState};

/// Quick hashes of strings that nobody outside can foretell.
#[derive(Clone)]
pub(super) struct Seed(FxSeededState);

impl Default for Seed {
    fn default() -> Self {
        Self(FxSeededState::with_seed(RandomState::new().hash_one(()) as usize))
    }
}

impl BuildHasher for Seed {
    type Hasher = FxHasher;

    fn build_hasher(&self) -> FxHasher {
        self.0.build_hasher()
    }
}
