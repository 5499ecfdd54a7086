//! What threads work with, one each at a time, kept for the next one.

use std::sync::{Mutex, PoisonError};

/// So many are kept at most: more threads than these are rarely at work at once.
const KEPT: usize = 8;

#[derive(Debug)]
pub(crate) struct Pool<T>(Mutex<Vec<Box<T>>>);

impl<T> Default for Pool<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T: Default> Pool<T> {
    /// One that nobody works with.
    pub(crate) fn take(&self) -> Box<T> {
        self.kept().pop().unwrap_or_default()
    }

    pub(crate) fn give_back(&self, one: Box<T>) {
        let mut kept = self.kept();
        if kept.len() < KEPT {
            kept.push(one);
        }
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, Vec<Box<T>>> {
        // What a panic left in it is only memory.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
