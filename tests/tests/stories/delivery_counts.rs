//! What waits, arrived and was given up, counted by service, and how each endpoint fares.

use jiff::SignedDuration;
use proca::{campaign::Override, permission::Role};
use proca_tests::{
    endpoint::Mood,
    world::{LEAD_PAGE, World},
};
use serde_json::{Value, json};

async fn counts(world: &World, token: &str) -> Vec<Value> {
    let answer = world.staff(token, "GET", "/v1/orgs/lead/delivery-counts", None).await;
    assert_eq!((answer.status, &answer.body["cut"]), (200, &json!(false)), "{}", answer.text);
    answer.body["services"].as_array().unwrap().clone()
}

fn through(counts: &[Value], purpose: &str) -> Value {
    let sends = |one: &&Value| one["purposes"].as_array().unwrap().iter().any(|p| p == purpose);
    counts.iter().find(sends).unwrap().clone()
}

#[tokio::test]
async fn staff_see_what_waits_at_each_service_and_since_when() {
    let mut world = World::new().await;
    world.change_campaign(|campaign| campaign.supporter_confirm = Override::Off).await;
    let token = world.token(world.lead, Role::Owner).await;
    world.sign(LEAD_PAGE, "a@example.org", Some(true), None).await;
    world.settle().await;
    let before = through(&counts(&world, &token).await, "push");
    assert_eq!((&before["waiting"], &before["done"]), (&json!(0), &json!(1)));
    assert_eq!(before["oldestWaitingAt"], Value::Null);
    assert_eq!(before["endpoint"]["failures"], 0);

    world.lead_hook.set(Mood::Status(500));
    let since = world.clock.now();
    for n in 0..3 {
        world.sign(LEAD_PAGE, &format!("b{n}@example.org"), Some(true), None).await;
        world.settle().await;
        world.clock.advance(SignedDuration::from_secs(1));
    }
    world.pass(SignedDuration::from_mins(20)).await;
    let all = counts(&world, &token).await;
    let push = through(&all, "push");
    assert_eq!((&push["waiting"], &push["done"], &push["dead"]), (&json!(3), &json!(1), &json!(0)));
    let oldest: jiff::Timestamp = push["oldestWaitingAt"].as_str().unwrap().parse().unwrap();
    assert!(oldest.duration_since(since).abs() < SignedDuration::from_secs(1), "{oldest} for {since}");
    assert!(push["endpoint"]["failures"].as_u64().unwrap() >= 5, "{push}");
    assert!(push["endpoint"]["notAskedUntil"].is_string(), "{push}");
    assert!(push["service"].as_str().unwrap().starts_with("svc_"));
    let mail = through(&all, "thank_you");
    assert_eq!(
        (&mail["service"], &mail["waiting"], &mail["endpoint"]),
        (&json!("SYSTEM"), &json!(0), &Value::Null)
    );

    world.skip(SignedDuration::from_hours(77)).await;
    let push = through(&counts(&world, &token).await, "push");
    assert_eq!((&push["waiting"], &push["dead"]), (&json!(0), &json!(3)), "{push}");

    for (query, status) in [("since=2026-01-01T00:00:00Z", 400), ("since=soon", 400)] {
        let path = format!("/v1/orgs/lead/delivery-counts?{query}");
        assert_eq!(world.staff(&token, "GET", &path, None).await.status, status, "{query}");
    }
    let moderator = world.token(world.lead, Role::Moderator).await;
    assert_eq!(world.staff(&moderator, "GET", "/v1/orgs/lead/delivery-counts", None).await.status, 403);
}
