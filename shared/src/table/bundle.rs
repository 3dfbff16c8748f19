//! Bundles: what intake reads, written again whenever one of its parts changes.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::{
    operation::transact_write_items::TransactWriteItemsError,
    types::{AttributeValue, Put, TransactWriteItem},
};

use crate::{
    bundle::Bundle,
    campaign::Campaign,
    id::Id,
    key::{Address, Key},
    org::Org,
    page::ActionPage,
    table::{Table, TableError, from_item, item::to_item},
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

    /// Writes the bundles of all pages of a campaign again.
    pub async fn refresh_campaign(&self, campaign: Id<Campaign>) -> Result<(), TableError> {
        let pages = self.query(Key { sk: "PAGE#".to_owned(), ..Key::campaign(campaign) }).await?;
        for page in pages {
            self.refresh_page(from_item(page)?).await?;
        }
        Ok(())
    }

    /// Writes the bundles of all pages that an org has or leads again.
    pub async fn refresh_org(&self, org: Id<Org>) -> Result<(), TableError> {
        let mut campaigns = BTreeSet::new();
        for item in self
            .query(Key::org_pages(org))
            .await?
            .into_iter()
            .chain(self.query(Key::org_campaigns(org)).await?)
        {
            campaigns.extend(item.get("id").and_then(|id| id.as_s().ok()?.parse::<Id<Campaign>>().ok()));
        }
        for campaign in campaigns {
            self.refresh_campaign(campaign).await?;
        }
        Ok(())
    }

    /// Writes one page's bundle under its number, name and id.
    ///
    /// A write with older parts than what is there is refused and made again from a newer reading,
    /// so that the last change wins whoever writes last.
    async fn refresh_page(&self, page: ActionPage) -> Result<(), TableError> {
        let (campaign_id, page_id) = (page.campaign, page.id);
        for _ in 0..5 {
            let page: Option<ActionPage> = self.get(Key::page(campaign_id, page_id)).await?;
            let campaign: Option<Campaign> = self.get(Key::campaign(campaign_id)).await?;
            let (Some(page), Some(campaign)) = (page, campaign) else { return Ok(()) };
            let (org, lead) = tokio::try_join!(self.org(page.org), self.org(campaign.lead))?;
            let (Some(org), Some(lead)) = (org, lead) else { return Ok(()) };
            if self.put_bundle(&Bundle { page, campaign, org, lead }).await? {
                return Ok(());
            }
        }
        Err(TableError::Conflict)
    }

    /// False if what is there has a newer part.
    async fn put_bundle(&self, bundle: &Bundle) -> Result<bool, TableError> {
        let addresses = [
            Address::Id(bundle.page.id.to_string()),
            Address::Number(bundle.page.number),
            Address::Name(bundle.page.name.as_str().to_lowercase()),
        ];
        let mut request = self.client.transact_write_items();
        for address in addresses {
            let put = self.bundle_put(bundle, &address)?;
            request = request.transact_items(TransactWriteItem::builder().put(put).build());
        }
        match request.send().await {
            Ok(_) => Ok(true),
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(TransactWriteItemsError::is_transaction_canceled_exception) =>
            {
                Ok(false)
            }
            Err(error) => Err(error.into()),
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
        put.condition_expression(format!("attribute_not_exists(pk) OR ({})", newest.join(" AND ")))
            .build()
            .map_err(|e| TableError::Refused(e.into()))
    }
}
