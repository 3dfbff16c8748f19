//! Attempts at a delivery: how they ended, and whether another can help.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// How one attempt ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// When it ended.
    pub at: Timestamp,
    /// How long it took.
    pub duration_ms: u32,
    /// The endpoint's HTTP status, if it answered with one.
    pub status: Option<u16>,
    /// What went wrong, at most 1 kB, without personal data.
    pub error: Option<String>,
    /// The beginning of what the endpoint answered where it took nothing, without personal data; of the last
    /// attempt alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<String>,
}

impl Attempt {
    /// What is to be said of one of which no end was seen, or that was not made.
    pub fn note(at: Timestamp, why: &str) -> Self {
        Self { at, duration_ms: 0, status: None, error: Some(why.to_owned()), answer: None }
    }
}

/// Why an attempt failed, and what that means for the next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The endpoint's HTTP status, if it answered with one.
    pub status: Option<u16>,
    /// What went wrong, without personal data.
    pub error: String,
    /// The beginning of what the endpoint answered, without personal data. Not for logs.
    pub answer: Option<String>,
    /// Whether another attempt can help.
    pub retry: Retry,
}

/// Whether another attempt can help.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retry {
    /// By the schedule.
    Scheduled,
    /// By the schedule, and not before the endpoint asked for.
    After(SignedDuration),
    /// After about this time, and without having spent one of the schedule's attempts: the service was too
    /// busy, or may not be used for now. Only for as long as the schedule would have gone on.
    Uncounted(SignedDuration),
    /// Never: the message itself cannot be sent.
    Never,
}
