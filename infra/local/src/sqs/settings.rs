//! What a queue is set to.

use std::{collections::BTreeMap, ops::RangeInclusive};

use super::error::SqsError;

/// The longest message SQS takes, and the longest batch, in bytes.
pub(super) const LONGEST_MESSAGE: u32 = 1_048_576;

/// A queue's name and settings.
///
/// `QueueSettings::new` gives SQS's defaults; a name that ends in `.fifo` makes a FIFO queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueSettings {
    /// The name: 1 to 80 letters, digits, hyphens and underscores, and `.fifo` for a FIFO queue.
    pub name: String,
    /// How long a received message stays hidden: 0 to 43 200 seconds, 30 by default.
    pub visibility_timeout_seconds: u32,
    /// How long a sent message waits: 0 to 900 seconds, 0 by default.
    pub delay_seconds: u32,
    /// How long a receive waits for a message: 0 to 20 seconds, 0 by default.
    pub receive_wait_seconds: u32,
    /// How long a message is kept: 60 to 1 209 600 seconds, 4 days by default.
    pub retention_seconds: u32,
    /// The longest message taken: 1 024 to 1 048 576 bytes, the most by default.
    pub max_message_bytes: u32,
    /// Where messages go that are received too often.
    pub redrive: Option<Redrive>,
    /// What only FIFO queues have; `None` on a standard queue.
    pub fifo: Option<Fifo>,
    /// Attributes that are given back as they were set and change nothing here.
    pub inert: BTreeMap<String, String>,
}

/// Where messages go that are received too often.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redrive {
    /// The name of the dead-letter queue.
    pub dead_letter_queue: String,
    /// How often a message is received before it goes there: 1 to 1 000.
    pub max_receives: u32,
}

/// What only FIFO queues have.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fifo {
    /// Whether equal bodies are doubles when the sender gives no deduplication id.
    pub content_based_deduplication: bool,
    /// Whether doubles are looked for in the message's group only.
    pub deduplication_per_group: bool,
}

impl QueueSettings {
    /// The queue of this name with SQS's defaults.
    pub fn new(name: impl Into<String>) -> Self {
        let name = name.into();
        Self {
            fifo: is_fifo_name(&name).then(Fifo::default),
            name,
            visibility_timeout_seconds: 30,
            delay_seconds: 0,
            receive_wait_seconds: 0,
            retention_seconds: 345_600,
            max_message_bytes: LONGEST_MESSAGE,
            redrive: None,
            inert: BTreeMap::new(),
        }
    }

    /// Refuses a bad name and values out of their ranges.
    pub(super) fn check(&self) -> Result<(), SqsError> {
        self.check_name()?;
        let ranges: [(&'static str, u32, RangeInclusive<u32>); 5] = [
            ("VisibilityTimeout", self.visibility_timeout_seconds, 0..=43_200),
            ("DelaySeconds", self.delay_seconds, 0..=900),
            ("ReceiveMessageWaitTimeSeconds", self.receive_wait_seconds, 0..=20),
            ("MessageRetentionPeriod", self.retention_seconds, 60..=1_209_600),
            ("MaximumMessageSize", self.max_message_bytes, 1_024..=LONGEST_MESSAGE),
        ];
        if let Some((name, ..)) = ranges.into_iter().find(|(_, set, range)| !range.contains(set)) {
            return Err(SqsError::InvalidAttributeValue { name });
        }
        match &self.redrive {
            Some(redrive) if !(1..=1_000).contains(&redrive.max_receives) => {
                Err(SqsError::InvalidParameter {
                    parameter: "RedrivePolicy",
                    value: redrive.max_receives.to_string(),
                    reason: "Invalid value for maxReceiveCount, valid values are from 1 to 1000 both inclusive",
                })
            }
            Some(_) | None => Ok(()),
        }
    }

    fn check_name(&self) -> Result<(), SqsError> {
        let stem = self.name.strip_suffix(".fifo");
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        let spelled = stem.unwrap_or(&self.name).chars().all(plain);
        let measured = (1..=80).contains(&self.name.len()) && stem != Some("");
        if spelled && measured && stem.is_some() == self.fifo.is_some() {
            return Ok(());
        }
        Err(SqsError::InvalidParameter {
            parameter: "QueueName",
            value: self.name.clone(),
            reason: "Can only include alphanumeric characters, hyphens, or underscores, 1 to 80 in length, with .fifo at the end for a FIFO queue only",
        })
    }
}

/// Says whether a name is one of a FIFO queue.
pub(super) fn is_fifo_name(name: &str) -> bool {
    name.strip_suffix(".fifo").is_some()
}
