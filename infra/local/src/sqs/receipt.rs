//! What a client shows to prove that it received a message.

use base64::{Engine, engine::general_purpose::STANDARD};
use uuid::Uuid;

use super::{error::MessageError, message::Message};

/// One receive of one message.
///
/// A later receive of the same message has another number, so an old handle is known as old.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Receipt {
    /// The queue it was received from.
    pub(super) queue: String,
    /// The message.
    pub(super) message: Uuid,
    /// How many times the message had been received by then.
    pub(super) receive_count: u32,
}

impl Receipt {
    /// Spells the handle; clients treat it as opaque.
    pub(super) fn handle(&self) -> String {
        let Self { queue, message, receive_count } = self;
        STANDARD.encode(format!("{queue} {message} {receive_count}"))
    }

    /// Whether the message has not been received again since.
    pub(super) fn is_latest_of(&self, message: &Message) -> bool {
        self.message == message.id && self.receive_count == message.receive_count
    }

    /// Reads a handle that the queue of this name gave out.
    pub(super) fn parse(handle: &str, queue: &str) -> Result<Self, MessageError> {
        let receipt = STANDARD.decode(handle).ok().and_then(|bytes| {
            let text = String::from_utf8(bytes).ok()?;
            let mut parts = text.split(' ');
            Some(Self {
                queue: parts.next()?.to_owned(),
                message: parts.next()?.parse().ok()?,
                receive_count: parts.next()?.parse().ok()?,
            })
        });
        receipt.filter(|receipt| receipt.queue == queue).ok_or(MessageError::InvalidHandle)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_handle_is_good_for_its_own_queue_only() {
        let receipt = Receipt { queue: "actions".to_owned(), message: Uuid::nil(), receive_count: 3 };
        let handle = receipt.handle();
        assert_eq!(Receipt::parse(&handle, "actions").ok(), Some(receipt));
        assert!(Receipt::parse(&handle, "email").is_err());
        assert!(Receipt::parse("garbage", "actions").is_err());
    }
}
