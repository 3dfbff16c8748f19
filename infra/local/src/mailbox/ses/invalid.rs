//! What SES answers with `BadRequestException`.

use std::fmt;

use base64::DecodeError;
use mailparse::MailParseError;

use super::{headers::HeaderError, send::MAX_LENGTH, tags::TagError};
use crate::mailbox::address::AddressError;

/// How every name SES checks is described.
pub(super) const ONLY: &str = "only alphanumeric ASCII characters, '_', and '-' are allowed.";

/// What a request may not say.
#[derive(Debug)]
pub(super) enum Invalid {
    /// A required member is missing.
    Missing(&'static str),
    /// None or more than one of the kinds of content.
    Content,
    /// The subject is there and empty.
    EmptySubject,
    /// Neither text nor HTML.
    EmptyBody,
    /// No sender anywhere.
    NoFrom,
    /// No recipient anywhere.
    NoRecipients,
    /// More than 50 recipients.
    TooManyRecipients,
    /// The mail is over 40 MB.
    TooLong(usize),
    /// The raw data are not base64.
    RawBase64(DecodeError),
    /// The raw data are not a mail.
    RawMime(MailParseError),
    /// A configuration set's name has a character it must not have, or is too long.
    ConfigurationSetName(String),
    /// An address is malformed.
    Address(AddressError),
    /// A header may not be sent.
    Header(HeaderError),
    /// A tag is malformed.
    Tag(TagError),
}

impl fmt::Display for Invalid {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(path) => write!(
                out,
                "1 validation error detected: Value at '{path}' failed to satisfy constraint: \
                 Member must not be null"
            ),
            Self::Content => out.write_str("Content must be exactly one of Raw, Simple, Template."),
            Self::EmptySubject => out.write_str("Empty required header 'Subject'."),
            Self::EmptyBody => out.write_str("The body must contain Text or Html."),
            Self::NoFrom => out.write_str("Missing required header 'From'."),
            Self::NoRecipients => out.write_str("At least one destination address is required."),
            Self::TooManyRecipients => out.write_str("Recipient count exceeds 50."),
            Self::TooLong(length) => {
                write!(out, "Message length is more than {MAX_LENGTH} bytes long: '{length}'.")
            }
            Self::RawBase64(error) => write!(out, "Raw data are not base64: {error}"),
            Self::RawMime(error) => write!(out, "Raw data are not a mail: {error}"),
            Self::ConfigurationSetName(name) => {
                write!(out, "Invalid configuration set name <{name}>: {ONLY}")
            }
            Self::Address(error) => write!(out, "{error}"),
            Self::Header(error) => write!(out, "{error}"),
            Self::Tag(error) => write!(out, "{error}"),
        }
    }
}

impl From<AddressError> for Invalid {
    fn from(error: AddressError) -> Self {
        Self::Address(error)
    }
}

impl From<HeaderError> for Invalid {
    fn from(error: HeaderError) -> Self {
        Self::Header(error)
    }
}

impl From<TagError> for Invalid {
    fn from(error: TagError) -> Self {
        Self::Tag(error)
    }
}
