//! Labels that name each other and dimensions.

use tidings_model::{Label, Taxonomy};

use super::files::{read_texts, refuse};
use super::label;
use crate::Tagger;

/// A label of `pain` that goes back before others.
fn pain(id: &str, yields_to: &[&str]) -> String {
    format!(
        "[[label]]\ndimension = \"pain\"\nid = \"{id}\"\nname = \"x\"\nphrases = [\"{id}\"]\nyields_to = {yields_to:?}\n"
    )
}

#[test]
fn circles_are_refused_with_their_path() {
    let circle = "`yields_to` has labels that go back before each other";
    refuse(
        &[&pain("a", &["b"]), &pain("b", &["a"])],
        &format!("0.toml:6:14: {circle}: pain:a → pain:b → pain:a; expected a path that ends"),
    );
    refuse(&[&pain("a", &["a"])], &format!("0.toml:6:14: {circle}: pain:a → pain:a; expected a path that ends"));
    // The way into the circle is no part of it.
    refuse(
        &[&pain("z", &["c"]), &pain("a", &["x", "b"]), &pain("b", &["x", "c"]), &pain("c", &["a"]), &pain("x", &[])],
        &format!("1.toml:6:19: {circle}: pain:a → pain:b → pain:c → pain:a; expected a path that ends"),
    );
}

#[test]
fn paths_that_end_are_no_circles() {
    let (_folder, taxonomy) =
        read_texts(&[&pain("a", &["b", "c"]), &pain("b", &["c"]), &pain("c", &[]), &pain("d", &["a", "b"])]);
    Tagger::new(&taxonomy.unwrap(), 1).unwrap();
    let long: String = (0..5_000).map(|at| pain(&format!("l{at}"), &[&format!("l{}", at + 1)])).collect();
    let (_folder, taxonomy) = read_texts(&[&long, &pain("l5000", &[])]);
    assert_eq!(taxonomy.unwrap().labels.len(), 5_001);
}

#[test]
fn names_that_are_none_are_refused_with_the_nearest() {
    refuse(
        &[&pain("price", &["suport"]), &pain("support", &[])],
        "0.toml:6:14: `yields_to` has unknown label of `pain` `suport`; expected `price`, `support`; did you mean `support`?",
    );
    let beside = |names: &str| format!("{}implied = [\"my\"]\nbeside = [{names}]\n", pain("price", &[]));
    refuse(
        &[&beside("\"competitor\", \"prase\"")],
        "0.toml:8:25: `beside` has unknown dimension `prase`; expected `competitor`, `goal`, `intent`, `objection`, \
         `pain`, `praise`, `role`; did you mean `praise`?",
    );
    refuse(
        &[&beside("\"pain\"")],
        "0.toml:8:11: `beside` has `pain`, the dimension of the label itself; expected another dimension: weak signs \
         count only where no label of their own is there",
    );
    refuse(
        &[&beside("\"Goal!\"")],
        "0.toml:8:11: `Goal!`, which is no dimension; expected 1 to 64 of a-z, 0-9, - and _",
    );
    let implied_by = |names: &str| beside(names).replace("beside", "implied_by");
    refuse(
        &[&implied_by("\"competitor\"")],
        "0.toml:8:15: `implied_by` has unknown dimension `competitor`; expected `goal`, `intent`, `objection`, \
         `pain`, `praise`, `role`",
    );
    refuse(
        &[&implied_by("\"goal\", \"pain\"")],
        "0.toml:8:23: `implied_by` has `pain`, the dimension of the label itself; expected another dimension: weak signs \
         count only where no label of their own is there",
    );
    refuse(&[&beside("7")], "0.toml:8:11: an integer; expected a string");
}

#[test]
fn a_taxonomy_that_comes_as_data_has_no_circle_either() {
    let yielding = |id: &str, to: &str| Label { yields_to: vec![to.parse().unwrap()], ..label("pain", id, &["x"]) };
    let taxonomy = Taxonomy { labels: vec![yielding("a", "b"), yielding("b", "a")], ..Taxonomy::default() };
    assert_eq!(
        Tagger::new(&taxonomy, 1).unwrap_err().to_string(),
        "`yields_to` of label `pain:a` has labels that go back before each other: pain:a → pain:b → pain:a; \
         expected a path that ends"
    );
}
