//! What a receiver does with a receipt: `DeleteMessage`, `ChangeMessageVisibility`.

use jiff::Timestamp;
use serde::Deserialize;

use super::request::{Done, OnQueue, within};
use crate::sqs::{account::Account, error::SqsError, receipt::Receipt};

/// A message to delete.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct DeleteMessage {
    #[serde(default)]
    receipt_handle: String,
}

/// A message to hide for longer or shorter.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ChangeMessageVisibility {
    #[serde(default)]
    receipt_handle: String,
    visibility_timeout: Option<i64>,
}

impl OnQueue for DeleteMessage {
    type Answer = Done;

    fn perform(self, account: &mut Account, queue: &str, now: Timestamp) -> Result<Done, SqsError> {
        let receipt = receipt(&self.receipt_handle, queue)?;
        account.queue(queue)?.delete(&receipt, now)?;
        Ok(Done {})
    }
}

impl OnQueue for ChangeMessageVisibility {
    type Answer = Done;

    fn perform(self, account: &mut Account, queue: &str, now: Timestamp) -> Result<Done, SqsError> {
        let parameter = "VisibilityTimeout";
        let receipt = receipt(&self.receipt_handle, queue)?;
        let seconds = within(parameter, self.visibility_timeout, 0..=43_200)?;
        let seconds = seconds.ok_or(SqsError::MissingParameter { parameter })?;
        let queue = account.queue(queue)?;
        queue.change_visibility(&receipt, seconds, now)?;
        Ok(Done {})
    }
}

fn receipt(handle: &str, queue: &str) -> Result<Receipt, SqsError> {
    if handle.is_empty() {
        let parameter = "ReceiptHandle";
        return Err(SqsError::MissingParameter { parameter });
    }
    Ok(Receipt::parse(handle, queue)?)
}
