//! What receivers do: take messages, and then delete them or change how long they are hidden.

use jiff::Timestamp;

use super::{Queue, backlog::Stage, later};
use crate::sqs::{
    error::{MessageError, SqsError},
    message::Message,
    receipt::Receipt,
};

/// How long a receiver may hide a message in all, from when it received it.
const LONGEST_HOLD_SECONDS: u32 = 43_200;

/// What a receiver asks for.
#[derive(Clone, Copy, Debug)]
pub(in crate::sqs) struct Ask {
    /// How many messages at most.
    pub(in crate::sqs) at_most: usize,
    /// How long to hide them, where not as long as the queue says.
    pub(in crate::sqs) visibility_seconds: Option<u32>,
}

/// What a receive takes from a queue.
#[derive(Debug, Default)]
pub(in crate::sqs) struct Taken {
    /// What the receiver gets.
    pub(in crate::sqs) received: Vec<Message>,
    /// What was received too often and goes to the dead-letter queue instead.
    pub(in crate::sqs) dead: Vec<Message>,
}

impl Queue {
    /// Gives visible messages and hides them; sets apart those received `max_receives` times.
    pub(in crate::sqs) fn receive(&mut self, ask: Ask, max_receives: Option<u32>, now: Timestamp) -> Taken {
        self.advance(now);
        let by_queue = self.settings.visibility_timeout_seconds;
        let until = later(now, ask.visibility_seconds.unwrap_or(by_queue));
        let mut taken = Taken::default();
        loop {
            let missing = ask.at_most.saturating_sub(taken.received.len());
            let turn = self.backlog.next_turn(missing);
            if turn.is_empty() {
                return taken;
            }
            for place in turn {
                if self.is_spent(place, max_receives) {
                    taken.dead.extend(self.backlog.remove(place));
                } else {
                    taken.received.extend(self.hand_over(place, until, now));
                }
            }
        }
    }

    fn is_spent(&mut self, place: u64, max_receives: Option<u32>) -> bool {
        let message = self.backlog.get_mut(place);
        message.is_some_and(|it| max_receives.is_some_and(|most| it.receive_count >= most))
    }

    fn hand_over(&mut self, place: u64, until: Timestamp, now: Timestamp) -> Option<Message> {
        let message = self.backlog.get_mut(place)?;
        message.receive(now);
        let copy = message.clone();
        self.backlog.set_stage(place, Stage::InFlight { until });
        Some(copy)
    }

    /// Deletes a message; an old receipt deletes nothing, and a FIFO queue says so.
    pub(in crate::sqs) fn delete(&mut self, receipt: &Receipt, now: Timestamp) -> Result<(), SqsError> {
        self.advance(now);
        let Some((place, message, stage)) = self.backlog.find(receipt.message) else {
            return Ok(());
        };
        let is_latest = receipt.is_latest_of(message);
        let is_held = is_latest && matches!(stage, Stage::InFlight { .. });
        if self.settings.fifo.is_some() && !is_held {
            return Err(refused(receipt, "The receipt handle has expired"));
        }
        if is_latest {
            self.backlog.remove(place);
        }
        Ok(())
    }

    /// Hides a message from now on for so long; 0 makes it visible at once.
    pub(in crate::sqs) fn change_visibility(
        &mut self,
        receipt: &Receipt,
        seconds: u32,
        now: Timestamp,
    ) -> Result<(), SqsError> {
        const GONE: &str = "Message does not exist or is not available for visibility timeout change";
        self.advance(now);
        let found = self.backlog.find(receipt.message);
        let (place, message, stage) = found
            .filter(|(_, message, _)| receipt.is_latest_of(message))
            .ok_or_else(|| refused(receipt, GONE))?;
        if stage == Stage::Ready {
            return Err(MessageError::NotInFlight.into());
        }
        let until = later(now, seconds);
        let received_at = message.last_received_at.unwrap_or(now);
        if until > later(received_at, LONGEST_HOLD_SECONDS) {
            return Err(SqsError::InvalidParameter {
                parameter: "VisibilityTimeout",
                value: seconds.to_string(),
                reason: "Total VisibilityTimeout for the message is beyond the limit [43200 seconds]",
            });
        }
        self.backlog.set_stage(place, Stage::InFlight { until });
        Ok(())
    }
}

fn refused(receipt: &Receipt, reason: &'static str) -> SqsError {
    SqsError::InvalidParameter { parameter: "ReceiptHandle", value: receipt.handle(), reason }
}
