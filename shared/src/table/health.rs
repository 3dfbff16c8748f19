//! How services fare: noted beside them, with permits for those that are not known as quick, and their end.

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    audit::{Audit, Change},
    health::{Health, PERMITS},
    id::Id,
    key::Key,
    notice::{Notice, Occasion},
    org::Org,
    permission::Permission,
    random::Random,
    service::{Service, ServiceState},
    table::{Entity, Outcome, Table, TableError, from_item, item::to_item},
};

/// Leave for one request to an endpoint that is not known as quick.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Permit {
    org: Id<Org>,
    service: Id<Service>,
    slot: u8,
    holder: Uuid,
    /// Seconds since 1970, so that the table can compare it.
    until_second: i64,
}

/// Longer than a request may take: what is not given back is free again then.
const PERMIT: SignedDuration = SignedDuration::from_secs(25);

/// Most of an org's staff who are told that a service was stopped: all of it fits in one transaction.
const MOST_TOLD: usize = 50;

/// Attribute of a service's item, beside the service itself: whoever changes that begins anew.
const HEALTH: &str = "health";

impl Table {
    /// A service, and how it fares.
    pub(crate) async fn service_with_health(
        &self,
        org: Id<Org>,
        id: Id<Service>,
    ) -> Result<Option<(Service, Health)>, TableError> {
        let Some(mut item) = self.get_item(Key::service(org, id)).await? else { return Ok(None) };
        let malformed = |source| TableError::Malformed { kind: HEALTH, source };
        let health = match item.remove(HEALTH) {
            Some(health) => serde_dynamo::from_attribute_value(health).map_err(malformed)?,
            None => Health::default(),
        };
        Ok(Some((from_item(item)?, health)))
    }

    /// How a service fares by now; `None` if it is gone, or was changed and so begins anew.
    pub async fn health(&self, service: &Service) -> Result<Option<Health>, TableError> {
        let found = self.service_with_health(service.org, service.id).await?;
        Ok(found.filter(|(found, _)| found.version == service.version).map(|(_, health)| health))
    }

    /// Writes how a service fares, over what was read; false if somebody else has written it since, or
    /// the service was changed.
    pub async fn note_health(
        &self,
        service: &Service,
        read: &Health,
        next: &Health,
    ) -> Result<bool, TableError> {
        let malformed = |source| TableError::Malformed { kind: HEALTH, source };
        let health = serde_dynamo::to_attribute_value(next).map_err(malformed)?;
        let Key { pk, sk } = Key::service(service.org, service.id);
        let unchanged = match read.version() {
            0 => "attribute_exists(pk) AND attribute_not_exists(health) AND :read = :read",
            1.. => "health.version = :read",
        };
        let written = self
            .client
            .update_item()
            .table_name(&self.name)
            .key("pk", AttributeValue::S(pk))
            .key("sk", AttributeValue::S(sk))
            .update_expression("SET health = :next")
            .condition_expression(unchanged)
            .expression_attribute_values(":next", health)
            .expression_attribute_values(":read", AttributeValue::N(read.version().to_string()))
            .send()
            .await;
        match written.map_err(TableError::from) {
            Ok(_) => Ok(true),
            Err(TableError::Conflict) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Takes one of a service's permits; `None` if none was found. `chance` says where to look first.
    pub async fn take_permit(
        &self,
        service: &Service,
        holder: Uuid,
        chance: u64,
        now: Timestamp,
    ) -> Result<Option<Permit>, TableError> {
        let first = u8::try_from(chance % u64::from(PERMITS)).unwrap_or(0);
        for n in 0..PERMITS {
            let slot = (first + n) % PERMITS;
            let (org, service) = (service.org, service.id);
            let permit = Permit { org, service, slot, holder, until_second: (now + PERMIT).as_second() };
            let put = self.client.put_item().table_name(&self.name).set_item(Some(to_item(&permit)?));
            let taken = put
                .condition_expression("attribute_not_exists(pk) OR until_second <= :now")
                .expression_attribute_values(":now", AttributeValue::N(now.as_second().to_string()))
                .send()
                .await;
            match taken.map_err(TableError::from) {
                Ok(_) => return Ok(Some(permit)),
                Err(TableError::Conflict) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(None)
    }

    /// Gives a permit back before it is over by itself; one that is somebody else's by now stays theirs.
    pub async fn give_back(&self, permit: &Permit) -> Result<(), TableError> {
        let Key { pk, sk } = permit.key();
        let given = self
            .client
            .delete_item()
            .table_name(&self.name)
            .key("pk", AttributeValue::S(pk))
            .key("sk", AttributeValue::S(sk))
            .condition_expression("holder = :holder")
            .expression_attribute_values(":holder", AttributeValue::S(permit.holder.to_string()))
            .send()
            .await;
        match given.map_err(TableError::from) {
            Ok(_) | Err(TableError::Conflict) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Keeps a service from being used until its staff look at it, and tells those by mail who may manage it.
    ///
    /// Once: where somebody else has stopped or changed it meanwhile, nothing happens.
    pub async fn stop_service(
        &self,
        service: &Service,
        state: ServiceState,
        (random, now): (&Random, Timestamp),
    ) -> Result<(), TableError> {
        let told = self.staff_with(service.org, Permission::ManageServices, MOST_TOLD).await?;
        let stopped = Service { state, version: service.version + 1, updated_at: now, ..service.clone() };
        let change = Change::of("service.pause", service.id).fields(vec!["state".to_owned()]);
        let mut transaction = self.transaction();
        transaction.replace(&stopped, service.version)?;
        transaction.create(&Audit::by_itself(random.id(now), service.org, change, now))?;
        for user in told {
            let occasion = Occasion::ServiceStopped { service: service.id, user };
            transaction.create(&Notice::new(random.id(now), service.org, occasion, now))?;
        }
        match transaction.commit().await {
            Ok(Outcome::Applied) => {
                tracing::warn!(org.id = %service.org, service.id = %service.id, "a service was stopped");
                Ok(())
            }
            Ok(Outcome::Refused(_)) | Err(TableError::Conflict) => Ok(()),
            Err(error) => Err(error),
        }
    }
}

impl Entity for Permit {
    const KIND: &'static str = "permit";

    fn key(&self) -> Key {
        Key::permit(self.org, self.service, self.slot)
    }

    fn expires_at(&self) -> Option<Timestamp> {
        Timestamp::from_second(self.until_second).ok()
    }
}
