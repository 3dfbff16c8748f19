//! Batched mode: an endpoint gets several messages in one signed body.

use std::collections::BTreeSet;

use jiff::SignedDuration;
use proca::{
    campaign::Override,
    delivery::{DeliveryState, Purpose},
    permission::Role,
};
use proca_tests::{
    endpoint::{Mood, Taken},
    world::{Answered, LEAD_PAGE, World},
};
use serde_json::{Value, json};

/// A world whose lead gets up to ten messages in a body, or what comes in half a minute.
async fn world() -> World {
    let mut world = World::new().await;
    world.change_campaign(|campaign| campaign.supporter_confirm = Override::Off).await;
    world.settle().await;
    let changed = change(&world, json!({ "batchSize": 10, "batchSeconds": 30 })).await;
    assert_eq!(changed.status, 200, "{}", changed.text);
    assert_eq!((&changed.body["batchSize"], &changed.body["state"]), (&json!(10), &json!("active")));
    world
}

/// Changes the lead's webhook.
async fn change(world: &World, patch: Value) -> Answered {
    let owner = world.token(world.lead, Role::Owner).await;
    let services = world.staff(&owner, "GET", "/v1/orgs/lead/services", None).await;
    let webhook = services.body["items"].as_array().unwrap().iter().find(|s| s["kind"] == "webhook").unwrap();
    let path = format!("/v1/orgs/lead/services/{}", webhook["id"].as_str().unwrap());
    world.staff_at(&owner, "PATCH", &path, Some(patch), webhook["version"].as_u64()).await
}

async fn sign(world: &mut World, count: usize) {
    for n in 0..count {
        world.sign(LEAD_PAGE, &format!("{n}@example.org"), Some(true), None).await;
    }
    world.settle().await;
}

/// The ids of the messages in a body.
fn ids(taken: &Taken) -> Vec<String> {
    assert!(taken.verified);
    assert_eq!(taken.body["schema"], "proca:batch:1");
    let messages = taken.body["messages"].as_array().unwrap();
    messages.iter().map(|one| one["messageId"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn what_comes_within_the_time_goes_in_bodies_of_the_size_each_once() {
    let mut world = world().await;
    sign(&mut world, 25).await;
    world.clock.advance(SignedDuration::from_secs(31));
    world.settle().await;
    let taken = world.lead_hook.taken();
    let told: Vec<_> = taken.iter().flat_map(ids).collect();
    assert_eq!(told.len(), 25);
    let rows = world.deliveries().await.into_iter().filter(|row| row.purpose == Purpose::Push);
    let rows: Vec<_> = rows.collect();
    assert!(rows.iter().all(|row| matches!(row.state, DeliveryState::Done { .. }) && row.attempt == 1));
    let expected: BTreeSet<_> = rows.iter().map(proca::delivery::Delivery::message_id).collect();
    assert_eq!(told.iter().cloned().collect::<BTreeSet<_>>(), expected, "each once");
    let mut sizes: Vec<_> = taken.iter().map(|taken| ids(taken).len()).collect();
    sizes.sort_unstable();
    assert!(sizes.len() <= 4 && sizes.ends_with(&[10, 10]), "as few as can be: {sizes:?}");
    let one = &taken[0].body["messages"][0]["message"];
    assert_eq!((&one["schema"], &one["contact"]["firstName"]), (&json!("proca:action:2"), &json!("Bruce")));
    assert!(taken.iter().all(|taken| taken.headers["webhook-id"].starts_with("msg_")));
}

#[tokio::test]
async fn a_body_that_is_refused_comes_again_with_the_same_id_and_is_one_failure() {
    let mut world = world().await;
    sign(&mut world, 8).await;
    world.lead_hook.set(Mood::Status(500));
    world.clock.advance(SignedDuration::from_secs(31));
    world.settle().await;
    let rows = async |world: &World| {
        let rows = world.deliveries().await.into_iter().filter(|row| row.purpose == Purpose::Push);
        rows.collect::<Vec<_>>()
    };
    let failed = rows(&world).await;
    assert!(failed.iter().all(|row| row.attempt == 1 && row.history[0].status == Some(500)), "{failed:?}");
    let due: BTreeSet<_> = failed.iter().map(|row| row.state.due_at()).collect();
    assert!(due.len() <= 2, "those of one body come again together: {due:?}");
    world.lead_hook.set(Mood::Well);
    world.pass(SignedDuration::from_mins(2)).await;
    let taken = world.lead_hook.taken();
    let told: Vec<_> = taken.iter().flat_map(ids).collect();
    assert_eq!((told.len(), told.iter().collect::<BTreeSet<_>>().len()), (8, 8), "each once");
    let done = rows(&world).await;
    assert!(done.iter().all(|row| row.attempt == 2), "no breaker opened for the eight of one body: {done:?}");
}

#[tokio::test]
async fn a_trial_comes_in_the_form_of_the_service() {
    let world = world().await;
    let owner = world.token(world.lead, Role::Owner).await;
    let services = world.staff(&owner, "GET", "/v1/orgs/lead/services", None).await;
    let webhook = services.body["items"].as_array().unwrap().iter().find(|s| s["kind"] == "webhook").unwrap();
    let path = format!("/v1/orgs/lead/services/{}/test", webhook["id"].as_str().unwrap());
    let tested = world.staff(&owner, "POST", &path, None).await;
    assert_eq!(tested.body["delivered"], true, "{}", tested.text);
    let taken = world.lead_hook.taken();
    assert_eq!(taken[0].body["messages"][0]["message"]["eventType"], "service_test");
}

#[tokio::test]
async fn how_many_come_in_a_body_is_for_webhooks_to_say_and_bounded() {
    let mut world = world().await;
    for wrong in [json!({ "batchSize": 0 }), json!({ "batchSize": 101 }), json!({ "batchSeconds": 61 })] {
        assert_eq!(change(&world, wrong.clone()).await.status, 422, "{wrong}");
    }
    let alone = change(&world, json!({ "batchSize": 1 })).await;
    assert_eq!((alone.status, &alone.body["batchSize"]), (200, &Value::Null), "{}", alone.text);
    sign(&mut world, 2).await;
    let taken = world.lead_hook.taken();
    assert_eq!(taken.len(), 2);
    assert!(taken.iter().all(|taken| taken.body["schema"] == "proca:action:2"), "at once, each alone");
    let owner = world.token(world.lead, Role::Owner).await;
    let queue = world.queue(world.lead, "proca-push-batched").await;
    let path = format!("/v1/orgs/lead/services/{}", queue.id);
    let refused =
        world.staff_at(&owner, "PATCH", &path, Some(json!({ "batchSize": 5 })), Some(queue.version)).await;
    assert_eq!(refused.status, 422, "{}", refused.text);
}
