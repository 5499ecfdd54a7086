use std::sync::Arc;

use tidings_model::{Severity, Tier};

use super::*;
use crate::sample;

fn price(key: &str, competitor: &str, tier: Tier) -> Entry {
    sample::entry(sample::price_pain(key, &format!("Title {key}"), competitor, tier))
}

fn plain(key: &str) -> Entry {
    sample::entry(sample::finding(key, &format!("Title {key}"), "Nothing."))
}

#[track_caller]
fn check(entries: &[Entry], english: &str, vietnamese: &str) {
    assert_eq!(sample::digest(Language::English, entries.to_vec()).headline(), english);
    assert_eq!(sample::digest(Language::Vietnamese, entries.to_vec()).headline(), vietnamese);
}

#[test]
fn what_unites_the_entries_is_said() {
    let [a, b, c] = [("1", "acme"), ("2", "beta"), ("3", "acme")].map(|(key, id)| price(key, id, Tier::One));
    check(
        &[a.clone(), b.clone(), c.clone()],
        "3 new: tier 1 price complaints",
        "3 tin mới: phàn nàn về giá ở đối thủ tầng 1",
    );
    check(&[a.clone(), c], "2 new: price complaints about Acme", "2 tin mới: phàn nàn về giá ở Acme");
    check(&[a, price("4", "gamma", Tier::Two)], "2 new: price complaints", "2 tin mới: phàn nàn về giá");
}

#[test]
fn a_complaint_is_said_of_whom_it_is_about() {
    let of_beta = |key| {
        let mut entry = price(key, "acme", Tier::One);
        let finding = Arc::make_mut(&mut entry.finding);
        finding.competitors.push(sample::competitor("beta", Some(Tier::Two)));
        finding.tags[0].about = vec!["beta".parse().unwrap()];
        entry
    };
    check(&[of_beta("1"), of_beta("2")], "2 new: price complaints about Beta", "2 tin mới: phàn nàn về giá ở Beta");
}

#[test]
fn two_of_three_are_most() {
    let entries = [price("1", "acme", Tier::One), price("2", "beta", Tier::One), plain("3")];
    check(&entries, "3 new: mostly tier 1 price complaints", "3 tin mới: phần lớn là phàn nàn về giá ở đối thủ tầng 1");
}

#[test]
fn without_a_theme_the_severest_title_leads() {
    let mut severe = plain("2");
    Arc::make_mut(&mut severe.finding).severity = Some(Severity::High);
    check(&[plain("1"), severe, plain("3")], "3 new: “Title 2” and 2 more", "3 tin mới: “Title 2” và 2 tin nữa");
}

#[test]
fn other_topics_have_their_words() {
    let tagged = |dimension: &'static str, id: &'static str| {
        ["1", "2"].map(|key| {
            let mut entry = price(key, "acme", Tier::One);
            Arc::make_mut(&mut entry.finding).tags = vec![sample::tag(dimension, id)];
            entry
        })
    };
    check(&tagged("intent", "switching"), "2 new: leads from Acme", "2 tin mới: khách hàng tiềm năng từ Acme");
    check(&tagged("praise", "value"), "2 new: praise for Acme", "2 tin mới: lời khen dành cho Acme");
    check(&tagged("role", "owner"), "2 new: mentions of Acme", "2 tin mới: nhắc đến Acme");
    check(
        &tagged("pain", "dark_mode"),
        "2 new: dark mode complaints about Acme",
        "2 tin mới: phàn nàn về dark mode ở Acme",
    );
    let changes = tagged("role", "owner").map(|mut entry| {
        Arc::make_mut(&mut entry.finding).kind = Kind::PageChange;
        entry
    });
    check(&changes, "2 new: page changes of Acme", "2 tin mới: thay đổi trên trang của Acme");
}

#[test]
fn a_single_entry_is_its_title() {
    let entry = plain("1");
    check(std::slice::from_ref(&entry), "Title 1", "Title 1");
    check(&[Entry { is_revision: true, ..entry.clone() }], "Changed: Title 1", "Thay đổi: Title 1");
    check(&[Entry { is_old: true, ..entry }], "Older page: Title 1", "Trang cũ: Title 1");
}

#[test]
fn old_and_changed_are_counted_apart() {
    let changed = Entry { is_revision: true, ..price("2", "acme", Tier::One) };
    let old = Entry { is_old: true, ..plain("3") };
    check(
        &[price("1", "acme", Tier::One), changed, old.clone(), old.clone()],
        "1 new, 1 changed, 2 older pages: price complaints about Acme",
        "1 tin mới, 1 tin thay đổi, 2 trang cũ: phàn nàn về giá ở Acme",
    );
    check(&[old.clone(), old], "2 older pages: “Title 3” and 1 more", "2 trang cũ: “Title 3” và 1 tin nữa");
}

#[test]
fn what_was_left_out_is_said() {
    let entries = vec![price("1", "acme", Tier::One), price("2", "acme", Tier::One)];
    let digest = Digest { left_out: 10, ..sample::digest(Language::English, entries) };
    assert_eq!(digest.headline(), "2 of 12 new: price complaints about Acme");
    let digest = Digest { language: Language::Vietnamese, is_test: true, ..digest };
    assert_eq!(digest.headline(), "[Test] 2 trong 12 tin mới: phàn nàn về giá ở Acme");
}

#[test]
fn nothing_is_said_too() {
    let digest = Digest { is_test: true, ..sample::digest(Language::English, Vec::new()) };
    assert_eq!(digest.headline(), "[Test] Giá của đối thủ: Nothing new.");
}

#[test]
fn a_headline_is_one_short_line_whatever_the_titles() {
    for text in sample::HOSTILE {
        for count in [1, 2] {
            let entries = (0..count).map(|key| sample::hostile(&key.to_string(), text)).collect();
            let headline = sample::digest(Language::English, entries).headline();
            assert!(headline.chars().count() <= SUBJECT_MOST, "{headline}");
            assert!(!headline.chars().any(|ch| ch.is_control() || ch == '\u{202e}'), "{headline:?}");
        }
    }
}
