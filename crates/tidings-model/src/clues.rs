//! What is known of a finding to tell by whether another one says the same, and the
//! judgement itself: when two findings are of one story.
//!
//! Pure, over hashes only: whoever makes the clues has the words, whoever judges does
//! not need them. A missing clue is zero or empty, and ties nothing.

use crate::Kind;

/// Minima in a sketch; the share of equal ones is how much two texts resemble each other.
pub const SKETCH_BINS: usize = 128;

/// Texts of fewer words are told by their titles, or by being the same word for word.
const SHORT_WORDS: u32 = 12;
/// Texts of fewer words must resemble each other more.
const MIDDLING_WORDS: u32 = 30;
/// Fewest words of a text without a title, and of a reply, that is told by being the same.
const SAME_WORDS: u32 = 8;
const SAME_REPLY_WORDS: u32 = 20;
/// What one site publishes again after so many seconds is a series, and no copy.
const SERIES_AFTER_S: i64 = 48 * 60 * 60;
/// Share of the numbers that two copies must agree on, if each has some of its own.
const NUMBERS_AGREE: f32 = 0.7;
/// Titles that share this much, and differ in words on both sides, are of one mould.
const ONE_MOULD: f32 = 0.4;

/// What a finding is to the grouping.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Class {
    /// Belongs to no story: the answers to a survey are as many as its people.
    #[default]
    Alone,
    /// Stands for itself: article, post, review, release, job, video.
    Work,
    /// A page of a site. Two pages of a site may be alike to the letter.
    Page,
    /// What changed on a page.
    Change,
    /// Answers something, and may quote it whole.
    Reply,
}

impl Class {
    /// The class of a finding of `kind`; `position` is its place in its thread.
    pub fn of(kind: Kind, position: Option<u32>) -> Self {
        match kind {
            Kind::Survey => Self::Alone,
            Kind::Comment => Self::Reply,
            _ if position.is_some_and(|position| 1 < position) => Self::Reply,
            Kind::Page => Self::Page,
            Kind::PageChange => Self::Change,
            Kind::Article | Kind::Post | Kind::Review | Kind::Release | Kind::Job | Kind::Video | Kind::Other => {
                Self::Work
            }
        }
    }
}

/// By what two findings are of one story.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Tie {
    /// One page under two addresses, or one that names the other as its original.
    Address,
    /// The same words, but for an intro, a cut or a new title.
    Words,
}

/// What is left of a finding to compare it by.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Clues {
    pub class: Class,
    /// Whether its title says what it is: that of a job or a review does not.
    pub has_own_title: bool,
    pub source: u64,
    pub site: u64,
    /// Its own address and the one that it names as the original's.
    pub addresses: [u64; 2],
    pub thread: u64,
    /// Seconds since 1970: when it was published, as far as known, else found.
    pub date_s: i64,
    pub is_published: bool,
    /// Words of its text, those behind the first few thousand left out.
    pub words: u32,
    /// Of all the words of the text, and of its first ones.
    pub text: u64,
    pub lead: u64,
    /// Of all the words of the title; zero where it is too short to mean one thing.
    pub title: u64,
    /// The title's words and numbers, and the numbers of the text, sorted.
    pub title_words: Vec<u16>,
    pub title_numbers: Vec<u16>,
    pub numbers: Vec<u16>,
    /// Absent where the text is too short to be told by its shingles, and for a reply.
    pub sketch: Option<Box<[u8; SKETCH_BINS]>>,
}

/// How two titles stand to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Titles {
    Same,
    /// At least one has none.
    Missing,
    /// One has all the words of the other.
    Extended,
    /// Alike, with words of their own on both sides: `Acme pricing`, `Beta pricing`.
    OneMould,
    Different,
}

impl Clues {
    /// The keys under which findings that may tie are looked up, beside the sketch:
    /// zero where there is none.
    pub fn keys(&self) -> [u64; 3] {
        let [own, named] = self.addresses;
        let words = match self.class {
            Class::Work if self.title != 0 => self.title,
            Class::Work if SAME_WORDS <= self.words => self.text,
            Class::Reply if SAME_REPLY_WORDS <= self.words => self.text,
            _ => 0,
        };
        [own, if named == own { 0 } else { named }, words]
    }

    /// Whether it can tie with anything at all.
    pub fn is_empty(&self) -> bool {
        self.class == Class::Alone || (self.sketch.is_none() && self.keys() == [0; 3])
    }

