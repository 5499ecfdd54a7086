//! Test support: a canned web on loopback. No product crate depends on it.

mod web;

pub use web::{Answer, Asked, Web};
