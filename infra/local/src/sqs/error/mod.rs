//! Why SQS refuses a request.
//!
//! The texts of all refusals are those of SQS, capitals and full stops included, because
//! they reach clients that compare them.

mod batch;
mod fault;
mod message;

use std::{error::Error, fmt};

pub use self::{batch::BatchError, message::MessageError};

/// A refusal, with what its text needs.
#[derive(Debug)]
pub enum SqsError {
    /// Of what is asked of a queue as a whole.
    Queue(QueueError),
    /// Of a message, or of a handle to one.
    Message(MessageError),
    /// Of a batch as a whole.
    Batch(BatchError),
    /// No such queue attribute, or not for this kind of queue.
    UnknownAttribute {
        /// The attribute as the client wrote it.
        name: String,
    },
    /// A queue attribute has a value out of its range.
    InvalidAttributeValue {
        /// The attribute.
        name: &'static str,
    },
    /// A parameter has a value SQS does not take.
    InvalidParameter {
        /// The parameter.
        parameter: &'static str,
        /// The value as the client wrote it.
        value: String,
        /// Why it is refused.
        reason: &'static str,
    },
    /// A parameter is missing or empty.
    MissingParameter {
        /// The parameter.
        parameter: &'static str,
    },
    /// An ARN names no queue.
    ResourceNotFound {
        /// The parameter that holds the ARN.
        parameter: &'static str,
    },
    /// No move task runs under this handle.
    TaskNotFound,
    /// An operation of SQS that the stand-in leaves out.
    UnsupportedOperation,
    /// Not an operation of SQS.
    UnknownOperation,
    /// Not the JSON that the operation takes.
    Unreadable(serde_json::Error),
}

/// A refusal of what is asked of a queue as a whole.
#[derive(Debug)]
pub enum QueueError {
    /// No queue has this name.
    DoesNotExist,
    /// A queue of this name exists with other attributes.
    NameExists,
    /// A queue of this name was deleted less than a minute ago.
    DeletedRecently,
    /// The queue was purged less than a minute ago.
    PurgeInProgress {
        /// The queue's name.
        queue: String,
    },
}

impl From<QueueError> for SqsError {
    fn from(error: QueueError) -> Self {
        Self::Queue(error)
    }
}

impl From<MessageError> for SqsError {
    fn from(error: MessageError) -> Self {
        Self::Message(error)
    }
}

impl From<BatchError> for SqsError {
    fn from(error: BatchError) -> Self {
        Self::Batch(error)
    }
}

impl fmt::Display for SqsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Queue(error) => error.fmt(f),
            Self::Message(error) => error.fmt(f),
            Self::Batch(error) => error.fmt(f),
            Self::UnknownAttribute { name } => write!(f, "Unknown Attribute {name}."),
            Self::InvalidAttributeValue { name } => {
                write!(f, "Invalid value for the parameter {name}.")
            }
            Self::InvalidParameter { parameter, value, reason } => {
                write!(f, "Value {value} for parameter {parameter} is invalid. Reason: {reason}.")
            }
            Self::MissingParameter { parameter } => {
                write!(f, "The request must contain the parameter {parameter}.")
            }
            Self::ResourceNotFound { parameter } => {
                write!(f, "The resource that you specified for the {parameter} parameter doesn't exist.")
            }
            Self::TaskNotFound => f.write_str("Task does not exist."),
            Self::UnsupportedOperation => f.write_str("Unsupported operation."),
            Self::UnknownOperation => f.write_str("The requested operation is not recognized."),
            Self::Unreadable(_) => f.write_str("The request could not be read."),
        }
    }
}

impl fmt::Display for QueueError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::DoesNotExist => f.write_str("The specified queue does not exist."),
            Self::NameExists => f.write_str(
                "A queue already exists with the same name and a different value for an attribute.",
            ),
            Self::DeletedRecently => f.write_str(
                "You must wait 60 seconds after deleting a queue before you can create another with the same name.",
            ),
            Self::PurgeInProgress { queue } => write!(
                f,
                "Only one PurgeQueue operation on {queue} is allowed every 60 seconds."
            ),
        }
    }
}

impl Error for SqsError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        if let Self::Unreadable(source) = self { Some(source) } else { None }
    }
}
