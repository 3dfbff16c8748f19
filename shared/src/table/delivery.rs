//! Delivery rows: leased, ended, put back; each by one conditional write.

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;

use crate::{
    delivery::{Delivery, Lease},
    id::Id,
    key::Key,
    link::Link,
    org::Org,
    table::{Table, TableError, item::to_item},
};

impl Table {
    /// One delivery.
    pub async fn delivery(&self, org: Id<Org>, id: Id<Delivery>) -> Result<Option<Delivery>, TableError> {
        self.get(Key::delivery(org, id)).await
    }

    /// Takes a delivery for one attempt; `None` if it is not due, ended, or somebody else's.
    ///
    /// `links` are kept with it before the mail that carries them can leave.
    pub async fn lease(
        &self,
        row: Delivery,
        links: Vec<Link>,
        now: Timestamp,
    ) -> Result<Option<Delivery>, TableError> {
        let attempt = row.attempt;
        let (next, taken) = match row.lease(now) {
            Lease::Taken(mut next) => {
                next.links.extend(links);
                (next, true)
            }
            Lease::GivenUp(next) => (next, false),
            Lease::NotNow => return Ok(None),
        };
        let free = "attempt = :attempt AND (#state = :pending OR (#state = :leased AND lease_until < :now))";
        let values = [
            (":attempt", AttributeValue::N(attempt.to_string())),
            (":pending", text("pending")),
            (":leased", text("leased")),
            (":now", text(&now.to_string())),
        ];
        let written = self.put_if(&next, free, values).await?;
        Ok((written && taken).then_some(next))
    }

    /// Writes that a delivery arrived. A success wins, even after its lease ran out.
    pub async fn succeed(&self, done: &Delivery) -> Result<(), TableError> {
        self.put_if(done, "attribute_exists(pk) AND #state <> :done", [(":done", text("done"))])
            .await
            .map(|_| ())
    }

    /// Writes what became of an attempt that did not succeed, if the lease is still that attempt's.
    pub async fn put_back(&self, failed: &Delivery) -> Result<(), TableError> {
        let values = [(":leased", text("leased")), (":mine", AttributeValue::N(failed.attempt.to_string()))];
        self.put_if(failed, "#state = :leased AND attempt = :mine", values).await.map(|_| ())
    }

    /// Writes the row if the condition holds; false if it does not.
    async fn put_if<const N: usize>(
        &self,
        row: &Delivery,
        condition: &str,
        values: [(&str, AttributeValue); N],
    ) -> Result<bool, TableError> {
        let mut put = self
            .client
            .put_item()
            .table_name(&self.name)
            .set_item(Some(to_item(row)?))
            .condition_expression(condition)
            .expression_attribute_names("#state", "state");
        for (name, value) in values {
            put = put.expression_attribute_values(name, value);
        }
        match put.send().await.map_err(TableError::from) {
            Ok(_) => Ok(true),
            Err(TableError::Conflict) => Ok(false),
            Err(error) => Err(error),
        }
    }
}

fn text(value: &str) -> AttributeValue {
    AttributeValue::S(value.to_owned())
}
