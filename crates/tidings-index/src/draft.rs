//! A segment in the making: findings as they come, until tantivy takes them over as one segment.
//!
//! Tantivy's own writer looks up two terms for each word of a text. Here a word is looked up
//! once, by its letters, and noted as a number; terms and postings are made of all notes together
//! when the segment is written, by tantivy's own serialisers.

mod keys;
mod lexicon;
mod seed;
mod text_field;

use rustc_hash::FxHashMap;
use tantivy::directory::TerminatingWrite;
use tantivy::fastfield::FastFieldsWriter;
use tantivy::fieldnorm::{FieldNormReaders, FieldNormsSerializer, FieldNormsWriter};
use tantivy::index::{Segment, SegmentComponent};
use tantivy::postings::InvertedIndexSerializer;
use tantivy::store::StoreWriter;
use tantivy::{DocId, IndexWriter, TantivyDocument, Term};
use tidings_model::{Field as FindingField, Finding};
use tidings_query::Scope;

use crate::analyser::FIELD_GAP;
use crate::document::FindingDocument;
use crate::removal::Written;
use crate::schema::Fields;
use keys::Keys;
pub(crate) use lexicon::Lexicon;
use text_field::TextField;

/// The id of what was replaced before it was written; no finding has it.
const REPLACED: &[u8] = &[0];

/// Findings that lie in no segment yet.
pub(crate) struct Draft {
    fields: Fields,
    /// By document; `None` where it was replaced since.
    ids: Vec<Option<u128>>,
    documents: FxHashMap<u128, DocId>,
    lexicon: Lexicon,
    body: TextField,
    title: TextField,
    url: TextField,
    keys: Keys,
    tags: Keys,
    columns: FastFieldsWriter,
}

