//! The audit of an org, as its staff read it.

use jiff::SignedDuration;
use proca::permission::Role;
use proca_tests::world::World;
use serde_json::json;

#[tokio::test]
async fn what_staff_changed_is_listed_the_newest_first_and_without_what_it_became() {
    let world = World::new().await;
    let token = world.token(world.lead, Role::Owner).await;
    for (version, title) in [(1, "canary-one"), (2, "canary-two")] {
        let body = json!({ "title": title });
        let changed = world.staff_at(&token, "PATCH", "/v1/orgs/lead", Some(body), Some(version)).await;
        assert_eq!(changed.status, 200, "{}", changed.text);
        world.clock.advance(SignedDuration::from_secs(1));
    }
    world
        .staff(&token, "POST", "/v1/orgs/lead/campaigns", Some(json!({ "name": "air", "title": "A" })))
        .await;
    let audit = world.staff(&token, "GET", "/v1/orgs/lead/audit", None).await;
    let rows = audit.body["items"].as_array().unwrap();
    let operations: Vec<_> = rows.iter().map(|row| row["operation"].as_str().unwrap()).collect();
    assert_eq!(operations, ["campaign.create", "org.update", "org.update"]);
    assert_eq!(
        (&rows[1]["fields"], &rows[1]["subject"]),
        (&json!(["title"]), &json!(world.lead.to_string()))
    );
    assert!(rows.iter().all(|row| row["user"].is_string() && row["token"].is_string()));
    assert!(!audit.text.contains("canary"));

    let first = world.staff(&token, "GET", "/v1/orgs/lead/audit?limit=1", None).await;
    let next = first.body["next"].as_str().unwrap();
    let rest = world.staff(&token, "GET", &format!("/v1/orgs/lead/audit?cursor={next}"), None).await;
    assert_eq!(rest.body["items"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn only_who_manages_the_org_reads_its_audit() {
    let world = World::new().await;
    let moderator = world.token(world.lead, Role::Moderator).await;
    let partner = world.token(world.partner, Role::Owner).await;
    assert_eq!(world.staff(&moderator, "GET", "/v1/orgs/lead/audit", None).await.status, 403);
    assert_eq!(world.staff(&partner, "GET", "/v1/orgs/lead/audit", None).await.status, 404);
}
