//! Operations on their way to tantivy, many at a time: each hand-over wakes its indexing
//! thread, which would else sleep between any two documents.

use std::sync::Arc;

use tantivy::indexer::UserOperation;
use tantivy::{TantivyError, Term};
use tidings_store::{EntryKind, LogEntry};

use crate::IndexError;
use crate::document::{FindingDocument, id_bits};
use crate::follower::Writer;
use crate::gate::Gate;
use crate::schema::Fields;

/// Documents of so many bytes are handed over. Far below what the gate lets through, so
/// that the next ones are made while these are indexed.
const HANDED_OVER_BYTES: usize = 256 << 10;

/// What is to be handed over next.
#[derive(Default)]
pub(crate) struct Handover {
    operations: Vec<UserOperation<FindingDocument>>,
    size_bytes: usize,
}

impl Handover {
    /// Takes in what `entry` changes.
    pub(crate) fn add(&mut self, entry: &LogEntry, fields: &Fields) -> Result<(), IndexError> {
        let Some(id) = &entry.id else {
            return Ok(());
        };
        let bits = id_bits(id)?;
        // The first sight of a finding replaces nothing.
        let (replaces, finding) = match entry.kind {
            EntryKind::Found => (false, entry.finding.as_deref()),
            EntryKind::Revised | EntryKind::Retagged | EntryKind::Regrouped => (true, entry.finding.as_deref()),
            EntryKind::Erased => (true, None),
            EntryKind::Taxonomy => return Ok(()),
        };
        if replaces {
            let id = Term::from_field_bytes(fields.id, &bits.to_be_bytes());
            self.operations.push(UserOperation::Delete(id));
        }
        if let Some(finding) = finding {
            let document = FindingDocument::new(finding, bits, fields)?;
            self.size_bytes += document.size_bytes();
            self.operations.push(UserOperation::Add(document));
        }
        Ok(())
    }

    pub(crate) fn is_full(&self) -> bool {
        HANDED_OVER_BYTES <= self.size_bytes
    }

    /// Gives tantivy all that was taken in, once the gate has room for it.
    pub(crate) fn give(&mut self, writer: &Writer, gate: &Arc<Gate>) -> Result<(), TantivyError> {
        let documents = self.operations.iter_mut().filter_map(|operation| match operation {
            UserOperation::Add(document) => Some(document),
            UserOperation::Delete(_) => None,
        });
        if let Some(last) = documents.last() {
            last.hold(gate.enter(std::mem::take(&mut self.size_bytes)));
        }
        writer.run(self.operations.drain(..)).map(drop)
    }
}
