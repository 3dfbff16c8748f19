//! What can go wrong between us and the table.

use std::{error::Error, fmt};

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};

/// Why the table did not do what was asked.
#[derive(Debug)]
pub enum TableError {
    /// Somebody else changed the same items at the same time: read again and decide again.
    Conflict,
    /// Too many requests: try again later.
    Throttled,
    /// No answer, or a failure inside DynamoDB; a write may or may not have been applied.
    Unreachable(Box<dyn Error + Send + Sync>),
    /// DynamoDB refuses the request as it is.
    Refused(Box<dyn Error + Send + Sync>),
    /// An item is not what its kind says.
    Malformed {
        /// Its kind.
        kind: &'static str,
        /// What is wrong with it.
        source: serde_dynamo::Error,
    },
}

impl TableError {
    /// Whether the same request may succeed later.
    pub const fn is_transient(&self) -> bool {
        match self {
            Self::Conflict | Self::Throttled | Self::Unreachable(_) => true,
            Self::Refused(_) | Self::Malformed { .. } => false,
        }
    }
}

impl<E, R> From<SdkError<E, R>> for TableError
where
    E: ProvideErrorMetadata + Error + Send + Sync + 'static,
    R: fmt::Debug + Send + Sync + 'static,
{
    fn from(error: SdkError<E, R>) -> Self {
        let SdkError::ServiceError(service) = &error else { return Self::Unreachable(error.into()) };
        match service.err().code() {
            Some(
                "ConditionalCheckFailedException"
                | "TransactionConflictException"
                | "TransactionInProgressException",
            ) => Self::Conflict,
            Some(
                "ThrottlingException" | "ProvisionedThroughputExceededException" | "RequestLimitExceeded",
            ) => Self::Throttled,
            Some("InternalServerError" | "ServiceUnavailable") => Self::Unreachable(error.into()),
            Some(_) | None => Self::Refused(error.into()),
        }
    }
}

impl fmt::Display for TableError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Conflict => f.write_str("somebody else changed the same items"),
            Self::Throttled => f.write_str("the table takes no more requests for now"),
            Self::Unreachable(_) => f.write_str("the table does not answer"),
            Self::Refused(_) => f.write_str("the table refuses the request"),
            Self::Malformed { kind, .. } => write!(f, "a stored {kind} is malformed"),
        }
    }
}

impl Error for TableError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Conflict | Self::Throttled => None,
            Self::Unreachable(source) | Self::Refused(source) => Some(source.as_ref()),
            Self::Malformed { source, .. } => Some(source),
        }
    }
}
