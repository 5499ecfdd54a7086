//! The archive as its callers see it: real SQLite in temporary directories.

mod commit;
mod kill;
mod open;
mod property;
mod records;
mod sample;
