//! Bundles: what intake reads, written again whenever settings change that it is made of.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::types::{AttributeValue, Put};
use jiff::Timestamp;

use crate::{
    bundle::Bundle,
    campaign::Campaign,
    due::{Settings, sortable},
    id::Id,
    key::{Address, Key},
    offer::{FurtherReceiver, Offer},
    org::Org,
    page::ActionPage,
    table::{
        Item, OrgPage, Outcome, Registration, Table, TableError, from_item, item::to_item, page::addresses,
    },
};

impl Table {
    /// A page with all that intake needs, by number, name or id.
    pub async fn bundle(&self, address: &Address) -> Result<Option<Bundle>, TableError> {
        self.get(Key::bundle(address)).await
    }

    /// The bundle of a page known by its id.
    pub async fn bundle_of(&self, page: Id<ActionPage>) -> Result<Option<Bundle>, TableError> {
        self.bundle(&Address::Id(page.to_string())).await
    }

    /// Writes every bundle that these settings are part of again, and then takes them out of the
    /// index of what is due. Settings that have changed again meanwhile stay in it.
    pub async fn project(&self, settings: Settings) -> Result<(), TableError> {
        let key = match settings {
            Settings::Org(id) => Key::org(id),
            Settings::Campaign(id) => Key::campaign(id),
            Settings::Page(campaign, id) => Key::page(campaign, id),
            Settings::Offer(org, campaign) => Key::offer(org, campaign),
        };
        let Some(item) = self.get_item(key.clone()).await? else { return Ok(()) };
        let mut closes_at = None;
        match settings {
            Settings::Org(id) => self.refresh_org(id).await?,
            Settings::Campaign(id) => {
                let campaign: Campaign = from_item(item.clone())?;
                self.refresh_campaign(id).await?;
                self.tell_of(&campaign).await?;
                closes_at = campaign.closes_at();
            }
            Settings::Page(campaign, id) => self.refresh_page(campaign, id).await?,
            Settings::Offer(_, campaign) => self.refresh_campaign(campaign).await?,
        }
        match self.projected(key, &item, closes_at).await {
            Err(TableError::Conflict) => Ok(()),
            ended => ended,
        }
    }

    /// Takes the entry of the item as it was read out of the index, or lets it stand there until a
    /// campaign closes.
    async fn projected(&self, key: Key, read: &Item, closes_at: Option<Timestamp>) -> Result<(), TableError> {
        let (Some(version), Some(due)) = (read.get("version"), read.get("gsi1sk")) else { return Ok(()) };
        let update = self.client.update_item().table_name(&self.name);
        let update = match closes_at.map(|at| AttributeValue::S(sortable(at))) {
            Some(until) if *due == until => return Ok(()),
            Some(until) => {
                update.update_expression("SET gsi1sk = :until").expression_attribute_values(":until", until)
            }
            None => update.update_expression("REMOVE gsi1pk, gsi1sk"),
        };
        update
            .key("pk", AttributeValue::S(key.pk))
            .key("sk", AttributeValue::S(key.sk))
            .condition_expression("version = :read")
            .expression_attribute_values(":read", version.clone())
            .send()
            .await?;
        Ok(())
    }

    /// Writes the bundles of all pages of a campaign again.
    async fn refresh_campaign(&self, campaign: Id<Campaign>) -> Result<(), TableError> {
        let pages = self.query(Key { sk: "PAGE#".to_owned(), ..Key::campaign(campaign) }).await?;
        for page in pages {
            let page: ActionPage = from_item(page)?;
            self.refresh_page(campaign, page.id).await?;
        }
        Ok(())
    }

    /// Writes the bundles of all pages that an org has, leads, or receives contacts of again.
    async fn refresh_org(&self, org: Id<Org>) -> Result<(), TableError> {
        let mut campaigns = BTreeSet::new();
        for item in self.query(Key::org_pages(org)).await? {
            campaigns.insert(from_item::<OrgPage>(item)?.campaign);
        }
        for item in self.query(Key::org_campaigns(org)).await? {
            campaigns.extend(from_item::<Registration>(item)?.id::<Campaign>());
        }
        for item in self.query(Key::offers(org)).await? {
            campaigns.insert(from_item::<Offer>(item)?.campaign);
        }
        for campaign in campaigns {
            self.refresh_campaign(campaign).await?;
        }
        Ok(())
    }

