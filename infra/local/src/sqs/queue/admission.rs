//! What a queue takes from a sender, and what it refuses.

use crate::sqs::{
    error::{MessageError, SqsError},
    message::{Content, checksum},
    settings::{Fifo, QueueSettings},
};

/// What a sender asks a queue to take.
#[derive(Clone, Debug, Default)]
pub(in crate::sqs) struct Draft {
    /// The message.
    pub(in crate::sqs) content: Content,
    /// How long it should wait, where not as long as the queue says.
    pub(in crate::sqs) delay_seconds: Option<u32>,
}

impl Draft {
    /// Holds the draft to the queue's rules, and fills in what the queue decides.
    pub(super) fn admitted(mut self, settings: &QueueSettings) -> Result<Self, SqsError> {
        if self.content.body.is_empty() {
            let parameter = "MessageBody";
            return Err(SqsError::MissingParameter { parameter });
        }
        let limit = settings.max_message_bytes;
        if u32::try_from(self.content.bytes()).map_or(true, |bytes| bytes > limit) {
            return Err(MessageError::TooLong { limit }.into());
        }
        self.content.check_characters()?;
        check_id("MessageGroupId", self.content.group.as_deref())?;
        check_id("MessageDeduplicationId", self.content.deduplication.as_deref())?;
        match &settings.fifo {
            Some(fifo) => self.admit_fifo(fifo)?,
            None => self.admit_standard()?,
        }
        self.delay_seconds = self.delay_seconds.or(Some(settings.delay_seconds));
        Ok(self)
    }

    fn admit_standard(&self) -> Result<(), SqsError> {
        match &self.content.deduplication {
            Some(id) => Err(not_of_this_type("MessageDeduplicationId", id.clone())),
            None => Ok(()),
        }
    }

    /// A FIFO queue needs a group and an id, and gives every message the same delay.
    fn admit_fifo(&mut self, fifo: &Fifo) -> Result<(), SqsError> {
        if let Some(delay) = self.delay_seconds.take().filter(|delay| *delay > 0) {
            return Err(not_of_this_type("DelaySeconds", delay.to_string()));
        }
        if self.content.group.is_none() {
            let parameter = "MessageGroupId";
            return Err(SqsError::MissingParameter { parameter });
        }
        if self.content.deduplication.is_some() {
            return Ok(());
        }
        if fifo.content_based_deduplication {
            self.content.deduplication = Some(checksum::of_body(&self.content.body));
            return Ok(());
        }
        Err(SqsError::InvalidParameter {
            parameter: "MessageDeduplicationId",
            value: String::new(),
            reason: "The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly",
        })
    }
}

fn not_of_this_type(parameter: &'static str, value: String) -> SqsError {
    SqsError::InvalidParameter {
        parameter,
        value,
        reason: "The request includes a parameter that is not valid for this queue type",
    }
}

fn check_id(parameter: &'static str, id: Option<&str>) -> Result<(), SqsError> {
    let good = |id: &str| (1..=128).contains(&id.len()) && id.chars().all(|c| c.is_ascii_graphic());
    match id {
        Some(id) if !good(id) => Err(SqsError::InvalidParameter {
            parameter,
            value: id.to_owned(),
            reason: "Can only include alphanumeric and punctuation characters, 1 to 128 in length",
        }),
        Some(_) | None => Ok(()),
    }
}