    /// By what the two are of one story, if they are. Symmetric.
    pub fn tie(&self, other: &Self) -> Option<Tie> {
        if self.shares_address(other) && self.agrees_at_address(other) {
            return Some(Tie::Address);
        }
        let says_the_same = match (self.class, other.class) {
            (Class::Work, Class::Work) => self.is_copy(other),
            (Class::Reply, Class::Reply) => self.is_same_reply(other),
            _ => false,
        };
        says_the_same.then_some(Tie::Words)
    }

    fn shares_address(&self, other: &Self) -> bool {
        self.addresses.iter().any(|address| *address != 0 && other.addresses.contains(address))
    }

    /// One address may hold many things: a page's changes, the entries of a list.
    fn agrees_at_address(&self, other: &Self) -> bool {
        let same_text = self.words == other.words && self.text == other.text;
        let same_title = self.title_words == other.title_words;
        match (self.class, other.class) {
            (Class::Alone, _) | (_, Class::Alone) => return false,
            (Class::Change, Class::Change) => return 0 < self.words && same_text && !self.is_series(other),
            (Class::Change | Class::Reply, _) | (_, Class::Change | Class::Reply) if self.class != other.class => {
                return false;
            }
            _ => {}
        }
        if self.source == other.source {
            // The source itself tells them apart, so more than the address must be one.
            let is_one = (same_text && same_title) || 0.5 <= self.resemblance(other);
            return is_one && !self.numbers_conflict(other);
        }
        if self.class == Class::Reply {
            return same_text || (self.lead != 0 && self.lead == other.lead);
        }
        if self.site != other.site && self.names_original(other) {
            return true;
        }
        let other_words = self.titles(other) == Titles::Different
            && 0 < self.words.min(other.words)
            && !same_text
            && self.resemblance(other) < 0.2;
        !other_words && !self.title_numbers_conflict(other)
    }

    /// Whether one says itself that its original is at an address of the other.
    fn names_original(&self, other: &Self) -> bool {
        let names = |one: &Self, other: &Self| {
            let [own, named] = one.addresses;
            named != 0 && named != own && other.addresses.contains(&named)
        };
        names(self, other) || names(other, self)
    }

    fn is_copy(&self, other: &Self) -> bool {
        let is_one_thread = self.thread != 0 && self.thread == other.thread;
        if is_one_thread || self.is_series(other) || self.numbers_conflict(other) {
            return false;
        }
        let titles = self.titles(other);
        let (fewer, more) = (self.words.min(other.words), self.words.max(other.words));
        if fewer < SHORT_WORDS {
            return self.is_short_copy(other, titles, more);
        }
        if titles == Titles::Same && self.title != 0 && self.lead == other.lead {
            return true;
        }
        let resemblance = self.resemblance(other);
        let contained = contained(resemblance, fewer, more);
        let (asked, asked_contained, asked_words) = match titles {
            Titles::Same => (0.4, 0.75, SHORT_WORDS),
            Titles::Missing => (0.6, 0.9, 40),
            Titles::Extended => (0.65, 0.85, 40),
            Titles::Different => (0.65, 0.9, 60),
            Titles::OneMould => (0.85, 2.0, 0),
        };
        // What jobs have in common is said by all jobs of a company.
        let is_mould = !(self.has_own_title && other.has_own_title);
        if is_mould && matches!(titles, Titles::OneMould | Titles::Different) {
            return 0.95 <= resemblance;
        }
        let asked = if fewer < MIDDLING_WORDS { f32::max(asked, 0.75) } else { asked };
        asked <= resemblance || (asked_words <= fewer && asked_contained <= contained)
    }

    /// At least one of the two says next to nothing beside its title.
    fn is_short_copy(&self, other: &Self, titles: Titles, more: u32) -> bool {
        let same_text = self.words == other.words && self.text == other.text;
        match titles {
            Titles::Same if self.title == 0 || !self.has_own_title || !other.has_own_title => false,
            Titles::Same => same_text || self.words == 0 || other.words == 0 || SHORT_WORDS <= more,
            Titles::Missing if self.title_words.is_empty() && other.title_words.is_empty() => {
                same_text && SAME_WORDS <= self.words
            }
            _ => false,
        }
    }

