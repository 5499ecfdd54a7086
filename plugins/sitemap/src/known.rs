//! The addresses seen so far, as the snapshot's text: one a line, with `-` in front of one that was missing last time.

use std::collections::{BTreeMap, HashSet};

use crate::Listing;

/// Whether an address was in the sitemap last time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Last {
    There,
    Missing,
}

#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Known(BTreeMap<String, Last>);

impl Known {
    pub(crate) fn parse(text: &str) -> Self {
        let last = |line: &str| match line.strip_prefix('-') {
            Some(address) => (address.to_owned(), Last::Missing),
            None => (line.to_owned(), Last::There),
        };
        Self(text.lines().filter(|line| !line.is_empty()).map(last).collect())
    }

    pub(crate) fn to_text(&self) -> String {
        let mut text = String::new();
        for (address, last) in &self.0 {
            if *last == Last::Missing {
                text.push('-');
            }
            text.push_str(address);
            text.push('\n');
        }
        text
    }

    pub(crate) fn contains(&self, address: &str) -> bool {
        self.0.contains_key(address)
    }

    pub(crate) fn add(&mut self, address: &str) {
        self.0.insert(address.to_owned(), Last::There);
    }

    /// Marks what `listing` no longer names, and takes out what was missing last time already: at most `most` addresses.
    ///
    /// A sitemap that is being written anew is short for a moment, so one missing page is no news. A listing that could
    /// not be read whole says nothing of what is missing.
    pub(crate) fn miss(&mut self, listing: &Listing, most: usize) -> Vec<String> {
        if !listing.is_whole {
            return Vec::new();
        }
        let there: HashSet<&str> = listing.entries.iter().map(|entry| entry.loc.as_str()).collect();
        let mut gone = Vec::new();
        for (address, last) in &mut self.0 {
            match (there.contains(address.as_str()), *last) {
                (true, _) => *last = Last::There,
                (false, Last::There) => *last = Last::Missing,
                (false, Last::Missing) if gone.len() < most => gone.push(address.clone()),
                (false, Last::Missing) => {}
            }
        }
        self.0.retain(|address, last| *last == Last::There || !gone.contains(address));
        gone
    }
}

#[cfg(test)]
mod tests {
    use tidings_sdk::extract::sitemap::Entry;

    use super::*;

    fn listing(addresses: &[&str], is_whole: bool) -> Listing {
        let entry = |loc: &&str| Entry { loc: (*loc).to_owned(), ..Entry::default() };
        Listing { entries: addresses.iter().map(entry).collect(), is_whole }
    }

    #[test]
    fn a_page_is_gone_when_it_is_missing_twice() {
        let mut known = Known::parse("https://a.example/1\nhttps://a.example/2\n");
        assert!(known.miss(&listing(&["https://a.example/1"], true), 9).is_empty());
        assert_eq!(known.to_text(), "https://a.example/1\n-https://a.example/2\n");
        assert_eq!(known.miss(&listing(&["https://a.example/1"], true), 9), ["https://a.example/2"]);
        assert_eq!(known.to_text(), "https://a.example/1\n");
    }

    #[test]
    fn one_that_comes_back_is_there_again() {
        let mut known = Known::parse("-https://a.example/1\n");
        assert!(known.miss(&listing(&["https://a.example/1"], true), 9).is_empty());
        assert_eq!(known.to_text(), "https://a.example/1\n");
    }

    #[test]
    fn half_a_listing_misses_nothing() {
        let mut known = Known::parse("-https://a.example/1\n");
        assert!(known.miss(&listing(&[], false), 9).is_empty());
        assert_eq!(known.to_text(), "-https://a.example/1\n");
    }
}
