//! Messages into an org's SQS queue: up to ten in one call, each with an outcome of its own.

use std::collections::BTreeMap;

use aws_credential_types::Credentials;
use aws_sdk_sqs::{
    Client, config,
    error::ProvideErrorMetadata,
    types::{MessageAttributeValue, SendMessageBatchRequestEntry},
};
use jiff::SignedDuration;
use serde_json::Value;

use crate::{
    attempt::{Failure, Retry},
    push::{Message, Pushed, failure},
};

/// The most messages of one call, and the most bytes of all of them together.
const MOST: usize = 10;
const MOST_BYTES: usize = 1024 * 1024;

/// What staff must mend takes them a while: sooner attempts would only fill their log.
pub(super) const LATER: Retry = Retry::After(SignedDuration::from_mins(30));

/// Puts messages into a queue; an outcome for each, in their order.
pub(super) async fn send(
    sqs: &Client,
    url: &str,
    credentials: Option<Credentials>,
    messages: &[Message<'_>],
) -> Vec<Result<Pushed, Failure>> {
    let prepared = messages.iter().enumerate().map(|(place, message)| entry(url, place, message));
    let mut outcomes: BTreeMap<usize, Result<Pushed, Failure>> = BTreeMap::new();
    let mut ready = Vec::new();
    for (place, prepared) in prepared.enumerate() {
        match prepared {
            Ok(prepared) => ready.push(prepared),
            Err(failure) => drop(outcomes.insert(place, Err(failure))),
        }
    }
    for batch in batches(ready) {
        outcomes.extend(send_batch(sqs, url, credentials.clone(), batch).await);
    }
    let silent = || Err(failure("the queue does not say what became of the message", Retry::Scheduled));
    (0..messages.len()).map(|place| outcomes.remove(&place).unwrap_or_else(silent)).collect()
}

/// A message as an entry of a call, and how much of the call it takes.
type Sized = (SendMessageBatchRequestEntry, usize);

/// As few calls as hold them all.
fn batches(entries: Vec<Sized>) -> Vec<Vec<SendMessageBatchRequestEntry>> {
    let mut batches: Vec<Vec<_>> = Vec::new();
    let mut left = 0;
    for (entry, bytes) in entries {
        match batches.last_mut() {
            Some(batch) if batch.len() < MOST && bytes <= left => batch.push(entry),
            Some(_) | None => {
                left = MOST_BYTES;
                batches.push(vec![entry]);
            }
        }
        left -= bytes;
    }
    batches
}

async fn send_batch(
    sqs: &Client,
    url: &str,
    credentials: Option<Credentials>,
    batch: Vec<SendMessageBatchRequestEntry>,
) -> BTreeMap<usize, Result<Pushed, Failure>> {
    let places: Vec<usize> = batch.iter().filter_map(|entry| entry.id.parse().ok()).collect();
    let mut there = config::Config::builder().region(region_of(url).map(config::Region::new));
    if let Some(credentials) = credentials {
        there = there.credentials_provider(credentials);
    }
    let request = sqs.send_message_batch().queue_url(url).set_entries(Some(batch));
    match request.customize().config_override(there).send().await {
        Ok(answer) => {
            let taken = answer.successful.iter().map(|it| (&it.id, Ok(Pushed { status: None })));
            let failed = answer.failed.iter().map(|it| (&it.id, Err(judge(Some(&it.code)))));
            taken.chain(failed).filter_map(|(id, outcome)| Some((id.parse().ok()?, outcome))).collect()
        }
        Err(error) => {
            let failure = judge(error.code());
            places.into_iter().map(|place| (place, Err(failure.clone()))).collect()
        }
    }
}

fn entry(url: &str, place: usize, message: &Message<'_>) -> Result<Sized, Failure> {
    let text = message.body.to_string();
    let mut bytes = text.len();
    let mut entry = SendMessageBatchRequestEntry::builder().id(place.to_string()).message_body(text);
    for (name, pointer, otherwise) in [
        ("Schema", "/schema", "unknown"),
        ("Stage", "/stage", "event"),
        ("CampaignName", "/campaign/name", "unknown"),
        ("ActionType", "/action/actionType", "unknown"),
    ] {
        let value = message.body.pointer(pointer).and_then(Value::as_str).unwrap_or(otherwise);
        bytes += name.len() + "String".len() + value.len();
        entry = entry.message_attributes(name, attribute(value)?);
    }
    if url.strip_suffix(".fifo").is_some() {
        entry = entry.message_group_id(group(message.body)).message_deduplication_id(message.id);
    }
    if bytes > MOST_BYTES {
        return Err(failure("the message is longer than a queue takes", Retry::Never));
    }
    let entry = entry.build().map_err(|_| failure("the message cannot be written", Retry::Never))?;
    Ok((entry, bytes))
}

/// What keeps its order in a FIFO queue: the messages about one person, or about one campaign.
fn group(message: &Value) -> String {
    let person = ["/contact/contactRef", "/supporter/contact/contactRef"];
    let person = person.iter().find_map(|pointer| message.pointer(pointer)?.as_str());
    let campaign = || message.pointer("/campaign/name").and_then(Value::as_str);
    person.or_else(campaign).unwrap_or("proca").to_owned()
}

fn attribute(text: &str) -> Result<MessageAttributeValue, Failure> {
    let built = MessageAttributeValue::builder().data_type("String").string_value(text).build();
    built.map_err(|_| failure("the message has no attributes", Retry::Never))
}

/// The region that a queue is in, by its URL; `None` on this machine.
fn region_of(url: &str) -> Option<String> {
    let (region, _) = url.strip_prefix("https://sqs.")?.split_once(".amazonaws.com")?;
    Some(region.to_owned())
}

/// What a refusal means, in the org's words, and when another attempt can help: soon, when staff have
/// mended it, or never.
fn judge(code: Option<&str>) -> Failure {
    let (words, retry) = match code {
        None => return failure("no answer of the queue", Retry::Scheduled),
        Some(code) if code.contains("Throttl") || code == "OverLimit" => {
            ("the queue is busy", Retry::Scheduled)
        }
        Some(code) if code.contains("NonExistentQueue") || code.contains("QueueDoesNotExist") => {
            ("there is no such queue", LATER)
        }
        Some(code) if code.to_lowercase().starts_with("kms") => {
            ("the key of the queue does not let its messages be encrypted", LATER)
        }
        Some(code) if code.starts_with("AccessDenied") => ("the queue does not let messages be sent", LATER),
        Some(
            "InvalidClientTokenId"
            | "UnrecognizedClientException"
            | "InvalidSecurity"
            | "SignatureDoesNotMatch"
            | "ExpiredToken"
            | "ExpiredTokenException",
        ) => ("the access key is not accepted", LATER),
        Some("InvalidMessageContents" | "BatchRequestTooLong" | "InvalidParameterValue") => {
            ("the queue does not take such a message", Retry::Never)
        }
        Some(_) => ("the queue does not take the message for now", Retry::Scheduled),
    };
    failure(&format!("{words} ({})", code.unwrap_or_default()), retry)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn entries(bodies: &[usize]) -> Vec<Sized> {
        let url = "https://sqs.eu-central-1.amazonaws.com/123456789012/proca-push-crm";
        let body = |length: &usize| json!("x".repeat(*length));
        let bodies: Vec<_> = bodies.iter().map(body).collect();
        let message = |(place, body)| entry(url, place, &Message { id: "msg_1", body });
        bodies.iter().enumerate().map(message).collect::<Result<_, _>>().unwrap()
    }

    #[test]
    fn a_call_has_ten_messages_and_a_megabyte_at_most() {
        let sizes = |bodies: &[usize]| batches(entries(bodies)).iter().map(Vec::len).collect::<Vec<_>>();
        assert_eq!(sizes(&[]), Vec::<usize>::new());
        assert_eq!(sizes(&[10; 10]), [10]);
        assert_eq!(sizes(&[10; 23]), [10, 10, 3]);
        assert_eq!(sizes(&[600_000, 400_000, 100_000, 600_000]), [2, 2]);
        assert_eq!(sizes(&[1_000_000; 3]), [1, 1, 1]);
        let long = json!("x".repeat(MOST_BYTES));
        let failure = entry("", 0, &Message { id: "msg_1", body: &long }).unwrap_err();
        assert_eq!(failure.retry, Retry::Never);
    }

    #[test]
    fn a_queue_s_region_stands_in_its_url() {
        let region = |url| region_of(url).unwrap_or_default();
        assert_eq!(region("https://sqs.eu-west-3.amazonaws.com/123456789012/q"), "eu-west-3");
        assert_eq!(region("https://sqs.cn-north-1.amazonaws.com.cn/123456789012/q"), "cn-north-1");
        assert_eq!(region("http://127.0.0.1:9324/000000000000/q"), "");
    }

    #[test]
    fn a_refusal_says_what_is_wrong_and_when_to_try_again() {
        for (code, words, retry) in [
            ("RequestThrottled", "the queue is busy", Retry::Scheduled),
            ("KmsThrottled", "the queue is busy", Retry::Scheduled),
            ("AWS.SimpleQueueService.NonExistentQueue", "there is no such queue", LATER),
            ("QueueDoesNotExist", "there is no such queue", LATER),
            ("AccessDenied", "the queue does not let messages be sent", LATER),
            ("KMS.AccessDeniedException", "the key of the queue", LATER),
            ("InvalidClientTokenId", "the access key is not accepted", LATER),
            ("InvalidMessageContents", "the queue does not take such a message", Retry::Never),
            ("InternalError", "the queue does not take the message for now", Retry::Scheduled),
        ] {
            let failure = judge(Some(code));
            assert!(failure.error.starts_with(words) && failure.error.contains(code), "{}", failure.error);
            assert_eq!(failure.retry, retry, "{code}");
        }
        assert_eq!(judge(None).retry, Retry::Scheduled);
    }

    #[test]
    fn what_is_about_one_person_keeps_its_order() {
        assert_eq!(group(&json!({ "contact": { "contactRef": "1-a" }, "campaign": { "name": "x" } })), "1-a");
        assert_eq!(group(&json!({ "supporter": { "contact": { "contactRef": "1-b" } } })), "1-b");
        assert_eq!(group(&json!({ "campaign": { "name": "x" } })), "x");
        assert_eq!(group(&json!({})), "proca");
    }
}
