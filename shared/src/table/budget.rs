//! The budget of mails that ask to confirm: what one mailbox gets in a day, over the whole instance.

use aws_sdk_dynamodb::{operation::update_item::UpdateItemError, types::AttributeValue};
use jiff::{SignedDuration, Timestamp};

use crate::{
    key::Key,
    secret::Digest,
    table::{Table, TableError},
};

/// Mails that ask to confirm, to one mailbox on one day (UTC). Whoever types in a stranger's address again
/// and again gets no more than these sent to them.
const CONFIRMATIONS_A_DAY: u32 = 3;

/// How long a day's budget is kept: longer than the day, and than any two clocks may differ.
const KEPT: SignedDuration = SignedDuration::from_hours(48);

impl Table {
    /// Spends one of the mailbox' mails of the day on this mail; false if there is none left.
    ///
    /// One conditional write decides it. The same mail is paid for once, however often it is asked for.
    pub async fn spend(&self, mailbox_ref: &Digest, mail: &str, now: Timestamp) -> Result<bool, TableError> {
        let Key { pk, sk } = Key::budget(mailbox_ref, now);
        let expires_at = (now + KEPT).as_second().to_string();
        let update = self.client.update_item().table_name(&self.name).key("pk", AttributeValue::S(pk));
        let spent = update
            .key("sk", AttributeValue::S(sk))
            .update_expression("SET kind = :kind, expires_at = :expires_at ADD mails :mails")
            .condition_expression(
                "attribute_not_exists(mails) OR contains(mails, :mail) OR size(mails) < :most",
            )
            .expression_attribute_values(":kind", AttributeValue::S("budget".to_owned()))
            .expression_attribute_values(":expires_at", AttributeValue::N(expires_at))
            .expression_attribute_values(":mails", AttributeValue::Ss(vec![mail.to_owned()]))
            .expression_attribute_values(":mail", AttributeValue::S(mail.to_owned()))
            .expression_attribute_values(":most", AttributeValue::N(CONFIRMATIONS_A_DAY.to_string()))
            .send()
            .await;
        let Err(error) = spent else { return Ok(true) };
        match error.as_service_error() {
            Some(UpdateItemError::ConditionalCheckFailedException(_)) => Ok(false),
            Some(_) | None => Err(error.into()),
        }
    }
}
