//! What is due: read from the index, shard by shard.

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;

use crate::{
    action::Action,
    due::{Due, DueKey},
    key::Key,
    table::{Item, Table, TableError},
};

/// Something that should have moved by now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overdue {
    /// Where it lives.
    pub key: Key,
    /// What it is.
    pub what: Due,
    /// Since when it is due.
    pub due_at: Timestamp,
}

impl Table {
    /// What one shard of a lane has had due since before `until`, the oldest first; at most `limit`.
    pub async fn overdue(
        &self,
        lane: &str,
        shard: u8,
        until: Timestamp,
        limit: i32,
    ) -> Result<Vec<Overdue>, TableError> {
        let DueKey { pk, sk } = DueKey::until(lane, shard, until);
        let query = self.client.query().table_name(&self.name).index_name("gsi1").limit(limit);
        let answer = query
            .key_condition_expression("gsi1pk = :pk AND gsi1sk <= :sk")
            .expression_attribute_values(":pk", AttributeValue::S(pk))
            .expression_attribute_values(":sk", AttributeValue::S(sk))
            .send()
            .await?;
        let items = answer.items.unwrap_or_default();
        let overdue = |item: Item| {
            let due_at = item.get("gsi1sk")?.as_s().ok()?.parse().ok()?;
            let key = key_of(item)?;
            Some(Overdue { what: Due::of(&key)?, key, due_at })
        };
        Ok(items.into_iter().filter_map(overdue).collect())
    }

    /// The action at a key from the index.
    pub async fn overdue_action(&self, key: Key) -> Result<Option<Action>, TableError> {
        self.get(key).await
    }
}

pub(super) fn key_of(mut item: Item) -> Option<Key> {
    match (item.remove("pk"), item.remove("sk")) {
        (Some(AttributeValue::S(pk)), Some(AttributeValue::S(sk))) => Some(Key { pk, sk }),
        _ => None,
    }
}
