//! Transactions: all of it or nothing, and why not.

use aws_sdk_dynamodb::{
    error::SdkError,
    operation::transact_write_items::TransactWriteItemsError,
    types::{
        AttributeValue, ConditionCheck, Delete, Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem,
        Update,
    },
};

use crate::{
    key::Key,
    table::{Entity, Item, Table, TableError, item::to_item},
};

/// Writes that are applied together or not at all; at most 100.
#[derive(Debug)]
pub(crate) struct Transaction<'a> {
    table: &'a Table,
    writes: Vec<TransactWriteItem>,
}

/// How a transaction ended.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// All of it was applied.
    Applied,
    /// Nothing was applied: these writes' conditions did not hold.
    Refused(Vec<Refusal>),
}

/// A write whose condition did not hold.
#[derive(Debug)]
pub(crate) struct Refusal {
    /// Its place in the transaction.
    pub(crate) index: usize,
    /// The item that stood in the way, for writes that ask for it.
    pub(crate) found: Option<Item>,
}

impl Table {
    /// Begins a transaction.
    pub(crate) const fn transaction(&self) -> Transaction<'_> {
        Transaction { table: self, writes: Vec::new() }
    }
}

impl Transaction<'_> {
    /// Writes a new item; its key must be free.
    pub(crate) fn create<E: Entity>(&mut self, entity: &E) -> Result<(), TableError> {
        let put = self.put_builder(entity)?.condition_expression("attribute_not_exists(pk)");
        self.push_put(put)
    }

    /// Writes an item over the version it was made from, or creates it where that was 0.
    pub(crate) fn replace<E: Entity>(&mut self, entity: &E, version: u64) -> Result<(), TableError> {
        let put = self.put_builder(entity)?;
        let put = if version == 0 {
            put.condition_expression("attribute_not_exists(pk)")
        } else {
            put.condition_expression("version = :read")
                .expression_attribute_values(":read", AttributeValue::N(version.to_string()))
        };
        self.push_put(put)
    }

    /// Writes an item whatever was there.
    pub(crate) fn put<E: Entity>(&mut self, entity: &E) -> Result<(), TableError> {
        let put = self.put_builder(entity)?;
        self.push_put(put)
    }

    /// Writes an item where the condition holds of what is there.
    pub(crate) fn put_where<E: Entity>(
        &mut self,
        entity: &E,
        condition: &str,
        values: Vec<(String, AttributeValue)>,
        names: Vec<(String, String)>,
    ) -> Result<(), TableError> {
        let put = self
            .put_builder(entity)?
            .condition_expression(condition)
            .set_expression_attribute_names(Some(names.into_iter().collect()))
            .set_expression_attribute_values(Some(values.into_iter().collect()));
        self.push_put(put)
    }

    /// Writes an item where none is, or an expired one; the item in the way is given back.
    pub(crate) fn create_unless_live<E: Entity>(
        &mut self,
        entity: &E,
        now: jiff::Timestamp,
    ) -> Result<(), TableError> {
        let put = self
            .put_builder(entity)?
            .condition_expression("attribute_not_exists(pk) OR expires_at <= :now")
            .expression_attribute_values(":now", AttributeValue::N(now.as_second().to_string()))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        self.push_put(put)
    }

    /// Removes an item that must be there in this version.
    pub(crate) fn delete(&mut self, key: Key, version: u64) -> Result<(), TableError> {
        let delete = Delete::builder()
            .table_name(&self.table.name)
            .key("pk", AttributeValue::S(key.pk))
            .key("sk", AttributeValue::S(key.sk))
            .condition_expression("version = :read")
            .expression_attribute_values(":read", AttributeValue::N(version.to_string()))
            .build()
            .map_err(|e| TableError::Refused(e.into()))?;
        self.writes.push(TransactWriteItem::builder().delete(delete).build());
        Ok(())
    }

    /// Removes an item, if it is there.
    pub(crate) fn remove(&mut self, key: Key) -> Result<(), TableError> {
        let delete = Delete::builder()
            .table_name(&self.table.name)
            .key("pk", AttributeValue::S(key.pk))
            .key("sk", AttributeValue::S(key.sk))
            .build()
            .map_err(|e| TableError::Refused(e.into()))?;
        self.writes.push(TransactWriteItem::builder().delete(delete).build());
        Ok(())
    }

    /// Changes parts of an item.
    pub(crate) fn update(
        &mut self,
        key: Key,
        expression: &str,
        values: Vec<(String, AttributeValue)>,
        names: Vec<(String, String)>,
    ) -> Result<(), TableError> {
        self.update_where(key, expression, None, values, names)
    }

    /// Changes parts of an item where the condition holds of what is there.
    pub(crate) fn update_where(
        &mut self,
        key: Key,
        expression: &str,
        condition: Option<&str>,
        values: Vec<(String, AttributeValue)>,
        names: Vec<(String, String)>,
    ) -> Result<(), TableError> {
        let update = Update::builder()
            .table_name(&self.table.name)
            .key("pk", AttributeValue::S(key.pk))
            .key("sk", AttributeValue::S(key.sk))
            .update_expression(expression)
            .set_condition_expression(condition.map(str::to_owned))
            .set_expression_attribute_values(Some(values.into_iter().collect()))
            .set_expression_attribute_names(Some(names.into_iter().collect()))
            .build()
            .map_err(|e| TableError::Refused(e.into()))?;
        self.writes.push(TransactWriteItem::builder().update(update).build());
        Ok(())
    }

    /// Writes an item under a condition of its own.
    pub(crate) fn push(&mut self, put: Put) {
        self.writes.push(TransactWriteItem::builder().put(put).build());
    }

    /// Asks that an item is there.
    pub(crate) fn must_exist(&mut self, key: Key) -> Result<(), TableError> {
        self.check(key, "attribute_exists(pk)", None)
    }

    /// Asks that an item is there in this version.
    pub(crate) fn must_be(&mut self, key: Key, version: u64) -> Result<(), TableError> {
        let read = (":read", AttributeValue::N(version.to_string()));
        self.check(key, "version = :read", Some(read))
    }

    /// Asks that a condition holds of an item.
    pub(crate) fn check(
        &mut self,
        key: Key,
        condition: &str,
        value: Option<(&str, AttributeValue)>,
    ) -> Result<(), TableError> {
        let values = value.map(|(name, value)| [(name.to_owned(), value)].into());
        let check = ConditionCheck::builder()
            .table_name(&self.table.name)
            .key("pk", AttributeValue::S(key.pk))
            .key("sk", AttributeValue::S(key.sk))
            .condition_expression(condition)
            .set_expression_attribute_values(values)
            .build()
            .map_err(|e| TableError::Refused(e.into()))?;
        self.writes.push(TransactWriteItem::builder().condition_check(check).build());
        Ok(())
    }

    /// Applies all of it. The SDK makes a request token, so that its own retries apply it once.
    pub(crate) async fn commit(self) -> Result<Outcome, TableError> {
        let request = self.table.client.transact_write_items().set_transact_items(Some(self.writes));
        match request.send().await {
            Ok(_) => Ok(Outcome::Applied),
            Err(error) => refusals(error).map(Outcome::Refused),
        }
    }

    fn put_builder<E: Entity>(
        &self,
        entity: &E,
    ) -> Result<aws_sdk_dynamodb::types::builders::PutBuilder, TableError> {
        Ok(Put::builder().table_name(&self.table.name).set_item(Some(to_item(entity)?)))
    }

    fn push_put(&mut self, put: aws_sdk_dynamodb::types::builders::PutBuilder) -> Result<(), TableError> {
        self.push(put.build().map_err(|e| TableError::Refused(e.into()))?);
        Ok(())
    }
}

/// The failed conditions of a cancelled transaction; an error where it failed for another reason.
fn refusals(error: SdkError<TransactWriteItemsError>) -> Result<Vec<Refusal>, TableError> {
    let Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) = error.as_service_error()
    else {
        return Err(error.into());
    };
    let mut refusals = Vec::new();
    for (index, reason) in cancelled.cancellation_reasons().iter().enumerate() {
        match reason.code() {
            Some("ConditionalCheckFailed") => refusals.push(Refusal { index, found: reason.item.clone() }),
            Some("TransactionConflict") => return Err(TableError::Conflict),
            Some("ThrottlingError" | "ProvisionedThroughputExceeded") => return Err(TableError::Throttled),
            Some("None") | None => {}
            Some(_) => return Err(TableError::Refused(error.into())),
        }
    }
    if refusals.is_empty() { Err(TableError::Refused(error.into())) } else { Ok(refusals) }
}
