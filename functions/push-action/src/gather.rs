//! What a batch of hints has for one queue, sent by one call.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use jiff::Timestamp;
use proca::{
    attempt::{Failure, Retry},
    id::Id,
    push::{Message, Pushed, Pusher},
    service::{Endpoint, Service},
};
use serde_json::Value;
use tokio::sync::{oneshot, watch};

/// Where the records of a batch meet before they send to queues.
pub(crate) struct Gathering {
    /// How many records may still come with a message.
    expected: watch::Sender<usize>,
    waiting: Mutex<BTreeMap<Id<Service>, Vec<Waiting>>>,
}

/// A message that waits for the others.
struct Waiting {
    id: String,
    body: Value,
    outcome: oneshot::Sender<Result<Pushed, Failure>>,
}

/// One record's part in it. The others wait until it is used, or dropped.
pub(crate) struct Turn<'a>(&'a Gathering);

impl Gathering {
    pub(crate) fn new() -> Self {
        Self { expected: watch::Sender::new(0), waiting: Mutex::default() }
    }

    /// Expects one more record. All must be expected before the first is worked on.
    pub(crate) fn turn(&self) -> Turn<'_> {
        self.expected.send_modify(|expected| *expected += 1);
        Turn(self)
    }

    fn waiting(&self) -> std::sync::MutexGuard<'_, BTreeMap<Id<Service>, Vec<Waiting>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.0.expected.send_modify(|expected| *expected = expected.saturating_sub(1));
    }
}

impl Turn<'_> {
    /// Sends a message: to a webhook at once, to a queue with all that the batch has for it.
    ///
    /// The first to come for a queue waits until nobody is expected any more, and sends for all.
    pub(crate) async fn push(
        self,
        pusher: &Pusher,
        service: &Service,
        (id, body): (String, Value),
        at: Timestamp,
    ) -> Result<Pushed, Failure> {
        let gathering = self.0;
        if !matches!(service.endpoint, Endpoint::Sqs { .. }) {
            drop(self);
            return pusher.push(service, &id, &body, at).await;
        }
        let (outcome, decided) = oneshot::channel();
        let is_first = {
            let mut waiting = gathering.waiting();
            let of_service = waiting.entry(service.id).or_default();
            of_service.push(Waiting { id, body, outcome });
            of_service.len() == 1
        };
        drop(self);
        if is_first {
            gathering.send(pusher, service, at).await;
        }
        decided.await.unwrap_or_else(|_| {
            let error = "nobody sent the message".to_owned();
            Err(Failure { status: None, error, retry: Retry::Scheduled })
        })
    }
}

impl Gathering {
    async fn send(&self, pusher: &Pusher, service: &Service, at: Timestamp) {
        if self.expected.subscribe().wait_for(|expected| *expected == 0).await.is_err() {
            return;
        }
        let all = self.waiting().remove(&service.id).unwrap_or_default();
        let messages: Vec<_> = all.iter().map(|it| Message { id: &it.id, body: &it.body }).collect();
        let outcomes = pusher.push_many(service, &messages, at).await;
        for (waiting, outcome) in all.into_iter().zip(outcomes) {
            if waiting.outcome.send(outcome).is_err() {
                tracing::debug!("nobody waits for what became of a message");
            }
        }
    }
}
