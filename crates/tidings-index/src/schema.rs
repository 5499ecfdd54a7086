//! What a document holds: which terms can be looked up, which values lie in columns.

use tantivy::schema::{BytesOptions, Field, IndexRecordOption, NumericOptions, Schema, TextFieldIndexing, TextOptions};

use crate::analyser::ANALYSER;

/// Tantivy's tokenizer that takes a value whole.
const RAW: &str = "raw";

/// Raised whenever schema, terms or analyser change; an index of another format is rebuilt.
pub(crate) const FORMAT: u32 = 4;

/// Names of the columns; tantivy opens them by name.
pub(crate) mod column {
    pub(crate) const TAG: &str = "tag";
    pub(crate) const SOURCE: &str = "source";
    pub(crate) const PLUGIN: &str = "plugin";
    pub(crate) const KIND: &str = "kind";
    pub(crate) const LANG: &str = "lang";
    pub(crate) const SITE: &str = "site";
    pub(crate) const AUTHOR: &str = "author";
    pub(crate) const SEVERITY: &str = "severity";
    pub(crate) const DATE: &str = "date";
    pub(crate) const FOUND: &str = "found";
    pub(crate) const STORY_HIGH: &str = "story_high";
    pub(crate) const STORY_LOW: &str = "story_low";
    pub(crate) const ENGAGEMENT: &str = "engagement";
    pub(crate) const ID_HIGH: &str = "id_high";
    pub(crate) const ID_LOW: &str = "id_low";
    pub(crate) const TEXT_AT: &str = "text_at";
    pub(crate) const HASH: &str = "hash";
}

/// The fields of a document.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fields {
    /// The id's 16 bytes, to delete by.
    pub(crate) id: Field,
    /// Every searched field one after the other, each word as written and folded.
    pub(crate) body: Field,
    /// The title alone, in the same two forms.
    pub(crate) title: Field,
    /// The words of the address.
    pub(crate) url: Field,
    /// `source:hn`, `site:example.com` for each parent domain, `author:jane` …
    pub(crate) key: Field,
    /// `pain:price`, `competitor:acme`, `tier:1`, `about:acme`.
    pub(crate) tag: Field,
    pub(crate) source: Field,
    pub(crate) plugin: Field,
    pub(crate) kind: Field,
    pub(crate) lang: Field,
    pub(crate) site: Field,
    pub(crate) author: Field,
    pub(crate) severity: Field,
    /// Microseconds since 1970, as are all times here.
    pub(crate) date: Field,
    pub(crate) found: Field,
    /// The position of the body where the text begins; absent where there is none.
    pub(crate) text_at: Field,
    /// The two halves of the id of its story's first finding; absent where it stands alone.
    pub(crate) story_high: Field,
    pub(crate) story_low: Field,
    pub(crate) engagement: Field,
    pub(crate) id_high: Field,
    pub(crate) id_low: Field,
    /// Hash of all that the log decides about the document.
    pub(crate) hash: Field,
}

/// The schema, for whoever measures the index against bare tantivy.
pub fn schema() -> Schema {
    build().0
}

/// Builds the schema; fields are declared in the order in which documents list their values.
pub(crate) fn build() -> (Schema, Fields) {
    let mut builder = Schema::builder();
    let words = TextOptions::default().set_indexing_options(
        TextFieldIndexing::default().set_tokenizer(ANALYSER).set_index_option(IndexRecordOption::WithFreqsAndPositions),
    );
    let term = TextOptions::default().set_indexing_options(
        TextFieldIndexing::default()
            .set_tokenizer(RAW)
            .set_fieldnorms(false)
            .set_index_option(IndexRecordOption::Basic),
    );
    let name = TextOptions::default().set_fast(RAW);
    let number = NumericOptions::default().set_fast();
    let fields = Fields {
        id: builder.add_bytes_field("id", BytesOptions::default().set_indexed()),
        body: builder.add_text_field("body", words.clone()),
        title: builder.add_text_field("title", words.clone()),
        url: builder.add_text_field("url", words),
        key: builder.add_text_field("key", term.clone()),
        tag: builder.add_text_field(column::TAG, term.set_fast(RAW)),
        source: builder.add_text_field(column::SOURCE, name.clone()),
        plugin: builder.add_text_field(column::PLUGIN, name.clone()),
        kind: builder.add_text_field(column::KIND, name.clone()),
        lang: builder.add_text_field(column::LANG, name.clone()),
        site: builder.add_text_field(column::SITE, name.clone()),
        author: builder.add_text_field(column::AUTHOR, name.clone()),
        severity: builder.add_text_field(column::SEVERITY, name),
        date: builder.add_i64_field(column::DATE, number.clone()),
        found: builder.add_i64_field(column::FOUND, number.clone()),
        text_at: builder.add_u64_field(column::TEXT_AT, number.clone()),
        story_high: builder.add_u64_field(column::STORY_HIGH, number.clone()),
        story_low: builder.add_u64_field(column::STORY_LOW, number.clone()),
        engagement: builder.add_i64_field(column::ENGAGEMENT, number.clone()),
        id_high: builder.add_u64_field(column::ID_HIGH, number.clone()),
        id_low: builder.add_u64_field(column::ID_LOW, number.clone()),
        hash: builder.add_u64_field(column::HASH, number),
    };
    (builder.build(), fields)
}
