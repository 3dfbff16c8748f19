//! `SendMessage`, and an entry of its batch.

use jiff::Timestamp;
use proca::random::Random;
use serde::Deserialize;

use super::{
    attribute_value::{AttributeValue, AttributeValues, checked},
    request::{OnQueue, within},
};
use crate::sqs::{account::Account, error::SqsError, message::Content, queue::Draft, sent::Sent};

/// A message to send.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct SendMessage {
    #[serde(default)]
    message_body: String,
    delay_seconds: Option<i64>,
    #[serde(default)]
    message_attributes: AttributeValues,
    #[serde(default)]
    message_system_attributes: AttributeValues,
    message_deduplication_id: Option<String>,
    message_group_id: Option<String>,
}

impl OnQueue for SendMessage {
    type Answer = Sent;

    fn perform(self, account: &mut Account, queue: &str, now: Timestamp) -> Result<Sent, SqsError> {
        account.send(queue, Random::System.uuid(), self.draft()?, now)
    }

    fn bytes(&self) -> usize {
        let attributes = self.message_attributes.iter();
        let attributes = attributes.map(|(name, it)| name.len() + it.bytes());
        self.message_body.len() + attributes.sum::<usize>()
    }
}

impl SendMessage {
    fn draft(mut self) -> Result<Draft, SqsError> {
        let trace_header = self.message_system_attributes.remove("AWSTraceHeader");
        if let Some(name) = self.message_system_attributes.into_keys().next() {
            return Err(SqsError::UnknownAttribute { name });
        }
        Ok(Draft {
            delay_seconds: within("DelaySeconds", self.delay_seconds, 0..=900)?,
            content: Content {
                body: self.message_body,
                attributes: checked(self.message_attributes)?,
                trace_header: trace_header.and_then(AttributeValue::into_text),
                group: self.message_group_id,
                deduplication: self.message_deduplication_id,
            },
        })
    }
}
