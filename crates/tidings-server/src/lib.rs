//! Routes, API handlers, keys and problem answers.
