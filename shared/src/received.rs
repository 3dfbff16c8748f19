//! What an org was given: an action, with its own copy of the data and nobody else's.

use crate::{
    action::{Action, ActionStatus},
    contact::Contact,
    supporter::{Supporter, SupporterStatus},
};

/// An action that an org was given.
#[derive(Debug, Clone)]
pub struct Received {
    /// The action.
    pub action: Action,
    /// Who did it.
    pub supporter: Supporter,
    /// The org's own copy of the data; absent once it is erased.
    pub contact: Option<Contact>,
}

impl Received {
    /// The copy of the data, where it may still be handed out: not of what was taken back.
    pub fn standing(&self) -> Option<&Contact> {
        let stands = self.supporter.status != SupporterStatus::Rejected
            && self.action.status != ActionStatus::Rejected;
        self.contact.as_ref().filter(|_| stands)
    }
}
