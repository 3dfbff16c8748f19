//! Small facts about people: claims on refs, confirmed addresses, suppression.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{
    id::Id,
    key::Key,
    org::Org,
    secret::Digest,
    supporter::Supporter,
    table::{Entity, Table, TableError},
};

/// Who a widget's ref stands for, once that is known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// Digest of the ref.
    pub pending_ref: Digest,
    /// The latest supporter who came with it.
    pub supporter: Option<Id<Supporter>>,
    /// Counts what came under it.
    pub version: u64,
}

/// That a person confirmed their address for an org.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confirmed {
    /// The org.
    pub org: Id<Org>,
    /// What that org calls the person.
    pub contact_ref: Digest,
    /// When, the last time.
    pub confirmed_at: Timestamp,
}

/// That an address gets no mail from an org.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suppression {
    /// The address' digest.
    pub suppress_ref: Digest,
    /// The org.
    pub org: Id<Org>,
    /// Why.
    pub reason: SuppressionReason,
    /// Since when.
    pub created_at: Timestamp,
}

/// Why an address gets no mail from an org.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SuppressionReason {
    /// Its owner complained.
    Complaint,
    /// Its owner unsubscribed.
    Unsubscribed,
}

/// How long a confirmation spares a person from confirming again.
const CONFIRMATION_LASTS: SignedDuration = SignedDuration::from_hours(365 * 24);

impl Table {
    /// Whether a person confirmed their address for this org within the last 12 months.
    pub async fn recently_confirmed(
        &self,
        org: Id<Org>,
        contact_ref: &Digest,
        now: Timestamp,
    ) -> Result<bool, TableError> {
        let confirmed: Option<Confirmed> = self.get(Key::confirmed(org, contact_ref)).await?;
        Ok(confirmed.is_some_and(|c| c.confirmed_at + CONFIRMATION_LASTS > now))
    }

    /// Why a supporter's address gets no mail from this org, if that is so.
    ///
    /// What is known under an older pepper is known under the newer one from now on.
    pub async fn suppression(
        &self,
        supporter: &Supporter,
        org: Id<Org>,
    ) -> Result<Option<SuppressionReason>, TableError> {
        let mut found: Option<Suppression> = None;
        for suppress_ref in supporter.suppress_refs() {
            let here: Option<Suppression> = self.get(Key::suppression(&suppress_ref, org)).await?;
            if let (None, Some(elsewhere)) = (&here, &found) {
                let mut transaction = self.transaction();
                transaction.put(&Suppression { suppress_ref, ..elsewhere.clone() })?;
                transaction.commit().await?;
            }
            found = found.or(here);
        }
        Ok(found.map(|suppression| suppression.reason))
    }
}

impl Entity for Claim {
    const KIND: &'static str = "claim";

    fn key(&self) -> Key {
        Key::claim(&self.pending_ref)
    }
}

impl Entity for Confirmed {
    const KIND: &'static str = "confirmed";

    fn key(&self) -> Key {
        Key::confirmed(self.org, &self.contact_ref)
    }

    fn expires_at(&self) -> Option<Timestamp> {
        Some(self.confirmed_at + CONFIRMATION_LASTS)
    }
}

impl Entity for Suppression {
    const KIND: &'static str = "suppression";

    fn key(&self) -> Key {
        Key::suppression(&self.suppress_ref, self.org)
    }
}
