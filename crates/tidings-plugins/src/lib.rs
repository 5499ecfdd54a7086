//! The daemon's side of plugins: discover, describe, supervise.
