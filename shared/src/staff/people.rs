//! Staff of an org: listed, changed, removed.

use lambda_http::Request;

use crate::{
    api::people::StafferView,
    audit::Change,
    id::Id,
    key::Key,
    permission::{Grant, ManageStaff, Member, Permission, Permissions},
    problem::Problem,
    staff::{
        Caller, Listed, OrgScope,
        listing::Order,
        scope::{CHANGED, check_version},
    },
    user::{Staffer, User},
    web,
};

impl Caller<'_> {
    /// Removes somebody from the staff of an org: others by right, oneself always.
    ///
    /// # Errors
    /// 409 where the org would have no owner.
    pub async fn remove_staffer(&self, request: &Request) -> Result<(), Problem> {
        if self.is_leaving(request)? {
            return self.org::<Member>(request).await?.leave(request).await;
        }
        self.org::<ManageStaff>(request).await?.remove_staffer(request).await
    }

    /// Whether the path names the caller. A token that may not manage staff does not resign for its user.
    fn is_leaving(&self, request: &Request) -> Result<bool, Problem> {
        let scopes = self.token.as_ref().and_then(|token| token.scopes.as_ref());
        let limited = scopes.is_some_and(|scopes| !scopes.contains(Permission::ManageStaff));
        Ok(!limited && web::segment(request, "user")? == self.user.id.to_string())
    }
}

impl OrgScope<'_, ManageStaff> {
    /// The staff of the org, in the order in which they became users.
    pub async fn staffers(&self, request: &Request) -> Result<Listed<StafferView>, Problem> {
        let prefix = Key::staffers(self.org.id);
        let page = self.list::<Staffer>(request, prefix, Order::OldestFirst).await?;
        let keys = page.items.iter().map(|staffer| Key::user(staffer.user)).collect();
        let users: Vec<User> = self.staff.table.get_all(keys).await?;
        let view = |staffer: Staffer| {
            let user = users.iter().find(|user| user.id == staffer.user)?;
            Some(StafferView::new(staffer, user))
        };
        Ok(Listed { items: page.items.into_iter().filter_map(view).collect(), next: page.next })
    }

    /// Changes what somebody may do.
    ///
    /// # Errors
    /// 403 where they have or would get more than the caller has; 409 where the org would have no owner.
    pub async fn change_staffer(&self, request: &Request, grant: Grant) -> Result<StafferView, Problem> {
        let before = self.staffer(request).await?;
        self.check_reach(&before.permissions)?;
        self.check_grant(&grant)?;
        check_version(request, before.version)?;
        let user = self.staff.table.user(before.user).await?.ok_or_else(Problem::not_found)?;
        let (role, permissions) = (grant.role(), grant.permissions());
        let fields = [("role", role != before.role), ("permissions", permissions != before.permissions)];
        let fields: Vec<_> =
            fields.into_iter().filter(|(_, differs)| *differs).map(|(name, _)| name.to_owned()).collect();
        if fields.is_empty() {
            return Ok(StafferView::new(before, &user));
        }
        let version = before.version + 1;
        let next = Staffer { role, permissions, updated_at: self.now(), version, ..before };
        let appointment = self.staff.appoint(next.clone(), before.version).await?.check()?;
        let change = Change::of("staff.update", next.user).fields(fields);
        self.write(change, |transaction| appointment.write(transaction)).await?.or_conflict(CHANGED)?;
        Ok(StafferView::new(next, &user))
    }

    /// Removes somebody from the staff.
    async fn remove_staffer(&self, request: &Request) -> Result<(), Problem> {
        let staffer = self.staffer(request).await?;
        self.check_reach(&staffer.permissions)?;
        self.dismiss(request, staffer, "staff.remove").await
    }

    /// # Errors
    /// 403 where more is granted than the caller has.
    pub(super) fn check_grant(&self, grant: &Grant) -> Result<(), Problem> {
        if self.permissions.covers(&grant.permissions()) {
            return Ok(());
        }
        Err(Problem::beyond("you may grant only what you have yourself"))
    }

    fn check_reach(&self, permissions: &Permissions) -> Result<(), Problem> {
        if self.permissions.covers(permissions) {
            return Ok(());
        }
        Err(Problem::beyond("they may do more than you"))
    }
}

impl OrgScope<'_, Member> {
    /// Removes the caller from the staff.
    async fn leave(&self, request: &Request) -> Result<(), Problem> {
        let staffer = self.staffer(request).await?;
        self.dismiss(request, staffer, "staff.leave").await
    }
}

impl<P> OrgScope<'_, P> {
    /// The staffer that the path names.
    async fn staffer(&self, request: &Request) -> Result<Staffer, Problem> {
        let user: Id<User> = web::segment(request, "user")?.parse().map_err(|_| Problem::not_found())?;
        self.staff.table.staffer(self.org.id, user).await?.ok_or_else(Problem::not_found)
    }

    async fn dismiss(
        &self,
        request: &Request,
        staffer: Staffer,
        operation: &'static str,
    ) -> Result<(), Problem> {
        check_version(request, staffer.version)?;
        let change = Change::of(operation, staffer.user);
        let dismissal = self.staff.dismiss(staffer).await?.check()?;
        self.write(change, |transaction| dismissal.write(transaction)).await?.or_conflict(CHANGED)
    }
}
