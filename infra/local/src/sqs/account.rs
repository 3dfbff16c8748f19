//! All queues of the one account, and what passes between them.

use std::collections::{BTreeMap, btree_map::Entry};

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::{
    address,
    error::{QueueError, SqsError},
    journal::Journal,
    message::Message,
    move_task::MoveTask,
    queue::{Ask, Draft, Queue},
    sent::Sent,
    settings::QueueSettings,
};

/// How long after its deletion a queue's name stays taken.
const DELETION_PAUSE: SignedDuration = SignedDuration::from_secs(60);

/// The queues by name, and what is remembered across them.
#[derive(Debug, Default)]
pub(super) struct Account {
    /// Every queue.
    pub(super) queues: BTreeMap<String, Queue>,
    /// Every move of messages out of a dead-letter queue, oldest first.
    pub(super) moves: Vec<MoveTask>,
    /// What was sent.
    pub(super) journal: Journal,
    deleted_at: BTreeMap<String, Timestamp>,
}

impl Account {
    /// Creates a queue; one that exists with the same settings is left as it is.
    pub(super) fn create(&mut self, settings: QueueSettings, now: Timestamp) -> Result<(), SqsError> {
        settings.check()?;
        self.check_redrive(&settings)?;
        let deleted_at = self.deleted_at.get(&settings.name);
        if deleted_at.is_some_and(|at| now.duration_since(*at) < DELETION_PAUSE) {
            return Err(QueueError::DeletedRecently.into());
        }
        match self.queues.entry(settings.name.clone()) {
            Entry::Vacant(free) => {
                free.insert(Queue::new(settings, now));
                Ok(())
            }
            Entry::Occupied(taken) if taken.get().settings == settings => Ok(()),
            Entry::Occupied(_) => Err(QueueError::NameExists.into()),
        }
    }

    /// Gives a queue other settings.
    pub(super) fn set(&mut self, settings: QueueSettings, now: Timestamp) -> Result<(), SqsError> {
        settings.check()?;
        self.check_redrive(&settings)?;
        let queue = self.queue(&settings.name)?;
        queue.settings = settings;
        queue.modified_at = now;
        Ok(())
    }

    /// Deletes a queue and its messages.
    pub(super) fn delete(&mut self, name: &str, now: Timestamp) -> Result<(), SqsError> {
        let queue = self.queues.remove(name).ok_or(QueueError::DoesNotExist)?;
        self.deleted_at.insert(queue.settings.name, now);
        Ok(())
    }

    /// Sends a message to a queue and writes it in the journal.
    pub(super) fn send(
        &mut self,
        name: &str,
        id: Uuid,
        draft: Draft,
        now: Timestamp,
    ) -> Result<Sent, SqsError> {
        let text = draft.content.as_text();
        let sent = self.queue(name)?.send(id, draft, now)?;
        self.journal.add(text);
        Ok(sent)
    }

    /// Receives from a queue; what was received too often goes to its dead-letter queue.
    ///
    /// Where the dead-letter queue no longer exists, messages are received for ever.
    pub(super) fn receive(&mut self, name: &str, ask: Ask, now: Timestamp) -> Result<Vec<Message>, SqsError> {
        let redrive = self.queue(name)?.settings.redrive.clone();
        let redrive = redrive.filter(|to| self.queues.contains_key(&to.dead_letter_queue));
        let max_receives = redrive.as_ref().map(|to| to.max_receives);
        let taken = self.queue(name)?.receive(ask, max_receives, now);
        if let Some(to) = redrive {
            let target = self.queue(&to.dead_letter_queue)?;
            for mut message in taken.dead {
                message.dead_letter_of = Some(name.to_owned());
                target.accept(message, now);
            }
        }
        Ok(taken.received)
    }

    /// The queue of this name.
    pub(super) fn queue(&mut self, name: &str) -> Result<&mut Queue, SqsError> {
        let queue = self.queues.get_mut(name);
        queue.ok_or_else(|| QueueError::DoesNotExist.into())
    }

    /// The names of the queues whose dead letters go to this one.
    pub(super) fn sources_of<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let sends_here = move |queue: &&Queue| {
            let redrive = queue.settings.redrive.as_ref();
            redrive.is_some_and(|to| to.dead_letter_queue == name)
        };
        let sources = self.queues.values().filter(sends_here);
        sources.map(|queue| queue.settings.name.as_str())
    }

    /// Refuses a dead-letter queue that does not exist or is of the other kind.
    fn check_redrive(&self, settings: &QueueSettings) -> Result<(), SqsError> {
        let Some(redrive) = &settings.redrive else {
            return Ok(());
        };
        let name = &redrive.dead_letter_queue;
        let is_fifo = if *name == settings.name {
            Some(settings.fifo.is_some())
        } else {
            self.queues.get(name).map(|it| it.settings.fifo.is_some())
        };
        let reason = match is_fifo {
            None => "Dead letter target does not exist",
            Some(fifo) if fifo != settings.fifo.is_some() => {
                "Dead-letter queue must be same type of queue as the source"
            }
            Some(_) => return Ok(()),
        };
        Err(SqsError::InvalidParameter { parameter: "RedrivePolicy", value: address::arn(name), reason })
    }
}
