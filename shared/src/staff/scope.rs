//! A proven right in an org: the only door to what belongs to it.

use std::marker::PhantomData;

use jiff::{SignedDuration, Timestamp};
use lambda_http::{Request, http::header};

use crate::{
    audit::{Audit, Change},
    id::Id,
    org::Org,
    permission::Permissions,
    problem::Problem,
    staff::Staff,
    table::{Outcome, TableError, Transaction},
    token::ApiToken,
    user::User,
};

/// One org, for somebody who has the right `P` in it. Made by [`crate::staff::Caller::org`] alone.
///
/// What needs a right is a method of the scope with that right, so that this does not compile:
///
/// ```compile_fail
/// use proca::{permission::Member, staff::OrgScope};
/// async fn rename(scope: OrgScope<'_, Member>, request: &lambda_http::Request) {
///     let changed = scope.update_org(request, proca::api::orgs::OrgPatch::default()).await;
/// }
/// ```
///
/// while this does:
///
/// ```
/// use proca::{permission::ManageOrg, staff::OrgScope};
/// async fn rename(scope: OrgScope<'_, ManageOrg>, request: &lambda_http::Request) {
///     let changed = scope.update_org(request, proca::api::orgs::OrgPatch::default()).await;
/// }
/// ```
#[derive(Debug)]
pub struct OrgScope<'a, P> {
    pub(super) staff: &'a Staff,
    pub(super) org: Org,
    pub(super) user: Id<User>,
    pub(super) token: Option<Id<ApiToken>>,
    pub(super) permissions: Permissions,
    /// Whether the caller manages the instance's orgs, whichever org this is.
    pub(super) manages_orgs: bool,
    pub(super) right: PhantomData<fn() -> P>,
}

/// How a change ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Written {
    /// It was written, with its audit.
    Done,
    /// Nothing was: the conditions of these writes did not hold, by their place in the transaction.
    Refused(Vec<usize>),
}

impl Written {
    /// Success, or 409 with this reason.
    pub fn or_conflict(self, reason: &str) -> Result<(), Problem> {
        match self {
            Self::Done => Ok(()),
            Self::Refused(_) => Err(Problem::conflict(reason)),
        }
    }
}

/// Why an update of something that was changed meanwhile is refused.
pub(super) const CHANGED: &str = "it was changed by somebody else: get it again";

impl<'a, P> OrgScope<'a, P> {
    /// The org.
    pub const fn org(&self) -> &Org {
        &self.org
    }

    /// What the caller may do in it.
    pub const fn permissions(&self) -> &Permissions {
        &self.permissions
    }

    /// The present time.
    pub fn now(&self) -> Timestamp {
        self.staff.clock.now()
    }

    /// A new id.
    pub(super) fn new_id<T>(&self) -> Id<T> {
        self.staff.random.id(self.now())
    }

    /// Writes all that `add` adds to the transaction, with the audit of it, or nothing.
    pub(super) async fn write(
        &self,
        change: Change,
        add: impl FnOnce(&mut Transaction<'a>) -> Result<(), TableError>,
    ) -> Result<Written, Problem> {
        let mut transaction = self.staff.table.transaction();
        add(&mut transaction)?;
        transaction.create(&self.audit(self.org.id, change))?;
        self.staff.commit(transaction).await
    }

    /// The record of a change by this caller, for the audit of an org that it touches.
    pub(super) fn audit(&self, org: Id<Org>, change: Change) -> Audit {
        self.staff.audit(org, self.user, self.token, change)
    }
}

impl Staff {
    /// Commits what staff change.
    pub(super) async fn commit(&self, transaction: Transaction<'_>) -> Result<Written, Problem> {
        match transaction.commit().await {
            Ok(Outcome::Applied) => Ok(Written::Done),
            Ok(Outcome::Refused(refusals)) => {
                Ok(Written::Refused(refusals.into_iter().map(|refusal| refusal.index).collect()))
            }
            Err(TableError::Conflict) => Err(Problem::conflict(CHANGED)),
            Err(error) => Err(error.into()),
        }
    }

    /// The audit of a change that somebody makes in an org.
    pub(super) fn audit(
        &self,
        org: Id<Org>,
        user: Id<User>,
        token: Option<Id<ApiToken>>,
        change: Change,
    ) -> Audit {
        let operation = change.operation;
        tracing::info!(org.id = %org, user.id = %user, operation, "staff changed something");
        let now = self.clock.now();
        Audit::new(self.random.id(now), org, (user, token), change, now)
    }
}

/// The time so many days from now.
pub(super) fn after_days(now: Timestamp, days: u32) -> Timestamp {
    now + SignedDuration::from_hours(24 * i64::from(days))
}

/// Checks that a change was made from the version that is there (RFC 9110, section 13.1.1).
///
/// # Errors
/// 428 without `If-Match`, 409 where it names another version.
pub(super) fn check_version(request: &Request, version: u64) -> Result<(), Problem> {
    let given = request.headers().get(header::IF_MATCH).and_then(|value| value.to_str().ok());
    let Some(given) = given else { return Err(Problem::precondition_required()) };
    if given.trim() == format!("\"{version}\"") { Ok(()) } else { Err(Problem::conflict(CHANGED)) }
}
