//! Why a token of the identity provider shows nobody.

use std::fmt;

use crate::problem::Problem;

/// The reason is logged for the operator, without a word of the token; the caller learns none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    Malformed,
    UnknownKey,
    Forged,
    Issuer,
    Audience,
    Expired,
    TooEarly,
    Subject,
    Email,
    Unverified,
    NoUser,
    OtherSubject,
    /// The token may be good: there are no keys to tell.
    NoKeys,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Malformed => "it has not the form of a token",
            Self::UnknownKey => "the issuer has no such key for this algorithm",
            Self::Forged => "the signature is not the issuer's",
            Self::Issuer => "it is of another issuer",
            Self::Audience => "it is for another audience",
            Self::Expired => "it has expired, or does not say when it does",
            Self::TooEarly => "it is not valid yet",
            Self::Subject => "it has no usable subject",
            Self::Email => "it has no usable address",
            Self::Unverified => "its address is not verified",
            Self::NoUser => "nobody has its address",
            Self::OtherSubject => "its address is that of another subject's user",
            Self::NoKeys => "the keys of the issuer cannot be had",
        })
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        tracing::info!(reason = %refusal, "a token of the identity provider is refused");
        if refusal == Refusal::NoKeys { Self::unavailable() } else { Self::unauthorized() }
    }
}
