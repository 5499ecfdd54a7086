//! The child process that a plugin runs in.
