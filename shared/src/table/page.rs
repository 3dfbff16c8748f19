//! Pages by their org, and what the lead is asked to launch.

use serde::{Deserialize, Serialize};

use crate::{
    campaign::Campaign,
    id::Id,
    key::{Address, Key, Named},
    launch::LaunchRequest,
    org::Org,
    page::ActionPage,
    table::{Entity, Table, TableError, Transaction},
};

/// That an org has a page, and in which campaign's partition it lives.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct OrgPage {
    org: Id<Org>,
    page: Id<ActionPage>,
    pub(crate) campaign: Id<Campaign>,
}

impl OrgPage {
    /// Where the page itself lives.
    pub(crate) fn page_key(&self) -> Key {
        Key::page(self.campaign, self.page)
    }
}

impl From<&ActionPage> for OrgPage {
    fn from(page: &ActionPage) -> Self {
        Self { org: page.org, page: page.id, campaign: page.campaign }
    }
}

impl Table {
    /// The page that an address stands for, if it belongs to the org.
    pub async fn page_of(&self, org: Id<Org>, address: &Address) -> Result<Option<ActionPage>, TableError> {
        let Some(id) = self.page_at(address).await? else { return Ok(None) };
        match self.get::<OrgPage>(Key::org_page(org, id)).await? {
            Some(place) => self.get(place.page_key()).await,
            None => Ok(None),
        }
    }

    /// A page of a campaign.
    pub async fn page(
        &self,
        campaign: Id<Campaign>,
        id: Id<ActionPage>,
    ) -> Result<Option<ActionPage>, TableError> {
        self.get(Key::page(campaign, id)).await
    }

    /// What a lead is asked about the page at an address.
    pub async fn launch_request(
        &self,
        lead: Id<Org>,
        address: &Address,
    ) -> Result<Option<LaunchRequest>, TableError> {
        match self.page_at(address).await? {
            Some(page) => self.get(Key::launch_request(lead, page)).await,
            None => Ok(None),
        }
    }

    async fn page_at(&self, address: &Address) -> Result<Option<Id<ActionPage>>, TableError> {
        match address {
            Address::Id(text) => Ok(text.parse().ok()),
            Address::Name(name) => self.registered(Key::name(Named::Page, name)).await,
            Address::Number(number) => self.registered(Key::number(Named::Page, *number)).await,
        }
    }
}

/// Every address that widgets may know a page by.
pub(crate) fn addresses(page: &ActionPage) -> [Address; 3] {
    [
        Address::Id(page.id.to_string()),
        Address::Number(page.number),
        Address::Name(page.name.as_str().to_lowercase()),
    ]
}

/// Removes a page in this version, with all that leads to it. A bundle is not written again without its page.
pub(crate) fn remove_page(transaction: &mut Transaction<'_>, page: &ActionPage) -> Result<(), TableError> {
    transaction.delete(Key::page(page.campaign, page.id), page.version)?;
    transaction.remove(Key::name(Named::Page, page.name.as_str()))?;
    transaction.remove(Key::number(Named::Page, page.number))?;
    transaction.remove(Key::org_page(page.org, page.id))?;
    for address in addresses(page) {
        transaction.remove(Key::bundle(&address))?;
    }
    Ok(())
}

impl Entity for OrgPage {
    const KIND: &'static str = "org_page";

    fn key(&self) -> Key {
        Key::org_page(self.org, self.page)
    }
}
