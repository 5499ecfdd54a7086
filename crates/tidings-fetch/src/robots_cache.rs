//! The robots.txt files in force: fetched once a day for each origin, and what holds
//! while one cannot be read.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use http::StatusCode;
use tidings_model::Timestamp;
use url::Url;

use crate::config::ROBOTS_TOKEN;
use crate::error::{FetchError, RobotsFailure};
use crate::hosts::later;
use crate::notes::Notes;
use crate::robots::{Robots, Rules};

/// A copy is used for no longer (RFC 9309, 2.4) while the server gives a new one.
pub(crate) const FRESH_FOR: Duration = Duration::from_secs(24 * 60 * 60);
/// While the server fails, an old copy is used for so long since it was read.
pub(crate) const STALE_FOR: Duration = Duration::from_secs(30 * 24 * 60 * 60);
/// Pause before a robots.txt that could not be read is asked for again.
pub(crate) const RETRY_AFTER_FAILURE: Duration = Duration::from_secs(5 * 60);
/// Redirects of a robots.txt that are followed (RFC 9309, 2.3.1.2).
pub(crate) const MAX_ROBOTS_REDIRECTS: u32 = 5;
/// Most origins, and most memory for their rules, that are kept.
const MAX_ORIGINS: usize = 10_000;
const MAX_BYTES: usize = 16 << 20;
/// What an entry takes beside its rules, near enough.
const ENTRY_BYTES: usize = 256;

/// What holds for one origin.
#[derive(Clone, Debug)]
pub(crate) enum Verdict {
    Rules(Arc<Rules>),
    Unavailable { failure: RobotsFailure, retry_after: Duration },
}

/// What asking for a robots.txt brought.
#[derive(Debug)]
pub(crate) enum Loaded {
    Rules(Rules),
    Failed { failure: RobotsFailure, retry_after: Option<Duration> },
}

#[derive(Debug, Default)]
pub(crate) struct RobotsCache {
    origins: Mutex<Origins>,
    notes: Option<Notes>,
}

#[derive(Debug, Default)]
struct Origins {
    entries: HashMap<String, Arc<Entry>>,
    bytes: usize,
}

/// One origin; `loading` lets one request at a time ask for its robots.txt.
#[derive(Debug, Default)]
pub(crate) struct Entry {
    pub(crate) loading: tokio::sync::Mutex<()>,
    copy: Mutex<Option<Copy>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Copy {
    /// What was last read, and when.
    pub(crate) rules: Option<(Arc<Rules>, Timestamp)>,
    pub(crate) failure: Option<RobotsFailure>,
    /// When it is to be asked for again.
    pub(crate) until: Timestamp,
}

impl RobotsCache {
    pub(crate) fn new(notes: Option<Notes>) -> Self {
        Self { origins: Mutex::default(), notes }
    }

    /// Takes up the copy of before a restart, unless there is one already.
    pub(crate) async fn recall(&self, url: &Url, entry: &Arc<Entry>, now: Timestamp) {
        let Some(notes) = self.notes.as_ref().filter(|_| entry.lock().is_none()) else { return };
        if let Some(mut copy) = notes.robots(url.origin().ascii_serialization()).await {
            // Of a clock that was wrong: it is asked for again.
            if later(now, FRESH_FOR) < copy.until {
                copy.until = now;
            }
            self.put(url, entry, |entry| *entry.lock() = Some(copy));
        }
    }

    pub(crate) fn entry(&self, url: &Url) -> Arc<Entry> {
        let origin = url.origin().ascii_serialization();
        let mut origins = self.lock();
        if let Some(entry) = origins.entries.get(&origin) {
            return Arc::clone(entry);
        }
        let entry = Arc::<Entry>::default();
        origins.entries.insert(origin.clone(), Arc::clone(&entry));
        origins.make_room(&origin);
        entry
    }

    /// Keeps what was loaded and says what holds from now on.
    pub(crate) fn keep(&self, url: &Url, entry: &Arc<Entry>, loaded: Loaded, now: Timestamp) -> Verdict {
        let copy = self.put(url, entry, |entry| entry.update(loaded, now));
        let verdict = copy.verdict(now);
        if let Some(notes) = &self.notes {
            notes.note_robots(url.origin().ascii_serialization(), copy);
        }
        verdict
    }

    /// Changes an entry, and what is known of its size.
    fn put<T>(&self, url: &Url, entry: &Arc<Entry>, change: impl FnOnce(&Entry) -> T) -> T {
        let mut origins = self.lock();
        let origin = url.origin().ascii_serialization();
        // It may have been forgotten meanwhile, or even be there anew.
        let before = origins.entries.get(&origin).map_or(0, |held| held.size());
        let changed = change(entry);
        origins.entries.insert(origin.clone(), Arc::clone(entry));
        origins.bytes = (origins.bytes + entry.size()).saturating_sub(before);
        origins.make_room(&origin);
        changed
    }

