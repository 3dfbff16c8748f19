//! Orgs: made by whoever may, changed by their own staff.

use std::collections::BTreeSet;

use lambda_http::Request;

use crate::{
    api::{
        body::RequestBody,
        orgs::{Me, Membership, NewOrg, OrgPatch, SetBackend},
    },
    audit::Change,
    id::Id,
    key::{Key, Named},
    offer::Offer,
    org::Org,
    permission::{InstancePermission, ManageOrg, ManageServices, Permissions, Role},
    problem::Problem,
    service::{Backend, Backends},
    staff::{
        Caller, OrgScope,
        scope::{CHANGED, check_version},
    },
    table::{Registration, from_item, register},
    user::{Owners, Staffer},
    web,
};

impl Caller<'_> {
    /// Who they are, and where they may do what; by a limited token, no more than that can do.
    pub async fn me(&self) -> Result<Me, Problem> {
        let table = &self.staff.table;
        let bound = self.token.as_ref().and_then(|token| token.org);
        let mut orgs = Vec::new();
        for item in table.query(Key::user_orgs(self.user.id)).await? {
            let registration: Registration = from_item(item)?;
            let Some(id) = registration.id::<Org>().filter(|id| bound.is_none_or(|bound| bound == *id))
            else {
                continue;
            };
            let (org, staffer) = tokio::try_join!(table.org(id), table.staffer(id, self.user.id))?;
            if let (Some(org), Some(staffer)) = (org, staffer) {
                let Staffer { role, permissions, .. } = staffer;
                orgs.push(Membership { org: id, name: org.name, title: org.title, role, permissions });
            }
        }
        Ok(Me {
            user: self.user.id,
            email: self.user.email.clone(),
            instance_permissions: self.instance_permissions().into_iter().collect(),
            orgs,
        })
    }

    /// Makes an org that the caller owns.
    ///
    /// # Errors
    /// 409 where its name is taken.
    pub async fn create_org(&self, request: &Request) -> Result<Org, Problem> {
        self.instance(InstancePermission::ManageOrgs)?;
        let body = NewOrg::parse(request)?;
        let (table, now) = (&self.staff.table, self.staff.clock.now());
        let number = table.next_number(Named::Org).await?;
        let mut org = Org::new(self.staff.random.id(now), number, body.name, body.title, now);
        org.backends = Backends { email: Some(Backend::System), ..Backends::default() };
        let owner = Staffer {
            org: org.id,
            user: self.user.id,
            role: Some(Role::Owner),
            permissions: Permissions::all(),
            created_at: now,
            updated_at: now,
            version: 1,
        };
        let owners = Owners { org: org.id, users: BTreeSet::from([self.user.id]), version: 1 };
        let scope = self.scope::<ManageOrg>(org.clone(), Permissions::all());
        let written = scope
            .write(Change::of("org.create", org.id), |transaction| {
                register(transaction, Named::Org, org.name.as_str(), org.number, &org.id.to_string())?;
                transaction.create(&org)?;
                transaction.create(&owner)?;
                transaction.create(&owners)?;
                transaction.create(&Registration::new(Key::user_org(self.user.id, org.id), org.id))
            })
            .await?;
        written.or_conflict("the name is taken")?;
        Ok(org)
    }
}

