//! Transient fields: looked for once their action was handed on, and removed when nothing needs them.

use jiff::Timestamp;

use crate::{
    action::Action,
    campaign::Campaign,
    key::Key,
    table::{Table, TableError},
};

impl Table {
    /// Removes the transient fields of an action, unless a message may still be made of them: then it is
    /// looked at again.
    ///
    /// # Errors
    /// [`TableError::Conflict`] if the action changed since it was read.
    pub async fn shed(&self, action: Action, campaign: &Campaign, now: Timestamp) -> Result<(), TableError> {
        let named = action.deliveries.iter().map(|at| Key::delivery(at.org, at.id)).collect();
        let (messages, read) = (self.get_all(named).await?, action.version);
        self.update(&action.looked_at(campaign, &messages, now), read).await
    }
}
