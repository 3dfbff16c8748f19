//! Users, their tokens, and the orgs they are staff of.

use aws_sdk_dynamodb::{
    error::SdkError,
    operation::update_item::UpdateItemError,
    types::{AttributeValue, ReturnValue},
};
use jiff::{SignedDuration, Timestamp};

use crate::{
    audit::Audit,
    id::Id,
    invite::Invite,
    key::Key,
    org::Org,
    permission::Permission,
    secret::Digest,
    table::{Entity, Table, TableError, from_item},
    token::ApiToken,
    user::{OidcSubject, Owners, Staffer, User},
};

impl Table {
    /// A user.
    pub async fn user(&self, id: Id<User>) -> Result<Option<User>, TableError> {
        self.get(Key::user(id)).await
    }

    /// The user of a verified e-mail address.
    pub async fn user_by_email(&self, email_ref: &Digest) -> Result<Option<User>, TableError> {
        match self.registered(Key::user_email(email_ref)).await? {
            Some(id) => self.user(id).await,
            None => Ok(None),
        }
    }

    /// Binds a user to a subject of an issuer; `None` if they are bound to another one of it.
    ///
    /// One update decides it, so that of two subjects who come at once one is bound. The user as they are then.
    pub async fn bind_subject(
        &self,
        user: Id<User>,
        subject: &OidcSubject,
        now: Timestamp,
    ) -> Result<Option<User>, TableError> {
        let malformed = |source| TableError::Malformed { kind: User::KIND, source };
        let bound = serde_dynamo::to_attribute_value(subject).map_err(malformed)?;
        let Key { pk, sk } = Key::user(user);
        let update = self.client.update_item().table_name(&self.name).key("pk", AttributeValue::S(pk));
        let updated = update
            .key("sk", AttributeValue::S(sk))
            .update_expression("SET oidc_subject = :subject, updated_at = :now ADD version :one")
            .condition_expression(
                "attribute_exists(pk) AND (attribute_not_exists(oidc_subject) \
                 OR oidc_subject = :subject OR oidc_subject.issuer <> :issuer)",
            )
            .expression_attribute_values(":subject", bound)
            .expression_attribute_values(":issuer", AttributeValue::S(subject.issuer.clone()))
            .expression_attribute_values(":now", AttributeValue::S(now.to_string()))
            .expression_attribute_values(":one", AttributeValue::N("1".to_owned()))
            .return_values(ReturnValue::AllNew)
            .send()
            .await;
        match updated {
            Ok(updated) => updated.attributes.map(from_item).transpose(),
            Err(error) if is_refused(&error) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// A token of a user.
    pub async fn token(&self, user: Id<User>, id: Id<ApiToken>) -> Result<Option<ApiToken>, TableError> {
        self.get(Key::token(user, id)).await
    }

    /// What a user is in an org, if they are of its staff.
    pub async fn staffer(&self, org: Id<Org>, user: Id<User>) -> Result<Option<Staffer>, TableError> {
        self.get(Key::staffer(org, user)).await
    }

    /// Up to `most` of an org's staff who have a permission: who became users first.
    pub(crate) async fn staff_with(
        &self,
        org: Id<Org>,
        permission: Permission,
        most: usize,
    ) -> Result<Vec<Id<User>>, TableError> {
        let items = self.query(Key::staffers(org)).await?;
        let staff: Vec<Staffer> = items.into_iter().map(from_item).collect::<Result<_, _>>()?;
        let able = staff.into_iter().filter(|staffer| staffer.permissions.contains(permission));
        Ok(able.map(|staffer| staffer.user).take(most).collect())
    }

    /// Who owns an org.
    pub async fn owners(&self, org: Id<Org>) -> Result<Option<Owners>, TableError> {
        self.get(Key::owners(org)).await
    }

    /// An invite to an org.
    pub async fn invite(&self, org: Id<Org>, id: Id<Invite>) -> Result<Option<Invite>, TableError> {
        self.get(Key::invite(org, id)).await
    }

    /// Notes when a token was used; one that was revoked meanwhile stays away.
    pub async fn note_token_use(&self, token: &ApiToken, now: Timestamp) -> Result<(), TableError> {
        let Key { pk, sk } = Key::token(token.user, token.id);
        let update = self.client.update_item().table_name(&self.name).key("pk", AttributeValue::S(pk));
        update
            .key("sk", AttributeValue::S(sk))
            .update_expression("SET last_used_at = :now")
            .condition_expression("attribute_exists(pk)")
            .expression_attribute_values(":now", AttributeValue::S(now.to_string()))
            .send()
            .await?;
        Ok(())
    }
}

/// Whether an update's condition did not hold.
fn is_refused(error: &SdkError<UpdateItemError>) -> bool {
    error.as_service_error().is_some_and(UpdateItemError::is_conditional_check_failed_exception)
}

impl Entity for User {
    const KIND: &'static str = "user";

    fn key(&self) -> Key {
        Key::user(self.id)
    }
}

impl Entity for Staffer {
    const KIND: &'static str = "staffer";

    fn key(&self) -> Key {
        Key::staffer(self.org, self.user)
    }
}

impl Entity for Owners {
    const KIND: &'static str = "owners";

    fn key(&self) -> Key {
        Key::owners(self.org)
    }
}

impl Entity for ApiToken {
    const KIND: &'static str = "token";

    fn key(&self) -> Key {
        Key::token(self.user, self.id)
    }

    /// Its user still sees it for a month after it has expired.
    fn expires_at(&self) -> Option<Timestamp> {
        self.valid_until.and_then(|at| at.checked_add(SignedDuration::from_hours(24 * 30)).ok())
    }
}

impl Entity for Invite {
    const KIND: &'static str = "invite";

    fn key(&self) -> Key {
        Key::invite(self.org, self.id)
    }

    fn expires_at(&self) -> Option<Timestamp> {
        Some(self.valid_until)
    }
}

impl Entity for Audit {
    const KIND: &'static str = "audit";

    fn key(&self) -> Key {
        Key::audit(self.org, self.id)
    }
}
