//! Batches: rules for the whole, and an outcome for each entry.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::request::{OnQueue, Operation};
use crate::sqs::{
    Sqs, address,
    error::{BatchError, SqsError},
    settings::LONGEST_MESSAGE,
};

/// The most entries a batch may have.
const MOST_ENTRIES: usize = 10;

/// A request for several things of one queue.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Batch<T> {
    #[serde(default)]
    queue_url: String,
    #[serde(default = "Vec::new")]
    entries: Vec<Entry<T>>,
}

/// One thing asked, and the name its outcome goes by.
#[derive(Deserialize)]
struct Entry<T> {
    #[serde(rename = "Id", default)]
    id: String,
    #[serde(flatten)]
    request: T,
}

/// The outcomes of a batch.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Outcomes<A> {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    successful: Vec<Success<A>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    failed: Vec<Failure>,
}

#[derive(Serialize)]
struct Success<A> {
    #[serde(rename = "Id")]
    id: String,
    #[serde(flatten)]
    answer: A,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Failure {
    id: String,
    sender_fault: bool,
    code: &'static str,
    message: String,
}

impl<T: OnQueue> Operation for Batch<T> {
    type Answer = Outcomes<T::Answer>;

    /// Does what each entry asks, in order; one that fails stops no other.
    fn perform(self, sqs: &Sqs) -> Result<Self::Answer, SqsError> {
        let name = address::name_in_url(&self.queue_url).to_owned();
        sqs.change(|account, now| {
            account.queue(&name)?;
            self.check()?;
            let mut outcomes = Outcomes::default();
            for Entry { id, request } in self.entries {
                outcomes.add(id, request.perform(account, &name, now));
            }
            Ok(outcomes)
        })
    }
}

impl<T: OnQueue> Batch<T> {
    fn check(&self) -> Result<(), BatchError> {
        if self.entries.is_empty() {
            return Err(BatchError::Empty);
        }
        if self.entries.len() > MOST_ENTRIES {
            let sent = self.entries.len();
            return Err(BatchError::TooManyEntries { sent });
        }
        let mut seen = BTreeSet::new();
        for Entry { id, .. } in &self.entries {
            let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
            if !(1..=80).contains(&id.len()) || !id.chars().all(plain) {
                return Err(BatchError::InvalidId);
            }
            if !seen.insert(id) {
                return Err(BatchError::RepeatedId { id: id.clone() });
            }
        }
        let sent = self.entries.iter().map(|entry| entry.request.bytes()).sum();
        if u32::try_from(sent).map_or(true, |bytes| bytes > LONGEST_MESSAGE) {
            return Err(BatchError::TooLong { sent });
        }
        Ok(())
    }
}

impl<A> Outcomes<A> {
    fn add(&mut self, id: String, outcome: Result<A, SqsError>) {
        match outcome {
            Ok(answer) => self.successful.push(Success { id, answer }),
            Err(error) => self.failed.push(Failure {
                id,
                sender_fault: true,
                code: error.fault().code,
                message: error.to_string(),
            }),
        }
    }
}

impl<A> Default for Outcomes<A> {
    fn default() -> Self {
        Self { successful: Vec::new(), failed: Vec::new() }
    }
}
