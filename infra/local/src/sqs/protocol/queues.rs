//! Creating, finding, purging and deleting queues.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    queue_attributes,
    request::{Done, OnQueue, Operation},
};
use crate::sqs::{
    Sqs,
    account::Account,
    address,
    error::SqsError,
    settings::{QueueSettings, is_fifo_name},
};

/// `CreateQueue`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct CreateQueue {
    #[serde(default)]
    queue_name: String,
    #[serde(default)]
    attributes: BTreeMap<String, String>,
    #[serde(default, rename = "tags")]
    tags: BTreeMap<String, String>,
}

/// `GetQueueUrl`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct GetQueueUrl {
    #[serde(default)]
    queue_name: String,
}

/// `DeleteQueue`.
#[derive(Deserialize)]
pub(super) struct DeleteQueue {}

/// `PurgeQueue`.
#[derive(Deserialize)]
pub(super) struct PurgeQueue {}

/// Where a queue is.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Url {
    queue_url: String,
}

impl Operation for CreateQueue {
    type Answer = Url;

    /// A queue that exists must have what is asked, and may have more.
    fn perform(self, sqs: &Sqs) -> Result<Url, SqsError> {
        let name = self.queue_name;
        let queue_url = address::url(&sqs.0.base_url, &name);
        let asks_fifo = self.attributes.get("FifoQueue").is_some_and(|it| it == "true");
        if asks_fifo != is_fifo_name(&name) {
            return Err(SqsError::InvalidParameter {
                parameter: "QueueName",
                value: name,
                reason: "The name of a FIFO queue, and of no other, must end with .fifo",
            });
        }
        sqs.change(|account, now| {
            let existing = account.queues.get(&name).map(|queue| queue.settings.clone());
            let is_new = existing.is_none();
            let base = existing.unwrap_or_else(|| QueueSettings::new(name.clone()));
            account.create(queue_attributes::applied(base, &self.attributes)?, now)?;
            if is_new {
                account.queue(&name)?.tags = self.tags;
            }
            Ok(Url { queue_url })
        })
    }
}

impl Operation for GetQueueUrl {
    type Answer = Url;

    fn perform(self, sqs: &Sqs) -> Result<Url, SqsError> {
        sqs.look(|account, _| account.queue(&self.queue_name).map(drop))?;
        let queue_url = address::url(&sqs.0.base_url, &self.queue_name);
        Ok(Url { queue_url })
    }
}

impl OnQueue for DeleteQueue {
    type Answer = Done;

    fn perform(self, account: &mut Account, queue: &str, now: Timestamp) -> Result<Done, SqsError> {
        account.delete(queue, now)?;
        Ok(Done {})
    }
}

impl OnQueue for PurgeQueue {
    type Answer = Done;

    fn perform(self, account: &mut Account, queue: &str, now: Timestamp) -> Result<Done, SqsError> {
        account.queue(queue)?.purge(now)?;
        Ok(Done {})
    }
}
