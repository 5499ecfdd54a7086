//! The files of a recording, as tests read them.

use std::path::Path;

pub use tidings_protocol::recording::{Answer, Exchange, Recorded, Recording};

/// The recording in `dir`.
#[track_caller]
pub(super) fn read(dir: &Path) -> Recording {
    Recording::read(dir).unwrap_or_else(|error| panic!("{error}"))
}

#[cfg(test)]
mod tests {
    use serde_json::Value;
    use tidings_protocol as wire;

    use super::*;

    /// The first JSON block of a page that holds `mark`.
    fn block<'a>(page: &'a str, mark: &str) -> &'a str {
        let blocks = page.split("```json\n").skip(1).filter_map(|rest| rest.split("```").next());
        blocks.into_iter().find(|block| block.contains(mark)).expect("the page shows one")
    }

    #[test]
    fn the_recording_of_the_authors_page_is_one() {
        let page = include_str!("../../../../docs/writing-plugins.md");
        let recording: Recording = serde_json::from_str(block(page, "interactions")).unwrap();
        assert_eq!(recording.interactions.len(), 2);
    }

    #[test]
    fn the_manifest_of_the_reference_is_one() {
        let page = include_str!("../../../../docs/plugin-protocol.md");
        let manifest: wire::Manifest = serde_json::from_str(block(page, "manifest_version")).unwrap();
        assert_eq!(manifest.check(), Ok(()));
        // Nothing on the page that the type does not know.
        let written: Value = serde_json::from_str(block(page, "manifest_version")).unwrap();
        let mut known = serde_json::to_value(&manifest).unwrap();
        known["capabilities"]["secrets"] = written["capabilities"]["secrets"].clone();
        assert_eq!(known, written);
    }
}
