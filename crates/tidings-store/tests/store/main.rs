//! The archive as its callers see it: real SQLite in temporary directories.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod commit;
mod kill;
mod open;
mod property;
mod records;
mod sample;
mod stories;
mod taxonomy;
