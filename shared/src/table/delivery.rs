//! Rows of deliveries and notices: leased, ended, put back; each by one conditional write.

use aws_sdk_dynamodb::{
    operation::put_item::PutItemError,
    types::{AttributeValue, ReturnValuesOnConditionCheckFailure},
};
use jiff::Timestamp;
use uuid::Uuid;

use crate::{
    action::Action,
    delivery::{Delivery, DeliveryState},
    id::Id,
    key::Key,
    link::{LinkPurpose, LinkToken},
    notice::Notice,
    org::Org,
    outbound::{Lease, Outbound},
    table::{Entity, Table, TableError, Transaction, from_item, item::to_item},
};

impl Table {
    /// One delivery.
    pub async fn delivery(&self, org: Id<Org>, id: Id<Delivery>) -> Result<Option<Delivery>, TableError> {
        self.get(Key::delivery(org, id)).await
    }

    /// What was made to be sent to or for an org because of these actions.
    pub(crate) async fn deliveries_of(
        &self,
        actions: &[Action],
        org: Id<Org>,
    ) -> Result<Vec<Delivery>, TableError> {
        let at = actions.iter().flat_map(|action| &action.deliveries).filter(|at| at.org == org);
        self.get_all(at.map(|at| Key::delivery(at.org, at.id)).collect()).await
    }

    /// One notice.
    pub async fn notice(&self, org: Id<Org>, id: Id<Notice>) -> Result<Option<Notice>, TableError> {
        self.get(Key::notice(org, id)).await
    }

    /// What a link's token does, and the delivery whose mail carried it; `None` if it means nothing any more.
    pub async fn follow_link(
        &self,
        token: &str,
        now: Timestamp,
    ) -> Result<Option<(LinkPurpose, Delivery)>, TableError> {
        let Some(token) = LinkToken::<Delivery>::parse(token) else { return Ok(None) };
        let (org, id) = token.row();
        let Some(delivery) = self.delivery(org, id).await? else { return Ok(None) };
        Ok(token.purpose(&delivery.links, now).map(|purpose| (purpose, delivery)))
    }

    /// Takes a row for one attempt; `None` if it is not due, ended, or somebody else's.
    ///
    /// What `keep` adds is kept with it before the mail that carries it can leave. The row must still
    /// be what it was when it was read; if the write was applied and its answer lost, the row found is
    /// the holder's own.
    pub async fn lease<R: Entity + Outbound>(
        &self,
        row: R,
        keep: impl FnOnce(&mut R),
        holder: Uuid,
        now: Timestamp,
    ) -> Result<Option<R>, TableError> {
        let read = (row.state(), row.attempt());
        let (next, taken) = match row.lease(holder, now) {
            Lease::Taken(mut next) => {
                keep(&mut next);
                (next, true)
            }
            Lease::GivenUp(next) => (next, false),
            Lease::NotNow => return Ok(None),
        };
        let ours = self.put_over(&next, read).await?;
        Ok((ours && taken).then_some(next))
    }

    /// Writes a row over the state and attempt it was read in; false if it is no longer in them.
    ///
    /// A row that is already what it should become was written by us, and only the answer was lost.
    pub(super) async fn put_over<R: Entity + Outbound>(
        &self,
        row: &R,
        read: (DeliveryState, u32),
    ) -> Result<bool, TableError> {
        let (unchanged, values) = unchanged(read);
        Ok(match self.put_if(row, &unchanged, values).await? {
            Written::Yes => true,
            Written::No(found) => found.is_some_and(|found| *found == *row),
        })
    }

    /// Writes that a row waits, or was given up, without an attempt; nothing if it is no longer as it was read.
    pub async fn put_off<R: Entity + Outbound>(&self, read: &R, next: &R) -> Result<(), TableError> {
        self.put_over(next, (read.state(), read.attempt())).await.map(|_| ())
    }