    fn lock(&self) -> MutexGuard<'_, Origins> {
        self.origins.lock().expect("no thread panics while it holds the table")
    }
}

impl Origins {
    /// Forgets the origins that are due first, a tenth at a time, but never `keep`.
    fn make_room(&mut self, keep: &str) {
        if self.entries.len() <= MAX_ORIGINS && self.bytes <= MAX_BYTES {
            return;
        }
        let mut due: Vec<(Timestamp, String)> = self
            .entries
            .iter()
            .filter(|(origin, _)| *origin != keep)
            .map(|(origin, entry)| (entry.until(), origin.clone()))
            .collect();
        due.sort_unstable();
        let (most_entries, most_bytes) = (MAX_ORIGINS / 10 * 9, MAX_BYTES / 10 * 9);
        for (_, origin) in due {
            if self.entries.len() <= most_entries && self.bytes <= most_bytes {
                break;
            }
            if let Some(entry) = self.entries.remove(&origin) {
                self.bytes = self.bytes.saturating_sub(entry.size());
            }
        }
    }
}

impl Entry {
    /// What holds at `now`, unless it is time to ask again.
    pub(crate) fn verdict(&self, now: Timestamp) -> Option<Verdict> {
        let copy = self.lock();
        copy.as_ref().filter(|copy| now < copy.until).map(|copy| copy.verdict(now))
    }

    fn update(&self, loaded: Loaded, now: Timestamp) -> Copy {
        let mut held = self.lock();
        let copy = match loaded {
            Loaded::Rules(rules) => {
                Copy { rules: Some((Arc::new(rules), now)), failure: None, until: later(now, FRESH_FOR) }
            }
            Loaded::Failed { failure, retry_after } => {
                let rules = held.take().and_then(|copy| copy.rules).filter(|(_, read)| now < later(*read, STALE_FOR));
                let wait = retry_after.unwrap_or_default().clamp(RETRY_AFTER_FAILURE, FRESH_FOR);
                Copy { rules, failure: Some(failure), until: later(now, wait) }
            }
        };
        *held = Some(copy.clone());
        copy
    }

    fn until(&self) -> Timestamp {
        self.lock().as_ref().map_or(Timestamp::MIN, |copy| copy.until)
    }

    fn size(&self) -> usize {
        self.lock().as_ref().map_or(0, |copy| ENTRY_BYTES + copy.rules.as_ref().map_or(0, |(rules, _)| rules.size()))
    }

    fn lock(&self) -> MutexGuard<'_, Option<Copy>> {
        self.copy.lock().expect("no thread panics while it holds the copy")
    }
}

impl Copy {
    fn verdict(&self, now: Timestamp) -> Verdict {
        match (&self.rules, &self.failure) {
            (None, Some(failure)) => {
                let retry_after = Duration::try_from(self.until.duration_since(now)).unwrap_or_default();
                Verdict::Unavailable { failure: failure.clone(), retry_after }
            }
            (Some((rules, _)), _) => Verdict::Rules(Arc::clone(rules)),
            (None, None) => Verdict::Rules(Arc::default()),
        }
    }
}

impl Loaded {
    /// What an answer to a robots.txt means (RFC 9309, 2.3.1).
    ///
    /// 429 is no "there is none" but "not now", and counts with the 5xx.
    pub(crate) fn from_answer(status: StatusCode, body: &[u8], retry_after: Option<Duration>) -> Self {
        match status.as_u16() {
            200..=299 => Self::Rules(Robots::parse(body).into_rules(ROBOTS_TOKEN)),
            429 => Self::Failed { failure: RobotsFailure::Status(429), retry_after },
            300..=499 => Self::Rules(Rules::default()),
            status => Self::Failed { failure: RobotsFailure::Status(status), retry_after },
        }
    }

