//! Requests as clients write them, and the answers they get.

use axum::{
    body::{Bytes, to_bytes},
    extract::State,
    http::{HeaderMap, HeaderValue},
};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::answer;
use crate::sqs::{QueueSettings, Sqs, SqsError};
use proca::clock::Clock;

fn sqs() -> Result<(Sqs, String), SqsError> {
    let clock = Clock::standing_at(Timestamp::UNIX_EPOCH);
    let sqs = Sqs::new(clock, "http://127.0.0.1:9000".to_owned());
    let url = sqs.create_queue(QueueSettings::new("actions"))?;
    Ok((sqs, url))
}

/// Status, query error code and body of the answer.
async fn ask(sqs: &Sqs, operation: &str, request: Value) -> (u16, String, Value) {
    let mut headers = HeaderMap::new();
    if let Ok(target) = HeaderValue::try_from(format!("AmazonSQS.{operation}")) {
        headers.insert("x-amz-target", target);
    }
    let body = Bytes::from(request.to_string());
    let response = answer(State(sqs.clone()), headers, body).await;
    let code = response.headers().get("x-amzn-query-error");
    let code = code.and_then(|it| it.to_str().ok()).unwrap_or_default();
    let (status, code) = (response.status().as_u16(), code.to_owned());
    let body = to_bytes(response.into_body(), usize::MAX).await;
    let body = body.ok().and_then(|it| serde_json::from_slice(&it).ok());
    (status, code, body.unwrap_or_default())
}

#[tokio::test]
async fn an_unknown_queue_is_refused_as_sqs_refuses_it() -> Result<(), SqsError> {
    let (sqs, url) = sqs()?;
    let request = json!({ "QueueUrl": format!("{url}s"), "MessageBody": "hello" });
    let expected = (
        400,
        "AWS.SimpleQueueService.NonExistentQueue;Sender".to_owned(),
        json!({
            "__type": "com.amazonaws.sqs#QueueDoesNotExist",
            "message": "The specified queue does not exist.",
        }),
    );
    assert_eq!(ask(&sqs, "SendMessage", request).await, expected);
    Ok(())
}

#[tokio::test]
async fn a_batch_has_an_outcome_for_each_entry() -> Result<(), SqsError> {
    let (sqs, url) = sqs()?;
    let entries = json!([
        { "Id": "good", "MessageBody": "hello", "MessageGroupId": "greens" },
        { "Id": "late", "MessageBody": "hello", "DelaySeconds": 901 },
        { "Id": "ugly", "MessageBody": "\u{1}" },
    ]);
    let request = json!({ "QueueUrl": url, "Entries": entries });
    let (status, _, answer) = ask(&sqs, "SendMessageBatch", request).await;
    assert_eq!(status, 200);
    assert_eq!(answer.pointer("/Successful/0/Id"), Some(&json!("good")));
    assert_eq!(answer.pointer("/Failed/0/Code"), Some(&json!("InvalidParameterValue")));
    assert_eq!(answer.pointer("/Failed/1/Code"), Some(&json!("InvalidMessageContents")));
    assert_eq!(sqs.counts("actions").map(|it| it.visible), Some(1));
    Ok(())
}

#[tokio::test]
async fn a_receiver_gets_what_it_asks_for() -> Result<(), SqsError> {
    let (sqs, url) = sqs()?;
    let attribute = json!({ "DataType": "Binary", "BinaryValue": "AAH/" });
    let request = json!({
        "QueueUrl": url,
        "MessageBody": "hello",
        "MessageGroupId": "greens",
        "MessageAttributes": { "seen.by": attribute, "other": attribute },
    });
    ask(&sqs, "SendMessage", request).await;
    let request = json!({
        "QueueUrl": url,
        "MessageSystemAttributeNames": ["MessageGroupId"],
        "MessageAttributeNames": ["seen.*"],
    });
    let (_, _, answer) = ask(&sqs, "ReceiveMessage", request).await;
    let message = answer.pointer("/Messages/0").cloned().unwrap_or_default();
    assert_eq!(message.get("Attributes"), Some(&json!({ "MessageGroupId": "greens" })));
    assert_eq!(message.get("MessageAttributes"), Some(&json!({ "seen.by": attribute })));
    Ok(())
}

#[tokio::test]
async fn a_list_goes_on_where_its_page_ended() -> Result<(), SqsError> {
    let (sqs, _) = sqs()?;
    for name in ["email", "pushes"] {
        sqs.create_queue(QueueSettings::new(name))?;
    }
    let (_, _, first) = ask(&sqs, "ListQueues", json!({ "MaxResults": 2 })).await;
    assert_eq!(first.get("QueueUrls").and_then(Value::as_array).map(Vec::len), Some(2));
    let request = json!({ "MaxResults": 2, "NextToken": first.get("NextToken") });
    let rest = json!({ "QueueUrls": ["http://127.0.0.1:9000/000000000000/pushes"] });
    assert_eq!(ask(&sqs, "ListQueues", request).await.2, rest);
    Ok(())
}

#[tokio::test]
async fn what_is_not_an_operation_is_refused() -> Result<(), SqsError> {
    let (sqs, _) = sqs()?;
    assert_eq!(ask(&sqs, "Explode", json!({})).await.1, "InvalidAction;Sender");
    assert_eq!(ask(&sqs, "SendMessage", json!([])).await.1, "MalformedInput;Sender");
    Ok(())
}
