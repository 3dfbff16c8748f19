//! Moderation: what staff decide on actions that wait for them.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    action::{Action, ActionStatus},
    id::Id,
    text::personal_value,
    user::User,
    violation::Rule,
};

/// What a moderator says to an action that waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// It goes on its way.
    Accept,
    /// It is not wanted.
    Reject,
}

/// Who decided on an action, when, and what they noted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moderation {
    /// The moderator.
    pub by: Id<User>,
    /// When.
    pub at: Timestamp,
    /// For their colleagues.
    pub note: Option<Note>,
}

personal_value! {
    /// What a moderator notes: 1 to 500 characters. It may speak of a person, so it is never logged.
    Note, |text| {
        if (1..=500).contains(&text.chars().count()) { Ok(text) } else { Err(Rule("must be 1 to 500 characters")) }
    }
}

impl Action {
    /// Whether a moderator must decide on it. Its supporter is accepted then: only such actions come to wait.
    pub const fn awaits_moderator(&self) -> bool {
        matches!(self.status, ActionStatus::Confirming)
    }

    /// What becomes of it by a decision; `None` where it does not wait for one.
    ///
    /// An accepted action is due: processing delivers it. Of a rejected one nothing more comes; its
    /// supporter stays as it is.
    pub fn decide(self, decision: Decision, moderation: Moderation) -> Option<Self> {
        if !self.awaits_moderator() {
            return None;
        }
        let at = moderation.at;
        let mut action = Self { moderation: Some(moderation), version: self.version + 1, ..self };
        match decision {
            Decision::Accept => {
                action.status = ActionStatus::Accepted;
                action.due_at = Some(at);
            }
            Decision::Reject => {
                action.status = ActionStatus::Rejected;
                action.counts = None;
                action.rest(at);
            }
        }
        Some(action)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{action::Doer, name::ActionType, stats::Tally};

    fn action(status: ActionStatus) -> Action {
        let tag = |text: &str| text.parse().unwrap();
        Action {
            id: Id::new(uuid::Uuid::nil()),
            action_type: ActionType::other(),
            campaign: Id::new(uuid::Uuid::nil()),
            page: Id::new(uuid::Uuid::nil()),
            org: Id::new(uuid::Uuid::nil()),
            doer: Doer::Supporter(Id::new(uuid::Uuid::nil())),
            custom_fields: crate::action::CustomFields::default(),
            transient: false,
            with_consent: true,
            status,
            testing: false,
            tracking: crate::action::Tracking {
                source: tag("unknown"),
                medium: tag("unknown"),
                campaign: tag("unknown"),
                content: tag(""),
                location: None,
            },
            donation: None,
            counts: None,
            counted: None,
            due_at: None,
            moderation: None,
            deliveries: Vec::new(),
            created_at: Timestamp::UNIX_EPOCH,
            version: 3,
        }
    }

    fn decided(action: Action, decision: Decision) -> Option<Action> {
        action.decide(decision, Moderation { by: Id::new(uuid::Uuid::nil()), at: Timestamp::MAX, note: None })
    }

    #[test]
    fn only_what_waits_is_decided_on_and_once() {
        use ActionStatus as A;
        for status in [A::New, A::Accepted, A::Rejected, A::Delivered, A::Repeat] {
            assert_eq!(decided(action(status), Decision::Accept), None, "{status:?}");
        }
        let accepted = decided(action(A::Confirming), Decision::Accept).unwrap();
        assert_eq!(
            (accepted.status, accepted.due_at, accepted.version),
            (A::Accepted, Some(Timestamp::MAX), 4)
        );
        assert!(accepted.is_unprocessed());
        assert_eq!(decided(accepted, Decision::Reject), None);
    }

    #[test]
    fn what_is_rejected_is_taken_out_of_the_counts() {
        let rejected = decided(action(ActionStatus::Confirming), Decision::Reject).unwrap();
        assert_eq!((rejected.status, rejected.due_at), (ActionStatus::Rejected, None));
        let tally = Some(Tally { action_type: ActionType::other(), signer: None });
        let counted = Action { counts: tally.clone(), counted: tally, ..action(ActionStatus::Confirming) };
        let rejected = decided(counted, Decision::Reject).unwrap();
        assert!(rejected.is_uncounted() && rejected.due_at.is_some());
    }
}
