//! Days, in UTC: rows that are many are kept by them.

use jiff::{SignedDuration, Timestamp};

/// Seconds of a day; UTC as computers count it has no longer ones.
const SECONDS: i64 = 24 * 60 * 60;

/// When the day of `at` began.
pub(crate) fn begin(at: Timestamp) -> Timestamp {
    Timestamp::from_second(at.as_second().div_euclid(SECONDS) * SECONDS).unwrap_or(at)
}

/// When the day after that of `at` begins.
pub(crate) fn next(at: Timestamp) -> Timestamp {
    let second = (at.as_second().div_euclid(SECONDS) + 1) * SECONDS;
    Timestamp::from_second(second).unwrap_or(at + SignedDuration::from_hours(24))
}
