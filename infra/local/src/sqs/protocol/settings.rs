//! `GetQueueAttributes` and `SetQueueAttributes`.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    queue_attributes,
    request::{Done, OnQueue},
};
use crate::sqs::{account::Account, address, error::SqsError, queue::Queue};

/// `GetQueueAttributes`.
#[derive(Deserialize)]
pub(super) struct GetQueueAttributes {
    #[serde(rename = "AttributeNames", default)]
    names: Vec<String>,
}

/// `SetQueueAttributes`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct SetQueueAttributes {
    #[serde(default)]
    attributes: BTreeMap<String, String>,
}

/// The attributes asked for.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Attributes {
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    attributes: BTreeMap<String, String>,
}

impl OnQueue for GetQueueAttributes {
    type Answer = Attributes;

    fn perform(self, account: &mut Account, queue: &str, now: Timestamp) -> Result<Attributes, SqsError> {
        let mut attributes = all(account.queue(queue)?, now);
        let unknown = |name: &&String| *name != "All" && !queue_attributes::is_known(name);
        if let Some(name) = self.names.iter().find(unknown).cloned() {
            return Err(SqsError::UnknownAttribute { name });
        }
        if !self.names.iter().any(|name| name == "All") {
            attributes.retain(|name, _| self.names.contains(name));
        }
        Ok(Attributes { attributes })
    }
}

impl OnQueue for SetQueueAttributes {
    type Answer = Done;

    fn perform(self, account: &mut Account, queue: &str, now: Timestamp) -> Result<Done, SqsError> {
        let settings = account.queue(queue)?.settings.clone();
        account.set(queue_attributes::applied(settings, &self.attributes)?, now)?;
        Ok(Done {})
    }
}

/// What a queue is set to, and what it has of itself.
fn all(queue: &mut Queue, now: Timestamp) -> BTreeMap<String, String> {
    let counts = queue.counts(now);
    let mut attributes = queue_attributes::written(&queue.settings);
    let own = [
        ("QueueArn", address::arn(&queue.settings.name)),
        ("CreatedTimestamp", queue.created_at.as_second().to_string()),
        ("LastModifiedTimestamp", queue.modified_at.as_second().to_string()),
        ("ApproximateNumberOfMessages", counts.visible.to_string()),
        ("ApproximateNumberOfMessagesNotVisible", counts.in_flight.to_string()),
        ("ApproximateNumberOfMessagesDelayed", counts.delayed.to_string()),
    ];
    attributes.extend(own.map(|(name, value)| (name.to_owned(), value)));
    attributes
}
