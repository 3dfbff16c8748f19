//! Every refusal of the API, with the code and the words of SES.

use std::{error::Error, fmt};

use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde_json::json;

use super::invalid::Invalid;
use crate::mailbox::{REGION, store::AddError};

/// Why a request was refused.
#[derive(Debug)]
pub(super) enum SesError {
    /// The body is not the JSON of this operation.
    Unreadable(serde_json::Error),
    /// It is, but says something SES does not take.
    Invalid(Invalid),
    /// The senders that are not verified.
    NotVerified(String),
    /// There is no such configuration set.
    NoConfigurationSet(String),
    /// There is no such template; there never is.
    NoTemplate(String),
    /// There is no such identity.
    NoIdentity(String),
    /// The address is not on the suppression list.
    NotSuppressed(String),
    /// The configuration set is there already.
    ConfigurationSetExists(String),
    /// The identity is there already.
    IdentityExists(String),
    /// A test wanted it: too fast.
    Throttled,
    /// A test wanted it: refused.
    Rejected,
    /// A test wanted it: the account may not send.
    Suspended,
    /// A test wanted it: sending is paused.
    Paused,
    /// SES may have it, this stand-in has not.
    UnknownOperation,
    /// The mail could not be written down.
    Store(AddError),
}

impl SesError {
    /// The status and the name of the exception.
    fn code(&self) -> (StatusCode, &'static str) {
        match self {
            Self::Unreadable(_) => (StatusCode::BAD_REQUEST, "SerializationException"),
            Self::Invalid(_) => (StatusCode::BAD_REQUEST, "BadRequestException"),
            Self::NotVerified(_) | Self::Rejected => (StatusCode::BAD_REQUEST, "MessageRejected"),
            Self::NoConfigurationSet(_)
            | Self::NoTemplate(_)
            | Self::NoIdentity(_)
            | Self::NotSuppressed(_) => (StatusCode::NOT_FOUND, "NotFoundException"),
            Self::ConfigurationSetExists(_) | Self::IdentityExists(_) => {
                (StatusCode::BAD_REQUEST, "AlreadyExistsException")
            }
            Self::Throttled => (StatusCode::TOO_MANY_REQUESTS, "TooManyRequestsException"),
            Self::Suspended => (StatusCode::BAD_REQUEST, "AccountSuspendedException"),
            Self::Paused => (StatusCode::BAD_REQUEST, "SendingPausedException"),
            Self::UnknownOperation => (StatusCode::NOT_FOUND, "UnknownOperationException"),
            Self::Store(_) => (StatusCode::INTERNAL_SERVER_ERROR, "InternalServiceErrorException"),
        }
    }
}

impl fmt::Display for SesError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(error) => write!(out, "{error}"),
            Self::Invalid(invalid) => write!(out, "{invalid}"),
            Self::NotVerified(senders) => write!(
                out,
                "Email address is not verified. The following identities failed the check in \
                 region {}: {senders}",
                REGION.to_uppercase()
            ),
            Self::NoConfigurationSet(name) => {
                write!(out, "Configuration set <{name}> does not exist.")
            }
            Self::NoTemplate(name) => write!(out, "Template {name} does not exist."),
            Self::NoIdentity(name) => write!(out, "Email identity {name} does not exist."),
            Self::NotSuppressed(address) => {
                write!(out, "Email address {address} does not exist on your suppression list.")
            }
            Self::ConfigurationSetExists(name) => {
                write!(out, "Configuration set {name} already exists.")
            }
            Self::IdentityExists(name) => write!(out, "Email identity {name} already exist."),
            Self::Throttled => out.write_str("Maximum sending rate exceeded."),
            Self::Rejected => out.write_str("The message contains invalid content."),
            Self::Suspended => out.write_str("Sending suspended for this account."),
            Self::Paused => out.write_str("Sending is paused for this account."),
            Self::UnknownOperation => out.write_str("This stand-in does not have the operation."),
            Self::Store(error) => write!(out, "{error}"),
        }
    }
}

impl Error for SesError {}

impl<I: Into<Invalid>> From<I> for SesError {
    fn from(invalid: I) -> Self {
        Self::Invalid(invalid.into())
    }
}

impl IntoResponse for SesError {
    fn into_response(self) -> Response {
        if let Self::Store(error) = &self {
            tracing::error!(%error, source = ?error.source(), "refused a mail it could not keep");
        }
        let (status, code) = self.code();
        let body = Json(json!({ "__type": code, "message": self.to_string() }));
        (status, [("x-amzn-errortype", code)], body).into_response()
    }
}
