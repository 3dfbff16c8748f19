//! Founding: what an operator does once, before anybody can call the API.

use std::{collections::BTreeSet, fmt};

use crate::{
    email::Email,
    id::Id,
    key::Named,
    name::Name,
    org::Org,
    permission::{InstancePermission, Role},
    service::{Backend, Backends, Endpoint, Service, ServiceState},
    staff::{Enrolment, Staff},
    table::{Instance, Registered, TableError},
    text::Line,
    token::TokenText,
};

/// The instance's own org, whose mail service others borrow.
#[derive(Debug, Clone)]
pub struct Foundation {
    /// Its name.
    pub name: Name,
    /// What people call it: mails of other orgs come "via" it.
    pub title: Line,
    /// Address that its mails come from; its domain must be verified in Amazon SES.
    pub email_from: Email,
}

/// Why an instance was not founded.
#[derive(Debug)]
pub enum FoundationError {
    /// There is an instance in this table already.
    Founded,
    /// Another org has the name.
    NameTaken,
    /// The table fails.
    Table(TableError),
}

impl Staff {
    /// Makes the instance's org, with Amazon SES as its mail service.
    ///
    /// # Errors
    /// If there is an instance already: nothing is changed then.
    pub async fn found(&self, foundation: Foundation) -> Result<Id<Org>, FoundationError> {
        if self.table.instance().await?.is_some() {
            return Err(FoundationError::Founded);
        }
        let (table, now) = (&self.table, self.clock.now());
        let number = table.next_number(Named::Org).await?;
        let mut org = Org::new(self.random.id(now), number, foundation.name, foundation.title, now);
        let domain = foundation.email_from.domain().parse().into_iter().collect();
        let service = Service {
            id: self.random.id(now),
            org: org.id,
            endpoint: Endpoint::Ses { configuration_set: None, tenant_name: None, verified_domains: domain },
            state: ServiceState::Active,
            created_at: now,
            updated_at: now,
            version: 1,
        };
        org.email_from = Some(foundation.email_from);
        org.backends = Backends { email: Some(Backend::Own(service.id)), ..Backends::default() };
        if table.create_org(&org).await? == Registered::NameTaken {
            return Err(FoundationError::NameTaken);
        }
        table.create_service(&service).await?;
        // Last, so that an attempt that failed midway can be made again under another name.
        match table.create_instance(&Instance { org: org.id }).await {
            Err(TableError::Conflict) => Err(FoundationError::Founded),
            made => Ok(made.map(|()| org.id)?),
        }
    }

    /// Makes somebody owner of the instance: of its org, and with every instance permission.
    ///
    /// # Errors
    /// [`TableError::Conflict`] if there is no instance yet, or the same user is changed at the same time.
    pub async fn make_instance_owner(&self, email: Email, label: Line) -> Result<TokenText, TableError> {
        let instance = self.table.instance().await?.ok_or(TableError::Conflict)?;
        let all = [InstancePermission::ManageOrgs, InstancePermission::ManageUsers];
        let staff_of = Some((instance.org, Role::Owner));
        self.enrol(Enrolment { email, instance_permissions: BTreeSet::from(all), staff_of, label }).await
    }
}

impl From<TableError> for FoundationError {
    fn from(error: TableError) -> Self {
        Self::Table(error)
    }
}

impl fmt::Display for FoundationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Founded => "there is an instance in this table already",
            Self::NameTaken => "another org has this name",
            Self::Table(_) => "the instance was not founded",
        })
    }
}

impl std::error::Error for FoundationError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Founded | Self::NameTaken => None,
            Self::Table(source) => Some(source),
        }
    }
}
