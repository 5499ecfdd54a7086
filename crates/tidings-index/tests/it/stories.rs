//! Stories in searches: by id, and one hit for each.

use jiff::SignedDuration;
use tidings_index::SearchError;
use tidings_match::{Scratch, StandingQueries};
use tidings_model::{Class, Clues, Finding, StoryId};
use tidings_store::Incoming;

use crate::archive::{Archive, dated, finding, id};

/// A finding of the story that begins with the first of that number.
pub(crate) fn of_story(number: u64, finding: Finding) -> Incoming {
    let source = finding.hints[0].bytes().fold(1, |hash: u64, byte| hash.wrapping_mul(31) + u64::from(byte));
    let clues = Clues { class: Class::Page, source, addresses: [number, 0], ..Clues::default() };
    Incoming { hash: source, finding, clues }
}

fn alone(finding: Finding) -> Incoming {
    of_story(0, finding)
}

fn add(archive: &Archive, findings: impl IntoIterator<Item = Incoming>) {
    archive.put_incoming(findings.into_iter().collect());
    archive.follow();
}

pub(crate) fn story(key: &str) -> String {
    format!("story:{}", StoryId::of(&id(key)))
}

fn pages(archive: &Archive, params: &[(&str, &str)], mut between: impl FnMut()) -> Vec<String> {
    let mut keys = Vec::new();
    let mut cursor: Option<String> = None;
    loop {
        let mut params = params.to_vec();
        params.extend(cursor.as_deref().map(|cursor| ("cursor", cursor)));
        let answer = archive.search(&params).unwrap();
        keys.extend(answer.hits.iter().map(|hit| hit.finding.hints[0].clone()));
        between();
        match answer.next {
            Some(next) => cursor = Some(next),
            None => return keys,
        }
    }
}

#[test]
fn story_finds_its_members() {
    let archive = Archive::new();
    add(&archive, [of_story(1, finding("a", "acme")), alone(finding("x", "acme"))]);
    assert_eq!(archive.search(&[("q", &story("a"))]).unwrap().total, 0, "it stands alone");
    add(&archive, [of_story(1, finding("b", "acme"))]);
    let mut keys = archive.keys(&[("q", &format!("{} acme", story("a")))]);
    keys.sort();
    assert_eq!(keys, ["a", "b"]);
    assert_eq!(archive.keys(&[("q", &format!("acme -{}", story("a")))]), ["x"]);
    let hit = &archive.search(&[("q", &story("a"))]).unwrap().hits[0];
    assert_eq!(hit.finding.story.as_ref().unwrap().size, 2);
    assert_eq!(archive.verify(), []);
}

/// At the time of its entry, an alert sees what a search sees once the index has read it.
#[test]
fn a_standing_query_and_a_search_agree_on_stories() {
    let archive = Archive::new();
    let mut standing = StandingQueries::default();
    let queries = ["a", "b", "c"].map(|key| tidings_query::parse(&format!("acme {}", story(key))).unwrap());
    let ids = queries.each_ref().map(|query| standing.add(query));
    let (mut scratch, mut matches) = (Scratch::default(), Vec::new());
    for (key, number) in [("a", 1), ("b", 2), ("c", 2), ("d", 1), ("e", 2)] {
        let before = archive.head();
        add(&archive, [of_story(number, finding(key, "acme"))]);
        for entry in archive.store.log_after(before, 10).unwrap() {
            let finding = entry.finding.unwrap();
            standing.matches(&finding, &mut scratch, &mut matches);
            for (id, query) in ids.iter().zip(&queries) {
                let found = archive.keys(&[("q", &query.to_string()), ("match", "all")]);
                assert_eq!(matches.contains(id), found.contains(&finding.hints[0]), "{query} {}", finding.hints[0]);
            }
        }
    }
    assert_eq!(archive.keys(&[("q", &queries[1].to_string())]).len(), 3);
}

