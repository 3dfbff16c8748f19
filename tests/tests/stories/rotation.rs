//! A change of the pepper: people are known again before, during and after it.

use std::collections::BTreeSet;

use jiff::SignedDuration;
use proca::{
    action::{CustomFields, Tracking},
    campaign::Override,
    clock::Clock,
    consent::{OptIn, Privacy},
    email::Email,
    id::Id,
    intake::{From, Idempotency, Intake, Submission},
    random::Random,
    refs::Refs,
    secret::Keyring,
    staff::{Enrolment, Staff},
    supporter::Supporter,
    table::Taken,
    text::Tag,
    verdict::Verdict,
};
use proca_tests::world::{LEAD_PAGE, World};
use serde_json::json;

const BEFORE: &str = "1:0123456789abcdef0123456789abcdef";
const DURING: &str = "1:0123456789abcdef0123456789abcdef,2:fedcba9876543210fedcba9876543210";
const AFTER: &str = "1:-,2:fedcba9876543210fedcba9876543210";

fn refs(pepper: &str) -> Refs {
    Refs::new(Keyring::parse(pepper, "refs").unwrap())
}

/// Takes a signature in as a function with this pepper does.
async fn take_in(world: &World, pepper: &str) -> Supporter {
    let (refs, bundle, now) = (refs(pepper), world.bundle(LEAD_PAGE).await, world.clock.now());
    let tag = || Tag::default();
    let tracking = Tracking { source: tag(), medium: tag(), campaign: tag(), content: tag(), location: None };
    let submission = Submission {
        action_type: "petition".parse().unwrap(),
        custom_fields: CustomFields::default(),
        tracking,
        donation: None,
        testing: false,
    };
    let details = json!({ "firstName": "Bruce", "email": "bruce@example.org" });
    let privacy = Privacy { opt_in: OptIn::Yes, lead_opt_in: OptIn::NotAsked, ..Privacy::default() };
    let from = From::Contact { details: serde_json::from_value(details).unwrap(), privacy, earlier: None };
    let key = Random::System.uuid().to_string();
    let once = Idempotency::new(&refs, &bundle, Some(&key), "", now);
    let intake = Intake::new(&bundle, submission, from, once, (&refs, &Random::System, now)).unwrap();
    assert!(matches!(world.table.take_in(&intake, now).await.unwrap(), Taken::Now(_)));
    intake.supporter.unwrap()
}

/// The same, processed before the next one comes.
async fn sign(world: &mut World, pepper: &str) -> Supporter {
    let supporter = take_in(world, pepper).await;
    world.settle().await;
    world.clock.advance(SignedDuration::from_mins(2));
    supporter
}

async fn rank(world: &World, id: Id<Supporter>) -> u32 {
    world.table.supporter_alone(id).await.unwrap().unwrap().rank()
}

async fn world_without_confirmation() -> World {
    let mut world = World::new().await;
    world.change_campaign(|campaign| campaign.supporter_confirm = Override::Off).await;
    world
}

#[tokio::test]
async fn one_person_is_first_once_however_their_signatures_come() {
    for peppers in [
        vec![BEFORE, DURING, AFTER],
        vec![BEFORE, DURING, DURING, AFTER, AFTER],
        // Functions that still run with the old settings, or already with the new ones.
        vec![DURING, BEFORE, DURING, AFTER],
        vec![DURING, AFTER, DURING, BEFORE, AFTER],
        vec![AFTER, DURING, BEFORE],
    ] {
        let mut world = world_without_confirmation().await;
        let mut ranks = Vec::new();
        for pepper in &peppers {
            let supporter = sign(&mut world, pepper).await;
            ranks.push(rank(&world, supporter.id).await);
        }
        let expected: Vec<_> = (0u32..).take(peppers.len()).collect();
        assert_eq!(ranks, expected, "{peppers:?}");
        assert_eq!(world.supporters().await, 1, "{peppers:?}");
    }
}

