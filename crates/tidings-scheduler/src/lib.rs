//! When a source is due: cron, interval, zone, jitter, backoff.
