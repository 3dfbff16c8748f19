//! Why SQS refuses a message, or a handle to one.

use std::fmt;

/// A refusal of a message, or of a handle to one.
#[derive(Debug)]
pub enum MessageError {
    /// It is longer than its queue takes.
    TooLong {
        /// The queue's limit, in bytes.
        limit: u32,
    },
    /// Its body has characters that XML does not allow.
    InvalidCharacters,
    /// An attribute is badly named, typed or filled.
    InvalidAttribute {
        /// The attribute's name.
        name: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// It has more than ten attributes.
    TooManyAttributes {
        /// How many it has.
        sent: usize,
    },
    /// An attribute holds a list, which SQS has never supported.
    ListValues,
    /// This queue never gave out such a receipt handle.
    InvalidHandle,
    /// It is visible again, so its visibility cannot change.
    NotInFlight,
}

impl fmt::Display for MessageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong { limit } => write!(
                f,
                "One or more parameters are invalid. Reason: Message must be shorter than {limit} bytes."
            ),
            Self::InvalidCharacters => f.write_str(
                "Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF",
            ),
            Self::InvalidAttribute { name, reason } => {
                write!(f, "Message (user) attribute '{name}' {reason}.")
            }
            Self::TooManyAttributes { sent } => write!(
                f,
                "Number of message attributes [{sent}] exceeds the allowed maximum [10]."
            ),
            Self::ListValues => f.write_str(
                "Message attribute list values in SendMessage operation are not supported.",
            ),
            Self::InvalidHandle => f.write_str("The input receipt handle is invalid."),
            Self::NotInFlight => f.write_str("The specified message isn't in flight."),
        }
    }
}
