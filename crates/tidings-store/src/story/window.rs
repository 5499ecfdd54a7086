//! The findings that a new one is compared with: the latest ones, in memory.
//!
//! Looked up by address, by title or words, and by pairs of the sketch's minima, ten of
//! them: two texts that share 65 of 100 shingles meet in one of the pairs 99 times of 100.
//! Made from the table of clues when the first batch comes, and again after a rollback.

use std::collections::{HashMap, VecDeque};

use rusqlite::Connection;
use tidings_model::{Class, Clues, Timestamp};

use super::clue;
use crate::error::Failure;
use crate::time::to_millis;

/// How long after a finding was seen a later one is compared with it.
pub const WINDOW_DAYS: i64 = 30;
/// Findings that a new one is compared with at most: the latest of those days.
const WINDOW_FINDINGS: usize = 65_536;

const WINDOW_MILLIS: i64 = WINDOW_DAYS * 24 * 60 * 60 * 1000;
/// Keys of a finding: two addresses, and its title or words.
const KEYS: usize = 3;
/// Pairs of minima by which sketches are looked up.
const PAIRS: usize = 10;
/// Findings that are compared of those under one key, the latest first.
const MAX_CHAIN: usize = 64;
/// Ties that are made use of.
const MAX_TIES: usize = 16;
/// The end of a chain; entries are counted from 1.
const NONE: u32 = 0;

#[derive(Default)]
pub(crate) struct Window {
    entries: VecDeque<Entry>,
    /// How many entries have gone.
    gone: u32,
    latest: HashMap<u64, u32>,
    /// For each pair and its value the latest entry; allocated with the first sketch.
    pairs: Vec<u32>,
    /// The entry of a finding's latest state, where it has more than one.
    revised: HashMap<i64, u32>,
}

struct Entry {
    n: i64,
    at: i64,
    clues: Clues,
    /// For each key and pair the entry before this one.
    before: [u32; KEYS + PAIRS],
}

impl Window {
    /// The window as it was when the last batch was written.
    pub(super) fn load(conn: &Connection, at: Timestamp) -> Result<Self, Failure> {
        let since = to_millis(at) - WINDOW_MILLIS;
        let sql = "DELETE FROM clue WHERE at < ?1
                   AND NOT EXISTS (SELECT 1 FROM finding WHERE finding.n = clue.n AND story IS NOT NULL)";
        conn.execute(sql, [since])?;
        let sql = "SELECT n, at, clues FROM
                   (SELECT n, at, clues FROM clue WHERE ?1 <= at ORDER BY at DESC, n DESC LIMIT ?2) ORDER BY at, n";
        let mut statement = conn.prepare(sql)?;
        let mut rows = statement.query((since, WINDOW_FINDINGS as i64))?;
        let mut window = Self::default();
        while let Some(row) = rows.next()? {
            let bytes = row.get_ref(2)?.as_blob().map_err(rusqlite::Error::from)?;
            if let Some(clues) = clue::parse(bytes) {
                window.add(row.get(0)?, row.get(1)?, clues);
            }
        }
        Ok(window)
    }

    /// Lets go of what lies too far back of `at`; says which findings are compared with
    /// nothing any more.
    pub(super) fn expire(&mut self, at: i64) -> Vec<i64> {
        let mut expired = Vec::new();
        while let Some(first) = self.entries.front()
            && (first.at < at - WINDOW_MILLIS || WINDOW_FINDINGS < self.entries.len())
            && let Some(Entry { n, clues, .. }) = self.entries.pop_front()
        {
            self.gone += 1;
            for key in clues.keys().into_iter().filter(|key| *key != 0) {
                if self.latest.get(&key) == Some(&self.gone) {
                    self.latest.remove(&key);
                }
            }
            match self.revised.get(&n) {
                Some(entry) if *entry != self.gone => {}
                _ => {
                    self.revised.remove(&n);
                    expired.push(n);
                }
            }
        }
        expired
    }

    /// Takes in a state of finding `n`, which replaces the one before.
    pub(super) fn replace(&mut self, n: i64, at: i64, clues: Clues) {
        self.add(n, at, clues);
        self.revised.insert(n, self.last());
    }

    pub(super) fn add(&mut self, n: i64, at: i64, clues: Clues) {
        let entry = self.last() + 1;
        let mut before = [NONE; KEYS + PAIRS];
        for (before, key) in before.iter_mut().zip(clues.keys()).filter(|(_, key)| *key != 0) {
            *before = self.latest.insert(key, entry).unwrap_or(NONE);
        }
        for (before, pair) in before[KEYS..].iter_mut().zip(pairs(&clues)) {
            if self.pairs.is_empty() {
                self.pairs = vec![NONE; PAIRS << 16];
            }
            *before = std::mem::replace(&mut self.pairs[pair], entry);
        }
        self.entries.push_back(Entry { n, at, clues, before });
    }

