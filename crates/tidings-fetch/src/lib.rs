//! Polite HTTP, and the address guard.
