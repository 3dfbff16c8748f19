//! Contacts that were kept for long enough, found by reading the whole table, part by part.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    campaign::Campaign,
    id::Id,
    key::Key,
    org::Org,
    retention::is_over,
    supporter::Supporter,
    table::{
        Copy, Entity, Table, TableError, from_item,
        item::to_item,
        list::{attributes, key_of},
    },
};

/// The copies in one part of the table whose time is over.
#[derive(Debug, Clone)]
pub struct Outlived {
    /// Each with its campaign.
    pub copies: Vec<(Id<Campaign>, Copy)>,
    /// Where the next part begins; absent at the end.
    pub next: Option<ScanPlace>,
}

/// A place in the whole table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScanPlace {
    after_pk: String,
    after_sk: String,
}

impl Table {
    /// The next part of the table, of a megabyte.
    ///
    /// One pass reads all there is, at half a read unit for each 4 kB: it is for a few times a year.
    pub async fn outlived(&self, from: Option<&ScanPlace>, now: Timestamp) -> Result<Outlived, TableError> {
        let text = |text: &str| AttributeValue::S(text.to_owned());
        let start =
            from.map(|place| attributes(Key { pk: place.after_pk.clone(), sk: place.after_sk.clone() }));
        let answer = self
            .client
            .scan()
            .table_name(&self.name)
            .filter_expression("kind = :supporter AND size(contacts) > :none")
            .expression_attribute_values(":supporter", text(Supporter::KIND))
            .expression_attribute_values(":none", AttributeValue::N("0".to_owned()))
            .set_exclusive_start_key(start)
            .send()
            .await?;
        let last = answer.last_evaluated_key.as_ref().and_then(key_of);
        let next = last.map(|Key { pk, sk }| ScanPlace { after_pk: pk, after_sk: sk });
        let supporters = answer.items.unwrap_or_default().into_iter().map(from_item::<Supporter>);
        let supporters = supporters.collect::<Result<Vec<_>, _>>()?;
        Ok(Outlived { copies: self.over(&supporters, now).await?, next })
    }

    async fn over(
        &self,
        supporters: &[Supporter],
        now: Timestamp,
    ) -> Result<Vec<(Id<Campaign>, Copy)>, TableError> {
        let campaigns = supporters.iter().map(|supporter| Key::campaign(supporter.campaign));
        let orgs = supporters.iter().flat_map(|s| &s.contacts).map(|contact| Key::org(contact.org));
        let (campaigns, orgs) = tokio::try_join!(
            self.get_all::<Campaign>(campaigns.collect()),
            self.get_all::<Org>(orgs.collect())
        )?;
        let campaigns: BTreeMap<_, _> = campaigns.into_iter().map(|c| (c.id, c)).collect();
        let orgs: BTreeMap<_, _> = orgs.into_iter().map(|org| (org.id, org)).collect();
        let mut over = Vec::new();
        for supporter in supporters {
            let Some(campaign) = campaigns.get(&supporter.campaign) else { continue };
            for contact in &supporter.contacts {
                if orgs.get(&contact.org).is_some_and(|org| is_over(campaign, org, now)) {
                    let (org, contact_ref) = (contact.org, contact.contact_ref.clone());
                    over.push((campaign.id, Copy { org, contact_ref, supporter: supporter.id }));
                }
            }
        }
        Ok(over)
    }

    /// Where the pass that erases is, if one is under way.
    pub async fn retention_place(&self) -> Result<Option<ScanPlace>, TableError> {
        self.get(Key::retention()).await
    }

    /// Notes where the pass that erases is; `None` once it is through.
    pub async fn set_retention_place(&self, place: Option<&ScanPlace>) -> Result<(), TableError> {
        let Key { pk, sk } = Key::retention();
        if let Some(place) = place {
            let item = to_item(place)?;
            self.client.put_item().table_name(&self.name).set_item(Some(item)).send().await?;
        } else {
            let delete = self.client.delete_item().table_name(&self.name);
            delete.key("pk", AttributeValue::S(pk)).key("sk", AttributeValue::S(sk)).send().await?;
        }
        Ok(())
    }
}

impl Entity for ScanPlace {
    const KIND: &'static str = "retention";

    fn key(&self) -> Key {
        Key::retention()
    }
}
