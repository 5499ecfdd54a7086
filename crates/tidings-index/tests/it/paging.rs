//! Pages: every hit once, whatever comes in between.

use jiff::SignedDuration;
use tidings_index::SearchError;

use crate::archive::{Archive, dated, finding};

/// Reads page after page; `between` runs after the first.
fn pages(archive: &Archive, params: &[(&str, &str)], between: impl FnOnce()) -> Vec<String> {
    let mut keys = Vec::new();
    let mut cursor: Option<String> = None;
    let mut between = Some(between);
    loop {
        let mut params = params.to_vec();
        if let Some(cursor) = &cursor {
            params.push(("cursor", cursor));
        }
        let answer = archive.search(&params).unwrap();
        keys.extend(answer.hits.iter().map(|hit| hit.finding.hints[0].clone()));
        if let Some(between) = between.take() {
            between();
        }
        match answer.next {
            Some(next) => cursor = Some(next),
            None => return keys,
        }
    }
}

fn numbered(from: usize, to: usize) -> impl Iterator<Item = tidings_model::Finding> {
    // Several share a second, so the id must break ties.
    (from..to).map(|n| dated(&format!("{n:03}"), "acme", &format!("2026-01-01T00:00:{:02}Z", n / 4)))
}

#[test]
fn date_pages_give_each_once_and_in_order() {
    let archive = Archive::with(numbered(0, 50));
    for sort in ["newest", "oldest"] {
        let all = archive.keys(&[("sort", sort), ("limit", "100")]);
        assert_eq!(all.len(), 50);
        for limit in ["1", "7", "25", "50"] {
            assert_eq!(pages(&archive, &[("sort", sort), ("limit", limit)], || ()), all, "{sort} {limit}");
        }
    }
}

#[test]
fn date_pages_hold_for_ever() {
    let archive = Archive::with(numbered(0, 20));
    let before = archive.keys(&[("limit", "100")]);
    let read = pages(&archive, &[("limit", "5")], || {
        archive.clock.advance(SignedDuration::from_hours(1000));
        archive.add(numbered(80, 90));
        archive.index.rebuild(&archive.store, |_| ()).unwrap();
    });
    assert_eq!(read, before);
}

#[test]
fn relevance_pages_stay_as_they_began() {
    let archive = Archive::with((0..20).map(|n| finding(&n.to_string(), &"acme ".repeat(n + 1))));
    let before = archive.keys(&[("q", "acme"), ("limit", "100")]);
    let read = pages(&archive, &[("q", "acme"), ("limit", "3")], || {
        archive.add((20..60).map(|n| finding(&n.to_string(), "acme acme")));
    });
    assert_eq!(read, before);
}

#[test]
fn relevance_cursor_expires() {
    let archive = Archive::with(numbered(0, 20));
    let next = archive.search(&[("q", "acme"), ("limit", "5")]).unwrap().next.unwrap();
    let again = [("q", "acme"), ("limit", "5"), ("cursor", &next)];
    archive.clock.advance(SignedDuration::from_mins(5));
    let second = archive.search(&again).unwrap().next.unwrap();
    archive.clock.advance(SignedDuration::from_secs(1));
    assert!(matches!(archive.search(&again), Err(SearchError::CursorExpired)));
    // The five minutes run from the first page.
    let later = [("q", "acme"), ("limit", "5"), ("cursor", second.as_str())];
    assert!(matches!(archive.search(&later), Err(SearchError::CursorExpired)));
}

#[test]
fn rebuilt_index_lets_relevance_cursors_expire() {
    let archive = Archive::with(numbered(0, 20));
    let next = archive.search(&[("q", "acme"), ("limit", "5")]).unwrap().next.unwrap();
    archive.clock.advance(SignedDuration::from_secs(1));
    archive.index.rebuild(&archive.store, |_| ()).unwrap();
    let again = [("q", "acme"), ("limit", "5"), ("cursor", next.as_str())];
    assert!(matches!(archive.search(&again), Err(SearchError::CursorExpired)));
}

#[test]
fn cursor_of_another_search_is_refused() {
    let archive = Archive::with(numbered(0, 20));
    let next = archive.search(&[("sort", "newest"), ("limit", "5")]).unwrap().next.unwrap();
    for params in [
        vec![("sort", "oldest")],
        vec![("q", "acme"), ("sort", "newest")],
        vec![("kind", "post")],
        vec![("from", "2026-01-01")],
    ] {
        let params: Vec<_> = params.into_iter().chain([("cursor", next.as_str())]).collect();
        assert!(matches!(archive.search(&params), Err(SearchError::ForeignCursor)), "{params:?}");
    }
    assert!(matches!(archive.search(&[("cursor", "next")]), Err(SearchError::BadCursor)));
    // Page size and facets may differ from page to page.
    assert_eq!(archive.keys(&[("cursor", &next), ("limit", "100"), ("facets", "kind")]).len(), 15);
}

#[test]
fn relaxed_search_pages_as_it_began() {
    let archive = Archive::with([finding("a", "one"), finding("b", "two"), finding("c", "two")]);
    let read = pages(&archive, &[("q", "one two"), ("limit", "1")], || archive.add([finding("d", "one two")]));
    assert_eq!(read.len(), 3);
    assert!(!read.contains(&"d".to_owned()));
}