    /// The same answer in another place: a mirror, or one who repeats himself. What one
    /// site says again and again (a moderator's notice) is many answers.
    fn is_same_reply(&self, other: &Self) -> bool {
        let same_text = self.words == other.words && self.text == other.text;
        same_text && SAME_REPLY_WORDS <= self.words && self.site != other.site
    }

    fn is_series(&self, other: &Self) -> bool {
        let is_one_site = if self.site == 0 { self.source == other.source } else { self.site == other.site };
        is_one_site && SERIES_AFTER_S < self.date_s.abs_diff(other.date_s).cast_signed()
    }

    fn numbers_conflict(&self, other: &Self) -> bool {
        self.title_numbers_conflict(other) || conflict(&self.numbers, &other.numbers)
    }

    /// A new title for the same thing may count something else; a mould counts one thing.
    fn title_numbers_conflict(&self, other: &Self) -> bool {
        self.titles(other) != Titles::Different && conflict(&self.title_numbers, &other.title_numbers)
    }

    fn titles(&self, other: &Self) -> Titles {
        let (ours, theirs) = (&self.title_words, &other.title_words);
        if ours.is_empty() || theirs.is_empty() {
            return Titles::Missing;
        }
        if ours == theirs {
            return Titles::Same;
        }
        let common = common(ours, theirs);
        if common == ours.len().min(theirs.len()) && 3 <= common {
            return Titles::Extended;
        }
        let all = ours.len() + theirs.len() - common;
        if ONE_MOULD <= common as f32 / all as f32 { Titles::OneMould } else { Titles::Different }
    }

    /// How much of what either text says both say: 0 to 1, give or take a twentieth.
    fn resemblance(&self, other: &Self) -> f32 {
        let (Some(ours), Some(theirs)) = (&self.sketch, &other.sketch) else {
            return 0.0;
        };
        let equal = ours.iter().zip(theirs.iter()).filter(|(one, other)| one == other).count() as f32;
        // One minimum in 256 is equal by chance.
        let share = equal / SKETCH_BINS as f32;
        ((share - 1.0 / 256.0) / (1.0 - 1.0 / 256.0)).max(0.0)
    }
}

/// How much of the shorter text stands in the longer one, by how much the two resemble each other.
fn contained(resemblance: f32, fewer: u32, more: u32) -> f32 {
    resemblance * (fewer + more) as f32 / ((1.0 + resemblance) * fewer as f32)
}

/// Whether both have numbers that the other lacks, and agree on too few.
fn conflict(ours: &[u16], theirs: &[u16]) -> bool {
    let common = common(ours, theirs);
    let fewer = ours.len().min(theirs.len());
    common < ours.len() && common < theirs.len() && (common as f32) < NUMBERS_AGREE * fewer as f32
}

