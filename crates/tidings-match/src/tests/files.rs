//! What the file reader takes, and what it says of what it does not.

use std::path::PathBuf;

use tempfile::TempDir;
use tidings_model::Taxonomy;

use crate::Tagger;
use crate::taxonomy_file::{TaxonomyFileError, content_hash, read};

pub(super) const COMPETITOR: &str = "[[competitor]]\nid = \"acme\"\nname = \"Acme\"\ntier = 1\n";
pub(super) const LABEL: &str = "[[label]]\ndimension = \"pain\"\nid = \"price\"\nname = \"Price\"\n";

pub(super) fn read_texts(texts: &[&str]) -> (TempDir, Result<Taxonomy, TaxonomyFileError>) {
    let folder = TempDir::new().unwrap();
    let write = |(at, text): (usize, &&str)| -> PathBuf {
        let path = folder.path().join(format!("{at}.toml"));
        std::fs::write(&path, text).unwrap();
        path
    };
    let paths: Vec<_> = texts.iter().enumerate().map(write).collect();
    let read = read(paths);
    (folder, read)
}

/// The error without the folder that the files lie in.
#[track_caller]
pub(super) fn refuse(texts: &[&str], expected: &str) {
    let (folder, read) = read_texts(texts);
    let message = read.unwrap_err().to_string().replace(&format!("{}/", folder.path().display()), "");
    assert_eq!(message, expected);
}

#[test]
fn files_are_read_into_one_taxonomy() {
    let first = format!("[own]\nname = \"Ours\"\n\n{COMPETITOR}aliases = [\"Acme CRM\"]\ndomains = [\"acme.com\"]\n");
    let second = format!("{LABEL}phrases.en = [\"too dear\"]\nphrases.vi = [\"quá đắt\", \"đắt quá\"]\n");
    let third = "[[label]]\ndimension = \"role\"\nid = \"owner\"\nname = \"Owner\"\nphrases = [\"my shop\"]\n";
    let (_folder, taxonomy) = read_texts(&[&first, &second, third]);
    let taxonomy = taxonomy.unwrap();
    assert_eq!(taxonomy.own.as_ref().unwrap().name, "Ours");
    assert_eq!(taxonomy.competitors[0].aliases, ["Acme CRM"]);
    assert_eq!(taxonomy.labels.iter().map(|label| label.phrases.len()).collect::<Vec<_>>(), [3, 1]);
    Tagger::new(&taxonomy, 1).unwrap();
}

#[test]
fn content_hash_tells_changes_of_content_only() {
    let hash = |text: &str| content_hash(&read_texts(&[text]).1.unwrap());
    let text = format!("{COMPETITOR}aliases = [\"A\", \"B\"]\n");
    assert_eq!(hash(&text), hash(&format!("# a comment\n\n{COMPETITOR}aliases = [ 'A', 'B', ]\n")));
    assert_ne!(hash(&text), hash(&format!("{COMPETITOR}aliases = [\"AB\"]\n")));
    assert_ne!(hash(&text), hash(COMPETITOR));
    // Frozen: a change of this number would tag every archive again.
    assert_eq!(hash(COMPETITOR), 3_533_373_768_689_605_832);
}

#[test]
fn wrong_keys_are_refused_with_the_nearest() {
    refuse(
        &[&COMPETITOR.replace("name", "nmae")],
        "0.toml:3:1: unknown key in [[competitor]] `nmae`; expected `id`, `name`, `tier`, `aliases`, `domains`, \
         `context`, `exclude`, `own_sites`; did you mean `name`?",
    );
    refuse(
        &["[[labels]]\n"],
        "0.toml:1:3: unknown key in the file `labels`; expected `own`, `competitor`, `lists`, `label`, `severity`; did you mean `label`?",
    );
    refuse(
        &[&format!("{}phrases = [\"x\"]\n", LABEL.replace("pain", "intent").replace("price", "switch"))],
        "0.toml:3:6: unknown intent `switch`; expected `unaware_need`, `researching`, `comparing`, `using_competitor`, \
         `switching`; did you mean `switching`?",
    );
}

