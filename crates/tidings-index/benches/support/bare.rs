//! Bare tantivy: the same schema and analyser, and nothing else.

use std::error::Error;
use std::fs;
use std::path::Path;

use tantivy::indexer::IndexWriterOptions;
use tantivy::schema::{Field, Schema};
use tantivy::{IndexWriter, TantivyDocument};
use tidings_index::{ANALYSER, Analyser, FIELD_BREAK};
use tidings_model::Finding;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// Findings between two commits.
pub(crate) const COMMIT_EVERY: usize = 20_000;

/// Indexes `findings` in `path`.
pub(crate) fn index<'a>(findings: impl Iterator<Item = &'a Finding>, path: &Path) -> Result<()> {
    fs::create_dir_all(path)?;
    let schema = tidings_index::schema();
    let index = tantivy::Index::create_in_dir(path, schema.clone())?;
    index.tokenizers().register(ANALYSER, Analyser::default());
    let options = IndexWriterOptions::builder().memory_budget_per_thread(40_000_000).num_merge_threads(1).build();
    let mut writer: IndexWriter = index.writer_with_options(options)?;
    let fields = Fields::of(&schema)?;
    for (n, finding) in findings.enumerate() {
        writer.add_document(fields.document(finding))?;
        if (n + 1).is_multiple_of(COMMIT_EVERY) {
            writer.commit()?;
        }
    }
    writer.commit()?;
    writer.wait_merging_threads()?;
    Ok(())
}

/// The fields by name, as any program with this schema has them.
struct Fields<'a> {
    schema: &'a Schema,
    body: Field,
    title: Field,
    key: Field,
    tag: Field,
}

impl<'a> Fields<'a> {
    fn of(schema: &'a Schema) -> Result<Self> {
        let field = |name| schema.get_field(name);
        Ok(Self { schema, body: field("body")?, title: field("title")?, key: field("key")?, tag: field("tag")? })
    }

    fn named(&self, name: &str) -> Field {
        self.schema.get_field(name).expect("a field of the schema")
    }

    fn document(&self, finding: &Finding) -> TantivyDocument {
        let mut document = TantivyDocument::new();
        let id = finding.id.to_bytes().expect("ids of this bench are made");
        let author = finding.author.as_deref().unwrap_or_default();
        let site = finding.site.as_deref().unwrap_or_default();
        document.add_bytes(self.named("id"), &id);
        document.add_text(self.body, format!("{}{FIELD_BREAK}{author}{FIELD_BREAK}{}", finding.title, finding.text));
        document.add_text(self.title, &finding.title);
        if let Some(url) = &finding.url {
            document.add_text(self.named("url"), url.as_str());
        }
        for (name, value) in [
            ("source", finding.source.as_str()),
            ("plugin", finding.plugin.as_str()),
            ("kind", finding.kind.as_str()),
            ("lang", finding.lang.as_ref().map_or("", |lang| lang.as_str())),
            ("author", author),
        ] {
            document.add_text(self.key, format!("{name}:{value}"));
            document.add_text(self.named(name), value);
        }
        document.add_text(self.named("site"), site);
        for (at, _) in site.match_indices('.') {
            document.add_text(self.key, format!("site:{}", &site[at + 1..]));
        }
        document.add_text(self.key, format!("site:{site}"));
        for competitor in &finding.competitors {
            document.add_text(self.tag, format!("competitor:{}", competitor.id));
            if let Some(tier) = competitor.tier {
                document.add_text(self.tag, format!("tier:{tier}"));
            }
        }
        for tag in &finding.tags {
            document.add_text(self.tag, format!("{}:{}", tag.dimension, tag.id));
        }
        document.add_i64(self.named("date"), finding.date().as_microsecond());
        document.add_i64(self.named("found"), finding.found.as_microsecond());
        document.add_i64(self.named("engagement"), 0);
        let (high, low) = id.split_at(8);
        document.add_u64(self.named("id_high"), u64::from_be_bytes(high.try_into().expect("8 bytes")));
        document.add_u64(self.named("id_low"), u64::from_be_bytes(low.try_into().expect("8 bytes")));
        document.add_u64(self.named("hash"), u64::from_le_bytes(id[..8].try_into().expect("8 bytes")));
        document
    }
}
