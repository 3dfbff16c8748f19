//! What is public of a campaign's actions, the newest first: all shards of a day at once, day by day.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::AttributeValue;
use futures_util::future::try_join_all;
use jiff::SignedDuration;

use crate::{
    action::{Action, Doer},
    campaign::Campaign,
    day,
    id::Id,
    key::{Key, PUBLIC_SHARDS},
    published::Published,
    table::{Entity, Table, TableError, from_item},
};

/// Most days that one reading looks at: a quiet quarter is read in one go.
const DAYS: u32 = 92;

/// Actions that may have something public, the newest first, and before which id there may be more.
#[derive(Debug)]
pub struct PublicActions {
    /// The actions, each with what is known of it beside.
    pub actions: Vec<(Published, Action)>,
    /// Before which action everything is still to be read.
    pub before: Option<Id<Action>>,
}

impl PublicActions {
    /// No actions, and no more.
    pub const fn none() -> Self {
        Self { actions: Vec::new(), before: None }
    }
}

impl Table {
    /// Up to `most` actions of a campaign that were published, done before this one.
    pub async fn published(
        &self,
        campaign: &Campaign,
        mut before: Id<Action>,
        most: usize,
    ) -> Result<PublicActions, TableError> {
        let first = day::begin(campaign.created_at);
        let mut rows: Vec<Published> = Vec::new();
        for _ in 0..DAYS {
            let today = day::begin(before.created_at());
            if today < first || rows.len() >= most {
                break;
            }
            let left = most - rows.len();
            let shards =
                (0..PUBLIC_SHARDS).map(|shard| self.published_of_shard(campaign.id, before, shard, left));
            let mut of_day: Vec<_> = try_join_all(shards).await?.into_iter().flatten().collect();
            of_day.sort_unstable_by_key(|row| std::cmp::Reverse(row.action));
            let more = of_day.len() > left;
            of_day.truncate(left);
            // A day that was read to its end is followed by the last moment of the day before.
            before = match of_day.last() {
                Some(last) if more || of_day.len() == left => last.action,
                Some(_) | None => Id::first_at(today - SignedDuration::from_millis(1)),
            };
            rows.extend(of_day);
        }
        let before = (day::begin(before.created_at()) >= first).then_some(before);
        Ok(PublicActions { actions: self.with_actions(rows).await?, before })
    }

    /// The last rows of one shard, of the day of `before`.
    async fn published_of_shard(
        &self,
        campaign: Id<Campaign>,
        before: Id<Action>,
        shard: u8,
        most: usize,
    ) -> Result<Vec<Published>, TableError> {
        let Key { pk, sk } = Key::published(campaign, before, shard);
        let query = self.client.query().table_name(&self.name);
        let answer = query
            .key_condition_expression("pk = :pk AND sk < :before")
            .expression_attribute_values(":pk", AttributeValue::S(pk))
            .expression_attribute_values(":before", AttributeValue::S(sk))
            .scan_index_forward(false)
            .limit(i32::try_from(most).unwrap_or(i32::MAX))
            .send()
            .await?;
        answer.items.unwrap_or_default().into_iter().map(from_item).collect()
    }

    async fn with_actions(&self, rows: Vec<Published>) -> Result<Vec<(Published, Action)>, TableError> {
        let keys = rows.iter().map(|row| Key::action(&Doer::Supporter(row.supporter), row.action)).collect();
        let actions: Vec<Action> = self.get_all(keys).await?;
        let mut actions: BTreeMap<_, _> = actions.into_iter().map(|action| (action.id, action)).collect();
        let found =
            rows.into_iter().filter_map(|row| actions.remove(&row.action).map(|action| (row, action)));
        Ok(found.collect())
    }
}

impl Entity for Published {
    const KIND: &'static str = "published";

    fn key(&self) -> Key {
        Key::published(self.campaign, self.action, self.action.shard(PUBLIC_SHARDS))
    }
}
