//! The messages of one group, and which of them may be taken.

use std::collections::BTreeSet;

use crate::sqs::message::Message;

/// Which group a message is in; those without a group are together in one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct GroupId(Option<String>);

/// Where the messages of one group stand, by their places in the queue.
#[derive(Debug, Default)]
pub(super) struct Group {
    /// Those that are visible.
    pub(super) ready: BTreeSet<u64>,
    /// Those that are not visible yet.
    pub(super) delayed: BTreeSet<u64>,
    /// How many are with a receiver.
    pub(super) in_flight: usize,
    /// Whether the group stands in the line of those that are served in turn.
    pub(super) in_line: bool,
}

impl GroupId {
    /// The group of a message.
    pub(super) fn of(message: &Message) -> Self {
        Self(message.content.group.clone())
    }
}

impl Group {
    /// Takes what one turn gives: the first ready message.
    pub(super) fn take_one(&mut self) -> Vec<u64> {
        self.ready.pop_first().into_iter().collect()
    }

    /// Takes what one turn gives where order counts: a run of messages from the front.
    ///
    /// Nothing while a message is in flight, and nothing behind one that is delayed.
    pub(super) fn take_run(&mut self, at_most: usize) -> Vec<u64> {
        if self.in_flight > 0 {
            return Vec::new();
        }
        let end = self.delayed.first().copied().unwrap_or(u64::MAX);
        let run: Vec<u64> = self.ready.range(..end).copied().take(at_most).collect();
        for place in &run {
            self.ready.remove(place);
        }
        run
    }

    /// Whether a turn would give something.
    pub(super) fn has_work(&self, ordered: bool) -> bool {
        let Some(first) = self.ready.first() else {
            return false;
        };
        let blocked = self.in_flight > 0 || self.delayed.first().is_some_and(|it| it < first);
        !(ordered && blocked)
    }

    /// Whether nothing is left to know of it.
    pub(super) fn is_idle(&self) -> bool {
        self.ready.is_empty() && self.delayed.is_empty() && self.in_flight == 0 && !self.in_line
    }
}
