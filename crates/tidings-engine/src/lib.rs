//! The pipeline: ties scheduler, plugins, store, index and match together.
