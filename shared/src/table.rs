//! The table: typed reads and conditional writes over DynamoDB, one file per use.

mod backend;
mod births;
mod budget;
mod bundle;
mod change;
mod closing;
mod count;
mod delivery;
mod due;
mod erasure;
mod error;
mod health;
mod hearing;
mod intake;
mod item;
mod keys;
mod launch;
mod list;
mod log;
mod looking_up;
mod message;
mod organise;
mod outlived;
mod page;
mod people;
mod person;
mod processing;
mod published;
mod received;
mod recount;
mod repair;
mod shedding;
mod switches;
mod tally;
mod transaction;
mod waiting;

use aws_sdk_dynamodb::{Client, types::AttributeValue};

pub use backend::{Resolved, Unusable};
pub use births::{Birth, Births, Place};
pub use change::Change;
pub use due::Overdue;
pub use erasure::{Copy, Tell};
pub use error::TableError;
pub use health::Permit;
pub use intake::{Found, Taken};
pub use item::{Entity, from_item};
pub use launch::Asked;
pub(crate) use log::{Logged, Order};
pub use organise::{Instance, Registered};
pub(crate) use organise::{Registration, register};
pub use outlived::{Outlived, ScanPlace};
pub(crate) use page::{OrgPage, remove_page};
pub use person::{Claim, Confirmed, Suppression, SuppressionReason};
pub use processing::Beside;
pub use published::PublicActions;
pub use recount::Recount;
pub use repair::Repair;
pub(crate) use switches::FrozenStats;
pub(crate) use tally::Tally;
pub(crate) use transaction::{Outcome, Transaction};

use crate::key::Key;

/// An item as the SDK gives it.
pub type Item = std::collections::HashMap<String, AttributeValue>;

/// The one table. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Table {
    client: Client,
    name: String,
}

impl Table {
    /// The table of this name.
    pub const fn new(client: Client, name: String) -> Self {
        Self { client, name }
    }

    /// Reads one item, as it is after every write that has been answered.
    pub(crate) async fn get<E: Entity>(&self, key: Key) -> Result<Option<E>, TableError> {
        self.get_item(key).await?.map(from_item).transpose()
    }

    async fn get_item(&self, key: Key) -> Result<Option<Item>, TableError> {
        let get = self.client.get_item().table_name(&self.name).consistent_read(true);
        let answer =
            get.key("pk", AttributeValue::S(key.pk)).key("sk", AttributeValue::S(key.sk)).send().await?;
        Ok(answer.item)
    }

    /// Reads all items of a partition whose sort key begins with the key's, in order.
    pub(crate) async fn query(&self, prefix: Key) -> Result<Vec<Item>, TableError> {
        let condition = if prefix.sk.is_empty() { "pk = :pk" } else { "pk = :pk AND begins_with(sk, :sk)" };
        let mut query = self
            .client
            .query()
            .table_name(&self.name)
            .consistent_read(true)
            .key_condition_expression(condition)
            .expression_attribute_values(":pk", AttributeValue::S(prefix.pk));
        if !prefix.sk.is_empty() {
            query = query.expression_attribute_values(":sk", AttributeValue::S(prefix.sk));
        }
        let mut items = Vec::new();
        let mut pages = query.into_paginator().send();
        while let Some(page) = pages.next().await {
            items.extend(page?.items.unwrap_or_default());
        }
        Ok(items)
    }
}
