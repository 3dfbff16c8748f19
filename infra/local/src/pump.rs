//! What moves messages: the event source mappings of the stream and the queues, and the schedule.
//!
//! What it does not do: batching windows, parallel shards, splitting of failed batches, an end to the retries of a batch.

use std::fmt;

use aws_sdk_sqs::types::{DeleteMessageBatchRequestEntry, Message, MessageSystemAttributeName};
use serde_json::{Value, json};

use crate::{
    functions::{Answer, Failed},
    plan::Trigger,
    store::{Cursor, StoreError},
    system::System,
};

/// Why nothing was moved.
#[derive(Debug)]
pub struct PumpError(String);

/// A queue and the function that it starts.
#[derive(Debug, Clone)]
pub struct Mapping {
    /// The queue's logical id.
    pub queue: String,
    /// The function's logical id.
    pub function: String,
    /// Most messages at once.
    pub batch: u32,
}

impl System {
    /// Every queue that starts a function.
    pub fn mappings(&self) -> Vec<Mapping> {
        let mapping = |(function, trigger): (&str, &Trigger)| match trigger {
            Trigger::Queue { queue, batch } => {
                Some(Mapping { queue: queue.clone(), function: function.to_owned(), batch: *batch })
            }
            Trigger::Http { .. } | Trigger::Stream { .. } | Trigger::Schedule { .. } => None,
        };
        self.triggers().filter_map(mapping).collect()
    }

    /// Hands the next batch of changes to the stream's function; how many there were, passed over or not.
    ///
    /// The cursor stays where it is if the function fails, so that the batch comes again.
    pub async fn relay(&self, cursor: &mut Cursor) -> Result<usize, PumpError> {
        let stream = self.triggers().find_map(|(_, trigger)| match trigger {
            Trigger::Stream { batch, .. } => Some(usize::try_from(*batch).unwrap_or(100)),
            Trigger::Http { .. } | Trigger::Queue { .. } | Trigger::Schedule { .. } => None,
        });
        let limit = stream.ok_or_else(|| PumpError("the stream starts no function".to_owned()))?;
        let (changes, next) = self.store.changes(cursor, limit)?;
        self.tell(&changes).await?;
        *cursor = next;
        Ok(changes.len())
    }

    /// Hands a batch of changes to the stream's function, less those that its filter passes over.
    pub async fn tell(&self, changes: &[Value]) -> Result<(), PumpError> {
        for (function, trigger) in self.triggers() {
            let Trigger::Stream { kinds, .. } = trigger else { continue };
            let matter = |change: &&Value| {
                let kind = change.pointer("/dynamodb/NewImage/kind/S").and_then(Value::as_str);
                kind.is_some_and(|kind| kinds.iter().any(|k| k == kind))
            };
            let records: Vec<_> = changes.iter().filter(matter).collect();
            if !records.is_empty() {
                self.accepted(function, json!({ "Records": records })).await?;
            }
        }
        Ok(())
    }

    /// Receives once, waiting so many seconds at most, and hands what came to the queue's function.
    pub async fn drain(&self, mapping: &Mapping, wait_secs: i32) -> Result<usize, PumpError> {
        let client = self.env(&mapping.function).sqs().map_err(|e| PumpError(e.to_string()))?;
        let url = self
            .queue_url(&mapping.queue)
            .ok_or_else(|| PumpError(format!("there is no queue {}", mapping.queue)))?;
        let messages = receive(&client, &url, mapping.batch, wait_secs).await?;
        if messages.is_empty() {
            return Ok(0);
        }
        let event =
            json!({ "Records": messages.iter().map(|m| record(m, &mapping.queue)).collect::<Vec<_>>() });
        let failed = match self.invoke(&mapping.function, event).await {
            Ok(Answer::Json(response)) => failures(&response),
            Ok(Answer::Http(_)) => None,
            Err(Failed(error)) => {
                tracing::error!(function = mapping.function, error, "a batch failed");
                None
            }
        };
        if let Some(failed) = failed {
            delete(&client, &url, &messages, &failed).await?;
        }
        Ok(messages.len())
    }

