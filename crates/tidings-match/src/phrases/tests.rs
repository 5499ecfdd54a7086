//! Which phrases a text has.

use super::*;
use crate::lexicon::Rule;
use crate::pattern::{Lists, Pattern};

fn hits(phrases: &[&str], text: &str) -> Vec<(String, bool)> {
    let mut tree = PhraseTree::new();
    for (target, phrase) in (0..).zip(phrases) {
        tree.add(&Pattern::read(phrase, &Lists::default()).unwrap(), Rule::Inflected, target);
    }
    let set = tree.into_phrases();
    let scalars: Vec<char> = text.chars().collect();
    let mut hits = Vec::new();
    set.find(text, false, |hit| {
        hits.push((scalars[hit.start as usize..hit.end as usize].iter().collect(), hit.negated));
    });
    hits
}

#[track_caller]
fn check(phrases: &[&str], text: &str, expected: &[&str]) {
    let quotes: Vec<_> = hits(phrases, text).into_iter().map(|(quote, _)| quote).collect();
    assert_eq!(quotes, expected);
}

#[track_caller]
fn check_negated(phrase: &str, texts: &[&str], expected: bool) {
    for text in texts {
        let negated: Vec<_> = hits(&[phrase], text).into_iter().map(|(_, negated)| negated).collect();
        assert_eq!(negated, [expected], "{text}");
    }
}

#[test]
fn phrases_inside_each_other_are_all_found() {
    check(
        &["too expensive", "expensive", "way too", "too expensive for us"],
        "Way too expensive for us",
        &["Way too", "too expensive", "expensive", "too expensive for us"],
    );
}

#[test]
fn english_words_match_their_inflections() {
    check(&["price increase"], "prices increased; price increases", &["prices increased", "price increases"]);
}

#[test]
fn marks_bind_in_phrases() {
    check(&["đắt quá"], "Đắt quá! dat qua. đạt quá, đắt qua", &["Đắt quá", "dat qua", "đắt qua"]);
    check(&["ban"], "bạn ban bán", &["ban"]);
    check(&["đăt"], "đắt đặt đất dat", &["đắt", "đặt", "dat"]);
    check(&["hoà"], "hòa hoà hoa họa", &["hòa", "hoà", "hoa"]);
}

#[test]
fn one_spelling_may_be_several_words() {
    check(&["đắt", "đất", "dat"], "dat", &["dat", "dat", "dat"]);
}

#[test]
fn gaps_hold_so_many_words_of_the_same_clause() {
    check(
        &["took ~2 week"],
        "took weeks, took two weeks, took about two weeks",
        &["took weeks", "took two weeks", "took about two weeks"],
    );
    check(&["took ~2 week"], "took more than two weeks", &[]);
    check(&["took ~2 week"], "took, well, weeks. took it. Weeks. Took not weeks", &[]);
    check(&["pin … nhanh"], "pin tụt rất nhanh", &["pin tụt rất nhanh"]);
    check(&["a ~2 b ~2 c"], "a x b y y c", &["a x b y y c"]);
    check(&["a ~1 b"], "a a b", &["a b", "a a b"]);
}

#[test]
fn strict_words_have_no_other_form() {
    check(&["+dating"], "dating date dates", &["dating"]);
    check(&["máy +dựng"], "máy dựng, may dựng, may dung", &["máy dựng", "may dựng"]);
}

#[test]
fn phrases_may_have_to_lead_their_clause() {
    check(&["^i use"], "I use it. should I use it, I use it", &["I use", "I use"]);
    check(&["^(so)? slow"], "so slow. slow, not slow", &["so slow", "slow"]);
}

#[test]
fn numbers_are_any_number() {
    check(
        &["pay {number} more"],
        "pay $200 more, pay 1,500 more, pay a lot more",
        &["pay $200 more", "pay 1,500 more"],
    );
    check(&["{number} tháng", "2"], "2 thang, hai tháng", &["2", "2 thang"]);
}

#[test]
fn alternatives_are_all_found() {
    check(&["(too|so) (dear|pricey)"], "too dear so pricey too cheap", &["too dear", "so pricey"]);
    check(&["(very)? slow (app)?"], "very slow app", &["very slow", "slow", "very slow app", "slow app"]);
}

#[test]
fn negators_take_back_what_follows() {
    check_negated("expensive", &["not expensive", "isn’t that expensive", "never found it expensive"], true);
    check_negated("problem", &["never had a problem", "without any problems", "no problem at all"], true);
    check_negated("đắt", &["không đắt", "ko hề đắt lắm", "k thấy đắt", "khong dat", "chưa bao giờ thấy đắt"], true);
    check_negated("expensive", &["not only expensive", "not sure, expensive", "not good. expensive"], false);
    check_negated("nên mua", &["không biết nên mua gì", "ko, nên mua"], false);
    check_negated("not worth", &["not worth it"], false);
    check_negated("slow", &["it is slow", "do not buy, slow"], false);
}