#[test]
fn wrong_values_are_refused_with_what_was_expected() {
    refuse(&[&COMPETITOR.replace("= 1", "= 4")], "0.toml:4:8: tier 4; expected tier 1, 2 or 3");
    refuse(&[&COMPETITOR.replace("= 1", "= \"1\"")], "0.toml:4:8: a string; expected tier 1, 2 or 3");
    refuse(&[&COMPETITOR.replace("\"Acme\"", "7")], "0.toml:3:8: an integer; expected a string");
    refuse(&[&COMPETITOR.replace("\"Acme\"", "\" \"")], "0.toml:3:8: an empty string; expected text");
    refuse(
        &[&COMPETITOR.replace("\"Acme\"", "\"™\"")],
        "0.toml:3:8: `™`: it has no word; expected words of letters or digits",
    );
    refuse(
        &[&COMPETITOR.replace("acme", "Acme Inc")],
        "0.toml:2:6: `Acme Inc`, which is no competitor id; expected 1 to 64 of a-z, 0-9, - and _",
    );
    refuse(
        &[&format!("{LABEL}phrases = \"x\"\n")],
        "0.toml:5:11: a string; expected a list of phrases, or phrases by language: `phrases.en = […]`",
    );
    refuse(&[&format!("{LABEL}phrases = []\n")], "0.toml:5:11: a label without phrases; expected one phrase at least");
    refuse(
        &[&format!("{LABEL}phrases.english = [\"x\"]\n")],
        "0.toml:5:9: `english`, which is no language; expected 2 or 3 letters a-z, as in ISO 639",
    );
    refuse(
        &[&format!("{COMPETITOR}domains = [\"https://acme.com\"]\n")],
        "0.toml:5:12: `https://acme.com`, which is no domain; expected a domain such as `acme.example`, without `https://`, `www.` and path",
    );
}

#[test]
fn lists_may_be_used_in_any_file() {
    let label = format!("{LABEL}phrases = [\"{{much}} đắt\"]\nimplied = [\"tiền\"]\nbeside = [\"goal\"]\n");
    let (_folder, taxonomy) = read_texts(&[&label, "[lists]\nmuch = [\"quá\", \"rất (là)?\"]\n"]);
    let taxonomy = taxonomy.unwrap();
    assert_eq!(taxonomy.lists["much"].len(), 2);
    assert_eq!(taxonomy.labels[0].implied[0].0, "tiền");
    Tagger::new(&taxonomy, 1).unwrap();
    refuse(
        &[&label.replace("much", "mcuh"), "[lists]\nmuch = [\"quá\"]\n"],
        "0.toml:5:12: unknown list in `{mcuh} đắt`, `mcuh`; expected `much`; did you mean `much`?",
    );
    refuse(
        &["[lists]\nno = [\"ko\"]\n", "[lists]\nno = [\"k\"]\n"],
        "1.toml:2:1: list `no` is defined already, at 0.toml:2:1; expected each to be defined once",
    );
    refuse(&["[lists]\nno = []\n"], "0.toml:2:6: a list without words; expected one word at least");
    refuse(
        &["[lists]\nnumber = [\"one\"]\n"],
        "0.toml:2:1: list `number`, which stands for every number; expected another name",
    );
}

#[test]
fn phrases_that_cannot_be_read_are_refused_with_their_place() {
    let expected = "expected a phrase such as `too expensive`, `took … weeks` or `(too|so) slow`";
    for (phrase, problem) in [
        ("(too|so slow", "`(too|so slow`: `(` is not closed"),
        ("… slow", "`… slow`: a gap has no word on both its sides"),
        ("too ~99 slow", "`too ~99 slow`: the gap after `~` must be 1 to 9 words"),
    ] {
        refuse(
            &[&format!("{LABEL}phrases = [\n\"x\",\n\"{phrase}\"]\n")],
            &format!("0.toml:7:1: {problem}; {expected}"),
        );
    }
}

#[test]
fn missing_keys_are_named() {
    refuse(
        &["[[competitor]]\nid = \"acme\"\nname = \"Acme\"\n"],
        "0.toml:1:1: [[competitor]] without `tier`; expected `tier = …`",
    );
    refuse(
        &[LABEL],
        "0.toml:1:1: [[label]] without `phrases` and without `query`; expected `phrases = …`, `query = …` or both",
    );
}

#[test]
fn broken_toml_has_its_place() {
    let (_folder, read) = read_texts(&["[own]\nname = \"x\n"]);
    let error = read.unwrap_err();
    assert_eq!(error.place().map(|place| (place.line, place.column)), Some((2, 10)), "{error}");
}

