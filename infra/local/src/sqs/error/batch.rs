//! Why SQS refuses a batch as a whole.

use std::fmt;

/// A rule that a batch breaks as a whole, so that none of its entries is looked at.
#[derive(Debug)]
pub enum BatchError {
    /// It has no entries.
    Empty,
    /// It has more than ten entries.
    TooManyEntries {
        /// How many it has.
        sent: usize,
    },
    /// Two of its entries have the same id.
    RepeatedId {
        /// The id.
        id: String,
    },
    /// An id is not 1 to 80 letters, digits, hyphens and underscores.
    InvalidId,
    /// Its messages together are longer than 1 MiB.
    TooLong {
        /// How long they are, in bytes.
        sent: usize,
    },
}

impl fmt::Display for BatchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => {
                f.write_str("There should be at least one entry in the request.")
            }
            Self::TooManyEntries { sent } => write!(
                f,
                "Maximum number of entries per request are 10. You have sent {sent}."
            ),
            Self::RepeatedId { id } => write!(f, "Id {id} repeated."),
            Self::InvalidId => f.write_str(
                "A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long.",
            ),
            Self::TooLong { sent } => write!(
                f,
                "Batch requests cannot be longer than 1048576 bytes. You have sent {sent} bytes."
            ),
        }
    }
}
