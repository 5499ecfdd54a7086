use super::*;
use crate::sample;

fn entry(text: &str, words: &[&str]) -> Entry {
    let mut finding = sample::plain();
    finding.text = text.to_owned();
    let evidence = words.iter().map(|word| sample::evidence(Field::Text, text, word)).collect();
    Entry { evidence, ..sample::entry(finding) }
}

#[track_caller]
fn check(text: &str, words: &[&str], expected: &str) {
    assert_eq!(Marked::snippet(&entry(text, words)).html(), expected);
}

#[test]
fn evidence_is_marked_where_it_lies() {
    check("Giá của Acme đắt quá", &["đắt quá"], "Giá của Acme <mark>đắt quá</mark>");
    check("a price and a price", &["price and", "and a"], "a <mark>price and a</mark> price");
    check("Nothing here", &[], "Nothing here");
}

#[test]
fn plain_text_has_stars_without_white_space_in_them() {
    let snippet = Marked::snippet(&entry("a price  rise", &["price  "]));
    assert_eq!(snippet.starred(), "a *price* rise");
    assert_eq!(snippet.plain(), "a price rise");
}

#[test]
fn markup_of_others_is_text() {
    check("<b>R&D's \"price\"</b>", &["price"], "&lt;b&gt;R&amp;D&#39;s &quot;<mark>price</mark>&quot;&lt;/b&gt;");
    check("</mark><script>x</script>", &["script"], "&lt;/mark&gt;&lt;<mark>script</mark>&gt;x&lt;/script&gt;");
}

#[test]
fn a_long_text_is_shown_around_the_most_evidence() {
    let text = format!("price {} dear price, too dear {}", "word ".repeat(500), "more ".repeat(500));
    let far = text.find("dear").unwrap() as u32;
    let mut entry = entry(&text, &["price"]);
    for (start, end) in [(far, far + 4), (far + 5, far + 10)] {
        entry.evidence.push(Evidence { field: Field::Text, start, end, quote: "".into() });
    }
    let shown = Marked::snippet(&entry).starred();
    assert!(shown.starts_with("… word word"), "{shown}");
    assert!(shown.contains("word *dear* *price*, too dear more"), "{shown}");
    assert!(shown.ends_with(" more…"), "{shown}");
    assert!(shown.chars().count() <= SNIPPET_MOST + 8, "{shown}");
}

#[test]
fn evidence_that_lies_outside_is_no_panic() {
    let mut entry = entry("short", &[]);
    for (start, end) in [(3, 900), (800, 900), (5, 2), (u32::MAX - 1, u32::MAX)] {
        entry.evidence.push(Evidence { field: Field::Text, start, end, quote: "".into() });
    }
    assert_eq!(Marked::snippet(&entry).html(), "sho<mark>rt</mark>");
}

#[test]
fn an_entry_without_a_title_is_called_by_its_text() {
    let mut untitled = entry("Giá đắt\nquá", &["đắt"]);
    std::sync::Arc::make_mut(&mut untitled.finding).title = String::new();
    assert_eq!(Marked::title(&untitled).starred(), "Giá *đắt* quá");
    let thread = tidings_model::Thread { title: "Acme đắt".to_owned(), ..tidings_model::Thread::default() };
    std::sync::Arc::make_mut(&mut untitled.finding).thread = Some(thread);
    untitled.evidence.push(sample::evidence(Field::ThreadTitle, "Acme đắt", "Acme"));
    assert_eq!(Marked::title(&untitled).starred(), "*Acme* đắt");
    std::sync::Arc::make_mut(&mut untitled.finding).thread = None;
    std::sync::Arc::make_mut(&mut untitled.finding).text = " \u{202e} ".to_owned();
    assert_eq!(Marked::title(&untitled).plain(), "forum.example");
    std::sync::Arc::make_mut(&mut untitled.finding).site = Some("\u{200b}".to_owned());
    assert_eq!(Marked::title(&untitled).plain(), "voz");
}

#[test]
fn a_page_change_shows_the_block_that_matched() {
    let mut entry = entry("", &[]);
    let finding = std::sync::Arc::make_mut(&mut entry.finding);
    finding.change = Some(sample::change(&["Free plan", "Pro now $12"]));
    entry.evidence = vec![sample::evidence(Field::ChangeAdded(1), "Pro now $12", "$12")];
    assert_eq!(Marked::snippet(&entry).starred(), "Pro now *$12*");
}