impl OrgScope<'_, ManageOrg> {
    /// Changes the org's settings.
    ///
    /// # Errors
    /// 422 where strict privacy does not go with what it or its pages are set to.
    pub async fn update_org(&self, request: &Request, patch: OrgPatch) -> Result<Org, Problem> {
        check_version(request, self.org.version)?;
        let mut org = self.org.clone();
        let fields = patch.apply(&mut org);
        self.check_privacy(&org).await?;
        self.write_org(org, "org.update", fields, None).await
    }

    /// Removes the org, with everything that is its alone.
    ///
    /// # Errors
    /// 409 while it has pages or campaigns, ever received contacts of another's, or is the instance's.
    pub async fn delete_org(&self, request: &Request) -> Result<(), Problem> {
        check_version(request, self.org.version)?;
        let (id, table) = (self.org.id, &self.staff.table);
        if table.instance().await?.is_some_and(|instance| instance.org == id) {
            return Err(Problem::conflict("this is the instance's own org"));
        }
        for (prefix, what) in [(Key::org_pages(id), "pages"), (Key::org_campaigns(id), "campaigns")] {
            let (items, _) = table.list(prefix, None, 1, false).await?;
            if !items.is_empty() {
                return Err(Problem::conflict(format!("it still has {what}")));
            }
        }
        let (offers, _) = table.list(Key::offers(id), None, 100, false).await?;
        for item in offers {
            if from_item::<Offer>(item)?.was_agreed {
                return Err(Problem::conflict("it may have contacts of a campaign that was offered to it"));
            }
        }
        let (staffers, _) = table.list(Key::staffers(id), None, 90, false).await?;
        let written = self
            .write(Change::of("org.delete", id), |transaction| {
                transaction.delete(Key::org(id), self.org.version)?;
                transaction.remove(Key::name(Named::Org, self.org.name.as_str()))?;
                transaction.remove(Key::number(Named::Org, self.org.number))?;
                transaction.remove(Key::owners(id))?;
                for item in staffers {
                    let staffer: Staffer = from_item(item)?;
                    transaction.remove(Key::user_org(staffer.user, id))?;
                }
                Ok(())
            })
            .await?;
        written.or_conflict(CHANGED)
    }
}

impl OrgScope<'_, ManageServices> {
    /// Uses a service for the purpose that the path names.
    ///
    /// # Errors
    /// 422 where the service is not there, or of a kind that does not serve the purpose.
    pub async fn set_backend(&self, request: &Request) -> Result<Org, Problem> {
        let purpose = purpose(request)?;
        let SetBackend { service } = SetBackend::parse(request)?;
        if let Backend::Own(id) = service {
            self.check_backend(&purpose, id).await?;
        }
        self.change_backend(&purpose, Some(service)).await
    }

    /// Uses no service any more for the purpose that the path names.
    pub async fn unset_backend(&self, request: &Request) -> Result<Org, Problem> {
        self.change_backend(&purpose(request)?, None).await
    }

    async fn check_backend(&self, purpose: &str, id: Id<crate::service::Service>) -> Result<(), Problem> {
        let wrong =
            |detail: &str| Err(Problem::invalid(vec![crate::violation::Violation::new("/service", detail)]));
        match self.staff.table.service(self.org.id, id).await? {
            None => wrong("is no service of this org"),
            Some(service) if !service.endpoint.serves(purpose) => {
                wrong("is of a kind that does not serve this purpose")
            }
            Some(_) => Ok(()),
        }
    }

    async fn change_backend(&self, purpose: &str, backend: Option<Backend>) -> Result<Org, Problem> {
        let mut org = self.org.clone();
        let place = org.backends.of_mut(purpose).ok_or_else(Problem::not_found)?;
        let changed = *place != backend;
        *place = backend;
        let fields = changed.then(|| format!("backends.{purpose}")).into_iter().collect();
        self.write_org(org, "org.set-backend", fields, backend).await
    }
}

impl<P> OrgScope<'_, P> {
    /// Writes the changed org, unless nothing changed; a backend that it names must still be there.
    async fn write_org(
        &self,
        org: Org,
        operation: &'static str,
        fields: Vec<String>,
        backend: Option<Backend>,
    ) -> Result<Org, Problem> {
        if fields.is_empty() {
            return Ok(org);
        }
        let next = Org { version: org.version + 1, updated_at: self.now(), ..org };
        let change = Change::of(operation, next.id).fields(fields);
        let written = self
            .write(change, |transaction| {
                transaction.replace(&next, self.org.version)?;
                match backend {
                    Some(Backend::Own(service)) => transaction.must_exist(Key::service(next.id, service)),
                    Some(Backend::System) | None => Ok(()),
                }
            })
            .await?;
        written.or_conflict(CHANGED)?;
        Ok(next)
    }
}

fn purpose(request: &Request) -> Result<String, Problem> {
    web::segment(request, "purpose")
}
