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
/// The first rule that matches:
///
/// | action                            | supporter  | if         | becomes               | what follows |
/// |-----------------------------------|------------|------------|-----------------------|--------------|
/// | delivered, repeat                 | any        |            |                       |              |
/// | any                               | none       |            |                       | waits to be linked |
/// | new                               | new        | not asked  | new, new              | look-up |
/// | new                               | new        | asked      |                       | waits |
/// | new                               | new        | confirm    | new, confirming       | confirmation mail |
/// | new                               | new        | moderation | confirming, accepted  | waits for a moderator |
/// | new                               | new        |            | delivered, accepted   | deliver |
/// | any                               | confirming |            |                       | waits |
/// | new, confirming, accepted         | rejected   |            | rejected, rejected    | nothing |
/// | new, with consent                 | accepted   | moderation | confirming, accepted  | waits for a moderator |
/// | confirming, rejected              | accepted   |            |                       | waits, or nothing |
/// | new, accepted                     | accepted   |            | delivered, accepted   | deliver |
///
/// Any other pair stays as it is.
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
mod tests {
    use super::*;
    use ActionStatus as A;
    use SupporterStatus as S;

    const ACTIONS: [A; 6] = [A::New, A::Confirming, A::Accepted, A::Rejected, A::Delivered, A::Repeat];

    fn becomes(
        action: A,
        supporter: S,
        consent: bool,
        confirm: bool,
        moderation: bool,
    ) -> Option<(A, S, Follow)> {
        step(action, consent, Some(supporter), Rules { look_up: LookUp::Over, confirm, moderation })
            .map(|s| (s.action, s.supporter, s.follow))
    }

    #[test]
    fn every_row_of_the_table_holds() {
        let cases = [
            (A::New, S::New, true, true, true, Some((A::New, S::Confirming, Follow::Confirm))),
            (A::New, S::New, true, false, true, Some((A::Confirming, S::Accepted, Follow::Nothing))),
            (A::New, S::New, true, false, false, Some((A::Delivered, S::Accepted, Follow::Deliver))),
            (A::New, S::Confirming, true, true, false, None),
            (A::New, S::Rejected, true, true, true, Some((A::Rejected, S::Rejected, Follow::Nothing))),
            (A::Confirming, S::Rejected, true, true, true, Some((A::Rejected, S::Rejected, Follow::Nothing))),
            (A::Rejected, S::Rejected, true, true, true, None),
            (A::New, S::Accepted, true, false, true, Some((A::Confirming, S::Accepted, Follow::Nothing))),
            (A::New, S::Accepted, false, false, true, Some((A::Delivered, S::Accepted, Follow::Deliver))),
            (A::New, S::Accepted, true, true, false, Some((A::Delivered, S::Accepted, Follow::Deliver))),
            (A::Confirming, S::Accepted, true, false, true, None),
            (A::Rejected, S::Accepted, true, false, false, None),
            (A::Accepted, S::Accepted, true, true, true, Some((A::Delivered, S::Accepted, Follow::Deliver))),
        ];
        for (action, supporter, consent, confirm, moderation, expected) in cases {
            assert_eq!(
                becomes(action, supporter, consent, confirm, moderation),
                expected,
                "{action:?} of {supporter:?}"
            );
        }
    }

    #[test]
    fn a_new_supporter_is_looked_up_before_anything_else_and_waits_for_the_answer() {
        let becomes =
            |look_up| step(A::New, true, Some(S::New), Rules { look_up, confirm: true, moderation: true });
        let asked = Step { action: A::New, supporter: S::New, follow: Follow::LookUp };
        assert_eq!(becomes(LookUp::NotAsked), Some(asked));
        assert_eq!(becomes(LookUp::Asked), None);
        assert_eq!(becomes(LookUp::Over).map(|step| step.follow), Some(Follow::Confirm));
    }

    #[test]
    fn what_is_handed_on_is_never_touched_again() {
        for supporter in [S::New, S::Confirming, S::Accepted, S::Rejected] {
            for (confirm, moderation) in [(true, true), (true, false), (false, true), (false, false)] {
                assert_eq!(becomes(A::Delivered, supporter, true, confirm, moderation), None);
                assert_eq!(becomes(A::Repeat, supporter, true, confirm, moderation), None);
            }
        }
    }

    #[test]
    fn an_action_without_a_supporter_waits() {
        for action in ACTIONS {
            assert_eq!(
                step(action, true, None, Rules { look_up: LookUp::Over, confirm: true, moderation: true }),
                None
            );
        }
    }

    #[test]
    fn nothing_is_delivered_for_a_rejected_supporter() {
        for action in ACTIONS {
            let follow = becomes(action, S::Rejected, true, false, false).map(|(_, _, follow)| follow);
            assert_ne!(follow, Some(Follow::Deliver), "{action:?}");
        }
    }
}