    pub(crate) fn from_error(error: &FetchError) -> Self {
        match error {
            // There is none to be found that way.
            FetchError::BadRedirect { .. } | FetchError::TooManyRedirects { .. } => Self::Rules(Rules::default()),
            _ => Self::Failed {
                failure: RobotsFailure::Transport {
                    code: error.code(),
                    message: error.full_message(),
                    transient: error.is_transient(),
                },
                retry_after: None,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(pattern: &str) -> Loaded {
        Loaded::from_answer(StatusCode::OK, format!("User-agent: *\nDisallow: {pattern}").as_bytes(), None)
    }

    fn failed() -> Loaded {
        Loaded::from_answer(StatusCode::BAD_GATEWAY, b"", None)
    }

    fn allows(verdict: Option<Verdict>, path: &str) -> Option<bool> {
        match verdict? {
            Verdict::Rules(rules) => Some(rules.allows(path)),
            Verdict::Unavailable { .. } => Some(false),
        }
    }

    fn start() -> (RobotsCache, Url, Arc<Entry>, Timestamp) {
        let (cache, url) = (RobotsCache::default(), "https://e.example/robots.txt".parse().unwrap());
        let entry = cache.entry(&url);
        (cache, url, entry, "2026-11-22T10:00:00Z".parse().unwrap())
    }

    #[test]
    fn copy_is_used_for_a_day() {
        let (cache, url, entry, now) = start();
        assert!(entry.verdict(now).is_none());
        cache.keep(&url, &entry, rules("/x"), now);
        let almost = later(now, FRESH_FOR - Duration::from_secs(1));
        assert_eq!(allows(cache.entry(&url).verdict(almost), "/x"), Some(false));
        assert_eq!(allows(cache.entry(&url).verdict(almost), "/y"), Some(true));
        assert!(entry.verdict(later(now, FRESH_FOR)).is_none());
    }

    #[test]
    fn old_copy_holds_for_thirty_days_while_the_server_fails() {
        let (cache, url, entry, now) = start();
        cache.keep(&url, &entry, rules("/x"), now);
        let day_29 = later(now, Duration::from_secs(29 * 86_400));
        assert_eq!(allows(Some(cache.keep(&url, &entry, failed(), day_29)), "/y"), Some(true));
        assert_eq!(allows(entry.verdict(day_29), "/x"), Some(false));
        let day_30 = later(now, STALE_FOR);
        assert_eq!(allows(Some(cache.keep(&url, &entry, failed(), day_30)), "/y"), Some(false));
    }

    #[test]
    fn failure_is_tried_again_after_five_minutes_or_as_the_server_asks() {
        let (cache, url, entry, now) = start();
        cache.keep(&url, &entry, failed(), now);
        assert!(entry.verdict(later(now, RETRY_AFTER_FAILURE - Duration::from_secs(1))).is_some());
        assert!(entry.verdict(later(now, RETRY_AFTER_FAILURE)).is_none());
        let hour = Some(Duration::from_secs(3_600));
        let loaded = Loaded::from_answer(StatusCode::SERVICE_UNAVAILABLE, b"", hour);
        assert!(matches!(
            cache.keep(&url, &entry, loaded, now),
            Verdict::Unavailable { failure: RobotsFailure::Status(503), retry_after } if Some(retry_after) == hour
        ));
    }

    #[test]
    fn status_decides_what_a_robots_txt_means() {
        for (status, allowed) in
            [(200, false), (204, true), (304, true), (400, true), (401, true), (404, true), (410, true)]
        {
            let body: &[u8] = if status == 200 { b"User-agent: *\nDisallow: /" } else { b"" };
            let loaded = Loaded::from_answer(StatusCode::from_u16(status).unwrap(), body, None);
            assert!(matches!(loaded, Loaded::Rules(rules) if rules.allows("/") == allowed), "{status}");
        }
        for status in [429, 500, 502, 503, 599] {
            let loaded = Loaded::from_answer(StatusCode::from_u16(status).unwrap(), b"", None);
            assert!(matches!(loaded, Loaded::Failed { .. }), "{status}");
        }
    }

    #[test]
    fn origins_are_bounded_even_where_nothing_is_ever_read() {
        let cache = RobotsCache::default();
        for number in 0..MAX_ORIGINS + 10 {
            cache.entry(&format!("https://h{number}.example/").parse().unwrap());
        }
        assert!(cache.lock().entries.len() <= MAX_ORIGINS);
    }

    #[test]
    fn memory_is_bounded() {
        let (cache, _, _, now) = start();
        let long: String = (0..20_000).map(|n| format!("Disallow: /{n:08}\n")).collect();
        for number in 0..40 {
            let url = format!("https://h{number}.example/").parse().unwrap();
            let loaded = Loaded::from_answer(StatusCode::OK, format!("User-agent: *\n{long}").as_bytes(), None);
            cache.keep(&url, &cache.entry(&url), loaded, later(now, Duration::from_secs(number)));
        }
        let origins = cache.lock();
        assert!(origins.bytes <= MAX_BYTES);
        let held: usize = origins.entries.values().map(|entry| entry.size()).sum();
        assert_eq!(held, origins.bytes);
        assert!(
            origins.entries.contains_key("https://h39.example") && !origins.entries.contains_key("https://h0.example")
        );
    }
}
