//! Times as the database keeps them: milliseconds since 1970, UTC.

use tidings_model::Timestamp;

use crate::error::Failure;

pub(crate) fn to_millis(time: Timestamp) -> i64 {
    time.as_millisecond()
}

pub(crate) fn from_millis(millis: i64) -> Result<Timestamp, Failure> {
    Timestamp::from_millisecond(millis).map_err(|error| Failure::record("time", error))
}

/// `time` as it will be read back.
pub(crate) fn truncated(time: Timestamp) -> Timestamp {
    Timestamp::from_millisecond(time.as_millisecond()).expect("a timestamp's milliseconds are in range")
}
