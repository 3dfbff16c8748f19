//! `ReceiveMessage`.

use std::{collections::BTreeMap, time::Duration};

use serde::{Deserialize, Serialize};

use super::{
    attribute_value::{AttributeValues, written},
    request::within,
};
use crate::sqs::{
    Sqs, address,
    error::SqsError,
    message::{Message, checksum},
    queue::Ask,
    receipt::Receipt,
};

/// A wish for messages, and for what of them.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ReceiveMessage {
    #[serde(default)]
    queue_url: String,
    max_number_of_messages: Option<i64>,
    visibility_timeout: Option<i64>,
    wait_time_seconds: Option<i64>,
    #[serde(default)]
    attribute_names: Vec<String>,
    #[serde(default)]
    message_system_attribute_names: Vec<String>,
    #[serde(default)]
    message_attribute_names: Vec<String>,
}

/// What a receiver gets; without messages, an empty object.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Received {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    messages: Vec<ReceivedMessage>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ReceivedMessage {
    message_id: String,
    receipt_handle: String,
    body: String,
    #[serde(rename = "MD5OfBody")]
    body_sum: String,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    attributes: BTreeMap<&'static str, String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    message_attributes: AttributeValues,
    #[serde(rename = "MD5OfMessageAttributes", skip_serializing_if = "Option::is_none")]
    attributes_sum: Option<String>,
}

impl ReceiveMessage {
    /// Waits as long as the request says, or else as the queue says.
    pub(super) async fn perform(self, sqs: &Sqs) -> Result<Received, SqsError> {
        let name = address::name_in_url(&self.queue_url);
        let by_queue = queue_wait(sqs, name)?;
        let most = within("MaxNumberOfMessages", self.max_number_of_messages, 1..=10)?;
        let wait = within("WaitTimeSeconds", self.wait_time_seconds, 0..=20)?;
        let ask = Ask {
            at_most: most.and_then(|it| usize::try_from(it).ok()).unwrap_or(1),
            visibility_seconds: within("VisibilityTimeout", self.visibility_timeout, 0..=43_200)?,
        };
        let wait = Duration::from_secs(wait.unwrap_or(by_queue).into());
        let messages = sqs.receive(name, ask, wait).await?;
        let messages = messages.iter().map(|it| self.shown(name, it)).collect();
        Ok(Received { messages })
    }

    /// The message as this receiver wants to see it.
    fn shown(&self, queue: &str, message: &Message) -> ReceivedMessage {
        let content = &message.content;
        let receipt =
            Receipt { queue: queue.to_owned(), message: message.id, receive_count: message.receive_count };
        let mut attributes = message.system_attributes();
        attributes.retain(|name, _| self.wants(name));
        let message_attributes = content.attributes.selected(&self.message_attribute_names);
        ReceivedMessage {
            message_id: message.id.to_string(),
            receipt_handle: receipt.handle(),
            body: content.body.clone(),
            body_sum: checksum::of_body(&content.body),
            attributes,
            attributes_sum: checksum::of_attributes(&message_attributes),
            message_attributes: written(&message_attributes),
        }
    }

    fn wants(&self, system_attribute: &str) -> bool {
        let older = self.attribute_names.iter();
        let mut names = older.chain(&self.message_system_attribute_names);
        names.any(|wanted| wanted == "All" || wanted == system_attribute)
    }
}

fn queue_wait(sqs: &Sqs, name: &str) -> Result<u32, SqsError> {
    sqs.look(|account, _| Ok(account.queue(name)?.settings.receive_wait_seconds))
}
