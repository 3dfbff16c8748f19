//! Appointments: changes of who is what in an org, read and decided, ready to be written.

use std::collections::BTreeSet;

use crate::{
    id::Id,
    key::Key,
    org::Org,
    problem::Problem,
    staff::Staff,
    table::{Registration, TableError, Transaction},
    user::{Owners, Staffer, User},
};

/// A staffer as they will be, with the owners of their org where that changes them.
#[derive(Debug)]
pub(super) struct Appointment {
    staffer: Staffer,
    read_version: u64,
    owners: Option<Owners>,
}

/// A staffer who will be none any more, with the owners of their org where that changes them.
#[derive(Debug)]
pub(super) struct Dismissal {
    staffer: Staffer,
    owners: Option<Owners>,
}

impl Staff {
    /// Prepares that somebody becomes this, from the version that was read, or 0.
    pub(super) async fn appoint(
        &self,
        staffer: Staffer,
        read_version: u64,
    ) -> Result<Appointment, TableError> {
        let owners = self.owners_after(staffer.org, staffer.user, staffer.is_owner()).await?;
        Ok(Appointment { staffer, read_version, owners })
    }

    /// Prepares that somebody is staff no more.
    pub(super) async fn dismiss(&self, staffer: Staffer) -> Result<Dismissal, TableError> {
        let owners = self.owners_after(staffer.org, staffer.user, false).await?;
        Ok(Dismissal { staffer, owners })
    }

    async fn owners_after(
        &self,
        org: Id<Org>,
        user: Id<User>,
        owns: bool,
    ) -> Result<Option<Owners>, TableError> {
        let owners = self.table.owners(org).await?;
        let owners = owners.unwrap_or_else(|| Owners { org, users: BTreeSet::new(), version: 0 });
        Ok(owners.after(user, owns))
    }
}

impl Appointment {
    /// Adds its writes.
    pub(super) fn write(&self, transaction: &mut Transaction<'_>) -> Result<(), TableError> {
        let Staffer { org, user, .. } = self.staffer;
        transaction.replace(&self.staffer, self.read_version)?;
        if self.read_version == 0 {
            transaction.create(&Registration::new(Key::user_org(user, org), org))?;
        }
        write_owners(transaction, self.owners.as_ref())
    }

    /// # Errors
    /// 409 where the org would have no owner.
    pub(super) fn check(self) -> Result<Self, Problem> {
        check_owners(self.owners.as_ref()).map(|()| self)
    }
}

impl Dismissal {
    /// Adds its writes.
    pub(super) fn write(&self, transaction: &mut Transaction<'_>) -> Result<(), TableError> {
        let Staffer { org, user, version, .. } = self.staffer;
        transaction.delete(Key::staffer(org, user), version)?;
        transaction.remove(Key::user_org(user, org))?;
        write_owners(transaction, self.owners.as_ref())
    }

    /// # Errors
    /// 409 where the org would have no owner.
    pub(super) fn check(self) -> Result<Self, Problem> {
        check_owners(self.owners.as_ref()).map(|()| self)
    }
}

/// Written over the version they were read in, so that two owners cannot remove each other at once.
fn write_owners(transaction: &mut Transaction<'_>, owners: Option<&Owners>) -> Result<(), TableError> {
    owners.map_or(Ok(()), |owners| transaction.replace(owners, owners.version.saturating_sub(1)))
}

fn check_owners(owners: Option<&Owners>) -> Result<(), Problem> {
    match owners {
        Some(owners) if owners.users.is_empty() => {
            Err(Problem::conflict("this is the org's last owner: make somebody else an owner first"))
        }
        Some(_) | None => Ok(()),
    }
}
