//! Who calls, by the credential of the request.

use std::{collections::BTreeSet, marker::PhantomData};

use jiff::{SignedDuration, Timestamp};
use lambda_http::{Request, http::header};

use crate::{
    id::Id,
    key::{Address, Key, Named},
    org::Org,
    permission::{InstancePermission, Permissions, Right},
    problem::{Chain, Problem},
    staff::{OrgScope, Staff},
    table::TableError,
    token::{ApiToken, TokenText},
    user::User,
    web,
};

/// Somebody whose credential holds.
#[derive(Debug)]
pub struct Caller<'a> {
    pub(super) staff: &'a Staff,
    /// Who it is.
    pub user: User,
    /// The token used, if one was.
    pub token: Option<ApiToken>,
}

/// How exactly the last use of a token is noted: a write for each use would cost more than the use.
const LAST_USE: SignedDuration = SignedDuration::from_hours(1);

impl Staff {
    /// Who sends this request.
    ///
    /// # Errors
    /// 401 without a credential, with one that is unknown, revoked or expired, or with a malformed one: the
    /// answer is the same. 503 while the keys of the identity provider cannot be had.
    pub async fn caller(&self, request: &Request) -> Result<Caller<'_>, Problem> {
        let header = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let bearer = header.and_then(|value| {
            let (scheme, credential) = value.split_once(' ')?;
            scheme.eq_ignore_ascii_case("bearer").then(|| credential.trim())
        });
        let bearer = bearer.ok_or_else(Problem::unauthorized)?;
        match TokenText::parse(bearer) {
            Some(text) => self.caller_by_token(&text).await,
            None => self.caller_by_oidc(bearer).await,
        }
    }

    /// The org that the path names, for whoever sends this request and has the right `P` in it.
    ///
    /// # Errors
    /// Those of [`Staff::caller`] and of [`Caller::org`].
    pub async fn org<P: Right>(&self, request: &Request) -> Result<OrgScope<'_, P>, Problem> {
        self.caller(request).await?.org(request).await
    }

    async fn caller_by_token(&self, text: &TokenText) -> Result<Caller<'_>, Problem> {
        let (user, token) = text.ids();
        let now = self.clock.now();
        let (user, token) = tokio::try_join!(self.table.user(user), self.table.token(user, token))?;
        let (Some(user), Some(token)) = (user, token) else { return Err(Problem::unauthorized()) };
        if !text.opens(&token, now) {
            return Err(Problem::unauthorized());
        }
        self.note_use(&token, now).await;
        Ok(Caller { staff: self, user, token: Some(token) })
    }

    /// Notes that a token was used; that this fails keeps nobody from working.
    async fn note_use(&self, token: &ApiToken, now: Timestamp) {
        if token.last_used_at.is_some_and(|at| now.duration_since(at) < LAST_USE) {
            return;
        }
        if let Err(error) = self.table.note_token_use(token, now).await {
            tracing::warn!(token.id = %token.id, error = %Chain(&error), "the use of a token was not noted");
        }
    }
}

impl<'a> Caller<'a> {
    /// The org that the path names, for somebody who has the right `P` in it.
    ///
    /// # Errors
    /// 404 where there is no such org, or the caller is none of its staff; 403 where they lack the right.
    pub async fn org<P: Right>(&self, request: &Request) -> Result<OrgScope<'a, P>, Problem> {
        let address = web::address::<Org>(request, "org")?;
        let id = self.staff.org_at(&address).await?.ok_or_else(Problem::not_found)?;
        let table = &self.staff.table;
        let (org, staffer) = tokio::try_join!(table.org(id), table.staffer(id, self.user.id))?;
        let (Some(org), Some(staffer)) = (org, staffer) else { return Err(Problem::not_found()) };
        let bound = self.token.as_ref().and_then(|token| token.org);
        if bound.is_some_and(|bound| bound != id) {
            return Err(Problem::not_found());
        }
        let permissions = match self.token.as_ref().and_then(|token| token.scopes.as_ref()) {
            Some(scopes) => staffer.permissions.intersection(scopes),
            None => staffer.permissions,
        };
        match P::PERMISSION {
            Some(needed) if !permissions.contains(needed) => Err(Problem::forbidden(needed.word())),
            Some(_) | None => Ok(self.scope(org, permissions)),
        }
    }

    /// Asks for a permission in the whole instance.
    ///
    /// # Errors
    /// 403 without it. A token that is limited in any way has none.
    pub fn instance(&self, needed: InstancePermission) -> Result<(), Problem> {
        if !self.instance_permissions().contains(&needed) {
            return Err(Problem::forbidden(needed.word()));
        }
        Ok(())
    }

    /// What the caller may do in the whole instance.
    pub(super) fn instance_permissions(&self) -> BTreeSet<InstancePermission> {
        let limited = self.token.as_ref().is_some_and(|token| token.org.is_some() || token.scopes.is_some());
        if limited { BTreeSet::new() } else { self.user.instance_permissions.clone() }
    }

    /// A scope in an org that this caller has just made, or been made a staffer of.
    pub(super) fn scope<P>(&self, org: Org, permissions: Permissions) -> OrgScope<'a, P> {
        let token = self.token.as_ref().map(|token| token.id);
        let manages_orgs = self.instance_permissions().contains(&InstancePermission::ManageOrgs);
        let (staff, user) = (self.staff, self.user.id);
        OrgScope { staff, org, user, token, permissions, manages_orgs, right: PhantomData }
    }
}

impl Staff {
    /// The org that an address stands for.
    pub(super) async fn org_at(&self, address: &Address) -> Result<Option<Id<Org>>, TableError> {
        match address {
            Address::Id(text) => Ok(text.parse().ok()),
            Address::Name(name) => self.table.registered(Key::name(Named::Org, name)).await,
            Address::Number(number) => self.table.registered(Key::number(Named::Org, *number)).await,
        }
    }
}
