//! Every way in which a plugin can fail, against the real supervisor and the real
//! child process: each ends with its own error, and leaves no process behind.

#[cfg(test)]
#[path = "plugin_faults/bench.rs"]
mod bench;
#[cfg(test)]
#[path = "plugin_faults/copies.rs"]
mod copies;
#[cfg(test)]
#[path = "plugin_faults/crashes.rs"]
mod crashes;
#[cfg(test)]
#[path = "plugin_faults/kept.rs"]
mod kept;
#[cfg(test)]
#[path = "plugin_faults/loading.rs"]
mod loading;
#[cfg(test)]
#[path = "plugin_faults/protocol.rs"]
mod protocol;
#[cfg(test)]
#[path = "plugin_faults/sandbox.rs"]
mod sandbox;
#[cfg(test)]
#[path = "plugin_faults/timers.rs"]
mod timers;
#[cfg(test)]
#[path = "plugin_faults/web.rs"]
mod web;
