//! Metrics: what operators look at, told once for what happens once.

use jiff::SignedDuration;
use proca::{campaign::Override, metric::Metric};
use proca_tests::{
    endpoint::Mood,
    world::{LEAD_PAGE, World, in_path, links, signature},
};

#[tokio::test]
async fn an_action_is_measured_from_intake_to_delivery() {
    let mut world = World::new().await;
    let body = signature("a@example.org", Some(true), None);
    let headers = [("content-type", "application/json"), ("idempotency-key", "one")];
    let path = format!("/v1/pages/{}/actions", in_path(LEAD_PAGE));
    for _ in 0..2 {
        assert_eq!(world.call("POST", &path, &headers, &body.to_string()).await.status, 201);
    }
    assert_eq!(world.told(Metric::ActionsTaken), [1], "an answer that is given again is no action");
    world.clock.advance(SignedDuration::from_secs(2));
    world.settle().await;
    assert_eq!(world.told(Metric::ConfirmationDelay), [2000]);
    let confirm = links(&world.mails()[0])[0].clone();
    world.clock.advance(SignedDuration::from_mins(10));
    assert_eq!(world.press(&confirm).await.status, 200);
    world.settle().await;
    assert_eq!(
        world.told(Metric::DeliveryDelay),
        [0],
        "from the moment at which there is something to deliver"
    );
    assert_eq!(world.told(Metric::Retries), [0; 0]);
}

#[tokio::test]
async fn failures_and_breakers_are_counted() {
    let mut world = World::new().await;
    world.change_campaign(|campaign| campaign.supporter_confirm = Override::Off).await;
    world.lead_hook.set(Mood::Status(500));
    for n in 0..2 {
        world.sign(LEAD_PAGE, &format!("{n}@example.org"), Some(true), None).await;
    }
    world.settle().await;
    world.pass(SignedDuration::from_hours(1)).await;
    assert!(world.told(Metric::Retries).len() >= 5);
    assert_eq!(world.told(Metric::BreakersOpened), [1], "once, however often it stays open");
    assert_eq!(world.told(Metric::BreakersClosed), [0; 0]);
    world.lead_hook.set(Mood::Well);
    world.skip(SignedDuration::from_hours(3)).await;
    assert_eq!(world.told(Metric::BreakersClosed), [1]);
    assert_eq!(world.told(Metric::GivenUp), [0; 0]);
    assert_eq!(world.told(Metric::DeliveryDelay).len(), 2);
}

#[tokio::test]
async fn how_late_the_oldest_is_is_told_every_minute_also_where_nothing_is() {
    let mut world = World::new().await;
    world.change_campaign(|campaign| campaign.supporter_confirm = Override::Off).await;
    world.system.tick().await.unwrap();
    assert_eq!(
        (world.told(Metric::OldestUnprocessed), world.told(Metric::OldestDueDelivery)),
        (vec![0], vec![0])
    );
    world.sign(LEAD_PAGE, "a@example.org", Some(true), None).await;
    world.lose_changes();
    world.clock.advance(SignedDuration::from_secs(90));
    world.system.tick().await.unwrap();
    assert_eq!(world.told(Metric::OldestUnprocessed), [0, 90]);
    world.settle().await;
    world.system.tick().await.unwrap();
    assert_eq!(world.told(Metric::OldestUnprocessed), [0, 90, 0]);
    assert_eq!(world.told(Metric::OldestDueDelivery), [0; 3]);
}
