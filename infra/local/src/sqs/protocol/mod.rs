//! The HTTP side: requests and answers of the AWS JSON 1.0 protocol.

mod attribute_value;
mod batch;
mod list;
mod moves;
mod queue_attributes;
mod queues;
mod receipts;
mod receive;
mod request;
mod send;
mod settings;
mod tags;
#[cfg(test)]
mod tests;

use axum::{
    Router,
    body::{Body, Bytes},
    extract::{DefaultBodyLimit, State},
    http::{HeaderMap, HeaderValue, StatusCode, header::CONTENT_TYPE},
    response::Response,
};
use proca::random::Random;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::json;

use self::{
    batch::Batch,
    list::{ListDeadLetterSourceQueues, ListQueues},
    moves::{ListMessageMoveTasks, StartMessageMoveTask},
    queues::{CreateQueue, DeleteQueue, GetQueueUrl, PurgeQueue},
    receipts::{ChangeMessageVisibility, DeleteMessage},
    receive::ReceiveMessage,
    request::{Of, Operation},
    send::SendMessage,
    settings::{GetQueueAttributes, SetQueueAttributes},
    tags::{ListQueueTags, TagQueue, UntagQueue},
};
use super::{Sqs, error::SqsError};

/// The longest request read, in bytes: a full batch, escaped.
const LONGEST_REQUEST: usize = 8 * 1024 * 1024;

/// Serves all operations on every path.
pub(super) fn router(sqs: Sqs) -> Router {
    Router::new().fallback(answer).layer(DefaultBodyLimit::max(LONGEST_REQUEST)).with_state(sqs)
}

async fn answer(State(sqs): State<Sqs>, headers: HeaderMap, body: Bytes) -> Response {
    let target = headers.get("x-amz-target").and_then(|it| it.to_str().ok());
    let operation = target.and_then(|it| it.strip_prefix("AmazonSQS."));
    let operation = operation.unwrap_or_default();
    match perform(&sqs, operation, &body).await {
        Ok(json) => response(StatusCode::OK, json),
        Err(error) => refusal(operation, &error),
    }
}

/// Runs the operation of this name on a request, and gives its answer as JSON.
async fn perform(sqs: &Sqs, operation: &str, body: &[u8]) -> Result<Vec<u8>, SqsError> {
    match operation {
        "CreateQueue" => run::<CreateQueue>(sqs, body),
        "DeleteQueue" => run::<Of<DeleteQueue>>(sqs, body),
        "GetQueueUrl" => run::<GetQueueUrl>(sqs, body),
        "ListQueues" => run::<ListQueues>(sqs, body),
        "ListDeadLetterSourceQueues" => run::<ListDeadLetterSourceQueues>(sqs, body),
        "PurgeQueue" => run::<Of<PurgeQueue>>(sqs, body),
        "GetQueueAttributes" => run::<Of<GetQueueAttributes>>(sqs, body),
        "SetQueueAttributes" => run::<Of<SetQueueAttributes>>(sqs, body),
        "TagQueue" => run::<Of<TagQueue>>(sqs, body),
        "UntagQueue" => run::<Of<UntagQueue>>(sqs, body),
        "ListQueueTags" => run::<Of<ListQueueTags>>(sqs, body),
        "SendMessage" => run::<Of<SendMessage>>(sqs, body),
        "SendMessageBatch" => run::<Batch<SendMessage>>(sqs, body),
        "ReceiveMessage" => written(&read::<ReceiveMessage>(body)?.perform(sqs).await?),
        "DeleteMessage" => run::<Of<DeleteMessage>>(sqs, body),
        "DeleteMessageBatch" => run::<Batch<DeleteMessage>>(sqs, body),
        "ChangeMessageVisibility" => run::<Of<ChangeMessageVisibility>>(sqs, body),
        "ChangeMessageVisibilityBatch" => run::<Batch<ChangeMessageVisibility>>(sqs, body),
        "StartMessageMoveTask" => run::<StartMessageMoveTask>(sqs, body),
        "ListMessageMoveTasks" => run::<ListMessageMoveTasks>(sqs, body),
        "CancelMessageMoveTask" => Err(SqsError::TaskNotFound),
        "AddPermission" | "RemovePermission" => Err(SqsError::UnsupportedOperation),
        _ => Err(SqsError::UnknownOperation),
    }
}

fn run<Q: Operation>(sqs: &Sqs, body: &[u8]) -> Result<Vec<u8>, SqsError> {
    written(&read::<Q>(body)?.perform(sqs)?)
}

fn read<Q: DeserializeOwned>(body: &[u8]) -> Result<Q, SqsError> {
    serde_json::from_slice(body).map_err(SqsError::Unreadable)
}

fn written<A: Serialize>(answer: &A) -> Result<Vec<u8>, SqsError> {
    serde_json::to_vec(answer).map_err(SqsError::Unreadable)
}

fn refusal(operation: &str, error: &SqsError) -> Response {
    let fault = error.fault();
    tracing::debug!(sqs.operation = operation, sqs.code = fault.code, "SQS refuses a request");
    let body = json!({ "__type": fault.shape, "message": error.to_string() });
    let mut response = response(fault.status, body.to_string().into_bytes());
    if let Ok(code) = HeaderValue::try_from(format!("{};Sender", fault.code)) {
        response.headers_mut().insert("x-amzn-query-error", code);
    }
    response
}

fn response(status: StatusCode, json: Vec<u8>) -> Response {
    let mut response = Response::new(Body::from(json));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-amz-json-1.0"));
    if let Ok(id) = HeaderValue::try_from(Random::System.uuid().to_string()) {
        headers.insert("x-amzn-requestid", id);
    }
    response
}
