//! What was ever sent, so that tests can search it for what must not be in a queue.

use std::collections::VecDeque;

/// How many messages the journal holds before it drops the oldest.
const LONGEST: usize = 100_000;

/// The texts of the messages sent last, oldest first.
#[derive(Debug, Default)]
pub(super) struct Journal(VecDeque<String>);

impl Journal {
    /// Writes one message down.
    pub(super) fn add(&mut self, text: String) {
        if self.0.len() >= LONGEST {
            self.0.pop_front();
        }
        self.0.push_back(text);
    }

    /// All texts, oldest first.
    pub(super) fn texts(&self) -> Vec<String> {
        self.0.iter().cloned().collect()
    }
}
