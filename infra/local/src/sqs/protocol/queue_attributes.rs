//! A queue's settings as the attributes by which clients read and write them.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::json;

use crate::sqs::{
    address,
    error::SqsError,
    settings::{QueueSettings, Redrive},
};

/// Attributes that are kept and given back, and change nothing.
const INERT: [&str; 5] = [
    "KmsDataKeyReusePeriodSeconds",
    "KmsMasterKeyId",
    "Policy",
    "RedriveAllowPolicy",
    "SqsManagedSseEnabled",
];

/// Attributes that a queue has of itself; nobody can set them.
const READ_ONLY: [&str; 6] = [
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesDelayed",
    "ApproximateNumberOfMessagesNotVisible",
    "CreatedTimestamp",
    "LastModifiedTimestamp",
    "QueueArn",
];

/// `RedrivePolicy` as clients write it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RedrivePolicy {
    dead_letter_target_arn: String,
    max_receive_count: Count,
}

/// A count, which clients write as a number or as text.
#[derive(Deserialize)]
#[serde(untagged)]
enum Count {
    Number(u32),
    Text(String),
}

/// Says whether SQS has an attribute of this name, on some kind of queue.
pub(super) fn is_known(name: &str) -> bool {
    READ_ONLY.contains(&name)
        || name == "RedrivePolicy"
        || written(&QueueSettings::new(".fifo")).contains_key(name)
        || INERT.contains(&name)
}

/// Writes settings as attributes.
pub(super) fn written(settings: &QueueSettings) -> BTreeMap<String, String> {
    let mut attributes = settings.inert.clone();
    let numbers = [
        ("VisibilityTimeout", settings.visibility_timeout_seconds),
        ("DelaySeconds", settings.delay_seconds),
        ("ReceiveMessageWaitTimeSeconds", settings.receive_wait_seconds),
        ("MessageRetentionPeriod", settings.retention_seconds),
        ("MaximumMessageSize", settings.max_message_bytes),
    ];
    attributes.extend(numbers.map(|(name, value)| (name.to_owned(), value.to_string())));
    if let Some(redrive) = &settings.redrive {
        let policy = json!({
            "deadLetterTargetArn": address::arn(&redrive.dead_letter_queue),
            "maxReceiveCount": redrive.max_receives,
        });
        attributes.insert("RedrivePolicy".to_owned(), policy.to_string());
    }
    if let Some(fifo) = &settings.fifo {
        let scope = if fifo.deduplication_per_group { "messageGroup" } else { "queue" };
        let content_based = fifo.content_based_deduplication.to_string();
        attributes.insert("FifoQueue".to_owned(), "true".to_owned());
        attributes.insert("ContentBasedDeduplication".to_owned(), content_based);
        attributes.insert("DeduplicationScope".to_owned(), scope.to_owned());
        let limit = attributes.entry("FifoThroughputLimit".to_owned());
        limit.or_insert_with(|| "perQueue".to_owned());
    }
    attributes
}

/// Changes settings as attributes say; an empty value unsets what can be unset.
pub(super) fn applied(
    mut settings: QueueSettings,
    attributes: &BTreeMap<String, String>,
) -> Result<QueueSettings, SqsError> {
    for (name, value) in attributes {
        apply(&mut settings, name, value)?;
    }
    settings.check()?;
    Ok(settings)
}

fn apply(settings: &mut QueueSettings, name: &str, value: &str) -> Result<(), SqsError> {
    match name {
        "VisibilityTimeout" => {
            settings.visibility_timeout_seconds = number("VisibilityTimeout", value)?;
        }
        "DelaySeconds" => settings.delay_seconds = number("DelaySeconds", value)?,
        "ReceiveMessageWaitTimeSeconds" => {
            settings.receive_wait_seconds = number("ReceiveMessageWaitTimeSeconds", value)?;
        }
        "MessageRetentionPeriod" => {
            settings.retention_seconds = number("MessageRetentionPeriod", value)?;
        }
        "MaximumMessageSize" => settings.max_message_bytes = number("MaximumMessageSize", value)?,
        "RedrivePolicy" => settings.redrive = redrive(value)?,
        inert if INERT.contains(&inert) => keep(settings, inert, value),
        fifo => apply_fifo(settings, fifo, value)?,
    }
    Ok(())
}

fn apply_fifo(settings: &mut QueueSettings, name: &str, value: &str) -> Result<(), SqsError> {
    let Some(fifo) = &mut settings.fifo else {
        return Err(SqsError::UnknownAttribute { name: name.to_owned() });
    };
    match (name, value) {
        ("FifoQueue", "true") => {}
        ("FifoQueue", _) => return Err(SqsError::InvalidAttributeValue { name: "FifoQueue" }),
        ("ContentBasedDeduplication", _) => {
            let invalid = |_| SqsError::InvalidAttributeValue { name: "ContentBasedDeduplication" };
            fifo.content_based_deduplication = value.parse().map_err(invalid)?;
        }
        ("DeduplicationScope", "queue") => fifo.deduplication_per_group = false,
        ("DeduplicationScope", "messageGroup") => fifo.deduplication_per_group = true,
        ("DeduplicationScope", _) => {
            return Err(SqsError::InvalidAttributeValue { name: "DeduplicationScope" });
        }
        ("FifoThroughputLimit", _) => keep(settings, name, value),
        _ => {
            return Err(SqsError::UnknownAttribute { name: name.to_owned() });
        }
    }
    Ok(())
}

fn keep(settings: &mut QueueSettings, name: &str, value: &str) {
    if value.is_empty() {
        settings.inert.remove(name);
    } else {
        settings.inert.insert(name.to_owned(), value.to_owned());
    }
}

fn number(name: &'static str, value: &str) -> Result<u32, SqsError> {
    let invalid = |_| SqsError::InvalidAttributeValue { name };
    value.parse().map_err(invalid)
}

fn redrive(value: &str) -> Result<Option<Redrive>, SqsError> {
    if value.is_empty() {
        return Ok(None);
    }
    let parsed = serde_json::from_str::<RedrivePolicy>(value).ok();
    let redrive = parsed.and_then(|policy| {
        Some(Redrive {
            dead_letter_queue: address::name_in_arn(&policy.dead_letter_target_arn)?.to_owned(),
            max_receives: match policy.max_receive_count {
                Count::Number(count) => count,
                Count::Text(text) => text.parse().ok()?,
            },
        })
    });
    redrive.map(Some).ok_or_else(|| SqsError::InvalidParameter {
        parameter: "RedrivePolicy",
        value: value.to_owned(),
        reason: "Redrive policy is not a valid JSON map",
    })
}
