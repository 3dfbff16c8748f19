//! Campaigns of the org that leads them.

use lambda_http::Request;

use crate::{
    api::campaigns::{CampaignPatch, CampaignView, NewCampaign},
    audit::Change,
    campaign::{Campaign, CampaignStatus},
    id::Id,
    key::{Key, Named},
    permission::ManageCampaigns,
    problem::Problem,
    staff::{
        Listed, OrgScope, Written,
        listing::Order,
        scope::{CHANGED, check_version},
    },
    table::{Registration, register},
    violation::Violation,
    web,
};

impl<P> OrgScope<'_, P> {
    /// The campaigns that the org leads, the oldest first.
    pub async fn campaigns(&self, request: &Request) -> Result<Listed<CampaignView>, Problem> {
        let prefix = Key::org_campaigns(self.org.id);
        let page = self.list::<Registration>(request, prefix, Order::OldestFirst).await?;
        let ids = page.items.iter().filter_map(Registration::id::<Campaign>);
        let mut campaigns: Vec<Campaign> = self.staff.table.get_all(ids.map(Key::campaign).collect()).await?;
        campaigns.sort_by_key(|campaign| campaign.id);
        let items = campaigns.into_iter().map(CampaignView::from).collect();
        Ok(Listed { items, next: page.next })
    }

    /// The campaign that the path names.
    ///
    /// # Errors
    /// 404 where there is none, or another org leads it.
    pub async fn campaign(&self, request: &Request) -> Result<Campaign, Problem> {
        let address = web::address::<Campaign>(request, "campaign")?;
        let campaign = self.staff.table.campaign(&address).await?;
        campaign.filter(|campaign| campaign.lead == self.org.id).ok_or_else(Problem::not_found)
    }
}

impl OrgScope<'_, ManageCampaigns> {
    /// Makes a campaign, a draft.
    ///
    /// # Errors
    /// 409 where its name is taken.
    pub async fn create_campaign(&self, body: NewCampaign) -> Result<Campaign, Problem> {
        let number = self.staff.table.next_number(Named::Campaign).await?;
        let id: Id<Campaign> = self.new_id();
        let campaign = Campaign::new(id, number, body.name, body.title, self.org.id, self.now());
        let written = self
            .write(Change::of("campaign.create", id), |transaction| {
                register(
                    transaction,
                    Named::Campaign,
                    campaign.name.as_str(),
                    campaign.number,
                    &id.to_string(),
                )?;
                transaction.create(&campaign)?;
                transaction.create(&Registration::new(Key::org_campaign(self.org.id, id), id))
            })
            .await?;
        written.or_conflict("the name is taken")?;
        Ok(campaign)
    }

    /// Changes a campaign's settings.
    ///
    /// # Errors
    /// 422 where it would end before it starts, or another campaign of the org has its number.
    pub async fn update_campaign(
        &self,
        request: &Request,
        patch: CampaignPatch,
    ) -> Result<Campaign, Problem> {
        let before = self.campaign(request).await?;
        check_version(request, before.version)?;
        let mut campaign = before.clone();
        let fields = patch.apply(&mut campaign);
        if let (Some(start), Some(end)) = (campaign.start, campaign.end)
            && end <= start
        {
            return Err(Problem::invalid(vec![Violation::new("/end", "must be after the start")]));
        }
        self.write_campaign(&before, campaign, "campaign.update", fields).await
    }

    /// Lets a campaign take actions, or no more.
    pub async fn set_campaign_status(
        &self,
        request: &Request,
        status: CampaignStatus,
    ) -> Result<Campaign, Problem> {
        let before = self.campaign(request).await?;
        check_version(request, before.version)?;
        let fields = (before.status != status).then(|| "status".to_owned());
        let campaign = before.clone().with_status(status, self.now());
        let operation = if status == CampaignStatus::Live { "campaign.launch" } else { "campaign.close" };
        self.write_campaign(&before, campaign, operation, fields.into_iter().collect()).await
    }

    /// Removes a campaign.
    ///
    /// # Errors
    /// 409 where it was ever live, and so may have actions, or has pages.
    pub async fn delete_campaign(&self, request: &Request) -> Result<(), Problem> {
        let campaign = self.campaign(request).await?;
        check_version(request, campaign.version)?;
        if campaign.launched_at.is_some() || campaign.status != CampaignStatus::Draft {
            return Err(Problem::conflict("it has been live and may have actions: close it instead"));
        }
        let id = campaign.id;
        let pages = Key { sk: "PAGE#".to_owned(), ..Key::campaign(id) };
        let (pages, _) = self.staff.table.list(pages, None, 1, false).await?;
        if !pages.is_empty() {
            return Err(Problem::conflict("it still has pages"));
        }
        let written = self
            .write(Change::of("campaign.delete", id), |transaction| {
                transaction.delete(Key::campaign(id), campaign.version)?;
                transaction.remove(Key::name(Named::Campaign, campaign.name.as_str()))?;
                transaction.remove(Key::number(Named::Campaign, campaign.number))?;
                transaction.remove(Key::org_campaign(self.org.id, id))?;
                self.claim_external_id(transaction, &campaign, None)
            })
            .await?;
        written.or_conflict(CHANGED)
    }

    async fn write_campaign(
        &self,
        before: &Campaign,
        campaign: Campaign,
        operation: &'static str,
        fields: Vec<String>,
    ) -> Result<Campaign, Problem> {
        if fields.is_empty() {
            return Ok(campaign);
        }
        let next = Campaign { version: before.version + 1, updated_at: self.now(), ..campaign };
        let change = Change::of(operation, next.id).fields(fields);
        let written = self
            .write(change, |transaction| {
                transaction.replace(&next, before.version)?;
                self.claim_external_id(transaction, before, next.external_id)
            })
            .await?;
        match written {
            Written::Refused(places) if !places.contains(&0) => {
                let detail = "is the number of another campaign of this org";
                Err(Problem::invalid(vec![Violation::new("/externalId", detail)]))
            }
            written @ (Written::Done | Written::Refused(_)) => written.or_conflict(CHANGED).map(|()| next),
        }
    }

    /// Takes the org's own number for a campaign, and gives back the one it had.
    fn claim_external_id(
        &self,
        transaction: &mut crate::table::Transaction<'_>,
        before: &Campaign,
        next: Option<u64>,
    ) -> Result<(), crate::table::TableError> {
        if before.external_id == next {
            return Ok(());
        }
        if let Some(number) = next {
            transaction.create(&Registration::new(Key::external_id(self.org.id, number), before.id))?;
        }
        if let Some(number) = before.external_id {
            transaction.remove(Key::external_id(self.org.id, number))?;
        }
        Ok(())
    }
}
