//! Repairing a campaign's counters: by what its facts add up to at this moment, or not at all.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;

use crate::{
    campaign::Campaign,
    id::Id,
    key::{Key, STATS_SHARDS},
    recount::Facts,
    stats::{Counter, Sum},
    table::{
        Item, Outcome, Table, TableError,
        count::{Addition, MOVED, addition, moved},
        recount::unread,
    },
};

/// What is wrong with a campaign's counters, found while nothing was counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repair {
    campaign: Id<Campaign>,
    /// By how much each counter is too high; below zero where it is too low.
    pub drift: BTreeMap<Counter, i64>,
    /// How often facts had been counted into each row.
    moved: Vec<u64>,
}

impl Table {
    /// Reads all facts of the table, and holds one campaign's counters against them.
    ///
    /// # Errors
    /// [`TableError::Conflict`] if actions of the campaign were counted or linked meanwhile.
    pub async fn examine(
        &self,
        campaign: Id<Campaign>,
        now: impl Fn() -> Timestamp,
    ) -> Result<Repair, TableError> {
        let begun_at = now();
        let moved = self.moved(campaign).await?;
        let (mut facts, mut segments) = (Facts::default(), unread());
        while self.read_round(&mut segments, &mut facts, true).await? {}
        let counted = self.counters(campaign).await?;
        let linked = self.linked(begun_at, now()).await?;
        if self.moved(campaign).await? != moved || linked.contains(&campaign) {
            return Err(TableError::Conflict);
        }
        let mut facts = facts.0.remove(&campaign).unwrap_or_default();
        facts.moved = counted.moved;
        Ok(Repair { campaign, drift: counted.drift_from(&facts, 0), moved })
    }

    /// Takes away what is too much and adds what is too little, if nothing was counted since.
    ///
    /// # Errors
    /// [`TableError::Conflict`] if something was: look again.
    pub async fn repair(&self, repair: &Repair) -> Result<(), TableError> {
        let negated: BTreeMap<_, _> =
            repair.drift.iter().map(|(counter, by)| (counter.clone(), -by)).collect();
        let sum = Sum::from(negated);
        let mut transaction = self.transaction();
        for (shard, moved) in (0..STATS_SHARDS).zip(&repair.moved) {
            let key = Key::stats(repair.campaign, shard);
            let (unmoved, was) = unmoved(*moved);
            if shard > 0 {
                transaction.check(key, &unmoved, was)?;
                continue;
            }
            // The repair moves as one fact does, so that it is not made twice.
            let Addition { expression, mut values, names } = addition(&sum, 1);
            values.extend(was.map(|(name, value)| (name.to_owned(), value)));
            transaction.update_where(key, &expression, Some(&unmoved), values, names)?;
        }
        match transaction.commit().await? {
            Outcome::Applied => Ok(()),
            Outcome::Refused(_) => Err(TableError::Conflict),
        }
    }

    /// How often facts have been counted into each of a campaign's rows.
    async fn moved(&self, campaign: Id<Campaign>) -> Result<Vec<u64>, TableError> {
        let rows = self.query(Key { sk: String::new(), ..Key::stats(campaign, 0) }).await?;
        let of_shard = |shard: u8| {
            let Key { sk, .. } = Key::stats(campaign, shard);
            let is_it = |row: &&Item| row.get("sk") == Some(&AttributeValue::S(sk.clone()));
            rows.iter().find(is_it).map(moved).unwrap_or_default()
        };
        Ok((0..STATS_SHARDS).map(of_shard).collect())
    }
}

/// The condition that no fact was counted into a row since, and the value that it compares with.
fn unmoved(moved: u64) -> (String, Option<(&'static str, AttributeValue)>) {
    if moved == 0 {
        return (format!("attribute_not_exists({MOVED})"), None);
    }
    (format!("{MOVED} = :was"), Some((":was", AttributeValue::N(moved.to_string()))))
}
