//! What a push says, and through which service.

use proca::{
    attempt::{Failure, Retry},
    delivery::{ActionAt, Delivery, Purpose, Subject},
    event::{Event, Happened},
    event_message::{campaign_event, erased_event, page_event, supporter_event},
    id::Id,
    key::Address,
    message::{PayloadVersion, action_message},
    org::Org,
    page::ActionPage,
    service::{Backend, Backends, Service},
    supporter::SupporterStatus,
    table::{Table, TableError},
};
use serde_json::Value;

/// A message to be sent, or why there is none.
pub(crate) enum Push {
    /// To be sent through this service.
    Ready {
        /// The service.
        service: Box<Service>,
        /// What it says.
        message: Value,
    },
    /// Nobody wants it any more.
    Unwanted,
    /// It cannot be sent as things are.
    Impossible(Failure),
}

impl Push {
    /// Reads what the message is made of, and makes it.
    pub(crate) async fn compose(table: &Table, row: &Delivery) -> Result<Self, TableError> {
        let Some(receiver) = table.org(row.org).await? else { return Ok(Self::Unwanted) };
        let backend: fn(&Backends) -> Option<Backend> = match row.purpose {
            Purpose::Push => |backends| backends.push,
            Purpose::Event => |backends| backends.event,
            Purpose::LookUp
            | Purpose::Confirm
            | Purpose::Reminder
            | Purpose::ThankYou
            | Purpose::Duplicate => return Ok(Self::Unwanted),
        };
        let resolved = table.backend(&receiver, backend).await?;
        let payload = resolved.as_ref().ok().and_then(|resolved| resolved.service.endpoint.payload());
        let message = match payload.unwrap_or_default() {
            PayloadVersion::V2 => Box::pin(second_form(table, row, &receiver)).await?,
        };
        let Some(message) = message else { return Ok(Self::Unwanted) };
        Ok(match resolved {
            Ok(resolved) => Self::Ready { service: Box::new(resolved.service), message },
            Err(unusable) => {
                let error = unusable.to_string();
                Self::Impossible(Failure { status: None, error, retry: Retry::Scheduled })
            }
        })
    }
}

/// What the row is about, in the form [`PayloadVersion::V2`].
async fn second_form(table: &Table, row: &Delivery, receiver: &Org) -> Result<Option<Value>, TableError> {
    match (&row.event, row.subject) {
        (event, Subject::Action(at)) => Box::pin(of_action(table, (event.as_ref(), at), receiver)).await,
        (Some(event), Subject::Page { page }) => of_page(table, (event, row, page), receiver).await,
        (Some(event), Subject::Campaign {}) => of_campaign(table, (event, row), receiver).await,
        (None, Subject::Page { .. } | Subject::Campaign {}) => Ok(None),
    }
}

/// The action, or an event of its supporter. The contact read is the receiving org's own, and no other.
async fn of_action(
    table: &Table,
    (event, at): (Option<&Event>, ActionAt),
    receiver: &Org,
) -> Result<Option<Value>, TableError> {
    if let Some(event @ Event { what: Happened::SupporterErased { .. }, .. }) = event {
        let bundle = table.bundle_of(at.page).await?;
        return Ok(bundle.and_then(|bundle| erased_event(event, &bundle, at, receiver)));
    }
    let (supporter, action, bundle) = tokio::try_join!(
        table.supporter_alone(at.supporter),
        table.action(at.supporter, at.action),
        table.bundle_of(at.page)
    )?;
    let (Some(supporter), Some(action), Some(bundle)) = (supporter, action, bundle) else { return Ok(None) };
    if event.is_none() && supporter.status == SupporterStatus::Rejected {
        return Ok(None);
    }
    let Some(contact) = table.contact(&supporter, receiver.id).await? else { return Ok(None) };
    Ok(Some(match event {
        None => action_message(&bundle, &action, &supporter, &contact, receiver),
        Some(event) => supporter_event(event, &bundle, &action, (supporter, contact), receiver),
    }))
}

async fn of_page(
    table: &Table,
    (event, row, page): (&Event, &Delivery, Id<ActionPage>),
    receiver: &Org,
) -> Result<Option<Value>, TableError> {
    let address = Address::Id(row.campaign.to_string());
    let (campaign, page) = tokio::try_join!(table.campaign(&address), table.page(row.campaign, page))?;
    let (Some(campaign), Some(page)) = (campaign, page) else { return Ok(None) };
    let org = table.org(page.org).await?;
    Ok(org.map(|org| page_event(event, (&campaign, &page, &org), receiver)))
}

async fn of_campaign(
    table: &Table,
    (event, row): (&Event, &Delivery),
    receiver: &Org,
) -> Result<Option<Value>, TableError> {
    let Some(campaign) = table.campaign(&Address::Id(row.campaign.to_string())).await? else {
        return Ok(None);
    };
    let lead = table.org(campaign.lead).await?;
    Ok(lead.map(|lead| campaign_event(event, &campaign, &lead, receiver)))
}
