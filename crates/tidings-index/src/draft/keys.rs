//! Terms that are values as a whole, and the documents that have them.

use std::collections::HashMap;
use std::io;

use tantivy::DocId;
use tantivy::postings::InvertedIndexSerializer;
use tantivy::schema::Field;

use super::seed::Seed;

/// What a key takes beside its letters.
const KEY_BYTES: usize = 64;

/// The documents of each key, in order.
#[derive(Default)]
pub(super) struct Keys {
    documents: HashMap<Box<str>, Vec<DocId>, Seed>,
    count: u64,
    bytes: usize,
}

impl Keys {
    /// A document has a key once.
    pub(super) fn add(&mut self, doc: DocId, key: &str) {
        self.count += 1;
        match self.documents.get_mut(key) {
            Some(documents) => documents.push(doc),
            None => {
                self.bytes += KEY_BYTES + key.len();
                self.documents.insert(key.into(), vec![doc]);
            }
        }
    }

    pub(super) fn size_bytes(&self) -> usize {
        self.bytes + self.count as usize * size_of::<DocId>()
    }

    pub(super) fn write(self, terms: &mut InvertedIndexSerializer, field: Field) -> io::Result<()> {
        let mut sorted: Vec<_> = self.documents.into_iter().collect();
        sorted.sort_unstable();
        let mut serializer = terms.new_field(field, self.count, None)?;
        for (key, documents) in sorted {
            serializer.new_term_without_freq(key.as_bytes())?;
            documents.iter().for_each(|doc| serializer.write_doc(*doc, 0, &[]));
            serializer.close_term()?;
        }
        serializer.close()
    }
}
