//! Entities as items: the fields, and beside them kind, keys and time of expiry.

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    action::Action,
    bundle::Bundle,
    campaign::Campaign,
    contact::Contact,
    delivery::{Delivery, DeliveryState, Purpose},
    due::DueKey,
    key::{Address, Key},
    notice::Notice,
    offer::Offer,
    org::Org,
    page::ActionPage,
    service::Service,
    signer::SignerFact,
    supporter::Supporter,
    table::{Item, TableError},
    template::Template,
};

/// Something the table keeps.
pub trait Entity: Serialize + DeserializeOwned {
    /// The word in its items' attribute `kind`.
    const KIND: &'static str;

    /// Where it lives.
    fn key(&self) -> Key;

    /// Where the index has it: for the sweeper while something of it is to be done, for moderators while
    /// it waits for them.
    fn due(&self) -> Option<DueKey> {
        None
    }

    /// When it may go; it counts as absent from then on.
    fn expires_at(&self) -> Option<Timestamp> {
        None
    }
}

/// The item of an entity. Absent values are left out.
pub(crate) fn to_item<E: Entity>(entity: &E) -> Result<Item, TableError> {
    let malformed = |source| TableError::Malformed { kind: E::KIND, source };
    let mut item: Item = serde_dynamo::to_item(entity).map_err(malformed)?;
    item.retain(|_, value| !value.is_null());
    let Key { pk, sk } = entity.key();
    let mut text = |name: &str, value: String| item.insert(name.to_owned(), AttributeValue::S(value));
    text("pk", pk);
    text("sk", sk);
    text("kind", E::KIND.to_owned());
    if let Some(due) = entity.due() {
        text("gsi1pk", due.pk);
        text("gsi1sk", due.sk);
    }
    if let Some(at) = entity.expires_at() {
        item.insert("expires_at".to_owned(), AttributeValue::N(at.as_second().to_string()));
    }
    Ok(item)
}

/// The entity in an item.
pub fn from_item<E: Entity>(item: Item) -> Result<E, TableError> {
    serde_dynamo::from_item(item).map_err(|source| TableError::Malformed { kind: E::KIND, source })
}

/// Days that an org sees a mail that has ended in its log.
const LOG_DAYS: i64 = 90;

macro_rules! entity {
    ($type:ty, $kind:literal, |$this:ident| $key:expr $(, due: $due:expr)?) => {
        impl Entity for $type {
            const KIND: &'static str = $kind;

            fn key(&self) -> Key {
                let $this = self;
                $key
            }

            $(fn due(&self) -> Option<DueKey> {
                let $this = self;
                Some($due)
            })?
        }
    };
}

/// What bundles are made of: each write of it is due until the bundles have it.
macro_rules! settings {
    ($type:ty, $kind:literal, |$this:ident| $key:expr) => {
        entity!($type, $kind, |$this| $key, due: DueKey::settings($this.id, $this.updated_at));
    };
}

settings!(Org, "org", |org| Key::org(org.id));
settings!(Campaign, "campaign", |campaign| Key::campaign(campaign.id));
settings!(ActionPage, "page", |page| Key::page(page.campaign, page.id));
entity!(Offer, "offer", |offer| Key::offer(offer.org, offer.campaign), due: DueKey::settings(offer.campaign, offer.updated_at));
entity!(Service, "service", |service| Key::service(service.org, service.id));
entity!(Template, "template", |t| Key::template(t.org, &t.name, &t.locale));
entity!(Bundle, "bundle", |bundle| Key::bundle(&Address::Id(bundle.page.id.to_string())));
entity!(Supporter, "supporter", |supporter| Key::supporter(supporter.id));
entity!(Contact, "contact", |c| Key::contact(c.org, &c.contact_ref, c.supporter));
entity!(SignerFact, "signer", |fact| Key::signer(fact.campaign, &fact.dedupe_ref));

impl Entity for Action {
    const KIND: &'static str = "action";

    fn key(&self) -> Key {
        Key::action(&self.doer, self.id)
    }

    fn due(&self) -> Option<DueKey> {
        DueKey::action(self)
    }
}

impl Entity for Delivery {
    const KIND: &'static str = "delivery";

    fn key(&self) -> Key {
        Key::delivery(self.org, self.id)
    }

    fn due(&self) -> Option<DueKey> {
        DueKey::delivery(self)
    }

    /// Pushes stay: they are the org's record of what it was given, which lists and exports go by.
    fn expires_at(&self) -> Option<Timestamp> {
        if self.purpose == Purpose::Push { None } else { end_of_log(self.state) }
    }
}

impl Entity for Notice {
    const KIND: &'static str = "notice";

    fn key(&self) -> Key {
        Key::notice(self.org, self.id)
    }

    fn due(&self) -> Option<DueKey> {
        DueKey::notice(self)
    }

    /// Later than any invite or link ends whose digest it keeps.
    fn expires_at(&self) -> Option<Timestamp> {
        end_of_log(self.state)
    }
}

/// When a row that has ended leaves the log.
fn end_of_log(state: DeliveryState) -> Option<Timestamp> {
    match state {
        DeliveryState::Pending { .. } | DeliveryState::Leased { .. } => None,
        DeliveryState::Done { done_at: at }
        | DeliveryState::Dead { dead_at: at }
        | DeliveryState::Cancelled { cancelled_at: at }
        | DeliveryState::Kept { kept_at: at } => {
            at.checked_add(jiff::SignedDuration::from_hours(24 * LOG_DAYS)).ok()
        }
    }
}
