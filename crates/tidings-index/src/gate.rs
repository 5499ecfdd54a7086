//! Bounds the bytes that wait for tantivy's indexing thread.
//!
//! Its own queue counts documents (10,000 of them), which for long texts could be
//! gigabytes. Each document holds a [`Permit`] for its size until it is indexed.

use std::sync::{Arc, Condvar, Mutex, PoisonError};

/// Documents on their way to the indexing thread may hold this much.
const IN_FLIGHT_BYTES: usize = 4 << 20;

#[derive(Debug, Default)]
pub(crate) struct Gate {
    in_flight: Mutex<usize>,
    freed: Condvar,
}

/// `bytes` of the gate, given back on drop.
#[derive(Debug)]
pub(crate) struct Permit {
    gate: Arc<Gate>,
    bytes: usize,
}

impl Gate {
    /// Waits until there is room. A document larger than the whole gate passes alone.
    pub(crate) fn enter(self: &Arc<Self>, bytes: usize) -> Permit {
        let mut in_flight = self.in_flight.lock().unwrap_or_else(PoisonError::into_inner);
        while 0 < *in_flight && IN_FLIGHT_BYTES < *in_flight + bytes {
            in_flight = self.freed.wait(in_flight).unwrap_or_else(PoisonError::into_inner);
        }
        *in_flight += bytes;
        Permit { gate: Arc::clone(self), bytes }
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut in_flight = self.gate.in_flight.lock().unwrap_or_else(PoisonError::into_inner);
        *in_flight -= self.bytes;
        self.gate.freed.notify_one();
    }
}
