//! The audit: who changed what, when. Never what it was changed to, and never personal data.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    id::{Id, Kind},
    org::Org,
    token::ApiToken,
    user::User,
};

/// One change that somebody of the staff made, or that came by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Audit {
    /// Identity.
    pub id: Id<Self>,
    /// The org in which it was made.
    pub org: Id<Org>,
    /// Who made it; nobody where it came by itself, as a campaign's close at its end.
    #[serde(default)]
    pub user: Option<Id<User>>,
    /// With which token, if with one.
    pub token: Option<Id<ApiToken>>,
    /// What was done, as in `campaign.update`.
    pub operation: String,
    /// What it was done to: an id, or a name that is nobody's.
    pub subject: String,
    /// The fields that changed.
    pub fields: Vec<String>,
    /// When.
    pub created_at: Timestamp,
}

/// What a change does and to what, for its audit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// What is done, as in `campaign.update`.
    pub operation: &'static str,
    /// What it is done to.
    pub subject: String,
    /// The fields that change.
    pub fields: Vec<String>,
}

impl Audit {
    /// The record that this user made a change, with which token if with one.
    pub fn new(
        id: Id<Self>,
        org: Id<Org>,
        (user, token): (Id<User>, Option<Id<ApiToken>>),
        change: Change,
        now: Timestamp,
    ) -> Self {
        let Change { operation, subject, fields } = change;
        let user = Some(user);
        Self { id, org, user, token, operation: operation.to_owned(), subject, fields, created_at: now }
    }
}

impl Audit {
    /// The record of a change that nobody made: it came by itself.
    pub fn by_itself(id: Id<Self>, org: Id<Org>, change: Change, now: Timestamp) -> Self {
        let Change { operation, subject, fields } = change;
        let operation = operation.to_owned();
        Self { id, org, user: None, token: None, operation, subject, fields, created_at: now }
    }
}

impl Change {
    /// A change of a whole thing.
    #[expect(clippy::needless_pass_by_value, reason = "ids are copied anyway")]
    pub fn of(operation: &'static str, subject: impl ToString) -> Self {
        Self { operation, subject: subject.to_string(), fields: Vec::new() }
    }

    /// The same, of these fields alone.
    #[must_use]
    pub fn fields(self, fields: Vec<String>) -> Self {
        Self { fields, ..self }
    }
}

impl Kind for Audit {
    const PREFIX: &'static str = "aud";
}
