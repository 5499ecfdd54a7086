//! The index over a real store, both in a temporary folder.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod archive;
mod follower;
mod oracle;
mod paging;
mod rebuild;
mod search;
mod stories;