/// Elements of both; each is sorted.
fn common(ours: &[u16], theirs: &[u16]) -> usize {
    ours.iter().filter(|one| theirs.binary_search(one).is_ok()).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A work whose sketch agrees with that of `work(0)` in all but `own` bins.
    fn work(own: u8) -> Clues {
        let mut sketch = [0; SKETCH_BINS];
        sketch[..own.into()].fill(own.max(1));
        Clues {
            class: Class::Work,
            has_own_title: true,
            source: own.into(),
            site: own.into(),
            words: 200,
            text: own.into(),
            lead: own.into(),
            sketch: Some(Box::new(sketch)),
            ..Clues::default()
        }
    }

    fn titled(own: u8, words: &[u16], numbers: &[u16]) -> Clues {
        let title = words.iter().map(|word| u64::from(*word)).sum();
        Clues { title, title_words: words.to_vec(), title_numbers: numbers.to_vec(), ..work(own) }
    }

    #[track_caller]
    fn check(one: &Clues, other: &Clues, expected: Option<Tie>) {
        assert_eq!(one.tie(other), expected);
        assert_eq!(other.tie(one), expected, "it is symmetric");
    }

    #[test]
    fn title_says_how_much_the_texts_must_share() {
        check(&work(0), &work(40), Some(Tie::Words));
        check(&work(0), &work(60), None);
        check(&titled(0, &[1, 2, 3, 4], &[]), &titled(60, &[1, 2, 3, 4], &[]), Some(Tie::Words));
        check(&titled(0, &[1, 2, 3, 4], &[]), &titled(40, &[5, 6, 7, 8], &[]), Some(Tie::Words));
        check(&titled(0, &[1, 2, 3, 4], &[]), &titled(40, &[1, 2, 3, 8], &[]), None);
        check(&titled(0, &[1, 2, 3, 4], &[]), &titled(10, &[1, 2, 3, 8], &[]), Some(Tie::Words));
    }

    #[test]
    fn other_numbers_are_another_number_of_a_series() {
        check(&titled(0, &[1, 2, 3, 12], &[12]), &titled(1, &[1, 2, 3, 13], &[13]), None);
        check(&titled(0, &[1, 2, 3, 12], &[12]), &titled(1, &[1, 2, 3], &[]), Some(Tie::Words));
        let notes = |own, numbers: &[u16]| Clues { numbers: numbers.to_vec(), ..work(own) };
        check(&notes(0, &[1, 2]), &notes(1, &[1, 3]), None);
        check(&notes(0, &[1, 2, 3, 4]), &notes(1, &[1, 2, 3, 5]), Some(Tie::Words));
        check(&notes(0, &[1, 2, 3, 4]), &notes(1, &[]), Some(Tie::Words));
    }

    #[test]
    fn same_words_on_one_site_weeks_later_are_a_series() {
        let at = |own, day: i64| Clues { site: 1, date_s: day * 86_400, ..work(own) };
        check(&at(0, 1), &at(1, 2), Some(Tie::Words));
        check(&at(0, 1), &at(1, 8), None);
        check(&at(0, 1), &Clues { site: 2, ..at(1, 8) }, Some(Tie::Words));
    }

    #[test]
    fn reply_is_no_copy_of_what_it_quotes() {
        let reply = |own| Clues { class: Class::Reply, thread: own, ..work(1) };
        check(&work(0), &reply(9), None);
        check(&reply(8), &reply(9), None);
        check(&reply(8), &Clues { site: 7, ..reply(9) }, Some(Tie::Words));
        check(&Clues { thread: 9, ..work(0) }, &Clues { thread: 9, ..work(1) }, None);
    }

    #[test]
    fn pages_tie_by_their_address_alone() {
        let page = |own, address| Clues { class: Class::Page, addresses: [address, 0], ..work(own) };
        check(&page(0, 1), &page(1, 2), None);
        check(&page(0, 1), &page(1, 1), Some(Tie::Address));
        check(&page(0, 1), &Clues { addresses: [5, 1], ..work(1) }, Some(Tie::Address));
        let change = |own, text| Clues { class: Class::Change, text, ..page(own, 1) };
        check(&change(0, 1), &change(1, 2), None);
        check(&change(0, 1), &change(1, 1), Some(Tie::Address));
        check(&change(0, 1), &page(1, 1), None);
    }

    #[test]
    fn one_address_is_not_enough_where_the_words_contradict() {
        let at = |clues| Clues { addresses: [1, 0], ..clues };
        check(&at(titled(0, &[1, 2, 3], &[])), &at(titled(127, &[4, 5, 6], &[])), None);
        check(&at(titled(0, &[1, 2, 3], &[])), &at(titled(127, &[1, 2, 3], &[])), Some(Tie::Address));
        let entry = |own| Clues { source: 1, ..at(work(own)) };
        check(&entry(0), &entry(127), None);
        check(&entry(0), &entry(20), Some(Tie::Address));
    }

    #[test]
    fn short_texts_are_told_by_a_title_that_says_something() {
        let short = |own, title: &[u16]| Clues { words: 0, sketch: None, ..titled(own, title, &[]) };
        check(&short(0, &[1, 2, 3, 4, 5]), &short(1, &[1, 2, 3, 4, 5]), Some(Tie::Words));
        check(&short(0, &[1, 2, 3, 4, 5]), &titled(1, &[1, 2, 3, 4, 5], &[]), Some(Tie::Words));
        check(&short(0, &[1, 2, 3, 4, 5]), &short(1, &[1, 2, 3, 4, 6]), None);
        let vague = |own| Clues { title: 0, ..short(own, &[1, 2]) };
        check(&vague(0), &vague(1), None);
        let job = |own| Clues { has_own_title: false, ..short(own, &[1, 2, 3, 4, 5]) };
        check(&job(0), &job(1), None);
    }

    #[test]
    fn survey_answers_stand_alone() {
        let answer = |own| Clues { class: Class::of(Kind::Survey, None), addresses: [1, 0], ..work(own) };
        assert!(answer(0).is_empty());
        check(&answer(0), &answer(1), None);
    }
}
