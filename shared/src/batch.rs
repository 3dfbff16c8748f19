//! Batches of queue messages: each record on its own or all together, and only the failed ones come back.

use std::{error::Error, future::Future};

use aws_lambda_events::event::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent};
use serde::de::DeserializeOwned;
use tracing::Instrument;

use crate::problem::Chain;

/// Does the work of each record, all at once, each in its own span.
///
/// A record that cannot be read or whose work fails is reported alone, so that it is delivered
/// again and ends in the dead-letter queue; the others are done.
pub async fn each<T, E, F>(event: SqsEvent, work: impl Fn(T) -> F) -> SqsBatchResponse
where
    T: DeserializeOwned,
    E: Error + 'static,
    F: Future<Output = Result<(), E>>,
{
    let records = event.records.into_iter().map(|record| {
        let id = record.message_id.unwrap_or_default();
        let span = tracing::info_span!("record", message.id = %id);
        let body = serde_json::from_str::<T>(record.body.as_deref().unwrap_or_default());
        let task = body.map(&work);
        async move {
            let Ok(task) = task else {
                tracing::error!("a record cannot be read");
                return Some(id);
            };
            let error = task.await.err()?;
            tracing::error!(error = %Chain(&error), "a record failed and will come again");
            Some(id)
        }
        .instrument(span)
    });
    response(futures_util::future::join_all(records).await.into_iter().flatten())
}

/// Does the work of all records together; `work` answers with the places of those that failed.
///
/// These are reported, and one that cannot be read: they are delivered again and end in the dead-letter queue.
pub async fn together<T, F>(event: SqsEvent, work: impl FnOnce(Vec<T>) -> F) -> SqsBatchResponse
where
    T: DeserializeOwned,
    F: Future<Output = Vec<usize>>,
{
    let (mut ids, mut bodies, mut unread) = (Vec::new(), Vec::new(), Vec::new());
    for record in event.records {
        let id = record.message_id.unwrap_or_default();
        if let Ok(body) = serde_json::from_str::<T>(record.body.as_deref().unwrap_or_default()) {
            ids.push(id);
            bodies.push(body);
        } else {
            tracing::error!(message.id = %id, "a record cannot be read");
            unread.push(id);
        }
    }
    let failed = work(bodies).await;
    let failed = failed.into_iter().filter_map(|place| ids.get(place).cloned());
    response(failed.chain(unread))
}

fn response(failed: impl Iterator<Item = String>) -> SqsBatchResponse {
    let failure = |id| {
        let mut failure = BatchItemFailure::default();
        failure.item_identifier = id;
        failure
    };
    let mut response = SqsBatchResponse::default();
    response.batch_item_failures = failed.map(failure).collect();
    response
}
