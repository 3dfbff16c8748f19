//! The state machine, held against the table in the documentation.

mod table;

use ActionStatus as A;
use SupporterStatus as S;

use super::*;
use table::{Row, rows};

const ACTIONS: [A; 6] = [A::New, A::Confirming, A::Accepted, A::Rejected, A::Delivered, A::Repeat];
const SUPPORTERS: [Option<S>; 5] =
    [None, Some(S::New), Some(S::Confirming), Some(S::Accepted), Some(S::Rejected)];

const LOOK_UPS: [LookUp; 3] = [LookUp::NotAsked, LookUp::Asked, LookUp::Over];

/// A pair of statuses, under settings.
#[derive(Debug, Clone, Copy)]
struct Pair {
    action: A,
    supporter: Option<S>,
    consent: bool,
    rules: Rules,
}

impl Pair {
    fn step(self) -> Option<Step> {
        step(self.action, self.consent, self.supporter, self.rules)
    }

    /// Every pair there can be.
    fn all() -> Vec<Self> {
        let mut pairs = Vec::new();
        for action in ACTIONS {
            for supporter in SUPPORTERS {
                for bits in 0..24 {
                    let look_up = LOOK_UPS[bits >> 3];
                    let rules = Rules { look_up, confirm: bits & 1 != 0, moderation: bits & 2 != 0 };
                    pairs.push(Self { action, supporter, consent: bits & 4 != 0, rules });
                }
            }
        }
        pairs
    }
}

/// What every pair of these statuses becomes under all settings that the condition lets through.
fn each(
    actions: &[A],
    supporter: impl Into<Option<S>>,
    only: impl Fn(Pair) -> bool,
    becomes: Option<(A, S, Follow)>,
) {
    let supporter = supporter.into();
    let of_row = |pair: &Pair| actions.contains(&pair.action) && pair.supporter == supporter && only(*pair);
    let pairs: Vec<_> = Pair::all().into_iter().filter(of_row).collect();
    assert!(!pairs.is_empty());
    for pair in pairs {
        let seen = pair.step().map(|step| (step.action, step.supporter, step.follow));
        assert_eq!(seen, becomes, "{pair:?}");
    }
}

fn always(_: Pair) -> bool {
    true
}

#[test]
fn what_is_handed_on_is_never_touched_again() {
    for supporter in SUPPORTERS {
        each(&[A::Delivered, A::Repeat], supporter, always, None);
    }
}

#[test]
fn an_action_without_a_supporter_waits_to_be_linked() {
    each(&ACTIONS, None, always, None);
}

fn looked_up(pair: Pair) -> bool {
    pair.rules.look_up == LookUp::Over
}

#[test]
fn a_new_supporter_is_looked_up_before_anything_else() {
    let not_asked = |p: Pair| p.rules.look_up == LookUp::NotAsked;
    each(&[A::New], S::New, not_asked, Some((A::New, S::New, Follow::LookUp)));
}

#[test]
fn a_new_supporter_waits_while_it_is_looked_up() {
    each(&[A::New], S::New, |p| p.rules.look_up == LookUp::Asked, None);
}

#[test]
fn a_new_supporter_is_asked_to_confirm() {
    let asks = |p: Pair| looked_up(p) && p.rules.confirm;
    each(&[A::New], S::New, asks, Some((A::New, S::Confirming, Follow::Confirm)));
}

#[test]
fn without_confirmation_a_new_action_waits_for_a_moderator() {
    let moderated = |p: Pair| looked_up(p) && !p.rules.confirm && p.rules.moderation;
    each(&[A::New], S::New, moderated, Some((A::Confirming, S::Accepted, Follow::Nothing)));
}

#[test]
fn without_both_a_new_action_is_delivered_at_once() {
    let plain = |p: Pair| looked_up(p) && !p.rules.confirm && !p.rules.moderation;
    each(&[A::New], S::New, plain, Some((A::Delivered, S::Accepted, Follow::Deliver)));
}

#[test]
fn nothing_moves_while_the_supporter_is_to_confirm() {
    each(&ACTIONS, S::Confirming, always, None);
}

#[test]
fn nothing_of_a_rejected_supporter_is_delivered() {
    let open = [A::New, A::Confirming, A::Accepted];
    each(&open, S::Rejected, always, Some((A::Rejected, S::Rejected, Follow::Nothing)));
    each(&[A::Rejected], S::Rejected, always, None);
}

#[test]
fn what_an_accepted_supporter_consented_to_waits_for_a_moderator() {
    let moderated = |p: Pair| p.consent && p.rules.moderation;
    each(&[A::New], S::Accepted, moderated, Some((A::Confirming, S::Accepted, Follow::Nothing)));
}

#[test]
fn what_waits_for_a_moderator_waits() {
    each(&[A::Confirming], S::Accepted, always, None);
}

#[test]
fn what_a_moderator_turned_away_stays_so() {
    each(&[A::Rejected], S::Accepted, always, None);
}

#[test]
fn what_an_accepted_supporter_does_is_delivered() {
    let unmoderated = |p: Pair| !(p.consent && p.rules.moderation);
    let delivered = Some((A::Delivered, S::Accepted, Follow::Deliver));
    each(&[A::New], S::Accepted, unmoderated, delivered);
    each(&[A::Accepted], S::Accepted, always, delivered);
}

#[test]
fn any_other_pair_stays_as_it_is() {
    each(&[A::Confirming, A::Accepted, A::Rejected], S::New, always, None);
}

#[test]
fn every_pair_becomes_what_the_first_row_that_matches_says() {
    let rows = rows();
    for pair in Pair::all() {
        let row = rows.iter().find(|row| row.matches(pair)).expect("the last row is for everything");
        let seen = pair.step();
        assert_eq!(seen.map(|step| (step.action, step.supporter)), row.becomes, "{pair:?} by {row:?}");
        if let Some(step) = seen {
            assert_eq!(step.follow, row.follow, "{pair:?} by {row:?}");
        }
    }
}

#[test]
fn every_row_is_the_first_to_match_something() {
    let rows = rows();
    let used = |row: &Row| {
        let first = |pair: &Pair| rows.iter().find(|row| row.matches(*pair)) == Some(row);
        Pair::all().iter().any(first)
    };
    let idle: Vec<_> = rows.iter().filter(|row| !used(row)).collect();
    assert!(idle.is_empty(), "{idle:?}");
}

#[test]
fn an_action_takes_few_steps_and_then_rests() {
    for mut pair in Pair::all() {
        for _ in 0..3 {
            let Some(step) = pair.step() else { break };
            if step.follow == Follow::LookUp {
                pair.rules.look_up = LookUp::Over;
                continue;
            }
            assert_ne!((pair.action, pair.supporter), (step.action, Some(step.supporter)), "{pair:?}");
            (pair.action, pair.supporter) = (step.action, Some(step.supporter));
        }
        assert_eq!(pair.step(), None, "{pair:?}");
    }
}
