//! The tantivy index: a follower of the log, and search.
