//! Users and staffers: who may do something, and where.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    email::Email,
    id::{Id, Kind},
    org::Org,
    permission::{InstancePermission, Permissions, Role},
    secret::Digest,
    text::personal_value,
    violation::Rule,
};

/// A person with credentials, known by a verified e-mail address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// Identity.
    pub id: Id<Self>,
    /// Where mail to them goes.
    pub email: Email,
    /// The address' digest, by which they are found.
    pub email_ref: Digest,
    /// What they may do in the whole instance.
    pub instance_permissions: BTreeSet<InstancePermission>,
    /// Who they are to the identity provider, once they have come by it.
    #[serde(default)]
    pub oidc_subject: Option<OidcSubject>,
    /// When they were made.
    pub created_at: Timestamp,
    /// When they last changed.
    pub updated_at: Timestamp,
    /// Counts their changes.
    pub version: u64,
}

/// A person to an identity provider: another one who gets their address later has another subject.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OidcSubject {
    /// The provider.
    pub issuer: String,
    /// Who they are to it.
    pub subject: Subject,
}

personal_value! {
    /// The `sub` of a token: 1 to 255 ASCII characters (`OpenID` Connect Core, section 2).
    Subject, |text| {
        let fits = (1..=255).contains(&text.len()) && text.is_ascii();
        if fits { Ok(text) } else { Err(Rule("must be 1 to 255 ASCII characters")) }
    }
}

/// One user's role in one org.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Staffer {
    /// The org.
    pub org: Id<Org>,
    /// The user.
    pub user: Id<User>,
    /// The role, if the permissions are those of one.
    pub role: Option<Role>,
    /// What they may do.
    pub permissions: Permissions,
    /// Since when.
    pub created_at: Timestamp,
    /// When that last changed.
    pub updated_at: Timestamp,
    /// Counts the changes.
    pub version: u64,
}

/// Who owns an org. Kept in one row, so that two owners cannot remove each other at once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owners {
    /// The org.
    pub org: Id<Org>,
    /// Its owners.
    pub users: BTreeSet<Id<User>>,
    /// Counts the changes.
    pub version: u64,
}

impl Staffer {
    /// Whether they own the org.
    pub fn is_owner(&self) -> bool {
        self.role == Some(Role::Owner)
    }
}

impl Staffer {
    /// The same with what is granted beside what they have: never less.
    #[must_use]
    pub fn raised(self, role: Option<Role>, granted: &Permissions, at: Timestamp) -> Self {
        if self.permissions.covers(granted) && (self.is_owner() || role != Some(Role::Owner)) {
            return self;
        }
        let role = role.filter(|_| granted.covers(&self.permissions));
        let permissions = self.permissions.union(granted);
        Self { role, permissions, updated_at: at, version: self.version + 1, ..self }
    }
}

impl Owners {
    /// The owners when this user owns the org, or no more; `None` where that changes nothing.
    pub fn after(&self, user: Id<User>, owns: bool) -> Option<Self> {
        let mut users = self.users.clone();
        let changed = if owns { users.insert(user) } else { users.remove(&user) };
        changed.then_some(Self { users, version: self.version + 1, ..self.clone() })
    }
}

impl Kind for User {
    const PREFIX: &'static str = "usr";
}
