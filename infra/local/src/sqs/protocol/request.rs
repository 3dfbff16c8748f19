//! Requests: what each is, and what those about one queue have in common.

use std::ops::RangeInclusive;

use jiff::Timestamp;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::sqs::{Sqs, account::Account, address, error::SqsError};

/// A request that is answered at once.
pub(super) trait Operation: DeserializeOwned {
    /// What the client is told.
    type Answer: Serialize;

    /// Does what is asked.
    fn perform(self, sqs: &Sqs) -> Result<Self::Answer, SqsError>;
}

/// Something that a client asks of one queue, alone or as an entry of a batch.
pub(super) trait OnQueue: DeserializeOwned {
    /// What the client is told.
    type Answer: Serialize;

    /// Does what is asked of the queue of this name.
    fn perform(self, account: &mut Account, queue: &str, now: Timestamp) -> Result<Self::Answer, SqsError>;

    /// Its share of the size that a batch may have, in bytes.
    fn bytes(&self) -> usize {
        0
    }
}

/// A request about one queue.
#[derive(Deserialize)]
pub(super) struct Of<T> {
    #[serde(rename = "QueueUrl", default)]
    queue_url: String,
    #[serde(flatten)]
    request: T,
}

/// An answer that says no more than that it is done.
#[derive(Serialize)]
pub(super) struct Done {}

impl<T: OnQueue> Operation for Of<T> {
    type Answer = T::Answer;

    fn perform(self, sqs: &Sqs) -> Result<T::Answer, SqsError> {
        let name = address::name_in_url(&self.queue_url);
        sqs.change(|account, now| {
            account.queue(name)?;
            self.request.perform(account, name, now)
        })
    }
}

/// Refuses a number out of its range.
pub(super) fn within(
    parameter: &'static str,
    value: Option<i64>,
    range: RangeInclusive<u32>,
) -> Result<Option<u32>, SqsError> {
    let check = |value: i64| {
        let number = u32::try_from(value).ok();
        let number = number.filter(|number| range.contains(number));
        number.ok_or_else(|| SqsError::InvalidParameter {
            parameter,
            value: value.to_string(),
            reason: "Must be within the range that the parameter allows, if provided",
        })
    };
    value.map(check).transpose()
}
