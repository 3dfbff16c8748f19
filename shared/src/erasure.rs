//! Erasure: what is left when an org no longer holds a person's data.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    action::{Action, CustomFields, Tracking},
    id::{Id, Kind},
    moderation::Moderation,
    org::Org,
    secret::Digest,
    supporter::Supporter,
};

/// That an org erased what it held of a person. Names nobody; done again after a table was restored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Erasure {
    /// Identity.
    pub id: Id<Self>,
    /// The org.
    pub org: Id<Org>,
    /// What it called the person.
    pub contact_ref: Digest,
    /// When. What the person gave later is not erased by it.
    pub created_at: Timestamp,
}

impl Supporter {
    /// The supporter once this org holds nothing of it. What counts stays, and so do other orgs' copies.
    #[must_use]
    pub fn forgotten_by(mut self, org: Id<Org>) -> Self {
        self.contacts.retain(|contact| contact.org != org);
        self.clear = self.clear.filter(|_| self.org != org);
        self
    }
}

impl Action {
    /// The action without anything that might tell who did it: what was written, where it came from, what a
    /// moderator noted.
    #[must_use]
    pub fn anonymous(self) -> Self {
        let tracking = Tracking { location: None, ..self.tracking };
        let moderation = self.moderation.map(|decided| Moderation { note: None, ..decided });
        Self { custom_fields: CustomFields::default(), tracking, moderation, ..self }
    }
}

impl Kind for Erasure {
    const PREFIX: &'static str = "era";
}
