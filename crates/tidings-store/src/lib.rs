//! SQLite: the log, texts, source state, run records, schedule, keys.
