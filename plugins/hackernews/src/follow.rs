//! The threads of a list while they grow: each is read once when it comes onto the list; what is written in them
//! later is found by one search over all of them.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tidings_sdk::{Context, Ctx, Level, Result};

use crate::Params;
use crate::thread::{Progress, Visit};

/// State: the threads that are followed.
const STATE: &str = "followed";
/// How long a thread is followed that is no longer on the list, in seconds.
const AFTER: i64 = 3 * 24 * 60 * 60;
/// Most threads that are followed: those that were on the list last.
const MAX_THREADS: usize = 200;
/// Threads that one search looks in: its address stays below 2 KB.
const PER_SEARCH: usize = 100;
/// Time that one more thread may take.
const THREAD_TIME: Duration = Duration::from_secs(60);

#[derive(Debug, Default, Serialize, Deserialize)]
struct Followed {
    /// When the search over all of them was last read to its end, in seconds.
    read_until: Option<i64>,
    threads: BTreeMap<u64, Listed>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Listed {
    /// When it was last on the list, in seconds.
    at: i64,
    /// How far it was read, until it was read to its beginning.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    unread: Option<Progress>,
}

/// Reads the comments of the posts `listed`, and of those that were on the list lately; how many were handed over.
pub(crate) fn read(listed: &[u64], params: &Params, ctx: &mut Ctx) -> Result<usize> {
    let now = ctx.now().as_second();
    let mut followed: Followed = ctx.get(STATE)?.unwrap_or_default();
    let grown: Vec<u64> =
        followed.threads.iter().filter(|(_, listed)| listed.unread.is_none()).map(|(item, _)| *item).collect();
    followed.note(listed, now);
    let grown: Vec<u64> = grown.into_iter().filter(|item| followed.threads.contains_key(item)).collect();
    let mut emitted = 0;
    for group in grown.chunks(PER_SEARCH) {
        emitted += later(group, followed.read_until, params, ctx).context("comments of the list's threads")?;
    }
    followed.read_until = Some(now);
    ctx.set(STATE, &followed)?;
    ctx.commit()?;
    let unread: Vec<u64> =
        followed.threads.iter().filter(|(_, listed)| listed.unread.is_some()).map(|(item, _)| *item).collect();
    for item in unread {
        if ctx.deadline() < THREAD_TIME {
            ctx.more();
            break;
        }
        let Some(listed) = followed.threads.get_mut(&item) else { continue };
        let mut progress = listed.unread.take().unwrap_or_default();
        let mut visit = Visit::of_thread(item, progress.read_until, params);
        let read = visit.once(&mut progress, ctx);
        emitted += visit.emitted;
        match read {
            Ok(()) => listed.unread = progress.older.is_some().then_some(progress),
            Err(error) if error.code() == tidings_sdk::code::PLUGIN_PARSE => {
                // The search may not know a young post yet: it is asked for again.
                listed.unread = Some(Progress { item, ..Progress::default() });
            }
            Err(error) => return Err(error).with_context(|| format!("thread {item}")),
        }
        ctx.set(STATE, &followed)?;
        ctx.commit()?;
    }
    Ok(emitted)
}

impl Followed {
    fn note(&mut self, listed: &[u64], now: i64) {
        for item in listed {
            let begin = || Listed { at: now, unread: Some(Progress { item: *item, ..Progress::default() }) };
            self.threads.entry(*item).or_insert_with(begin).at = now;
        }
        let mut times: Vec<i64> = self.threads.values().map(|listed| listed.at).collect();
        times.sort_unstable_by(|one, other| other.cmp(one));
        let oldest = times.get(MAX_THREADS - 1).copied().unwrap_or(i64::MIN).max(now - AFTER);
        self.threads.retain(|_, listed| oldest <= listed.at);
    }
}

/// What was written in `threads` since the last visit; how many were handed over.
fn later(threads: &[u64], read_until: Option<i64>, params: &Params, ctx: &mut Ctx) -> Result<usize> {
    let mut visit = Visit::of_threads(threads, read_until, params);
    let mut progress = Progress::default();
    visit.newest(&mut progress, ctx)?;
    if progress.older.is_some() {
        ctx.log(
            Level::Warn,
            "more was written in the threads than `max_pages` reach: visit them more often, or raise it",
        );
    }
    Ok(visit.emitted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_are_followed_for_days_after_they_leave_the_list() {
        let mut followed = Followed::default();
        followed.note(&[1, 2], 1_000);
        followed.note(&[2, 3], 1_000 + AFTER);
        assert_eq!(followed.threads.keys().copied().collect::<Vec<_>>(), [1, 2, 3]);
        followed.note(&[3], 1_001 + AFTER);
        assert_eq!(followed.threads.keys().copied().collect::<Vec<_>>(), [2, 3]);
    }
}