impl Draft {
    pub(crate) fn new(index: &tantivy::Index, fields: Fields) -> tantivy::Result<Self> {
        let tokenizers = index.fast_field_tokenizer().clone();
        Ok(Self {
            ids: Vec::new(),
            documents: FxHashMap::default(),
            lexicon: Lexicon::default(),
            body: TextField::default(),
            title: TextField::default(),
            url: TextField::default(),
            keys: Keys::default(),
            tags: Keys::default(),
            columns: FastFieldsWriter::from_schema_and_tokenizer_manager(&index.schema(), tokenizers)?,
            fields,
        })
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// What it holds, and what writing it takes beside that.
    pub(crate) fn size_bytes(&self) -> usize {
        let texts = self.body.size_bytes() + self.title.size_bytes() + self.url.size_bytes();
        let keys = self.keys.size_bytes() + self.tags.size_bytes();
        texts + keys + self.lexicon.size_bytes() + self.columns.mem_usage()
    }

    /// Takes in `finding`, of which `document` holds all values but the words.
    pub(crate) fn add(&mut self, id: u128, finding: &Finding, mut document: FindingDocument) -> tantivy::Result<()> {
        let doc = self.ids.len() as DocId;
        self.ids.push(Some(id));
        self.documents.insert(id, doc);
        if let Some(position) = self.add_words(doc, finding) {
            document.push_text_at(position, &self.fields);
        }
        document.texts(self.fields.key).for_each(|key| self.keys.add(doc, key));
        document.texts(self.fields.tag).for_each(|tag| self.tags.add(doc, tag));
        self.columns.add_document(&document)
    }

    /// Answers at which position of the body the text begins.
    fn add_words(&mut self, doc: DocId, finding: &Finding) -> Option<u32> {
        let (mut position, mut text_at) = (0, None);
        for (field, text) in Scope::Anywhere.fields(finding) {
            let words = self.lexicon.read(text);
            self.body.add(doc, position, words);
            match field {
                FindingField::Title => self.title.add(doc, 0, words),
                FindingField::Text => text_at = Some(position),
                _ => {}
            }
            position += words.len() as u32 + FIELD_GAP;
        }
        if let Some(url) = &finding.url {
            self.url.add(doc, 0, self.lexicon.read(url.as_str()));
        }
        text_at
    }

    /// Takes out the finding with this id. Answers whether it was there.
    pub(crate) fn remove(&mut self, id: u128) -> bool {
        let doc = self.documents.remove(&id);
        if let Some(doc) = doc {
            self.ids[doc as usize] = None;
        }
        doc.is_some()
    }

    /// Lets it read texts with the words of another draft, which need not be looked up again.
    pub(crate) fn set_lexicon(&mut self, lexicon: Lexicon) {
        debug_assert!(self.is_empty());
        self.lexicon = lexicon;
    }

    /// Writes the segment, which goes into the next commit of `writer`, and notes it in `written`.
    /// Answers the words that it was read with.
    pub(crate) fn write(self, writer: &IndexWriter, written: &Written) -> tantivy::Result<Lexicon> {
        let segment = writer.new_segment();
        written.push(segment.id());
        let documents = self.ids.len() as DocId;
        let has_replaced = self.ids.contains(&None);
        let id = self.fields.id;
        let lexicon = self.write_files(&segment)?;
        let segment = segment.with_max_doc(documents);
        segment.meta().untrack_temp_docstore();
        writer.add_segment(segment.meta().clone())?;
        if has_replaced {
            writer.delete_term(Term::from_field_bytes(id, REPLACED));
        }
        Ok(lexicon)
    }

    fn write_files(mut self, segment: &Segment) -> tantivy::Result<Lexicon> {
        let documents = self.ids.len();
        let Fields { id, body, title, url, key, tag, .. } = self.fields;
        let texts = [(body, self.body), (title, self.title), (url, self.url)];

        let mut norms = FieldNormsWriter::for_schema(&segment.schema());
        texts.iter().for_each(|(field, text)| text.norms(|doc, words| norms.record(doc, *field, words)));
        norms.fill_up_to_max_doc(documents as DocId);
        let to_write = FieldNormsSerializer::from_write(segment.open_write(SegmentComponent::FieldNorms)?)?;
        norms.serialize(to_write, None)?;
        let norms = FieldNormReaders::open(segment.open_read(SegmentComponent::FieldNorms)?)?;

        let mut terms = InvertedIndexSerializer::open(segment)?;
        write_ids(&self.ids, &mut terms, id)?;
        let sorted = self.lexicon.sorted();
        for (field, text) in texts {
            let serializer = terms.new_field(field, text.tokens(), norms.get_field(field)?)?;
            text.write(serializer, &self.lexicon, &sorted)?;
        }
        self.keys.write(&mut terms, key)?;
        self.tags.write(&mut terms, tag)?;
        terms.close()?;

        let mut columns = segment.open_write(SegmentComponent::FastFields)?;
        self.columns.serialize(&mut columns, None)?;
        columns.terminate()?;
        write_store(segment, documents)?;
        drop(sorted);
        Ok(self.lexicon)
    }
}

fn write_ids(
    ids: &[Option<u128>],
    terms: &mut InvertedIndexSerializer,
    field: tantivy::schema::Field,
) -> std::io::Result<()> {
    let mut sorted: Vec<(Option<u128>, DocId)> = ids.iter().copied().zip(0..).collect();
    sorted.sort_unstable();
    let mut serializer = terms.new_field(field, ids.len() as u64, None)?;
    for same in sorted.chunk_by(|(id, _), (next, _)| id == next) {
        match same[0].0 {
            Some(id) => serializer.new_term_without_freq(&id.to_be_bytes())?,
            None => serializer.new_term_without_freq(REPLACED)?,
        }
        same.iter().for_each(|(_, doc)| serializer.write_doc(*doc, 0, &[]));
        serializer.close_term()?;
    }
    serializer.close()
}

/// Nothing is stored of a document, but tantivy looks for it all the same.
fn write_store(segment: &Segment, documents: usize) -> tantivy::Result<()> {
    let settings = segment.index().settings();
    let file = segment.open_write(SegmentComponent::Store)?;
    let mut store = StoreWriter::new(file, settings.docstore_compression, settings.docstore_blocksize, false)?;
    for _ in 0..documents {
        store.store(&TantivyDocument::default(), &segment.schema())?;
    }
    store.close()?;
    Ok(())
}

#[cfg(test)]
mod tests;