    /// Writes that a row's message arrived. A success wins, even after its lease ran out.
    pub async fn succeed<R: Entity + Outbound>(&self, done: &R) -> Result<(), TableError> {
        self.put_if(done, "attribute_exists(pk) AND #state <> :done", [(":done", text("done"))])
            .await
            .map(|_| ())
    }

    /// Writes what became of an attempt that did not succeed, if the lease is still that attempt's.
    pub async fn put_back<R: Entity + Outbound>(&self, failed: &R) -> Result<(), TableError> {
        let values =
            [(":leased", text("leased")), (":mine", AttributeValue::N(failed.attempt().to_string()))];
        self.put_if(failed, "#state = :leased AND attempt = :mine", values).await.map(|_| ())
    }

    /// Counts that a mail was not taken for now.
    pub async fn count_transient_bounce(&self, org: Id<Org>, id: Id<Delivery>) -> Result<(), TableError> {
        let Key { pk, sk } = Key::delivery(org, id);
        let update = self.client.update_item().table_name(&self.name).key("pk", AttributeValue::S(pk));
        update
            .key("sk", AttributeValue::S(sk))
            .update_expression("ADD transient_bounces :one")
            .condition_expression("attribute_exists(pk)")
            .expression_attribute_values(":one", AttributeValue::N("1".to_owned()))
            .send()
            .await?;
        Ok(())
    }

    /// Writes the row if the condition holds.
    async fn put_if<R: Entity, const N: usize>(
        &self,
        row: &R,
        condition: &str,
        values: [(&str, AttributeValue); N],
    ) -> Result<Written<R>, TableError> {
        let mut put = self
            .client
            .put_item()
            .table_name(&self.name)
            .set_item(Some(to_item(row)?))
            .condition_expression(condition)
            .expression_attribute_names("#state", "state")
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        for (name, value) in values {
            put = put.expression_attribute_values(name, value);
        }
        let Err(error) = put.send().await else { return Ok(Written::Yes) };
        if let Some(PutItemError::ConditionalCheckFailedException(failed)) = error.as_service_error() {
            let found = failed.item.clone().map(from_item).transpose()?;
            return Ok(Written::No(found.map(Box::new)));
        }
        Err(error.into())
    }
}

impl Transaction<'_> {
    /// Writes a row over the state and attempt it was read in.
    pub(crate) fn put_over(&mut self, row: &Delivery, read: &Delivery) -> Result<(), TableError> {
        let (condition, values) = unchanged((read.state, read.attempt));
        let names = vec![("#state".to_owned(), "state".to_owned())];
        let values = values.map(|(name, value)| (name.to_owned(), value)).into();
        self.put_where(row, &condition, values, names)
    }
}

/// Whether a conditional write was applied; if not, what was there.
enum Written<R> {
    Yes,
    No(Option<Box<R>>),
}

/// The condition that a row is still in the state and attempt it was read in.
fn unchanged((state, attempt): (DeliveryState, u32)) -> (String, [(&'static str, AttributeValue); 3]) {
    let (name, field, since) = read_state(state);
    let values = [
        (":attempt", AttributeValue::N(attempt.to_string())),
        (":state", text(name)),
        (":since", text(&since.to_string())),
    ];
    (format!("attempt = :attempt AND #state = :state AND {field} = :since"), values)
}

/// How a state is stored: its name, and the attribute that tells it from the same state at another time.
const fn read_state(state: DeliveryState) -> (&'static str, &'static str, Timestamp) {
    match state {
        DeliveryState::Pending { due_at } => ("pending", "due_at", due_at),
        DeliveryState::Leased { lease_until, .. } => ("leased", "lease_until", lease_until),
        DeliveryState::Done { done_at } => ("done", "done_at", done_at),
        DeliveryState::Dead { dead_at } => ("dead", "dead_at", dead_at),
        DeliveryState::Cancelled { cancelled_at } => ("cancelled", "cancelled_at", cancelled_at),
        DeliveryState::Kept { kept_at } => ("kept", "kept_at", kept_at),
    }
}

fn text(value: &str) -> AttributeValue {
    AttributeValue::S(value.to_owned())
}
