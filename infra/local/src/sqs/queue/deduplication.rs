//! What a FIFO queue remembers of its sends, to know doubles.

use std::collections::{BTreeMap, VecDeque};

use jiff::{SignedDuration, Timestamp};

use crate::sqs::sent::Sent;

/// How long a send is remembered.
const WINDOW: SignedDuration = SignedDuration::from_mins(5);

/// What makes two sends doubles: the id, and the group where doubles are looked for in one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    /// The group, in a queue that looks for doubles in the message's group only.
    pub(super) group: Option<String>,
    /// The deduplication id.
    pub(super) id: String,
}

/// The sends of the last five minutes, each with the answer its doubles get.
#[derive(Debug, Default)]
pub(super) struct Memory {
    answers: BTreeMap<Key, Sent>,
    by_age: VecDeque<(Timestamp, Key)>,
}

impl Memory {
    /// Forgets what is older than the window.
    pub(super) fn advance(&mut self, now: Timestamp) {
        while let Some((sent_at, key)) = self.by_age.front() {
            if now.duration_since(*sent_at) < WINDOW {
                break;
            }
            self.answers.remove(key);
            self.by_age.pop_front();
        }
    }

    /// Remembers a send and its answer.
    pub(super) fn remember(&mut self, key: Key, answer: Sent, now: Timestamp) {
        self.answers.insert(key.clone(), answer);
        self.by_age.push_back((now, key));
    }

    /// The answer to the first send with this key, if one is remembered.
    pub(super) fn answer(&self, key: &Key) -> Option<&Sent> {
        self.answers.get(key)
    }
}
