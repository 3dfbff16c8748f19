//! What a delivery tells its org, read and written in the form that the org is used to.

use std::collections::BTreeMap;

use futures_util::future::try_join_all;
use serde_json::Value;

use crate::{
    action::Action,
    bundle::Bundle,
    delivery::{ActionAt, Delivery, Purpose, Subject},
    event::{Event, Happened},
    event_message::{campaign_event, erased_event, page_event, supporter_event},
    id::Id,
    key::Address,
    message::{PayloadVersion, action_message},
    org::Org,
    page::ActionPage,
    received::Received,
    table::{Table, TableError},
};

/// Events that are read at once.
const AT_ONCE: usize = 10;

impl Table {
    /// What each of an org's pushes and events says, by the id of its row; nobody wants those any more that
    /// are not there.
    pub async fn messages(
        &self,
        rows: &[Delivery],
        receiver: &Org,
        form: PayloadVersion,
    ) -> Result<BTreeMap<Id<Delivery>, Value>, TableError> {
        match form {
            PayloadVersion::V2 => self.second_form(rows, receiver).await,
        }
    }

    /// The messages in the form [`PayloadVersion::V2`].
    async fn second_form(
        &self,
        rows: &[Delivery],
        receiver: &Org,
    ) -> Result<BTreeMap<Id<Delivery>, Value>, TableError> {
        let (pushes, events): (Vec<_>, Vec<_>) =
            rows.iter().cloned().partition(|row| row.purpose == Purpose::Push);
        let pages = rows.iter().filter_map(Delivery::page);
        let (bundles, actions) = tokio::try_join!(self.bundles_of(pages), self.received(&pushes))?;
        let mut messages = actions_told(&pushes, actions, &bundles, receiver);
        for part in events.chunks(AT_ONCE) {
            let told = try_join_all(part.iter().map(|row| self.event_told(row, &bundles, receiver))).await?;
            let told = part.iter().zip(told).filter_map(|(row, told)| Some((row.id, told?)));
            messages.extend(told);
        }
        Ok(messages)
    }

    async fn event_told(
        &self,
        row: &Delivery,
        bundles: &BTreeMap<Id<ActionPage>, Bundle>,
        receiver: &Org,
    ) -> Result<Option<Value>, TableError> {
        let Some(event) = &row.event else { return Ok(None) };
        match row.subject {
            Subject::Action(at) => {
                let Some(bundle) = bundles.get(&at.page) else { return Ok(None) };
                Box::pin(self.supporter_told((event, at), bundle, receiver)).await
            }
            Subject::Page { page } => self.page_told((row, event, page), receiver).await,
            Subject::Campaign {} => self.campaign_told((row, event), receiver).await,
        }
    }

    /// An event of a supporter, with its action once more.
    async fn supporter_told(
        &self,
        (event, at): (&Event, ActionAt),
        bundle: &Bundle,
        receiver: &Org,
    ) -> Result<Option<Value>, TableError> {
        if let Happened::SupporterErased { .. } = event.what {
            return Ok(erased_event(event, bundle, at, receiver));
        }
        let (supporter, action) =
            tokio::try_join!(self.supporter_alone(at.supporter), self.action(at.supporter, at.action))?;
        let (Some(supporter), Some(action)) = (supporter, action) else { return Ok(None) };
        let Some(contact) = self.contact(&supporter, receiver.id).await? else { return Ok(None) };
        Ok(Some(supporter_event(event, bundle, &action, (supporter, contact), receiver)))
    }

    async fn page_told(
        &self,
        (row, event, page): (&Delivery, &Event, Id<ActionPage>),
        receiver: &Org,
    ) -> Result<Option<Value>, TableError> {
        let address = Address::Id(row.campaign.to_string());
        let (campaign, page) = tokio::try_join!(self.campaign(&address), self.page(row.campaign, page))?;
        let (Some(campaign), Some(page)) = (campaign, page) else { return Ok(None) };
        let org = self.org(page.org).await?;
        Ok(org.map(|org| page_event(event, (&campaign, &page, &org), receiver)))
    }

    async fn campaign_told(
        &self,
        (row, event): (&Delivery, &Event),
        receiver: &Org,
    ) -> Result<Option<Value>, TableError> {
        let Some(campaign) = self.campaign(&Address::Id(row.campaign.to_string())).await? else {
            return Ok(None);
        };
        let lead = self.org(campaign.lead).await?;
        Ok(lead.map(|lead| campaign_event(event, &campaign, &lead, receiver)))
    }
}

/// Actions with the receiving org's own copy of the contact, and no other.
fn actions_told(
    pushes: &[Delivery],
    actions: Vec<Received>,
    bundles: &BTreeMap<Id<ActionPage>, Bundle>,
    receiver: &Org,
) -> BTreeMap<Id<Delivery>, Value> {
    let told = actions.into_iter().filter_map(|given| {
        let contact = given.standing()?;
        let Received { action, supporter, .. } = &given;
        let bundle = bundles.get(&action.page)?;
        Some((action.id, action_message(bundle, action, supporter, contact, receiver)))
    });
    let mut told: BTreeMap<Id<Action>, Value> = told.collect();
    let of_row = |row: &Delivery| Some((row.id, told.remove(&row.action()?.action)?));
    pushes.iter().filter_map(of_row).collect()
}
