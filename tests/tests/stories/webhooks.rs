//! Endpoints in trouble: rescheduled, delivered later, and nobody else waits for them.

use std::time::Instant;

use jiff::SignedDuration;
use proca::{
    campaign::Override,
    delivery::{DeliveryState, Purpose},
    service::Backend,
};
use proca_tests::{
    endpoint::Mood,
    world::{PARTNER_PAGE, World},
};
use serde_json::Value;

async fn signed_world(mood: Mood) -> World {
    let mut world = World::new().await;
    world.change_campaign(|campaign| campaign.supporter_confirm = Override::Off).await;
    world.lead_hook.set(mood);
    world.sign(PARTNER_PAGE, "bruce@example.org", Some(true), Some(true)).await;
    world
}

#[tokio::test]
async fn an_endpoint_that_fails_is_tried_by_the_schedule_until_it_is_back() {
    let mut world = signed_world(Mood::Status(500)).await;
    let begun = world.clock.now();
    world.settle().await;
    assert_eq!(world.partner_hook.taken().len(), 1, "the other org is not delayed");
    let row = |rows: Vec<proca::delivery::Delivery>, org| {
        rows.into_iter().find(|d| d.org == org && d.purpose == Purpose::Push).unwrap()
    };
    let lead = row(world.deliveries().await, world.lead);
    let DeliveryState::Pending { due_at } = lead.state else { panic!("{lead:?}") };
    let wait = due_at.duration_since(begun).as_millis();
    assert!((4_000..=6_000).contains(&wait), "5 s ± 20 %, not {wait} ms");
    assert_eq!((lead.attempt, lead.history[0].status), (1, Some(500)));

    world.pass(SignedDuration::from_secs(10)).await;
    let lead = row(world.deliveries().await, world.lead);
    let DeliveryState::Pending { due_at } = lead.state else { panic!("{lead:?}") };
    let wait = due_at.duration_since(world.clock.now()).as_secs();
    assert!((220..=360).contains(&wait), "5 min ± 20 %, not {wait} s");

    world.lead_hook.set(Mood::Well);
    world.pass(SignedDuration::from_mins(7)).await;
    assert_eq!(world.lead_hook.taken().len(), 1);
    let lead = row(world.deliveries().await, world.lead);
    assert!(matches!(lead.state, DeliveryState::Done { .. }));
    assert_eq!(lead.attempt, 3);
    assert_eq!(world.lead_hook.taken()[0].id, lead.message_id(), "the id stays the same over retries");
}

#[tokio::test]
async fn an_endpoint_that_hangs_is_given_up_after_fifteen_seconds_and_delays_nobody() {
    let mut world = signed_world(Mood::Hangs).await;
    let begun = Instant::now();
    world.settle().await;
    assert!(begun.elapsed().as_secs() < 25, "over in about 15 s");
    assert_eq!(world.partner_hook.taken().len(), 1);
    world.lead_hook.set(Mood::Well);
    world.pass(SignedDuration::from_mins(1)).await;
    assert_eq!(world.lead_hook.taken().len(), 1);
}

#[tokio::test]
async fn an_endpoint_that_is_down_for_a_weekend_misses_nothing() {
    let mut world = signed_world(Mood::Status(503)).await;
    world.skip(SignedDuration::from_hours(48)).await;
    world.lead_hook.set(Mood::Well);
    world.skip(SignedDuration::from_hours(28)).await;
    assert_eq!(world.lead_hook.taken().len(), 1);
}

#[tokio::test]
async fn after_ten_attempts_it_is_given_up_and_stays_in_the_log() {
    let mut world = signed_world(Mood::Status(500)).await;
    world.skip(SignedDuration::from_hours(100)).await;
    let row = world
        .deliveries()
        .await
        .into_iter()
        .find(|d| d.purpose == Purpose::Push && d.org == world.lead)
        .unwrap();
    assert!(matches!(row.state, DeliveryState::Dead { .. }));
    assert_eq!((row.attempt, row.history.len()), (10, 10));
}

#[tokio::test]
async fn an_endpoint_that_is_gone_pauses_its_service() {
    let mut world = signed_world(Mood::Status(410)).await;
    world.settle().await;
    let org = world.table.org(world.lead).await.unwrap().unwrap();
    let Some(Backend::Own(id)) = org.backends.push else { panic!("the lead has a webhook") };
    let service = world.table.service(world.lead, id).await.unwrap().unwrap();
    assert!(!service.is_active());
}

#[tokio::test]
async fn a_queue_gets_the_same_message_with_its_attributes() {
    let mut world = World::new().await;
    world.change_campaign(|campaign| campaign.supporter_confirm = Override::Off).await;
    let service = world.queue(world.lead, "proca-push-lead").await;
    world.change_org(world.lead, |org| org.backends.push = Some(Backend::Own(service.id))).await;
    world.sign(PARTNER_PAGE, "bruce@example.org", Some(true), Some(true)).await;
    world.settle().await;
    assert_eq!(world.system.sqs.counts("proca-push-lead").unwrap().visible, 1);
    let sent: Vec<_> =
        world.system.sqs.sent_bodies().into_iter().filter(|b| b.contains("proca:action:2")).collect();
    assert_eq!(sent.len(), 1);
    for word in ["Stage", "deliver", "CampaignName", "petition_x", "ActionType", "petition"] {
        assert!(sent[0].contains(word), "{word}");
    }
    assert_ne!(world.partner_hook.taken()[0].body, Value::Null);
}
