//! Enrolling: how operators make users, and how invites do.

use std::collections::BTreeSet;

use crate::{
    email::Email,
    id::Id,
    key::Key,
    org::Org,
    permission::{InstancePermission, Role},
    staff::Staff,
    table::{Outcome, Registration, TableError, Transaction},
    text::Line,
    token::{ApiToken, TokenText},
    user::{Staffer, User},
};

/// Somebody to be enrolled. Nobody reaches this by a request: operators do, with rights to the table.
#[derive(Debug, Clone)]
pub struct Enrolment {
    /// Their address; who has it already is the same user.
    pub email: Email,
    /// What they may do in the whole instance, beside what they may already.
    pub instance_permissions: BTreeSet<InstancePermission>,
    /// An org that they are made staff of, and their role there.
    pub staff_of: Option<(Id<Org>, Role)>,
    /// What their new token is called.
    pub label: Line,
}

impl Staff {
    /// Makes the user where there is none, gives them what the enrolment says, and a new token.
    ///
    /// # Errors
    /// [`TableError::Conflict`] if the same user is changed at the same time.
    pub async fn enrol(&self, enrolment: Enrolment) -> Result<TokenText, TableError> {
        let (mut user, known) = self.user_of(&enrolment.email).await?;
        let read_version = if known { user.version } else { 0 };
        user.instance_permissions.extend(enrolment.instance_permissions);
        user.version = read_version + 1;
        user.updated_at = self.clock.now();
        let (text, token) = self.new_token(user.id, enrolment.label);
        let mut transaction = self.table.transaction();
        transaction.replace(&user, read_version)?;
        if !known {
            self.register_address(&mut transaction, &user)?;
        }
        transaction.create(&token)?;
        if let Some((org, role)) = enrolment.staff_of
            && self.table.staffer(org, user.id).await?.is_none()
        {
            let (role, permissions, now) = (Some(role), role.permissions(), self.clock.now());
            let (created_at, updated_at) = (now, now);
            let staffer =
                Staffer { org, user: user.id, role, permissions, created_at, updated_at, version: 1 };
            self.appoint(staffer, 0).await?.write(&mut transaction)?;
        }
        match transaction.commit().await? {
            Outcome::Applied => Ok(text),
            Outcome::Refused(_) => Err(TableError::Conflict),
        }
    }

    /// A new token of a user: what is shown once, and what is kept.
    pub(super) fn new_token(&self, user: Id<User>, label: Line) -> (TokenText, ApiToken) {
        let now = self.clock.now();
        let id = self.random.id(now);
        let text = TokenText::new(user, id, self.random.bytes());
        let (org, scopes, valid_until, last_used_at) = (None, None, None, None);
        let hash = text.hash();
        let token =
            ApiToken { id, user, label, org, scopes, hash, valid_until, last_used_at, created_at: now };
        (text, token)
    }

    /// Writes by what a new user's address is known, under each live pepper.
    pub(super) fn register_address(
        &self,
        transaction: &mut Transaction<'_>,
        user: &User,
    ) -> Result<(), TableError> {
        let (now, next) = self.refs.user(&user.email);
        for email_ref in [Some(now), next].into_iter().flatten() {
            transaction.create(&Registration::new(Key::user_email(&email_ref), user.id))?;
        }
        Ok(())
    }

    /// The user of a verified address. Who is known under an older pepper is known under the newer one
    /// from now on.
    pub(super) async fn user_by(&self, email: &Email) -> Result<Option<User>, TableError> {
        let (now, next) = self.refs.user(email);
        let user = self.table.user_by_email(&now).await?;
        let Some(next) = next else { return Ok(user) };
        let known = self.table.user_by_email(&next).await?;
        if let (Some(user), None) = (&user, &known) {
            let mut transaction = self.table.transaction();
            transaction.create(&Registration::new(Key::user_email(&next), user.id))?;
            match transaction.commit().await {
                // Somebody else has just written the same.
                Ok(_) | Err(TableError::Conflict) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(user.or(known))
    }

    /// The user of an address, and whether they are known; one who is not is still to be written.
    pub(super) async fn user_of(&self, email: &Email) -> Result<(User, bool), TableError> {
        if let Some(user) = self.user_by(email).await? {
            return Ok((user, true));
        }
        let (email_ref, _) = self.refs.user(email);
        let now = self.clock.now();
        let (id, instance_permissions) = (self.random.id(now), BTreeSet::new());
        let (email, created_at, updated_at) = (email.clone(), now, now);
        let oidc_subject = None;
        let user = User {
            id,
            email,
            email_ref,
            instance_permissions,
            oidc_subject,
            created_at,
            updated_at,
            version: 1,
        };
        Ok((user, false))
    }
}