#[tokio::test]
async fn of_signatures_that_are_processed_together_one_is_first() {
    for peppers in [[BEFORE, DURING], [DURING, BEFORE], [DURING, AFTER], [AFTER, DURING]] {
        let mut world = world_without_confirmation().await;
        let mut ids = Vec::new();
        for pepper in peppers {
            ids.push(take_in(&world, pepper).await.id);
        }
        world.settle().await;
        let mut ranks = BTreeSet::new();
        for id in ids {
            ranks.insert(rank(&world, id).await);
        }
        assert_eq!(ranks, BTreeSet::from([0, 1]), "{peppers:?}");
        assert_eq!(world.supporters().await, 1, "{peppers:?}");
    }
}

#[tokio::test]
async fn who_did_not_come_while_both_were_live_is_somebody_new_afterwards() {
    let mut world = world_without_confirmation().await;
    for pepper in [BEFORE, AFTER] {
        let supporter = sign(&mut world, pepper).await;
        assert_eq!(rank(&world, supporter.id).await, 0);
    }
    assert_eq!(world.supporters().await, 2);
}

#[tokio::test]
async fn the_first_place_is_left_and_inherited_across_a_change() {
    let mut world = world_without_confirmation().await;
    let first = sign(&mut world, BEFORE).await;
    let second = sign(&mut world, DURING).await;
    let third = sign(&mut world, AFTER).await;
    let (now, lead) = (world.clock.now(), world.lead);
    world
        .table
        .hear(first.id, Verdict::Reject, lead, (&proca::random::Random::seeded(7), now))
        .await
        .unwrap();
    world.settle().await;
    assert_eq!(rank(&world, second.id).await, 0);
    world
        .table
        .hear(second.id, Verdict::Reject, lead, (&proca::random::Random::seeded(7), now))
        .await
        .unwrap();
    world.settle().await;
    assert_eq!(rank(&world, third.id).await, 0);
    let fourth = sign(&mut world, AFTER).await;
    assert_ne!(rank(&world, fourth.id).await, 0);
    assert_eq!(world.supporters().await, 1);
}

#[tokio::test]
async fn who_wants_no_mail_gets_none_after_a_change_either() {
    for (unsubscribes, mails) in [(false, 3), (true, 1)] {
        let mut world = world_without_confirmation().await;
        world
            .change_page(LEAD_PAGE, |page| page.duplicate_template = Some("duplicate".parse().unwrap()))
            .await;
        let first = sign(&mut world, BEFORE).await;
        if unsubscribes {
            let (now, lead) = (world.clock.now(), world.lead);
            world
                .table
                .hear(first.id, Verdict::Unsubscribe, lead, (&proca::random::Random::seeded(7), now))
                .await
                .unwrap();
        }
        sign(&mut world, DURING).await;
        sign(&mut world, AFTER).await;
        assert_eq!(world.mails_to("bruce@example.org").len(), mails);
    }
}

#[tokio::test]
async fn an_org_calls_a_person_the_same_until_the_change_is_finished() {
    let mut world = world_without_confirmation().await;
    for pepper in [BEFORE, DURING, AFTER] {
        sign(&mut world, pepper).await;
    }
    let taken = world.lead_hook.taken();
    let refs: Vec<_> =
        taken.iter().map(|t| t.body["contact"]["contactRef"].as_str().unwrap().to_owned()).collect();
    assert_eq!(refs[0], refs[1]);
    assert!(refs[1].starts_with("1-") && refs[2].starts_with("2-"), "{refs:?}");
}

#[tokio::test]
async fn staff_stay_the_same_users() {
    let world = World::new().await;
    let users = |table: String| table.matches(r#""kind":{"S":"user"}"#).count();
    let before = users(world.table_as_text().await);
    let email: Email = "kim@example.org".parse().unwrap();
    for pepper in [BEFORE, DURING, DURING, AFTER] {
        let clock: Clock = world.clock.clone();
        let cursors = Keyring::parse(pepper, "cursors").unwrap();
        let staff = Staff::new(world.table.clone(), refs(pepper), cursors, clock, Random::System);
        let enrolment = Enrolment {
            email: email.clone(),
            instance_permissions: BTreeSet::new(),
            staff_of: None,
            label: "laptop".parse().unwrap(),
        };
        staff.enrol(enrolment).await.unwrap();
    }
    assert_eq!(users(world.table_as_text().await), before + 1);
}
