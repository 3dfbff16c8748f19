//! Parts of a partition, in order and page by page.

use std::collections::{HashMap, HashSet};

use aws_sdk_dynamodb::types::{AttributeValue, KeysAndAttributes};

use crate::{
    key::Key,
    table::{Entity, Item, Table, TableError, from_item},
};

/// Most items that one request asks for by their keys (`BatchGetItem`).
const BATCH: usize = 100;

impl Table {
    /// Up to `limit` items whose sort key begins with the prefix's, behind `after`; and where the next
    /// ones begin, if there may be more.
    pub(crate) async fn list(
        &self,
        prefix: Key,
        after: Option<String>,
        limit: i32,
        newest_first: bool,
    ) -> Result<(Vec<Item>, Option<String>), TableError> {
        let text = AttributeValue::S;
        let start = after.map(|sk| {
            [("pk".to_owned(), text(prefix.pk.clone())), ("sk".to_owned(), text(sk))].into_iter().collect()
        });
        let query = self.client.query().table_name(&self.name).consistent_read(true).limit(limit);
        let answer = query
            .key_condition_expression("pk = :pk AND begins_with(sk, :sk)")
            .expression_attribute_values(":pk", text(prefix.pk))
            .expression_attribute_values(":sk", text(prefix.sk))
            .scan_index_forward(!newest_first)
            .set_exclusive_start_key(start)
            .send()
            .await?;
        let last = answer.last_evaluated_key.and_then(|key| key.get("sk")?.as_s().ok().cloned());
        Ok((answer.items.unwrap_or_default(), last))
    }

    /// The entities at these keys, each once and in no order; those that are gone are left out.
    pub(crate) async fn get_all<E: Entity>(&self, keys: Vec<Key>) -> Result<Vec<E>, TableError> {
        let mut found = Vec::new();
        // DynamoDB refuses a request that names a key twice.
        let keys: Vec<_> = keys.into_iter().collect::<HashSet<_>>().into_iter().collect();
        for batch in keys.chunks(BATCH) {
            let mut keys: Vec<_> = batch.iter().cloned().map(attributes).collect();
            while !keys.is_empty() {
                let asked = KeysAndAttributes::builder().consistent_read(true).set_keys(Some(keys));
                let asked = asked.build().map_err(|e| TableError::Refused(e.into()))?;
                let request = self.client.batch_get_item().request_items(self.name.clone(), asked);
                let answer = request.send().await?;
                for item in answer.responses.into_iter().flat_map(HashMap::into_values).flatten() {
                    found.push(from_item(item)?);
                }
                // What DynamoDB had no capacity for; the SDK does not ask again by itself.
                let left = answer.unprocessed_keys.into_iter().flat_map(HashMap::into_values);
                keys = left.flat_map(|asked| asked.keys).collect();
            }
        }
        Ok(found)
    }
}

pub(super) fn attributes(key: Key) -> Item {
    [("pk", key.pk), ("sk", key.sk)].map(|(name, value)| (name.to_owned(), AttributeValue::S(value))).into()
}

/// The key among the attributes of an item.
pub(super) fn key_of(item: &Item) -> Option<Key> {
    let text = |name: &str| item.get(name)?.as_s().ok().cloned();
    Some(Key { pk: text("pk")?, sk: text("sk")? })
}
