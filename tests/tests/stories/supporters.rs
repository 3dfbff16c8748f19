//! People who signed, as an org that has their data looks them up.

use jiff::SignedDuration;
use proca::{campaign::Override, permission::Role};
use proca_tests::world::{Answered, LEAD_PAGE, PARTNER_PAGE, World};
use serde_json::{Value, json};

/// A world in which somebody signed twice with the partner and shared once; and the partner's ref of them.
async fn signed_world() -> (World, String) {
    let mut world = World::new().await;
    world.change_campaign(|campaign| campaign.supporter_confirm = Override::Off).await;
    let signed = world.sign(PARTNER_PAGE, "bruce@example.org", Some(true), None).await;
    world.settle().await;
    world.clock.advance(SignedDuration::from_secs(90));
    let share = json!({ "actionType": "share", "contactRef": signed.body["contactRef"] });
    assert_eq!(world.post(PARTNER_PAGE, &share).await.status, 201);
    world.clock.advance(SignedDuration::from_secs(90));
    world.sign(PARTNER_PAGE, "bruce@example.org", None, None).await;
    world.settle().await;
    world.sign(LEAD_PAGE, "bruce@example.org", Some(false), None).await;
    world.sign(PARTNER_PAGE, "other@example.org", Some(true), Some(true)).await;
    world.settle().await;
    let contact_ref = world.partner_hook.taken()[0].body["contact"]["contactRef"].clone();
    (world, contact_ref.as_str().unwrap().to_owned())
}

fn column(answer: &Answered, name: &str) -> Vec<Value> {
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.body["items"].as_array().unwrap().iter().map(|item| item[name].clone()).collect()
}

#[tokio::test]
async fn a_person_is_shown_each_time_they_signed_the_latest_first() {
    let (world, contact_ref) = signed_world().await;
    let token = world.token(world.partner, Role::Api).await;
    let path = format!("/v1/orgs/partner/supporters/{contact_ref}");
    let found = world.staff(&token, "GET", &path, None).await;
    assert_eq!(column(&found, "communication"), ["not_asked", "yes"]);
    assert_eq!(column(&found, "dupeRank"), [1, 0]);
    let first = &found.body["items"][1];
    assert_eq!(first["contact"]["email"], "bruce@example.org");
    assert_eq!((&first["area"], &first["status"]), (&json!("DE"), &json!("accepted")));
    assert_eq!((&first["consent"]["page"], &first["emailStatus"]), (&json!(PARTNER_PAGE), &json!("none")));
    let one = world.staff(&token, "GET", &format!("{path}?limit=1"), None).await;
    assert_eq!(column(&one, "communication"), ["not_asked"]);
    let next = one.body["next"].as_str().unwrap();
    let two = world.staff(&token, "GET", &format!("{path}?limit=1&cursor={next}"), None).await;
    assert_eq!(column(&two, "communication"), ["yes"]);
}

#[tokio::test]
async fn what_a_person_did_is_listed_signature_by_signature() {
    let (world, contact_ref) = signed_world().await;
    let token = world.token(world.partner, Role::Owner).await;
    let path = format!("/v1/orgs/partner/supporters/{contact_ref}/actions");
    let all = world.staff(&token, "GET", &path, None).await;
    assert_eq!(column(&all, "actionType"), ["petition", "share", "petition"]);
    assert_eq!(column(&all, "status"), ["repeat", "delivered", "delivered"]);
    assert_eq!(all.body["items"][0]["customFields"], json!({ "comment": "hi" }));
    assert_eq!(all.body["items"][0]["tracking"]["source"], "newsletter");
    let (mut page, mut seen) = (format!("{path}?limit=1"), Vec::new());
    loop {
        let answer = world.staff(&token, "GET", &page, None).await;
        seen.extend(column(&answer, "id"));
        let Some(next) = answer.body["next"].as_str() else { break };
        page = format!("{path}?limit=1&cursor={next}");
    }
    assert_eq!(seen, column(&all, "id"));
}

#[tokio::test]
async fn another_orgs_ref_stands_for_nobody() {
    let (world, contact_ref) = signed_world().await;
    let lead = world.token(world.lead, Role::Owner).await;
    for end in ["", "/actions"] {
        for stranger in [contact_ref.as_str(), "1-7f0l3bXH0gqZkq5mYw2n8pVd4cRj6sTt9uWv1xYz3aB", "nobody"] {
            let path = format!("/v1/orgs/lead/supporters/{stranger}{end}");
            assert_eq!(world.staff(&lead, "GET", &path, None).await.status, 404, "{path}");
        }
    }
    let campaigner = world.token(world.partner, Role::Campaigner).await;
    let path = format!("/v1/orgs/partner/supporters/{contact_ref}");
    let refused = world.staff(&campaigner, "GET", &path, None).await;
    assert_eq!(refused.status, 403);
    assert!(!refused.text.contains("bruce"));
}
