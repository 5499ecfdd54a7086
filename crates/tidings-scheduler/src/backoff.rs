//! How long a failing source waits.

use std::time::Duration;

/// Longest pause between two tries of a failing source.
pub const MAX_BACKOFF: Duration = Duration::from_secs(24 * 60 * 60);

/// Longest pause that a server's `Retry-After` is granted.
pub const MAX_RETRY_AFTER: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// Returns how long to wait after `failures` transient failures in a row.
///
/// The wait doubles from `interval` up to [`MAX_BACKOFF`], but is never shorter
/// than `interval` itself nor than the server's `retry_after`, so a source
/// polled weekly stays weekly and a server that asks for two days gets them, a
/// week at most ([`MAX_RETRY_AFTER`]).
pub fn backoff(interval: Duration, failures: u32, retry_after: Option<Duration>) -> Duration {
    let doubled = interval.saturating_mul(2_u32.saturating_pow(failures));
    let capped = doubled.min(MAX_BACKOFF.max(interval));
    capped.max(retry_after.unwrap_or_default().min(MAX_RETRY_AFTER))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: u64 = 60;
    const DAY: u64 = 24 * 60 * MINUTE;

    #[track_caller]
    fn check(interval: u64, failures: u32, retry_after: Option<u64>, expected: u64) {
        let retry_after = retry_after.map(Duration::from_secs);
        let actual = backoff(Duration::from_secs(interval), failures, retry_after);
        assert_eq!(actual, Duration::from_secs(expected));
    }

    #[test]
    fn doubles_until_the_cap() {
        check(10 * MINUTE, 0, None, 10 * MINUTE);
        check(10 * MINUTE, 3, None, 80 * MINUTE);
        check(10 * MINUTE, 40, None, DAY);
        check(10 * MINUTE, u32::MAX, None, DAY);
    }

    #[test]
    fn is_never_shorter_than_asked() {
        check(7 * DAY, 1, None, 7 * DAY);
        check(10 * MINUTE, 0, Some(2 * DAY), 2 * DAY);
        check(10 * MINUTE, 3, Some(MINUTE), 80 * MINUTE);
    }

    #[test]
    fn a_server_gets_a_week_at_most() {
        check(10 * MINUTE, 0, Some(400 * DAY), 7 * DAY);
        check(30 * DAY, 2, Some(400 * DAY), 30 * DAY);
    }
}