#[test]
fn what_is_defined_twice_is_refused_with_both_places() {
    let (folder, read) = read_texts(&[COMPETITOR, COMPETITOR]);
    let message = read.unwrap_err().to_string().replace(&format!("{}/", folder.path().display()), "");
    assert_eq!(
        message,
        "1.toml:2:6: competitor `acme` is defined already, at 0.toml:2:6; expected each to be defined once"
    );
    refuse(
        &[&format!("{LABEL}phrases.en = [\"Too dear\"]\nphrases.vi = [\"too  DEAR\"]\n")],
        "0.toml:6:15: phrase `too  DEAR` of this label is defined already, at 0.toml:5:15; expected each to be defined once",
    );
    refuse(
        &["[own]\nname = \"a\"\n", "[own]\nname = \"b\"\n"],
        "1.toml:1:1: `[own]` is defined already, at 0.toml:1:1; expected each to be defined once",
    );
}

#[test]
fn own_brand_is_not_a_competitor() {
    refuse(
        &[&COMPETITOR.replace("acme", "self")],
        "0.toml:2:6: competitor `self`, which is our own brand; expected another id here, and our own brand under `[own]`",
    );
}

#[test]
fn missing_file_is_named() {
    let error = read(["/nowhere/taxonomy.toml"]).unwrap_err();
    assert_eq!(error.to_string(), "cannot read /nowhere/taxonomy.toml");
    assert_eq!(error.path().to_str(), Some("/nowhere/taxonomy.toml"));
}

#[test]
fn severity_rules_are_queries_over_what_was_tagged() {
    let rules = "[[severity]]\nlevel = \"high\"\nquery = \"tier:1 pain:price\"\n\
                 [[severity]]\nlevel = \"medium\"\nquery = \"pain:price\"\n\
                 [[severity]]\nlevel = \"critical\"\nquery = \"competitor:acme lawsuit\"\n";
    // The rules stand before the files that they name things of.
    let (_folder, taxonomy) = read_texts(&[rules, COMPETITOR, &format!("{LABEL}phrases = [\"too dear\"]\n")]);
    let taxonomy = taxonomy.unwrap();
    let tagger = Tagger::new(&taxonomy, 1).unwrap();
    let severity = |text: &str| {
        let mut found = super::finding("", text);
        tagger.tag(&mut found);
        found.severity.map(|severity| severity.as_str())
    };
    assert_eq!(severity("Acme is too dear."), Some("high"));
    assert_eq!(severity("It is too dear."), Some("medium"));
    assert_eq!(severity("Acme is too dear, and a lawsuit is coming."), Some("critical"));
    assert_eq!(severity("Acme is great."), None);
    let without = Taxonomy { severity: Vec::new(), ..taxonomy.clone() };
    assert_ne!(content_hash(&taxonomy), content_hash(&without));
}

#[test]
fn a_severity_rule_that_could_never_be_true_is_refused() {
    let label = format!("{LABEL}phrases = [\"too dear\"]\n");
    let rule = |level: &str, query: &str| format!("[[severity]]\nlevel = \"{level}\"\nquery = \"{query}\"\n");
    refuse(
        &[&label, &rule("hihg", "pain:price")],
        "1.toml:2:9: unknown level `hihg`; expected `low`, `medium`, `high`, `critical`; did you mean `high`?",
    );
    refuse(
        &[&label, &rule("high", "pain:prise")],
        "1.toml:3:15: unknown label of `pain` `prise` at character 5 of the query; expected `price`. Did you mean `price`?",
    );
    refuse(
        &[&label, COMPETITOR, &rule("high", "competitor:acmee")],
        "2.toml:3:21: unknown competitor `acmee` at character 11 of the query; expected `acme`. Did you mean `acme`?",
    );
    let (_folder, relative) = read_texts(&[&label, &rule("high", "pain:price since:7d")]);
    let message = relative.unwrap_err().to_string();
    assert!(message.contains("since:7d") && message.contains("write a date"), "{message}");
    let (_folder, broken) = read_texts(&[&label, &rule("high", "(pain:price")]);
    assert!(broken.unwrap_err().to_string().contains("Close the parenthesis"));
}
