//! Which member of a story is its head, and why.

use std::cmp::Reverse;

use tidings_model::{Clues, HeadReason};

/// A member with what is known of it.
pub(super) struct Member {
    pub(super) n: i64,
    pub(super) clues: Clues,
}

/// What members are ordered by, the best first; one criterion for each [`HeadReason`].
type Standing = (bool, bool, bool, i64, Reverse<u32>, i64);

/// The head of `members`, which are two at least, and the first criterion by which it
/// stands before the next best one.
pub(super) fn choose(members: &[Member]) -> Option<(i64, HeadReason)> {
    let longest = members.iter().map(|member| member.clues.words).max()?;
    let mut standings: Vec<Standing> = members.iter().map(|member| standing(member, members, longest)).collect();
    standings.sort_unstable();
    let (best, next) = (standings.first()?, standings.get(1)?);
    let reason = if best.0 != next.0 {
        HeadReason::Canonical
    } else if best.1 != next.1 {
        HeadReason::Original
    } else if best.2 != next.2 {
        HeadReason::Whole
    } else if best.3 != next.3 {
        HeadReason::PublishedFirst
    } else if best.4 != next.4 {
        HeadReason::Longest
    } else {
        HeadReason::FoundFirst
    };
    Some((best.5, reason))
}

fn standing(member: &Member, members: &[Member], longest: u32) -> Standing {
    let Clues { addresses: [own, named], words, date_s, is_published, .. } = member.clues;
    let names_it = |other: &Member| {
        let [other_own, other_named] = other.clues.addresses;
        other_named == own && other_own != own
    };
    let is_named = own != 0 && members.iter().any(names_it);
    let names_another = named != 0 && named != own;
    let is_whole = longest <= words.saturating_mul(2);
    let date = if is_published { date_s } else { i64::MAX };
    (!is_named, names_another, !is_whole, date, Reverse(words), member.n)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Number, addresses, words, date.
    type Row = (i64, [u64; 2], u32, Option<i64>);

    #[track_caller]
    fn check(rows: &[Row], expected: (i64, HeadReason)) {
        let members: Vec<Member> = rows
            .iter()
            .map(|(n, addresses, words, date)| {
                let (date_s, is_published) = (date.unwrap_or(99), date.is_some());
                let (addresses, words) = (*addresses, *words);
                Member { n: *n, clues: Clues { addresses, words, date_s, is_published, ..Clues::default() } }
            })
            .collect();
        assert_eq!(choose(&members), Some(expected));
    }

    #[test]
    fn the_first_criterion_that_differs_decides() {
        check(&[(1, [5, 6], 100, Some(1)), (2, [6, 6], 10, Some(9))], (2, HeadReason::Canonical));
        check(&[(1, [5, 6], 100, Some(1)), (2, [7, 0], 10, Some(9))], (2, HeadReason::Original));
        check(&[(1, [5, 0], 49, Some(1)), (2, [6, 0], 100, Some(9))], (2, HeadReason::Whole));
        check(&[(1, [5, 0], 50, Some(9)), (2, [6, 0], 100, Some(8))], (2, HeadReason::PublishedFirst));
        check(&[(1, [5, 0], 50, None), (2, [6, 0], 100, Some(8))], (2, HeadReason::PublishedFirst));
        check(&[(1, [5, 0], 50, Some(8)), (2, [6, 0], 100, Some(8))], (2, HeadReason::Longest));
        check(&[(2, [5, 0], 50, None), (1, [6, 0], 50, None)], (1, HeadReason::FoundFirst));
    }

    #[test]
    fn one_page_under_two_addresses_names_no_original() {
        check(&[(1, [5, 5], 50, Some(2)), (2, [5, 5], 50, Some(1))], (2, HeadReason::PublishedFirst));
    }
}
