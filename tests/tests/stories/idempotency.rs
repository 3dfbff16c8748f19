//! The same submission twice is taken once.

use jiff::SignedDuration;
use proca::campaign::CampaignStatus;
use proca_tests::world::{LEAD_PAGE, World, in_path, signature};
use serde_json::json;

async fn post(world: &World, key: Option<&str>, body: &serde_json::Value) -> proca_tests::world::Answered {
    let path = format!("/v1/pages/{}/actions", in_path(LEAD_PAGE));
    let mut headers = vec![("content-type", "application/json")];
    headers.extend(key.map(|key| ("idempotency-key", key)));
    world.call("POST", &path, &headers, &body.to_string()).await
}

#[tokio::test]
async fn the_same_key_and_body_gives_the_first_answer_again() {
    let mut world = World::new().await;
    let body = signature("bruce@example.org", Some(true), None);
    let first = post(&world, Some("k1"), &body).await;
    let again = post(&world, Some("k1"), &body).await;
    assert_eq!((first.status, again.status), (201, 201));
    assert_eq!(first.body, again.body);
    world.settle().await;
    assert_eq!(world.mails().len(), 1);
}

#[tokio::test]
async fn the_same_key_with_another_body_is_refused_and_changes_nothing() {
    let mut world = World::new().await;
    post(&world, Some("k1"), &signature("bruce@example.org", Some(true), None)).await;
    let other = post(&world, Some("k1"), &signature("alfred@example.org", Some(true), None)).await;
    assert_eq!(other.status, 422);
    world.settle().await;
    assert!(world.mails_to("alfred@example.org").is_empty());
}

#[tokio::test]
async fn without_a_key_a_double_click_counts_once_for_a_minute() {
    let mut world = World::new().await;
    let body = signature("bruce@example.org", Some(true), None);
    let first = post(&world, None, &body).await;
    assert_eq!(post(&world, None, &body).await.body, first.body);
    let mut corrected = body.clone();
    corrected["contact"]["lastName"] = json!("Wane");
    assert_ne!(post(&world, None, &corrected).await.body, first.body, "a corrected form is another action");
    world.clock.advance(SignedDuration::from_secs(61));
    assert_ne!(post(&world, None, &body).await.body, first.body);
    world.settle().await;
}

#[tokio::test]
async fn what_was_taken_in_is_answered_so_even_after_the_campaign_closed() {
    let mut world = World::new().await;
    let body = signature("bruce@example.org", Some(true), None);
    let first = post(&world, Some("k1"), &body).await;
    world.change_campaign(|campaign| campaign.status = CampaignStatus::Closed).await;
    assert_eq!(post(&world, Some("k1"), &body).await.body, first.body);
    assert_eq!(post(&world, Some("k2"), &body).await.status, 409);
    assert_eq!(post(&world, Some(""), &body).await.status, 400);
}
