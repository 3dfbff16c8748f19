//! Which service an org uses for a purpose, as it is at this moment.

use std::fmt;

use jiff::Timestamp;

use crate::{
    audit::{Audit, Change},
    id::Id,
    org::Org,
    service::{Backend, Backends, Service, ServiceState},
    table::{Outcome, Table, TableError},
};

/// A service that may be used, and the instance org whose name stands behind borrowed ones.
#[derive(Debug, Clone)]
pub struct Resolved {
    /// The service.
    pub service: Service,
    /// The instance org.
    pub instance: Org,
}

/// Why an org has no service to use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unusable {
    /// The org has none for this purpose.
    NotSet,
    /// The instance has no org, or that org has none for this purpose.
    NoSystem,
    /// It is no longer there.
    Gone,
    /// It is paused or disabled.
    NotActive,
}

impl Table {
    /// The service behind an org's backend; `SYSTEM` is looked up in the instance org each time.
    pub async fn backend(
        &self,
        org: &Org,
        which: fn(&Backends) -> Option<Backend>,
    ) -> Result<Result<Resolved, Unusable>, TableError> {
        let instance = match self.instance().await? {
            Some(instance) => self.org(instance.org).await?,
            None => None,
        };
        let Some(instance) = instance else { return Ok(Err(Unusable::NoSystem)) };
        let (owner, id) = match which(&org.backends) {
            None => return Ok(Err(Unusable::NotSet)),
            Some(Backend::Own(id)) => (org.id, id),
            Some(Backend::System) => match which(&instance.backends) {
                Some(Backend::Own(id)) => (instance.id, id),
                Some(Backend::System) | None => return Ok(Err(Unusable::NoSystem)),
            },
        };
        Ok(match self.service(owner, id).await? {
            None => Err(Unusable::Gone),
            Some(service) if !service.is_active() => Err(Unusable::NotActive),
            Some(service) => Ok(Resolved { service, instance }),
        })
    }
}

impl Table {
    /// Keeps a service from being used until its staff look at it, with an audit that names nobody.
    ///
    /// Where somebody changes it at the same time, the next failure decides again.
    pub async fn pause_service(
        &self,
        service: &Service,
        reason: &str,
        audit: Id<Audit>,
        now: Timestamp,
    ) -> Result<(), TableError> {
        let Ok(reason) = reason.parse() else { return Ok(()) };
        let (state, version) = (ServiceState::Paused { reason }, service.version + 1);
        let paused = Service { state, version, updated_at: now, ..service.clone() };
        let change = Change::of("service.pause", service.id).fields(vec!["state".to_owned()]);
        let mut transaction = self.transaction();
        transaction.replace(&paused, service.version)?;
        transaction.create(&Audit::by_itself(audit, service.org, change, now))?;
        match transaction.commit().await {
            Ok(Outcome::Applied | Outcome::Refused(_)) | Err(TableError::Conflict) => Ok(()),
            Err(error) => Err(error),
        }
    }
}

impl fmt::Display for Unusable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotSet => "the org has no backend for this",
            Self::NoSystem => "the instance has no service for this",
            Self::Gone => "the backend's service is no longer there",
            Self::NotActive => "the backend's service is paused or disabled",
        })
    }
}

impl std::error::Error for Unusable {}
