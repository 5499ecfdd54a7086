//! Normalise, fold, tokenise, stem, tell the language: pure functions.
