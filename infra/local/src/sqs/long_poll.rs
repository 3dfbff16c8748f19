//! Receives that wait for a message.

use std::{pin::pin, time::Duration};

use tokio::time::timeout;

use super::{Sqs, error::SqsError, message::Message, queue::Ask};

/// How often a waiting receive looks again by itself: nothing tells it that a time has come.
const TICK: Duration = Duration::from_millis(50);

impl Sqs {
    /// Receives from a queue, and waits up to so long, in real time, for a first message.
    pub(super) async fn receive(
        &self,
        queue: &str,
        ask: Ask,
        wait: Duration,
    ) -> Result<Vec<Message>, SqsError> {
        let take = || self.look(|account, now| account.receive(queue, ask, now));
        if wait.is_zero() {
            return take();
        }
        let first = async {
            loop {
                let mut changed = pin!(self.0.changed.notified());
                changed.as_mut().enable();
                let messages = take()?;
                if !messages.is_empty() {
                    return Ok(messages);
                }
                timeout(TICK, changed).await.ok();
            }
        };
        timeout(wait, first).await.unwrap_or_else(|_| Ok(Vec::new()))
    }
}
