//! Moves of messages out of a dead-letter queue. A move ends before it is answered.

use jiff::Timestamp;
use uuid::Uuid;

use super::{account::Account, address, error::SqsError, message::Message};

/// One move that was made.
#[derive(Clone, Debug)]
pub(super) struct MoveTask {
    /// The dead-letter queue's name.
    pub(super) source: String,
    /// Where the messages went, where not back to the queues they came from.
    pub(super) destination: Option<String>,
    /// The rate the client asked for; the move did not keep to it.
    pub(super) max_per_second: Option<u32>,
    /// How many messages moved.
    pub(super) moved: usize,
    /// How many stayed because nobody knows where they came from.
    pub(super) stayed: usize,
    /// When it was made.
    pub(super) started_at: Timestamp,
}

impl MoveTask {
    /// The move a client asks for, by ARN.
    pub(super) fn new(
        source_arn: &str,
        destination_arn: Option<&str>,
        max_per_second: Option<u32>,
        now: Timestamp,
    ) -> Result<Self, SqsError> {
        Ok(Self {
            source: named("SourceArn", source_arn)?,
            destination: destination_arn.map(|arn| named("DestinationArn", arn)).transpose()?,
            max_per_second,
            moved: 0,
            stayed: 0,
            started_at: now,
        })
    }
}

impl Account {
    /// Moves the visible messages, each as a new message with an id from `new_id`.
    pub(super) fn start(
        &mut self,
        mut task: MoveTask,
        new_id: impl Fn() -> Uuid,
        now: Timestamp,
    ) -> Result<(), SqsError> {
        self.check_move(&task)?;
        let is_home = |message: &Message| message.dead_letter_of.is_some();
        let anywhere = task.destination.is_some();
        let source = self.queue(&task.source)?;
        let messages = source.remove_visible(now, |message| anywhere || is_home(message));
        task.stayed = source.counts(now).visible;
        for message in messages {
            let target = task.destination.as_ref().or(message.dead_letter_of.as_ref());
            let target = target.filter(|name| self.queues.contains_key(*name));
            let home = target.cloned().unwrap_or_else(|| task.source.clone());
            if home == task.source {
                task.stayed = task.stayed.saturating_add(1);
                self.queue(&home)?.accept(message, now);
            } else {
                task.moved = task.moved.saturating_add(1);
                self.queue(&home)?.accept(Message::new(new_id(), message.content, now), now);
            }
        }
        self.moves.push(task);
        Ok(())
    }

    /// Refuses a move between queues that do not exist, or from one that takes no dead letters.
    fn check_move(&self, task: &MoveTask) -> Result<(), SqsError> {
        let ends = [("SourceArn", Some(&task.source)), ("DestinationArn", task.destination.as_ref())];
        for (parameter, name) in ends {
            if name.is_some_and(|name| !self.queues.contains_key(name)) {
                return Err(SqsError::ResourceNotFound { parameter });
            }
        }
        if self.sources_of(&task.source).next().is_some() {
            return Ok(());
        }
        Err(SqsError::InvalidParameter {
            parameter: "SourceArn",
            value: address::arn(&task.source),
            reason: "Source queue must be configured as a Dead Letter Queue",
        })
    }
}

/// Finds the name in an ARN that a client wrote.
pub(super) fn named(parameter: &'static str, arn: &str) -> Result<String, SqsError> {
    let name = address::name_in_arn(arn).map(ToOwned::to_owned);
    name.ok_or_else(|| SqsError::InvalidParameter {
        parameter,
        value: arn.to_owned(),
        reason: "You must use this format: arn:<partition>:<service>:<region>:<account-id>:<resource-id>",
    })
}
