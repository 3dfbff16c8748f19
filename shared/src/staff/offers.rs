//! Further receivers of a campaign: named by its lead, and each agrees for itself.

use lambda_http::Request;

use crate::{
    api::offers::{OfferView, ReceiverView, Receivers},
    audit::Change,
    campaign::Campaign,
    id::Id,
    key::Key,
    offer::{Answer, MOST_RECEIVERS, Offer},
    org::Org,
    permission::{ManageCampaigns, ManageOrg},
    problem::Problem,
    staff::{
        Listed, OrgScope,
        listing::Order,
        scope::{CHANGED, check_version},
    },
    web,
};

impl<P> OrgScope<'_, P> {
    /// The further orgs that a campaign of this org names, in that order.
    pub async fn receivers(&self, request: &Request) -> Result<Receivers, Problem> {
        let (campaign, table) = (self.campaign(request).await?, &self.staff.table);
        let named = || campaign.receivers.iter().copied();
        let offers: Vec<Offer> =
            table.get_all(named().map(|org| Key::offer(org, campaign.id)).collect()).await?;
        let orgs: Vec<Org> = table.get_all(named().map(Key::org).collect()).await?;
        let view = |id: Id<Org>| {
            let offer = offers.iter().find(|offer| offer.org == id)?;
            Some(ReceiverView::new(offer, orgs.iter().find(|org| org.id == id)?.clone()))
        };
        Ok(Receivers { items: named().filter_map(view).collect() })
    }

    /// What others offer to this org, the oldest campaign first.
    pub async fn offers(&self, request: &Request) -> Result<Listed<OfferView>, Problem> {
        let listed = self.list::<Offer>(request, Key::offers(self.org.id), Order::OldestFirst).await?;
        let keys = listed.items.iter().map(|offer| Key::campaign(offer.campaign)).collect();
        let campaigns: Vec<Campaign> = self.staff.table.get_all(keys).await?;
        let view = |offer: &Offer| {
            let campaign = campaigns.iter().find(|campaign| campaign.id == offer.campaign)?;
            Some(OfferView::new(offer, campaign.clone()))
        };
        Ok(Listed { items: listed.items.iter().filter_map(view).collect(), next: listed.next })
    }
}

impl OrgScope<'_, ManageCampaigns> {
    /// Names a further org to receive the campaign's contacts, and offers them to it. Once more changes
    /// nothing.
    ///
    /// # Errors
    /// 404 where there is no such org, 409 where it is the lead itself, or ten are named.
    pub async fn add_receiver(&self, request: &Request) -> Result<Campaign, Problem> {
        let before = self.campaign(request).await?;
        check_version(request, before.version)?;
        let address = web::address::<Org>(request, "receiver")?;
        let org = self.staff.org_at(&address).await?.ok_or_else(Problem::not_found)?;
        if org == before.lead {
            return Err(Problem::conflict("the lead has a question of its own"));
        }
        if before.receivers.contains(&org) {
            return Ok(before);
        }
        if before.receivers.len() >= MOST_RECEIVERS {
            return Err(Problem::conflict(format!(
                "a campaign names at most {MOST_RECEIVERS} further receivers"
            )));
        }
        let offer = Offer::new(before.id, org, self.now());
        let receivers = [before.receivers.as_slice(), &[org]].concat();
        self.write_receivers(Campaign { receivers, ..before }, |transaction| transaction.create(&offer)).await
    }

    /// Names an org no more, and takes the offer back. Once more changes nothing.
    ///
    /// # Errors
    /// 404 where there is no such org.
    pub async fn remove_receiver(&self, request: &Request) -> Result<Campaign, Problem> {
        let before = self.campaign(request).await?;
        check_version(request, before.version)?;
        let address = web::address::<Org>(request, "receiver")?;
        let org = self.staff.org_at(&address).await?.ok_or_else(Problem::not_found)?;
        if !before.receivers.contains(&org) {
            return Ok(before);
        }
        let key = Key::offer(org, before.id);
        let receivers = before.receivers.iter().copied().filter(|named| *named != org).collect();
        self.write_receivers(Campaign { receivers, ..before }, |transaction| transaction.remove(key)).await
    }

    async fn write_receivers(
        &self,
        campaign: Campaign,
        beside: impl FnOnce(&mut crate::table::Transaction<'_>) -> Result<(), crate::table::TableError>,
    ) -> Result<Campaign, Problem> {
        let read = campaign.version;
        let next = Campaign { version: read + 1, updated_at: self.now(), ..campaign };
        let change = Change::of("campaign.update", next.id).fields(vec!["receivers".to_owned()]);
        let written = self
            .write(change, |transaction| {
                transaction.replace(&next, read)?;
                beside(transaction)
            })
            .await?;
        written.or_conflict(CHANGED)?;
        Ok(next)
    }
}

impl OrgScope<'_, ManageOrg> {
    /// Answers, for this org, what a lead offers to it. The same answer once more changes nothing.
    ///
    /// # Errors
    /// 404 where nobody offers it this campaign's contacts.
    pub async fn answer_offer(&self, request: &Request, answer: Answer) -> Result<(), Problem> {
        let (table, address) = (&self.staff.table, web::address::<Campaign>(request, "campaign")?);
        let campaign = table.campaign(&address).await?.ok_or_else(Problem::not_found)?.id;
        let offer: Option<Offer> = table.get(Key::offer(self.org.id, campaign)).await?;
        let offer = offer.ok_or_else(Problem::not_found)?;
        let Some(next) = offer.answered(answer, self.now()) else { return Ok(()) };
        let written = self
            .write(answer.change(campaign), |transaction| transaction.replace(&next, offer.version))
            .await?;
        written.or_conflict(CHANGED)
    }
}
