use std::collections::BTreeMap;

use tantivy::postings::Postings;
use tantivy::schema::IndexRecordOption;
use tantivy::{DocSet, TERMINATED, TantivyDocument};
use tidings_model::{Kind, SourceId};

use super::*;
use crate::analyser::{ANALYSER, Analyser, FIELD_BREAK};
use crate::document::id_bits;
use crate::schema;

fn finding(number: usize, title: &str, text: &str) -> Finding {
    let source: SourceId = "voz".parse().unwrap();
    let mut finding: Finding = serde_json::from_value(serde_json::json!({
        "id": tidings_model::FindingId::new(&source, &number.to_string()), "source": source, "plugin": "feed",
        "kind": "post", "title": title, "text": text, "found": "2026-11-20T08:00:00Z", "revision": 1,
        "taxonomy_version": 0, "tags": [{"dimension": "pain", "id": format!("pain-{}", number % 5), "evidence": []}],
        "url": format!("https://forum.example/t/{number}-gia-qua-dat"),
    }))
    .unwrap();
    finding.author = number.is_multiple_of(2).then(|| format!("Jane {}", number % 7));
    finding.kind = if number.is_multiple_of(3) { Kind::Post } else { Kind::Review };
    finding
}

fn findings() -> Vec<Finding> {
    let words = ["giá", "gia", "Giá", "quá", "đắt", "price", "prices", "pricing", "C++", "4.5", "hoà", "hòa", "$99"];
    (0..400)
        .map(|number| {
            let word = |at: usize| words[(number * 7 + at * at) % words.len()];
            let text: Vec<String> = (0..number % 40).map(|at| format!("{} w{}", word(at), number * at % 97)).collect();
            finding(number, &format!("{} {}", word(1), word(2)), &text.join(" "))
        })
        .collect()
}

fn index() -> tantivy::Index {
    let index = tantivy::Index::create_in_ram(schema::schema());
    index.tokenizers().register(ANALYSER, Analyser::default());
    index
}

/// Document, frequency, positions, field norm.
type Posting = (u32, u32, Vec<u32>, u8);

/// The terms of one field.
type Terms = BTreeMap<Vec<u8>, Vec<Posting>>;

/// The terms of each field, and of how many tokens they are.
fn contents(index: &tantivy::Index, fields: &Fields) -> Vec<(Terms, u64)> {
    let searcher = index.reader().unwrap().searcher();
    let [segment] = searcher.segment_readers() else { panic!("one segment") };
    let mut contents = Vec::new();
    for field in [fields.id, fields.body, fields.title, fields.url, fields.key, fields.tag] {
        let inverted = segment.inverted_index(field).unwrap();
        let norms = segment.get_fieldnorms_reader(field).ok();
        let (mut terms, mut stream) = (Terms::new(), inverted.terms().stream().unwrap());
        while let Some((term, info)) = stream.next() {
            let all = IndexRecordOption::WithFreqsAndPositions;
            let mut postings = inverted.read_postings_from_terminfo(info, all).unwrap();
            let mut documents = Vec::new();
            while postings.doc() != TERMINATED {
                let mut positions = Vec::new();
                postings.positions(&mut positions);
                let norm = norms.as_ref().map_or(0, |norms| norms.fieldnorm_id(postings.doc()));
                documents.push((postings.doc(), postings.term_freq(), positions, norm));
                postings.advance();
            }
            terms.insert(term.to_vec(), documents);
        }
        contents.push((terms, inverted.total_num_tokens()));
    }
    contents
}

#[test]
fn a_segment_is_the_one_that_tantivy_itself_would_write() {
    let findings = findings();
    let (_, fields) = schema::build();

    let ours = index();
    let mut writer: IndexWriter = ours.writer_with_num_threads(1, 15_000_000).unwrap();
    let mut draft = Draft::new(&ours, fields).unwrap();
    let theirs = index();
    let mut their_writer: IndexWriter = theirs.writer_with_num_threads(1, 15_000_000).unwrap();
    for finding in &findings {
        let bits = id_bits(&finding.id).unwrap();
        let document = FindingDocument::new(finding, bits, &fields).unwrap();
        let mut their_document = TantivyDocument::new();
        their_document.add_bytes(fields.id, &bits.to_be_bytes());
        let texts: Vec<&str> = Scope::Anywhere.fields(finding).map(|(_, text)| text).collect();
        their_document.add_text(fields.body, texts.join(&FIELD_BREAK.to_string()));
        their_document.add_text(fields.title, &finding.title);
        their_document.add_text(fields.url, finding.url.as_ref().unwrap());
        document.texts(fields.key).for_each(|key| their_document.add_text(fields.key, key));
        document.texts(fields.tag).for_each(|tag| their_document.add_text(fields.tag, tag));
        their_writer.add_document(their_document).unwrap();
        draft.add(bits, finding, document).unwrap();
    }
    their_writer.commit().unwrap();
    draft.write(&writer, &Written::default()).unwrap();
    writer.commit().unwrap();

    let (ours, theirs) = (contents(&ours, &fields), contents(&theirs, &fields));
    assert!(theirs.iter().all(|(terms, _)| !terms.is_empty()));
    assert_eq!(ours, theirs);
}

#[test]
fn what_was_replaced_before_it_was_written_is_not_found() {
    let (_, fields) = schema::build();
    let index = index();
    let mut writer: IndexWriter = index.writer_with_num_threads(1, 15_000_000).unwrap();
    let mut draft = Draft::new(&index, fields).unwrap();
    for (number, text) in [(1, "first"), (2, "other"), (1, "second")] {
        let finding = finding(number, "title", text);
        let bits = id_bits(&finding.id).unwrap();
        assert_eq!(draft.remove(bits), text == "second");
        let document = FindingDocument::new(&finding, bits, &fields).unwrap();
        draft.add(bits, &finding, document).unwrap();
    }
    draft.write(&writer, &Written::default()).unwrap();
    writer.commit().unwrap();
    let searcher = index.reader().unwrap().searcher();
    let found = |word: &str| {
        let query = tantivy::query::TermQuery::new(Term::from_field_text(fields.body, word), IndexRecordOption::Basic);
        searcher.search(&query, &tantivy::collector::Count).unwrap()
    };
    assert_eq!((found("first"), found("other"), found("second"), searcher.num_docs()), (0, 1, 1, 2));
}
