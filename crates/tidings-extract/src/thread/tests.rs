//! Made-up pages in the forms that forum software writes.

use super::*;

fn now() -> Timestamp {
    "2026-11-21T12:00:00Z".parse().unwrap()
}
