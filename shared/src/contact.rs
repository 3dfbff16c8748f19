//! Contacts: a supporter's personal data as one org received it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    consent::OptIn, id::Id, name::PageName, org::Org, page::ConsentText, person::Details,
    public_key::SealingKey, sealed::SealedBox, secret::Digest, supporter::Supporter,
};

/// One org's copy of a supporter's personal data, with that org's consent. Nobody else reads it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    /// The org it belongs to.
    pub org: Id<Org>,
    /// What this org calls the person.
    pub contact_ref: Digest,
    /// Whose data it is.
    pub supporter: Id<Supporter>,
    /// The data.
    pub payload: Payload,
    /// Whether the org may write to the person.
    pub communication: OptIn,
    /// Whether the org takes part in delivering what was signed.
    pub delivery: bool,
    /// What was consented to.
    pub consent: ConsentRecord,
    /// When it was given.
    pub created_at: Timestamp,
}

/// Personal data, readable or sealed to the org's key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Payload {
    /// Readable.
    Clear(Details),
    /// Readable only with the private part of the org's key.
    Sealed {
        /// The key it was sealed to.
        key: SealingKey,
        /// The data, in the form that messages give them clear.
        sealed: SealedBox,
    },
}

impl Payload {
    /// The data, unless only the org's private key opens them.
    pub const fn readable(&self) -> Option<&Details> {
        match self {
            Self::Clear(details) => Some(details),
            Self::Sealed { .. } => None,
        }
    }
}

/// What was consented to, and where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConsentRecord {
    /// The text, where the page has one.
    pub text: Option<ConsentText>,
    /// When.
    pub given_at: Timestamp,
    /// On which page.
    pub page: PageName,
}
