//! How calls reach the daemon: over the C boundary (`glue`), over lines (`stdio`),
//! or into a recording (`testing`).

use std::time::Duration;

use serde_json::value::RawValue;
use tidings_protocol::Method;

use crate::Result;

pub(crate) trait Transport {
    /// Asks, and waits for the result as JSON.
    fn call(&mut self, method: Method, params: &RawValue) -> Result<Vec<u8>>;

    /// Says something that has no answer.
    fn notify(&mut self, method: Method, params: &RawValue);

    /// Whether the run is to end. Cheap.
    fn cancelled(&self) -> bool;

    /// Waits before the same is asked again.
    fn pause(&mut self, time: Duration) {
        std::thread::sleep(time);
    }
}