    /// Writes one page's bundle under its number, name and id.
    ///
    /// A write with older parts than what is there is refused and made again from a newer reading,
    /// so that the last change wins whoever writes last. So is the write for a page that is gone by
    /// then, and the next reading does not find it.
    async fn refresh_page(&self, campaign: Id<Campaign>, page: Id<ActionPage>) -> Result<(), TableError> {
        let (campaign_key, page_key) = (Key::campaign(campaign), Key::page(campaign, page));
        for _ in 0..5 {
            let page: Option<ActionPage> = self.get(page_key.clone()).await?;
            let campaign: Option<Campaign> = self.get(campaign_key.clone()).await?;
            let (Some(page), Some(campaign)) = (page, campaign) else { return Ok(()) };
            let (org, lead) = tokio::try_join!(self.org(page.org), self.org(campaign.lead))?;
            let (Some(org), Some(lead)) = (org, lead) else { return Ok(()) };
            let (receivers, receivers_version) = self.further_receivers(&campaign).await?;
            let bundle = Bundle { page, campaign, org, lead, receivers, receivers_version };
            if self.put_bundle(&bundle).await? {
                return Ok(());
            }
        }
        Err(TableError::Conflict)
    }

    /// The orgs that the campaign names beside its lead and that agreed, and a number that grows with each
    /// change of them or of their answers.
    async fn further_receivers(
        &self,
        campaign: &Campaign,
    ) -> Result<(Vec<FurtherReceiver>, u64), TableError> {
        let named = || campaign.receivers.iter().copied();
        let offers: Vec<Offer> =
            self.get_all(named().map(|org| Key::offer(org, campaign.id)).collect()).await?;
        let orgs: Vec<Org> = self.get_all(named().map(Key::org).collect()).await?;
        let version =
            offers.iter().map(|offer| offer.version).chain(orgs.iter().map(|org| org.version)).sum();
        let agreed = |org: &Org| offers.iter().any(|offer| offer.org == org.id && offer.agreed_at.is_some());
        let mut receivers: Vec<_> = orgs.into_iter().filter(agreed).map(FurtherReceiver::from).collect();
        receivers.sort_by_key(|further| named().position(|org| org == further.org));
        Ok((receivers, version))
    }

    /// False if what is there has a newer part, or the page is gone.
    async fn put_bundle(&self, bundle: &Bundle) -> Result<bool, TableError> {
        let mut transaction = self.transaction();
        transaction.must_exist(Key::page(bundle.page.campaign, bundle.page.id))?;
        for address in addresses(&bundle.page) {
            transaction.push(self.bundle_put(bundle, &address)?);
        }
        match transaction.commit().await {
            Ok(Outcome::Applied) => Ok(true),
            Ok(Outcome::Refused(_)) | Err(TableError::Conflict) => Ok(false),
            Err(error) => Err(error),
        }
    }

    fn bundle_put(&self, bundle: &Bundle, address: &Address) -> Result<Put, TableError> {
        let Key { pk, .. } = Key::bundle(address);
        let mut item = to_item(bundle)?;
        item.insert("pk".to_owned(), AttributeValue::S(pk));
        let mut put = Put::builder().table_name(&self.name).set_item(Some(item));
        let mut newest = Vec::new();
        for (part, version) in [
            ("page", bundle.page.version),
            ("campaign", bundle.campaign.version),
            ("org", bundle.org.version),
            ("lead", bundle.lead.version),
        ] {
            newest.push(format!("#{part}.version <= :{part}"));
            put = put
                .expression_attribute_names(format!("#{part}"), part)
                .expression_attribute_values(format!(":{part}"), AttributeValue::N(version.to_string()));
        }
        newest.push(
            "(attribute_not_exists(receivers_version) OR #campaign.version < :campaign OR receivers_version <= :receivers)"
                .to_owned(),
        );
        put = put.expression_attribute_values(
            ":receivers",
            AttributeValue::N(bundle.receivers_version.to_string()),
        );
        put.condition_expression(format!("attribute_not_exists(pk) OR ({})", newest.join(" AND ")))
            .build()
            .map_err(|e| TableError::Refused(e.into()))
    }
}
