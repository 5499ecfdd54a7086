//! The query language: text to syntax tree to canonical text.
