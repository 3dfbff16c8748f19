//! How each refusal looks on the wire: status, error type, and the older query code.

use axum::http::StatusCode;

use super::{BatchError, MessageError, QueueError, SqsError};

/// The three names by which clients tell refusals apart.
#[derive(Clone, Copy, Debug)]
pub(in crate::sqs) struct Fault {
    /// The HTTP status.
    pub(in crate::sqs) status: StatusCode,
    /// `__type` in the body.
    pub(in crate::sqs) shape: &'static str,
    /// The code in `x-amzn-query-error` and in batch entries.
    pub(in crate::sqs) code: &'static str,
}

const fn bad(shape: &'static str, code: &'static str) -> Fault {
    let status = StatusCode::BAD_REQUEST;
    Fault { status, shape, code }
}

const INVALID_PARAMETER: Fault =
    bad("com.amazon.coral.service#InvalidParameterValueException", "InvalidParameterValue");

const NOT_FOUND: Fault = Fault {
    status: StatusCode::NOT_FOUND,
    ..bad("com.amazonaws.sqs#ResourceNotFoundException", "ResourceNotFoundException")
};

const UNSUPPORTED: Fault =
    bad("com.amazonaws.sqs#UnsupportedOperation", "AWS.SimpleQueueService.UnsupportedOperation");

impl SqsError {
    /// Names this refusal as the real service does.
    pub(in crate::sqs) fn fault(&self) -> Fault {
        match self {
            Self::Queue(error) => error.fault(),
            Self::Message(error) => error.fault(),
            Self::Batch(error) => error.fault(),
            Self::UnknownAttribute { .. } => {
                bad("com.amazonaws.sqs#InvalidAttributeName", "InvalidAttributeName")
            }
            Self::InvalidAttributeValue { .. } => {
                bad("com.amazonaws.sqs#InvalidAttributeValue", "InvalidAttributeValue")
            }
            Self::InvalidParameter { .. } => INVALID_PARAMETER,
            Self::MissingParameter { .. } => {
                bad("com.amazon.coral.service#MissingRequiredParameterException", "MissingParameter")
            }
            Self::ResourceNotFound { .. } | Self::TaskNotFound => NOT_FOUND,
            Self::UnsupportedOperation => UNSUPPORTED,
            Self::UnknownOperation => {
                bad("com.amazon.coral.service#UnknownOperationException", "InvalidAction")
            }
            Self::Unreadable(_) => bad("com.amazon.coral.service#SerializationException", "MalformedInput"),
        }
    }
}

impl QueueError {
    fn fault(&self) -> Fault {
        match self {
            Self::DoesNotExist => {
                bad("com.amazonaws.sqs#QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue")
            }
            Self::NameExists => bad("com.amazonaws.sqs#QueueNameExists", "QueueAlreadyExists"),
            Self::DeletedRecently => {
                bad("com.amazonaws.sqs#QueueDeletedRecently", "AWS.SimpleQueueService.QueueDeletedRecently")
            }
            Self::PurgeInProgress { .. } => Fault {
                status: StatusCode::FORBIDDEN,
                ..bad("com.amazonaws.sqs#PurgeQueueInProgress", "AWS.SimpleQueueService.PurgeQueueInProgress")
            },
        }
    }
}

impl MessageError {
    fn fault(&self) -> Fault {
        match self {
            Self::TooLong { .. } | Self::InvalidAttribute { .. } | Self::TooManyAttributes { .. } => {
                INVALID_PARAMETER
            }
            Self::InvalidCharacters => {
                bad("com.amazonaws.sqs#InvalidMessageContents", "InvalidMessageContents")
            }
            Self::ListValues => UNSUPPORTED,
            Self::InvalidHandle => Fault {
                status: StatusCode::NOT_FOUND,
                ..bad("com.amazonaws.sqs#ReceiptHandleIsInvalid", "ReceiptHandleIsInvalid")
            },
            Self::NotInFlight => {
                bad("com.amazonaws.sqs#MessageNotInflight", "AWS.SimpleQueueService.MessageNotInflight")
            }
        }
    }
}

impl BatchError {
    fn fault(&self) -> Fault {
        match self {
            Self::Empty => {
                bad("com.amazonaws.sqs#EmptyBatchRequest", "AWS.SimpleQueueService.EmptyBatchRequest")
            }
            Self::TooManyEntries { .. } => bad(
                "com.amazonaws.sqs#TooManyEntriesInBatchRequest",
                "AWS.SimpleQueueService.TooManyEntriesInBatchRequest",
            ),
            Self::RepeatedId { .. } => bad(
                "com.amazonaws.sqs#BatchEntryIdsNotDistinct",
                "AWS.SimpleQueueService.BatchEntryIdsNotDistinct",
            ),
            Self::InvalidId => {
                bad("com.amazonaws.sqs#InvalidBatchEntryId", "AWS.SimpleQueueService.InvalidBatchEntryId")
            }
            Self::TooLong { .. } => {
                bad("com.amazonaws.sqs#BatchRequestTooLong", "AWS.SimpleQueueService.BatchRequestTooLong")
            }
        }
    }
}
