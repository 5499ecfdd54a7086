//! What a server asks for in `Retry-After`.

use std::time::{Duration, SystemTime};

use http::{HeaderMap, StatusCode, header};
use tidings_model::Timestamp;

/// A server that asks for longer is asked again after a week.
pub const MAX_RETRY_AFTER: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// How long `status` with `headers` asks to be left alone, from `now` on.
///
/// Only 429 and 503 may ask; a time that cannot be read, or is over, asks for nothing.
pub(crate) fn retry_after(status: StatusCode, headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    if !matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE) {
        return None;
    }
    let value = headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim();
    let wait = if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        // More digits than fit are as good as for ever.
        Duration::from_secs(value.parse().unwrap_or(u64::MAX))
    } else {
        let date = httpdate::parse_http_date(value).ok()?;
        date.duration_since(SystemTime::from(now)).ok()?
    };
    Some(wait.min(MAX_RETRY_AFTER)).filter(|wait| !wait.is_zero())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(status: u16, value: &str, seconds: Option<u64>) {
        let now: Timestamp = "2026-11-22T10:00:00Z".parse().unwrap();
        let headers = HeaderMap::from_iter([(header::RETRY_AFTER, value.parse().unwrap())]);
        let actual = retry_after(StatusCode::from_u16(status).unwrap(), &headers, now);
        assert_eq!(actual, seconds.map(Duration::from_secs));
    }

    #[test]
    fn seconds_and_dates_are_read() {
        check(429, "120", Some(120));
        check(503, " 5 ", Some(5));
        check(503, "Sun, 22 Nov 2026 10:01:30 GMT", Some(90));
    }

    #[test]
    fn a_week_is_the_longest() {
        check(429, "99999999999999999999", Some(604_800));
        check(429, "604801", Some(604_800));
        check(503, "Fri, 31 Dec 9999 23:59:59 GMT", Some(604_800));
    }

    #[test]
    fn anything_else_asks_for_nothing() {
        check(200, "120", None);
        check(429, "0", None);
        check(429, "", None);
        check(429, "-5", None);
        check(429, "soon", None);
        check(503, "Sun, 22 Nov 2026 09:00:00 GMT", None);
    }
}
