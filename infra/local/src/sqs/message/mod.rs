//! One message: what was sent, and what became of it.

mod attributes;
pub(super) mod checksum;

use std::{collections::BTreeMap, sync::Arc};

use jiff::Timestamp;
use uuid::Uuid;

use self::attributes::is_allowed;
pub(super) use self::attributes::{Attribute, MessageAttributes, Value};
use super::{address, error::MessageError};

/// What a sender hands in.
#[derive(Clone, Debug, Default)]
pub(super) struct Content {
    /// The text.
    pub(super) body: String,
    /// Named values beside it.
    pub(super) attributes: MessageAttributes,
    /// The X-Ray header, the one system attribute a sender may set.
    pub(super) trace_header: Option<String>,
    /// The group that order and fairness go by.
    pub(super) group: Option<String>,
    /// The id by which a FIFO queue knows doubles.
    pub(super) deduplication: Option<String>,
}

/// A message in a queue.
#[derive(Clone, Debug)]
pub(super) struct Message {
    /// Its id, kept when it becomes a dead letter.
    pub(super) id: Uuid,
    /// What was sent.
    pub(super) content: Arc<Content>,
    /// When it was sent.
    pub(super) sent_at: Timestamp,
    /// When it was first received.
    pub(super) first_received_at: Option<Timestamp>,
    /// When it was last received: what a visibility timeout is counted from.
    pub(super) last_received_at: Option<Timestamp>,
    /// How often it was received, in all queues it was in.
    pub(super) receive_count: u32,
    /// Its place in a FIFO queue.
    pub(super) sequence: Option<u64>,
    /// The queue it is a dead letter of.
    pub(super) dead_letter_of: Option<String>,
}

impl Content {
    /// Its size as SQS counts it, in bytes.
    pub(super) fn bytes(&self) -> usize {
        self.body.len() + self.attributes.bytes()
    }

    /// Refuses a body with characters that XML does not allow.
    pub(super) fn check_characters(&self) -> Result<(), MessageError> {
        if self.body.chars().all(is_allowed) { Ok(()) } else { Err(MessageError::InvalidCharacters) }
    }

    /// Everything a sender wrote, as lines of text to search in.
    pub(super) fn as_text(&self) -> String {
        let mut lines = vec![self.body.clone()];
        let attributes = self.attributes.iter();
        lines.extend(attributes.map(|(name, it)| format!("{name}: {}", it.as_text())));
        let others = [&self.trace_header, &self.group, &self.deduplication];
        lines.extend(others.into_iter().flatten().cloned());
        lines.join("\n")
    }
}

impl Message {
    /// A message nobody has received yet.
    pub(super) fn new(id: Uuid, content: Arc<Content>, sent_at: Timestamp) -> Self {
        Self {
            id,
            content,
            sent_at,
            first_received_at: None,
            last_received_at: None,
            receive_count: 0,
            sequence: None,
            dead_letter_of: None,
        }
    }

    /// Notes one more receive.
    pub(super) fn receive(&mut self, now: Timestamp) {
        self.receive_count = self.receive_count.saturating_add(1);
        self.first_received_at.get_or_insert(now);
        self.last_received_at = Some(now);
    }

    /// What SQS tells receivers about it, by name.
    pub(super) fn system_attributes(&self) -> BTreeMap<&'static str, String> {
        let milliseconds = |at: Timestamp| at.as_millisecond().to_string();
        let content = &self.content;
        let optional = [
            ("ApproximateFirstReceiveTimestamp", self.first_received_at.map(milliseconds)),
            ("AWSTraceHeader", content.trace_header.clone()),
            ("MessageGroupId", content.group.clone()),
            ("MessageDeduplicationId", content.deduplication.clone()),
            ("SequenceNumber", self.sequence.map(sequence_number)),
            ("DeadLetterQueueSourceArn", self.dead_letter_of.as_deref().map(address::arn)),
        ];
        let mut attributes = BTreeMap::from([
            ("SenderId", address::ACCOUNT.to_owned()),
            ("SentTimestamp", milliseconds(self.sent_at)),
            ("ApproximateReceiveCount", self.receive_count.to_string()),
        ]);
        attributes.extend(optional.into_iter().filter_map(|(name, it)| Some((name, it?))));
        attributes
    }
}

/// Writes a place in a FIFO queue in SQS's 20 digits, so that text order is place order.
pub(super) fn sequence_number(place: u64) -> String {
    format!("{place:020}")
}
