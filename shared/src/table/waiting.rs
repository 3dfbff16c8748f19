//! Actions that wait for a moderator: read from the index, all shards at once.

use aws_sdk_dynamodb::types::AttributeValue;
use futures_util::future::try_join_all;

use crate::{
    action::Action,
    due::{DueKey, WAITING_SHARDS},
    id::Id,
    key::Key,
    org::Org,
    table::{Table, TableError, due::key_of},
};

impl Table {
    /// Up to `limit` actions that wait for moderators of an org, the oldest first, behind `after`; and
    /// behind which one the next stand, if there may be more.
    ///
    /// The index lags a little: what was just decided is left out, what just came to wait may come later.
    pub(crate) async fn waiting(
        &self,
        org: Id<Org>,
        after: Id<Action>,
        limit: usize,
    ) -> Result<(Vec<Action>, Option<Id<Action>>), TableError> {
        let shards = (0..WAITING_SHARDS).map(|shard| self.waiting_in(org, shard, after, limit));
        let mut found: Vec<_> = try_join_all(shards).await?.into_iter().flatten().collect();
        found.sort_unstable_by_key(|(id, _)| *id);
        let next = limit.checked_sub(1).and_then(|last| found.get(last)).map(|(id, _)| *id);
        let keys = found.into_iter().take(limit).map(|(_, key)| key).collect();
        let mut actions: Vec<Action> = self.get_all(keys).await?;
        actions.retain(Action::awaits_moderator);
        actions.sort_unstable_by_key(|action| action.id);
        Ok((actions, next))
    }

    async fn waiting_in(
        &self,
        org: Id<Org>,
        shard: u8,
        after: Id<Action>,
        limit: usize,
    ) -> Result<Vec<(Id<Action>, Key)>, TableError> {
        let DueKey { pk, sk } = DueKey::waiting(org, shard, after);
        let query = self.client.query().table_name(&self.name).index_name("gsi1");
        let answer = query
            .key_condition_expression("gsi1pk = :pk AND gsi1sk > :sk")
            .expression_attribute_values(":pk", AttributeValue::S(pk))
            .expression_attribute_values(":sk", AttributeValue::S(sk))
            .limit(i32::try_from(limit).unwrap_or(i32::MAX))
            .send()
            .await?;
        let entries = answer.items.unwrap_or_default().into_iter();
        let found = entries.filter_map(|item| {
            let id = item.get("gsi1sk")?.as_s().ok()?.parse().ok()?;
            Some((id, key_of(item)?))
        });
        Ok(found.collect())
    }
}