    /// The findings that `clues` tie with, but `own`: each once, a few at most.
    pub(super) fn ties(&self, clues: &Clues, own: Option<i64>) -> Vec<i64> {
        let keys = (0..).zip(clues.keys()).filter(|(_, key)| *key != 0);
        let keyed = keys.map(|(link, key)| (link, self.latest.get(&key).copied().unwrap_or(NONE)));
        let paired =
            (KEYS..).zip(pairs(clues)).map(|(link, pair)| (link, self.pairs.get(pair).copied().unwrap_or(NONE)));
        let mut seen = Vec::new();
        let mut ties = Vec::new();
        for (link, first) in keyed.chain(paired) {
            for (entry, held) in self.chain(clues, link, first).take(MAX_CHAIN) {
                if MAX_TIES <= ties.len() {
                    return ties;
                }
                if seen.contains(&entry) {
                    continue;
                }
                seen.push(entry);
                let is_replaced = self.revised.get(&held.n).is_some_and(|latest| *latest != entry);
                if !is_replaced && Some(held.n) != own && !ties.contains(&held.n) && held.clues.tie(clues).is_some() {
                    ties.push(held.n);
                }
            }
        }
        ties
    }

    /// The entries under one key of `clues` or one pair of its minima, the latest first.
    fn chain<'a>(&'a self, clues: &Clues, link: usize, first: u32) -> impl Iterator<Item = (u32, &'a Entry)> {
        let key = clues.keys().get(link).copied();
        let mut next = first;
        std::iter::from_fn(move || {
            let entry = next;
            let held = self.entries.get(entry.checked_sub(self.gone + 1)? as usize)?;
            // An address that one names and the other has stands under another link there.
            let link = key.map_or(Some(link), |key| held.clues.keys().iter().position(|held| *held == key));
            next = link.map_or(NONE, |link| held.before[link]);
            Some((entry, held))
        })
    }

    fn last(&self) -> u32 {
        self.gone + self.entries.len() as u32
    }
}

/// Where each pair of minima of the sketch has its place.
fn pairs(clues: &Clues) -> impl Iterator<Item = usize> {
    // No other class is told by its words alone.
    let sketch = clues.sketch.as_deref().filter(|_| clues.class == Class::Work);
    sketch.into_iter().flat_map(|sketch| {
        // Spread over the sketch: bins that borrow do so from their neighbours in the walk.
        (0..PAIRS).map(move |pair| {
            let (first, second) = (pair * 12, pair * 12 + 5);
            pair << 16 | usize::from(sketch[first]) << 8 | usize::from(sketch[second])
        })
    })
}

#[cfg(test)]
mod tests {
    use tidings_model::SKETCH_BINS;

    use super::*;

    /// A work that resembles those of near numbers.
    fn work(number: u8) -> Clues {
        let mut sketch = [0; SKETCH_BINS];
        (0..SKETCH_BINS).filter(|bin| bin % 20 < usize::from(number)).for_each(|bin| sketch[bin] = number);
        let (words, source) = (100, number.into());
        Clues { class: Class::Work, source, site: source, words, sketch: Some(Box::new(sketch)), ..Clues::default() }
    }

    fn at_address(number: u8, addresses: [u64; 2]) -> Clues {
        Clues { class: Class::Page, source: number.into(), addresses, ..Clues::default() }
    }

    #[test]
    fn what_resembles_or_shares_an_address_is_found() {
        let mut window = Window::default();
        window.add(1, 0, work(1));
        window.add(2, 0, work(19));
        window.add(3, 0, at_address(1, [7, 0]));
        window.add(4, 0, at_address(2, [8, 7]));
        assert_eq!(window.ties(&work(2), None), [1]);
        assert_eq!(window.ties(&work(2), Some(1)), [] as [i64; 0]);
        assert_eq!(window.ties(&at_address(3, [9, 7]), None), [4, 3]);
        assert_eq!(window.ties(&at_address(3, [8, 0]), None), [4]);
    }

    #[test]
    fn what_lies_too_far_back_is_let_go() {
        let mut window = Window::default();
        window.add(1, 0, at_address(1, [7, 0]));
        window.add(2, WINDOW_MILLIS, at_address(2, [7, 0]));
        assert_eq!(window.expire(WINDOW_MILLIS), [] as [i64; 0]);
        assert_eq!(window.expire(WINDOW_MILLIS + 1), [1]);
        assert_eq!(window.ties(&at_address(3, [7, 0]), None), [2]);
        assert_eq!(window.expire(3 * WINDOW_MILLIS), [2]);
        assert_eq!(window.ties(&at_address(3, [7, 0]), None), [] as [i64; 0]);
        assert!(window.latest.is_empty());
    }

    #[test]
    fn the_latest_so_many_are_kept() {
        let mut window = Window::default();
        for n in 0..=WINDOW_FINDINGS as i64 {
            window.add(n, 0, at_address(1, [n as u64 + 1, 0]));
        }
        assert_eq!(window.expire(0), [0]);
        assert_eq!(window.ties(&at_address(3, [2, 0]), None), [1]);
    }

    #[test]
    fn a_later_state_replaces_the_one_before() {
        let mut window = Window::default();
        window.add(1, 0, work(1));
        window.replace(1, 5, work(19));
        assert_eq!(window.ties(&work(2), None), [] as [i64; 0]);
        assert_eq!(window.ties(&work(19), None), [1]);
        assert_eq!(window.expire(WINDOW_MILLIS + 1), [] as [i64; 0]);
        assert_eq!(window.expire(WINDOW_MILLIS + 6), [1]);
        assert!(window.revised.is_empty());
    }
}
