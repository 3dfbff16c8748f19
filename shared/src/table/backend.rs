//! Which service an org uses for a purpose, as it is at this moment.

use std::fmt;

use crate::{
    health::Health,
    org::Org,
    service::{Backend, Backends, Service},
    table::{Table, TableError},
};

/// A service that may be used, and the instance org whose name stands behind borrowed ones.
#[derive(Debug, Clone)]
pub struct Resolved {
    /// The service.
    pub service: Service,
    /// The instance org.
    pub instance: Org,
    /// How the service fares.
    pub health: Health,
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
        which: impl Fn(&Backends) -> Option<Backend>,
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
        Ok(match self.service_with_health(owner, id).await? {
            None => Err(Unusable::Gone),
            Some((service, _)) if !service.is_active() => Err(Unusable::NotActive),
            Some((service, health)) => Ok(Resolved { service, instance, health }),
        })
    }
}

impl Unusable {
    /// Why, for the org's log.
    pub const fn why(self) -> &'static str {
        match self {
            Self::NotSet => "the org has no backend for this",
            Self::NoSystem => "the instance has no service for this",
            Self::Gone => "the backend's service is no longer there",
            Self::NotActive => "the backend's service is paused or disabled",
        }
    }
}

impl fmt::Display for Unusable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.why())
    }
}

impl std::error::Error for Unusable {}