#[test]
fn the_index_follows_who_moves() {
    let archive = Archive::new();
    add(&archive, [of_story(1, finding("a", "acme")), of_story(1, finding("b", "acme"))]);
    let mut moved = of_story(2, finding("b", "beta"));
    moved.hash += 1;
    add(&archive, [moved]);
    assert_eq!(archive.search(&[("q", &story("a"))]).unwrap().total, 0);
    assert_eq!(archive.verify(), []);
    archive.index.rebuild(&archive.store, |_| ()).unwrap();
    assert_eq!(archive.verify(), []);
}

#[test]
fn one_hit_stands_for_a_story() {
    let archive = Archive::new();
    let day = |key, day: u32| dated(key, "acme", &format!("2026-11-{day:02}T00:00:00Z"));
    add(
        &archive,
        [
            of_story(1, day("a", 1)),
            of_story(1, day("b", 5)),
            alone(day("c", 3)),
            of_story(2, day("d", 2)),
            of_story(2, day("e", 4)),
            of_story(1, day("f", 2)),
        ],
    );
    let collapsed = |sort| archive.keys(&[("collapse", "story"), ("sort", sort)]);
    assert_eq!(collapsed("newest"), ["b", "e", "c"]);
    assert_eq!(collapsed("oldest"), ["a", "d", "c"]);
    // What does not match stands for nothing.
    assert_eq!(archive.keys(&[("collapse", "story"), ("q", "before:2026-11-04"), ("sort", "newest")]), ["c", "f", "d"]);
    let answer = archive.search(&[("collapse", "story"), ("facets", "kind"), ("limit", "1")]).unwrap();
    assert_eq!((answer.total, answer.facets["kind"][0].count), (6, 6), "they count findings");
    for sort in ["newest", "oldest"] {
        for limit in ["1", "2", "3"] {
            let params = [("collapse", "story"), ("sort", sort), ("limit", limit)];
            assert_eq!(pages(&archive, &params, || ()), collapsed(sort), "{sort} {limit}");
        }
    }
    let relevant = [("q", "acme"), ("collapse", "story"), ("limit", "1")];
    assert_eq!(pages(&archive, &relevant, || ()).len(), 3);
}

#[test]
fn hits_over_many_segments_collapse_into_one() {
    let archive = Archive::new();
    for n in 0..12_u64 {
        add(&archive, [of_story(n % 3 + 1, finding(&n.to_string(), &"acme ".repeat(n as usize + 1)))]);
    }
    for sort in ["newest", "relevance", "engagement"] {
        let params = [("q", "acme"), ("collapse", "story"), ("sort", sort), ("limit", "2")];
        let keys = pages(&archive, &params, || ());
        let mut stories: Vec<u64> = keys.iter().map(|key| key.parse::<u64>().unwrap() % 3).collect();
        stories.sort_unstable();
        assert_eq!(stories, [0, 1, 2], "{sort}");
    }
}

#[test]
fn copies_that_come_meanwhile_hide_no_story() {
    let archive = Archive::new();
    let day = |key: &str, day: u32| dated(key, "acme", &format!("2026-11-{day:02}T00:00:00Z"));
    add(&archive, (1..=9).map(|n| of_story(n, day(&n.to_string(), n as u32))));
    archive.clock.advance(SignedDuration::from_hours(1));
    let params = [("collapse", "story"), ("sort", "newest"), ("limit", "2")];
    let before = pages(&archive, &params, || ());
    assert_eq!(before.len(), 9);
    let mut round = 0;
    let read = pages(&archive, &params, || {
        archive.clock.advance(SignedDuration::from_mins(1));
        round += 1;
        // Newer than all, and of stories that are still to come.
        let copies = (1..=9).map(|n| of_story(n, day(&format!("copy {round} {n}"), 20 + round)));
        add(&archive, copies);
    });
    assert_eq!(read, before);
}

#[test]
fn a_collapsed_search_has_cursors_of_its_own() {
    let archive = Archive::with((0..5).map(|n| finding(&n.to_string(), "acme")));
    let next = archive.search(&[("collapse", "story"), ("limit", "2")]).unwrap().next.unwrap();
    let other = archive.search(&[("limit", "2"), ("cursor", &next)]);
    assert!(matches!(other, Err(SearchError::ForeignCursor)));
}
