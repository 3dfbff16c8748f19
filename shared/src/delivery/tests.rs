use super::*;
use crate::{
    attempt::{Failure, Retry},
    outbound::Lease,
};

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn delivery(purpose: Purpose) -> Delivery {
    Delivery {
        id: Id::new(Uuid::nil()),
        org: Id::new(Uuid::nil()),
        purpose,
        campaign: Id::new(Uuid::nil()),
        subject: Subject::Campaign {},
        event: None,
        state: DeliveryState::Pending { due_at: at(100) },
        attempt: 0,
        history: Vec::new(),
        links: Vec::new(),
        clear: Some(Clear {
            email: "b@example.org".parse().unwrap(),
            first_name: "B".parse().unwrap(),
            last_name: None,
            mailbox_ref: None,
        }),
        transient_bounces: 0,
        uncounted: 0,
        begun_at: None,
        created_at: at(100),
    }
}

#[test]
fn what_it_is_about_is_stored_beside_it_and_read_again() {
    let id = |n| Uuid::from_u128(n);
    let at = ActionAt { action: Id::new(id(1)), supporter: Id::new(id(2)), page: Id::new(id(3)) };
    for subject in [Subject::Action(at), Subject::Page { page: at.page }, Subject::Campaign {}] {
        let row = Delivery { subject, ..delivery(Purpose::Event) };
        let stored = serde_json::to_value(&row).unwrap();
        assert_eq!(stored.get("page").is_some(), row.page().is_some());
        assert_eq!(serde_json::from_value::<Delivery>(stored).unwrap(), row);
    }
}

fn taken(lease: Lease<Delivery>) -> Delivery {
    let Lease::Taken(row) = lease else { panic!("not taken: {lease:?}") };
    row
}

#[test]
fn it_is_taken_once_and_only_when_due() {
    assert_eq!(delivery(Purpose::Push).lease(Uuid::nil(), at(99)), Lease::NotNow);
    let row = taken(delivery(Purpose::Push).lease(Uuid::nil(), at(100)));
    assert_eq!(row.attempt, 1);
    assert_eq!(row.clone().lease(Uuid::nil(), at(160)), Lease::NotNow);
    assert_eq!(taken(row.lease(Uuid::nil(), at(161))).attempt, 2);
}

#[test]
fn what_is_held_back_is_given_up_where_it_may_not_be_risked_again() {
    let later = at(100 + 15 * 60 + 1);
    for (purpose, waits) in [(Purpose::Confirm, true), (Purpose::ThankYou, false), (Purpose::Push, true)] {
        let row = delivery(purpose);
        assert_eq!(row.clone().hold(later, at(100)).state, DeliveryState::Pending { due_at: later });
        let leased = taken(row.lease(Uuid::nil(), at(100)));
        let held = leased.hold(later, later);
        assert_eq!(matches!(held.state, DeliveryState::Pending { .. }), waits, "{purpose:?}");
        assert_eq!(crate::outbound::unknown(&held.history), 1);
    }
}

#[test]
fn a_mail_of_unknown_fate_is_risked_again_only_for_a_confirmation_and_once() {
    let later = at(100 + 15 * 60 + 1);
    let thanks = taken(delivery(Purpose::ThankYou).lease(Uuid::nil(), at(100)));
    assert!(matches!(thanks.lease(Uuid::nil(), later), Lease::GivenUp(_)));
    let confirm = taken(delivery(Purpose::Confirm).lease(Uuid::nil(), at(100)));
    let again = taken(confirm.lease(Uuid::nil(), later));
    assert!(matches!(again.lease(Uuid::nil(), later + EMAIL_LEASE + EMAIL_LEASE), Lease::GivenUp(_)));
}

