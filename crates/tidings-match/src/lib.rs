//! Taxonomy tagging and standing queries against one finding.
