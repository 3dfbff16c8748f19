//! The state machine: what becomes of an action and its supporter.

use crate::{action::ActionStatus, look_up::LookUp, supporter::SupporterStatus};

/// What decides a step besides the two states.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rules {
    /// How far the look-up of members has come; over where the org has no backend for it.
    pub look_up: LookUp,
    /// The supporter must confirm, and has not done so for this org within the last 12 months.
    pub confirm: bool,
    /// Actions wait for a moderator.
    pub moderation: bool,
}

/// What an action and its supporter become, and what follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// The action's next state.
    pub action: ActionStatus,
    /// The supporter's next state.
    pub supporter: SupporterStatus,
    /// What must be done with it, in the same transaction.
    pub follow: Follow,
}

/// What follows a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Follow {
    /// Nothing, for now.
    Nothing,
    /// The question to the org's backend whether it knows the person.
    LookUp,
    /// The mail that asks to confirm.
    Confirm,
    /// Messages to the receiving orgs, and the mail to the supporter.
    Deliver,
}

/// The step an action takes; `None` while it waits or has nothing left to do.
///
/// The table of all steps is in `docs/processing.md`, which the tests read and hold against this function.
pub const fn step(
    action: ActionStatus,
    with_consent: bool,
    supporter: Option<SupporterStatus>,
    rules: Rules,
) -> Option<Step> {
    use {ActionStatus as A, Follow as F, SupporterStatus as S};
    let Some(supporter) = supporter else { return None };
    let (action, supporter, follow) = match (action, supporter) {
        (A::New, S::New) if matches!(rules.look_up, LookUp::NotAsked) => (A::New, S::New, F::LookUp),
        (A::New, S::New) if matches!(rules.look_up, LookUp::Asked) => return None,
        (A::New, S::New) if rules.confirm => (A::New, S::Confirming, F::Confirm),
        (A::New, S::New) if rules.moderation => (A::Confirming, S::Accepted, F::Nothing),
        (A::New, S::Accepted) if with_consent && rules.moderation => (A::Confirming, S::Accepted, F::Nothing),
        (A::New, S::New) | (A::New | A::Accepted, S::Accepted) => (A::Delivered, S::Accepted, F::Deliver),
        (A::New | A::Confirming | A::Accepted, S::Rejected) => (A::Rejected, S::Rejected, F::Nothing),
        (A::Delivered | A::Repeat | A::Rejected, _)
        | (A::New, S::Confirming)
        | (A::Confirming, S::New | S::Confirming | S::Accepted)
        | (A::Accepted, S::New | S::Confirming) => return None,
    };
    Some(Step { action, supporter, follow })
}

#[cfg(test)]
mod tests;
