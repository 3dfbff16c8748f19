//! A stand-in for Amazon SQS, in memory, for one process and its tests.
//!
//! Speaks the AWS JSON 1.0 protocol that all current SDKs speak, and refuses what SQS refuses.
//! Every time it goes by (visibility, delay, retention, deduplication) comes from the [`Clock`];
//! only a long poll waits in real time, and looks at the queue again every 50 ms.
//!
//! What it does not do:
//!
//! - no authentication, no policies, one account, `us-east-1`: whoever reaches the port may all;
//! - no persistence: the messages are gone with the process;
//! - no encryption: KMS attributes are kept and given back, like `Policy` and `RedriveAllowPolicy`;
//! - no query protocol (XML), no `AddPermission`, no `RemovePermission`;
//! - move tasks end before they are answered, so there is never one to cancel;
//! - no limit on messages in flight or on requests per second, and no idempotent receive
//!   (`ReceiveRequestAttemptId` is ignored);
//! - none of the loosely kept promises: counts are exact, standard queues keep the order within
//!   a group, nothing is delivered twice unless its visibility ends;
//! - the id that a FIFO queue makes from a body is its MD5, not its SHA-256.

mod account;
mod address;
mod error;
mod journal;
mod long_poll;
mod message;
mod move_task;
mod protocol;
mod queue;
mod receipt;
mod sent;
mod settings;
#[cfg(test)]
mod tests;

use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use jiff::Timestamp;
use tokio::sync::Notify;

use self::account::Account;
pub use self::{
    error::{BatchError, MessageError, QueueError, SqsError},
    queue::Counts,
    settings::{Fifo, QueueSettings, Redrive},
};
use proca::clock::Clock;

/// All queues; clones share them.
#[derive(Clone, Debug)]
pub struct Sqs(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    clock: Clock,
    base_url: String,
    account: Mutex<Account>,
    changed: Notify,
}

impl Sqs {
    /// An account without queues; `base_url` is where clients reach the router.
    pub fn new(clock: Clock, base_url: String) -> Self {
        Self(Arc::new(Shared {
            clock,
            base_url,
            account: Mutex::new(Account::default()),
            changed: Notify::new(),
        }))
    }

    /// The HTTP side: takes every operation on any path, as queue URLs are paths too.
    pub fn router(&self) -> Router {
        protocol::router(self.clone())
    }

    /// Creates a queue and gives its URL; one that exists with the same settings is left alone.
    ///
    /// Fails as `CreateQueue` does: on a bad name or value, on other settings than those of the
    /// queue that exists, on a dead-letter queue that does not.
    pub fn create_queue(&self, settings: QueueSettings) -> Result<String, SqsError> {
        let url = address::url(&self.0.base_url, &settings.name);
        self.change(|account, now| account.create(settings, now))?;
        Ok(url)
    }

    /// Sends a message to the queue of this name, as a service inside AWS would.
    pub fn send(&self, queue: &str, body: &str) -> Result<(), SqsError> {
        let content = message::Content { body: body.to_owned(), ..message::Content::default() };
        let draft = queue::Draft { delay_seconds: None, content };
        self.change(|account, now| account.send(queue, proca::random::Random::System.uuid(), draft, now))
            .map(|_| ())
    }

    /// The URL of the queue of this name, if it exists.
    pub fn queue_url(&self, name: &str) -> Option<String> {
        let exists = self.look(|account, _| account.queues.contains_key(name));
        exists.then(|| address::url(&self.0.base_url, name))
    }

    /// The ARN of the queue of this name, if it exists.
    pub fn queue_arn(&self, name: &str) -> Option<String> {
        let exists = self.look(|account, _| account.queues.contains_key(name));
        exists.then(|| address::arn(name))
    }

    /// How many messages the queue of this name has, if it exists.
    pub fn counts(&self, name: &str) -> Option<Counts> {
        self.look(|account, now| Some(account.queues.get_mut(name)?.counts(now)))
    }

    /// The earliest time at which a hidden message of any queue becomes visible.
    pub fn next_due(&self) -> Option<Timestamp> {
        self.look(|account, now| {
            let queues = account.queues.values_mut();
            queues.filter_map(|queue| queue.next_due(now)).min()
        })
    }

    /// The last 100 000 messages sent, oldest first: body, attributes and ids as one text each.
    ///
    /// Binary values are read as UTF-8 rather than as base64, so that a search finds their words.
    pub fn sent_bodies(&self) -> Vec<String> {
        self.look(|account, _| account.journal.texts())
    }

    /// Forgets all messages and keeps the queues and the journal, as a restart of this process would.
    pub fn drop_everything(&self) {
        self.change(|account, _| {
            for queue in account.queues.values_mut() {
                queue.forget();
            }
            account.moves.clear();
        });
    }

    /// Forgets the messages of one queue alone, as if they had never been sent.
    pub fn drop_all_of(&self, queue: &str) {
        self.change(|account, _| account.queues.get_mut(queue).map(queue::Queue::forget));
    }

    /// Does something that may make a message visible, and wakes the long polls.
    fn change<T>(&self, act: impl FnOnce(&mut Account, Timestamp) -> T) -> T {
        let done = self.look(act);
        self.0.changed.notify_waiters();
        done
    }

    /// Does something that no long poll waits for.
    fn look<T>(&self, act: impl FnOnce(&mut Account, Timestamp) -> T) -> T {
        let now = self.0.clock.now();
        let account = self.0.account.lock();
        act(&mut account.unwrap_or_else(PoisonError::into_inner), now)
    }
}
