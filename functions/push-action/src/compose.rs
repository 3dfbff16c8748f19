//! What a push says.

use proca::{
    delivery::{ActionAt, Delivery, Subject},
    event::{Event, Happened},
    event_message::{campaign_event, erased_event, page_event, supporter_event},
    id::Id,
    key::Address,
    message::{PayloadVersion, action_message},
    org::Org,
    page::ActionPage,
    supporter::SupporterStatus,
    table::{Table, TableError},
};
use serde_json::Value;

use crate::way::Way;

/// Reads what a message is made of, and makes it in the form that its service is pinned to; `None` if nobody
/// wants it any more.
pub(crate) async fn message(
    table: &Table,
    row: &Delivery,
    Way { receiver, resolved, .. }: &Way,
) -> Result<Option<Value>, TableError> {
    match resolved.service.endpoint.payload().unwrap_or_default() {
        PayloadVersion::V2 => second_form(table, row, receiver).await,
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
