//! What follows from a campaign's settings by themselves: its close at its end, and the events of its changes.

use std::collections::BTreeSet;

use jiff::Timestamp;
use sha2::{Digest as _, Sha256};

use crate::{
    audit::{Audit, Change},
    campaign::{Campaign, CampaignStatus},
    delivery::{Delivery, Subject},
    event::{Event, Happened},
    id::Id,
    key::{Address, Key},
    org::Org,
    page::ActionPage,
    service::Backend,
    table::{Outcome, Table, TableError, from_item},
};

impl Table {
    /// Closes a campaign whose end has passed, with an audit that names nobody; whether it did.
    ///
    /// Where somebody changes it at the same time, the next look decides again.
    pub async fn close_if_over(
        &self,
        id: Id<Campaign>,
        audit: Id<Audit>,
        now: Timestamp,
    ) -> Result<bool, TableError> {
        let Some(before) = self.campaign(&Address::Id(id.to_string())).await? else { return Ok(false) };
        if before.closes_at().is_none_or(|end| end > now) {
            return Ok(false);
        }
        let version = before.version;
        let closed = before.with_status(CampaignStatus::Closed, now);
        let closed = Campaign { version: version + 1, updated_at: now, ..closed };
        let change = Change::of("campaign.close", id).fields(vec!["status".to_owned()]);
        let mut transaction = self.transaction();
        transaction.replace(&closed, version)?;
        transaction.create(&Audit::by_itself(audit, closed.lead, change, now))?;
        match transaction.commit().await {
            Ok(Outcome::Applied) => Ok(true),
            Ok(Outcome::Refused(_)) | Err(TableError::Conflict) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Tells every org with a page in a campaign that it has changed, once for each version that is seen.
    ///
    /// Changes that follow each other quickly may be told as one.
    pub(super) async fn tell_of(&self, campaign: &Campaign) -> Result<(), TableError> {
        if campaign.version <= 1 {
            return Ok(());
        }
        let pages = self.query(Key { sk: "PAGE#".to_owned(), ..Key::campaign(campaign.id) }).await?;
        let pages = pages.into_iter().map(|page| from_item::<ActionPage>(page).map(|page| page.org));
        for org in pages.collect::<Result<BTreeSet<_>, _>>()? {
            let backend = self.org(org).await?.and_then(|org| org.backends.event);
            match self.create_one(&event_of(campaign, (org, backend))).await {
                Ok(()) | Err(TableError::Conflict) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

/// The event of a campaign's version for one org. Its id follows from these, so that it is made once.
fn event_of(campaign: &Campaign, (receiver, backend): (Id<Org>, Option<Backend>)) -> Delivery {
    let Campaign { id, version, updated_at, .. } = *campaign;
    let digest = Sha256::digest(format!("campaign_updated {id} {version} {receiver}"));
    let mut bytes = [0; 10];
    bytes.iter_mut().zip(digest).for_each(|(byte, of_digest)| *byte = of_digest);
    let millis = u64::try_from(updated_at.as_millisecond()).unwrap_or(0);
    let delivery = Id::new(uuid::Builder::from_unix_timestamp_millis(millis, &bytes).into_uuid());
    let event = Event { what: Happened::CampaignUpdated { version }, at: updated_at };
    Delivery::of_event(delivery, (receiver, backend), (id, Subject::Campaign {}), event)
}
