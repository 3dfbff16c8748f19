//! The answer to a send.

use serde::Serialize;
use uuid::Uuid;

use super::message::{Content, MessageAttributes, checksum, sequence_number};

/// What a sender is told of its message.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Sent {
    message_id: String,
    #[serde(rename = "MD5OfMessageBody")]
    body_sum: String,
    #[serde(rename = "MD5OfMessageAttributes", skip_serializing_if = "Option::is_none")]
    attributes_sum: Option<String>,
    #[serde(rename = "MD5OfMessageSystemAttributes", skip_serializing_if = "Option::is_none")]
    system_attributes_sum: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sequence_number: Option<String>,
}

impl Sent {
    /// The answer for a message with this id, content and place in a FIFO queue.
    pub(super) fn new(message_id: Uuid, content: &Content, sequence: Option<u64>) -> Self {
        let system = content.trace_header.as_deref();
        let system = system.map(MessageAttributes::trace_header);
        Self {
            message_id: message_id.to_string(),
            body_sum: checksum::of_body(&content.body),
            attributes_sum: checksum::of_attributes(&content.attributes),
            system_attributes_sum: system.as_ref().and_then(checksum::of_attributes),
            sequence_number: sequence.map(sequence_number),
        }
    }
}
