//! Custom fields that go once their action has been handed on: they pass through, and are not kept.

use jiff::{SignedDuration, Timestamp};

use crate::{
    action::{Action, ActionStatus, CustomFields},
    campaign::Campaign,
    delivery::{Delivery, DeliveryState},
    name::ActionType,
    published::selects,
};

/// How long after an action was dealt with it is looked at for the first time: what goes well has gone by then.
pub(crate) const FIRST_LOOK: SignedDuration = SignedDuration::from_mins(5);

/// How long after a look that found something still to be sent the next one is.
const NEXT_LOOK: SignedDuration = SignedDuration::from_hours(1);

/// How long a message that was given up keeps the fields, so that it can be sent again whole.
const DEAD_KEEPS: SignedDuration = SignedDuration::from_hours(24 * 30);

impl Campaign {
    /// Whether an action of this type with these fields has one that is to go.
    pub(crate) fn has_transient(&self, action_type: &ActionType, fields: &CustomFields) -> bool {
        fields.as_map().keys().any(|name| selects(&self.transient_fields, action_type, name))
    }
}

impl Action {
    /// Whether nothing but the sending of its messages keeps its transient fields.
    pub const fn sheds(&self) -> bool {
        use ActionStatus as A;
        self.transient && matches!(self.status, A::Delivered | A::Repeat | A::Rejected)
    }

    /// Whether it is to be looked at for this now.
    pub fn sheds_at(&self, now: Timestamp) -> bool {
        self.sheds() && !self.is_uncounted() && self.due_at.is_some_and(|at| at <= now)
    }

    /// The action as a look at it leaves it, with the rows of its messages: without its transient fields,
    /// or to be looked at again.
    #[must_use]
    pub fn looked_at(self, campaign: &Campaign, messages: &[Delivery], now: Timestamp) -> Self {
        let needed = messages.iter().any(|row| needs_fields(row, now));
        let version = self.version + 1;
        if needed {
            Self { due_at: Some(now + NEXT_LOOK), version, ..self }
        } else {
            Self { version, ..self.shed(campaign) }
        }
    }

    /// The action without its transient fields.
    #[must_use]
    pub(crate) fn shed(mut self, campaign: &Campaign) -> Self {
        let transient = |name: &str| selects(&campaign.transient_fields, &self.action_type, name);
        self.custom_fields = self.custom_fields.clone().without(transient);
        self.transient = false;
        self.due_at = self.due_at.filter(|_| self.is_uncounted());
        self
    }
}

/// Whether a message may still be made of the action's fields. Mails that ask to confirm have ended or
/// are not wanted any more once the action is dealt with.
fn needs_fields(row: &Delivery, now: Timestamp) -> bool {
    match row.state {
        DeliveryState::Pending { .. } | DeliveryState::Leased { .. } => !row.purpose.asks_to_confirm(),
        DeliveryState::Dead { dead_at } => now < dead_at + DEAD_KEEPS && row.clone().replay(now).is_ok(),
        DeliveryState::Done { .. } | DeliveryState::Cancelled { .. } | DeliveryState::Kept { .. } => false,
    }
}