    /// Starts every function whose time has come; to be called every minute.
    ///
    /// A function that fails keeps no other from being started.
    pub async fn tick(&self) -> Result<(), PumpError> {
        let event = json!({
            "version": "0", "id": "00000000-0000-0000-0000-000000000000", "detail-type": "Scheduled Event",
            "source": "aws.events", "account": "000000000000", "time": self.clock.now(), "region": "us-east-1",
            "resources": [], "detail": {},
        });
        let mut failed = Ok(());
        for (function, trigger) in self.triggers() {
            let Trigger::Schedule { every_mins } = trigger else { continue };
            if self.is_time(function, *every_mins)
                && let Err(error) = self.invoke(function, event.clone()).await
            {
                failed = Err(error.into());
            }
        }
        failed
    }

    async fn accepted(&self, function: &str, event: Value) -> Result<(), PumpError> {
        match self.invoke(function, event).await? {
            Answer::Json(response) if failures(&response).is_some_and(|failed| failed.is_empty()) => Ok(()),
            Answer::Json(_) | Answer::Http(_) => {
                Err(PumpError("the batch of changes must come again".to_owned()))
            }
        }
    }
}

/// Receives up to a batch of messages: one call after the other, for as long as there are more.
async fn receive(
    client: &aws_sdk_sqs::Client,
    url: &str,
    batch: u32,
    wait_secs: i32,
) -> Result<Vec<Message>, PumpError> {
    let most = usize::try_from(batch).unwrap_or(usize::MAX);
    let mut messages = Vec::new();
    while messages.len() < most {
        let wait_secs = if messages.is_empty() { wait_secs } else { 0 };
        let asked = i32::try_from((most - messages.len()).min(10)).unwrap_or(10);
        let request = client.receive_message().queue_url(url).max_number_of_messages(asked);
        let request = request.wait_time_seconds(wait_secs);
        let received = request.message_system_attribute_names(MessageSystemAttributeName::All).send().await;
        let received = received.map_err(|e| PumpError(e.to_string()))?.messages.unwrap_or_default();
        if received.is_empty() {
            break;
        }
        messages.extend(received);
    }
    Ok(messages)
}

/// The record of a message in Lambda's event.
fn record(message: &Message, queue: &str) -> Value {
    let attributes =
        message.attributes.iter().flatten().map(|(name, value)| (name.as_str().to_owned(), json!(value)));
    json!({
        "messageId": message.message_id,
        "receiptHandle": message.receipt_handle,
        "body": message.body,
        "attributes": attributes.collect::<serde_json::Map<_, _>>(),
        "messageAttributes": {},
        "md5OfBody": message.md5_of_body,
        "eventSource": "aws:sqs",
        "eventSourceARN": format!("arn:aws:sqs:us-east-1:000000000000:{queue}"),
        "awsRegion": "us-east-1",
    })
}

/// What a function says of its batch: the ids that failed; nothing if it says nothing at all.
fn failures(response: &Value) -> Option<Vec<String>> {
    let failures = response.get("batchItemFailures")?.as_array()?;
    let id = |failure: &Value| {
        failure.get("itemIdentifier").and_then(Value::as_str).unwrap_or_default().to_owned()
    };
    Some(failures.iter().map(id).collect())
}

/// Deletes the messages that did not fail; the others become visible again in their time.
async fn delete(
    client: &aws_sdk_sqs::Client,
    url: &str,
    messages: &[Message],
    failed: &[String],
) -> Result<(), PumpError> {
    let done = messages.iter().filter(|m| !failed.iter().any(|id| Some(id) == m.message_id.as_ref()));
    let entry = |(n, m): (usize, &Message)| {
        DeleteMessageBatchRequestEntry::builder()
            .id(n.to_string())
            .set_receipt_handle(m.receipt_handle.clone())
            .build()
    };
    let entries =
        done.enumerate().map(entry).collect::<Result<Vec<_>, _>>().map_err(|e| PumpError(e.to_string()))?;
    for part in entries.chunks(10) {
        let request = client.delete_message_batch().queue_url(url).set_entries(Some(part.to_vec()));
        request.send().await.map_err(|e| PumpError(e.to_string()))?;
    }
    Ok(())
}

impl From<StoreError> for PumpError {
    fn from(error: StoreError) -> Self {
        Self(error.to_string())
    }
}

impl From<Failed> for PumpError {
    fn from(error: Failed) -> Self {
        Self(error.0)
    }
}

impl fmt::Display for PumpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for PumpError {}