#[test]
fn every_end_of_a_mail_takes_its_name_and_address_away() {
    let failure = |retry| Failure { status: None, error: "refused".to_owned(), retry, answer: None };
    let leased = taken(delivery(Purpose::ThankYou).lease(Uuid::nil(), at(100)));
    let open = leased.clone().fail(&failure(Retry::Scheduled), at(101), 3, 500);
    for row in [&leased, &open] {
        assert!(row.clear.is_some(), "{:?}", row.state);
    }
    let attempt = Attempt { at: at(101), duration_ms: 3, status: None, error: None, answer: None };
    let Lease::GivenUp(given_up) = leased.clone().lease(Uuid::nil(), at(2000)) else { panic!("taken") };
    for row in [
        leased.clone().succeed(attempt),
        leased.clone().fail(&failure(Retry::Never), at(101), 3, 500),
        leased.cancel("not wanted", at(101)),
        given_up,
    ] {
        assert_eq!((row.state.due_at(), row.clear), (None, None));
    }
}

#[test]
fn only_an_attempt_of_unknown_fate_makes_the_next_another_mail() {
    let row = delivery(Purpose::Confirm);
    let first = row.next_mail();
    let leased = taken(row.lease(Uuid::nil(), at(100)));
    let failure =
        Failure { status: None, error: "throttled".to_owned(), retry: Retry::Scheduled, answer: None };
    assert_eq!(leased.clone().fail(&failure, at(101), 3, 500).next_mail(), first);
    let second = leased.next_mail();
    assert_ne!(second, first, "its fate is unknown while it is leased");
    let again = taken(leased.lease(Uuid::nil(), at(100 + 15 * 60 + 1)));
    assert_eq!(again.fail(&failure, at(2000), 3, 500).next_mail(), second);
}

#[test]
fn ten_failures_are_the_end() {
    let mut row = delivery(Purpose::Push);
    let mut now = at(100);
    for attempt in 1..=10 {
        row = taken(row.lease(Uuid::nil(), now));
        assert_eq!(row.attempt, attempt);
        let failure = Failure {
            status: Some(500),
            error: "HTTP 500".to_owned(),
            retry: Retry::Scheduled,
            answer: None,
        };
        row = row.fail(&failure, now, 3, 500);
        now = row.state.due_at().unwrap_or(now);
    }
    assert!(matches!(row.state, DeliveryState::Dead { .. }));
    assert_eq!(row.history.len(), 10);
    assert_eq!(row.clone().lease(Uuid::nil(), now), Lease::NotNow);
    let again = taken(row.replay(now).unwrap().lease(Uuid::nil(), now));
    assert_eq!((again.attempt, again.history.len()), (1, 10), "a replay begins a schedule of its own");
}

#[test]
fn what_a_service_was_too_busy_for_spends_no_attempt_and_ends_when_the_schedule_would_have() {
    let busy = Failure {
        status: None,
        error: "too busy".to_owned(),
        retry: Retry::Uncounted(SignedDuration::from_mins(10)),
        answer: None,
    };
    let refused = Failure { retry: Retry::Scheduled, ..busy.clone() };
    let mut row = delivery(Purpose::Confirm);
    row = taken(row.lease(Uuid::nil(), at(100)));
    // The first attempt's fate is never known.
    let mut now = at(100 + 15 * 60 + 1);
    for _ in 0..50 {
        row = taken(row.lease(Uuid::nil(), now)).fail(&busy, now, 3, 0);
        assert_eq!(row.state.due_at(), Some(now + SignedDuration::from_mins(10)));
        now = row.state.due_at().unwrap();
    }
    assert_eq!((row.attempt, row.uncounted, row.history.len()), (51, 50, 10));
    assert_eq!(unknown(&row.history), 1, "what may have arrived is not forgotten");
    row = taken(row.lease(Uuid::nil(), now)).fail(&refused, now, 3, 499);
    assert_eq!(row.state.due_at().unwrap().duration_since(now).as_secs(), 299, "the step of the second");
    let last = row.begun_at() + schedule::length(&schedule::LONG);
    assert!(matches!(
        taken(row.clone().lease(Uuid::nil(), last)).fail(&busy, last, 3, 0).state,
        DeliveryState::Dead { .. }
    ));
}
