//! Hints: messages that hold ids, and make somebody look at a row.

use std::{error::Error, fmt};

use aws_sdk_sqs::{Client, types::SendMessageBatchRequestEntry};
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use crate::{delivery::Delivery, id::Id, notice::Notice, org::Org, supporter::Supporter};

/// Says which row to look at. Lost, doubled, late or reordered, it changes nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
pub enum Hint {
    /// A supporter has actions to be processed.
    Process {
        /// The supporter.
        supporter: Id<Supporter>,
    },
    /// A delivery may be due.
    Deliver {
        /// The org whose backend is used.
        org: Id<Org>,
        /// The delivery.
        delivery: Id<Delivery>,
    },
    /// A push may be due whose endpoint is not known as quick.
    DeliverSlowly {
        /// The org whose backend is used.
        org: Id<Org>,
        /// The delivery.
        slowly: Id<Delivery>,
    },
    /// A push may be due that goes with others in one body.
    DeliverTogether {
        /// The org whose backend is used.
        org: Id<Org>,
        /// The delivery.
        together: Id<Delivery>,
    },
    /// A mail to staff may be due.
    Notify {
        /// The org whose backend is used.
        org: Id<Org>,
        /// The mail's row.
        notice: Id<Notice>,
    },
}

/// A hint on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outgoing {
    /// What it says.
    pub hint: Hint,
    /// The org that must not crowd out others (SQS fair queues).
    pub group: Id<Org>,
    /// How long it should wait; at most 15 minutes are kept.
    pub delay: SignedDuration,
}

/// A queue of hints. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Queue {
    client: Client,
    url: String,
}

/// The three queues of hints. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Queues {
    /// Supporters with actions to be processed.
    pub actions: Queue,
    /// Mails.
    pub email: Queue,
    /// Webhooks and queues of orgs.
    pub push: Queue,
}

/// The longest that SQS holds back a message.
pub const LONGEST_DELAY: SignedDuration = SignedDuration::from_mins(15);

impl Queue {
    /// The queue at this URL.
    pub const fn new(client: Client, url: String) -> Self {
        Self { client, url }
    }

    /// Sends hints, ten in a request.
    ///
    /// # Errors
    /// If any of them was not taken; others may have been.
    pub async fn send(&self, hints: &[Outgoing]) -> Result<(), QueueError> {
        for batch in hints.chunks(10) {
            let entries =
                batch.iter().enumerate().map(|(n, hint)| entry(n, hint)).collect::<Result<Vec<_>, _>>()?;
            let request = self.client.send_message_batch().queue_url(&self.url).set_entries(Some(entries));
            let answer = request.send().await.map_err(|e| QueueError::Unreachable(e.into()))?;
            if let Some(failed) = answer.failed.first() {
                return Err(QueueError::NotTaken { code: failed.code.clone() });
            }
        }
        Ok(())
    }
}

fn entry(n: usize, outgoing: &Outgoing) -> Result<SendMessageBatchRequestEntry, QueueError> {
    let body = serde_json::to_string(&outgoing.hint).map_err(|e| QueueError::Unreachable(e.into()))?;
    // Rounded up: a hint that comes before its row is due is a hint lost.
    let delay = outgoing.delay + SignedDuration::from_millis(999);
    let seconds = delay.clamp(SignedDuration::ZERO, LONGEST_DELAY).as_secs();
    SendMessageBatchRequestEntry::builder()
        .id(n.to_string())
        .message_body(body)
        .message_group_id(outgoing.group.to_string())
        .delay_seconds(i32::try_from(seconds).unwrap_or(0))
        .build()
        .map_err(|e| QueueError::Unreachable(e.into()))
}

/// Why a hint was not taken.
#[derive(Debug)]
pub enum QueueError {
    /// SQS did not answer, or refused the request.
    Unreachable(Box<dyn Error + Send + Sync>),
    /// SQS refused one of the batch.
    NotTaken {
        /// SQS' word for the reason.
        code: String,
    },
}

impl fmt::Display for QueueError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreachable(_) => f.write_str("the queue does not take the hints"),
            Self::NotTaken { code } => write!(f, "the queue refused a hint: {code}"),
        }
    }
}

impl Error for QueueError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Unreachable(source) => Some(source.as_ref()),
            Self::NotTaken { .. } => None,
        }
    }
}
