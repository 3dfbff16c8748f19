//! One queue. Every call says what time it is; nothing happens between calls.

mod admission;
mod backlog;
mod deduplication;
mod group;
mod receiving;
#[cfg(test)]
mod tests;

use std::{collections::BTreeMap, sync::Arc};

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

pub use self::backlog::Counts;
pub(super) use self::{admission::Draft, receiving::Ask};
use self::{
    backlog::{Backlog, Stage},
    deduplication::{Key, Memory},
};
use super::{
    error::{QueueError, SqsError},
    message::Message,
    sent::Sent,
    settings::QueueSettings,
};

/// How long after a purge the next one is refused.
const PURGE_PAUSE: SignedDuration = SignedDuration::from_secs(60);

/// A queue and its messages.
#[derive(Debug)]
pub(super) struct Queue {
    /// What it is set to.
    pub(super) settings: QueueSettings,
    /// Labels that clients put on it.
    pub(super) tags: BTreeMap<String, String>,
    /// When it was created.
    pub(super) created_at: Timestamp,
    /// When its settings last changed.
    pub(super) modified_at: Timestamp,
    purged_at: Option<Timestamp>,
    backlog: Backlog,
    memory: Memory,
}

impl Queue {
    /// An empty queue.
    pub(super) fn new(settings: QueueSettings, now: Timestamp) -> Self {
        Self {
            backlog: Backlog::new(settings.fifo.is_some()),
            settings,
            tags: BTreeMap::new(),
            created_at: now,
            modified_at: now,
            purged_at: None,
            memory: Memory::default(),
        }
    }

    /// Takes a message in, or answers a double as it answered the first.
    pub(super) fn send(&mut self, id: Uuid, draft: Draft, now: Timestamp) -> Result<Sent, SqsError> {
        self.advance(now);
        let draft = draft.admitted(&self.settings)?;
        let key = self.settings.fifo.as_ref().and_then(|fifo| {
            let group = draft.content.group.clone();
            Some(Key {
                group: group.filter(|_| fifo.deduplication_per_group),
                id: draft.content.deduplication.clone()?,
            })
        });
        if let Some(first) = key.as_ref().and_then(|key| self.memory.answer(key)) {
            return Ok(first.clone());
        }
        let content = Arc::new(draft.content);
        let stage = match draft.delay_seconds {
            None | Some(0) => Stage::Ready,
            Some(seconds) => Stage::Delayed { until: later(now, seconds) },
        };
        let place = self.backlog.push(Message::new(id, Arc::clone(&content), now), stage);
        let sequence = self.settings.fifo.as_ref().map(|_| place);
        let sent = Sent::new(id, &content, sequence);
        if let Some(key) = key {
            self.memory.remember(key, sent.clone(), now);
        }
        Ok(sent)
    }

    /// Takes in a message from another queue, visible at once.
    pub(super) fn accept(&mut self, message: Message, now: Timestamp) {
        self.advance(now);
        self.backlog.push(message, Stage::Ready);
    }

    /// Drops all messages, at most once a minute.
    pub(super) fn purge(&mut self, now: Timestamp) -> Result<(), SqsError> {
        if self.purged_at.is_some_and(|at| now.duration_since(at) < PURGE_PAUSE) {
            let queue = self.settings.name.clone();
            return Err(QueueError::PurgeInProgress { queue }.into());
        }
        self.purged_at = Some(now);
        self.backlog.clear();
        Ok(())
    }

    /// Drops all messages and every memory of sends.
    pub(super) fn forget(&mut self) {
        self.backlog.clear();
        self.memory = Memory::default();
    }

    /// Takes out the visible messages that are wanted.
    pub(super) fn remove_visible(
        &mut self,
        now: Timestamp,
        wanted: impl Fn(&Message) -> bool,
    ) -> Vec<Message> {
        self.advance(now);
        self.backlog.remove_ready(wanted)
    }

    /// How many messages it has.
    pub(super) fn counts(&mut self, now: Timestamp) -> Counts {
        self.advance(now);
        self.backlog.counts()
    }

    /// When the next hidden message becomes visible.
    pub(super) fn next_due(&mut self, now: Timestamp) -> Option<Timestamp> {
        self.advance(now);
        self.backlog.next_due()
    }

    fn advance(&mut self, now: Timestamp) {
        let retention = SignedDuration::from_secs(self.settings.retention_seconds.into());
        self.backlog.advance(now, retention);
        self.memory.advance(now);
    }
}

fn later(now: Timestamp, seconds: u32) -> Timestamp {
    let wait = SignedDuration::from_secs(seconds.into());
    now.saturating_add(wait).unwrap_or(Timestamp::MAX)
}
