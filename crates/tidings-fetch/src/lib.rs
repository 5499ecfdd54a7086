//! Polite HTTP, and the address guard.

pub mod charset;
