//! Test support: canned web, hand-moved clock, temporary archive.
