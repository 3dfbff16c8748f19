//! Switches, and counts that are frozen.

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    campaign::Campaign,
    id::Id,
    key::Key,
    stats::Stats,
    switches::{Frozen, Switches},
    table::{Entity, Item, Table, TableError, from_item},
};

/// A campaign's frozen counts, beside its counters: whoever reads those sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct FrozenStats {
    pub(crate) campaign: Id<Campaign>,
    #[serde(flatten)]
    pub(crate) frozen: Frozen,
}

impl Table {
    /// What is stopped.
    pub async fn switches(&self) -> Result<Switches, TableError> {
        Ok(self.get(Key::switches()).await?.unwrap_or_default())
    }
}

impl FrozenStats {
    /// The counts as they are now, to be seen from now on.
    pub(crate) const fn new(campaign: Id<Campaign>, stats: Stats, now: Timestamp) -> Self {
        Self { campaign, frozen: Frozen { stats, frozen_at: now } }
    }

    /// The frozen counts among the rows of a campaign's counters, if there are any.
    pub(crate) fn among(rows: &[Item]) -> Result<Option<Frozen>, TableError> {
        let row = rows.iter().find(|row| is_frozen(row)).cloned();
        Ok(row.map(from_item::<Self>).transpose()?.map(|row| row.frozen))
    }
}

fn is_frozen(row: &Item) -> bool {
    row.get("sk").and_then(|sk| AttributeValue::as_s(sk).ok()).is_some_and(|sk| sk == Key::FROZEN)
}

impl Entity for Switches {
    const KIND: &'static str = "switches";

    fn key(&self) -> Key {
        Key::switches()
    }
}

impl Entity for FrozenStats {
    const KIND: &'static str = "frozen_stats";

    fn key(&self) -> Key {
        Key::frozen_stats(self.campaign)
    }
}
