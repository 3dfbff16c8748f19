//! Tokens of one's own: made, listed, limited, revoked.

use jiff::SignedDuration;
use proca::permission::Role;
use proca_tests::world::{Answered, World};
use serde_json::{Value, json};

async fn make(world: &World, token: &str, body: Value) -> Answered {
    world.staff(token, "POST", "/v1/tokens", Some(body)).await
}

fn text(made: &Answered) -> &str {
    assert_eq!(made.status, 201, "{}", made.text);
    made.body["token"].as_str().unwrap()
}

async fn labels(world: &World, token: &str) -> Vec<String> {
    let list = world.staff(token, "GET", "/v1/tokens", None).await;
    let items = list.body["items"].as_array().unwrap().iter();
    let mut labels: Vec<_> = items.map(|item| item["label"].as_str().unwrap().to_owned()).collect();
    labels.sort_unstable();
    labels
}

#[tokio::test]
async fn a_token_is_shown_once_works_and_is_worth_nothing_once_revoked() {
    let world = World::new().await;
    let token = world.token(world.lead, Role::Owner).await;
    let made = make(&world, &token, json!({ "label": "laptop" })).await;
    let laptop = text(&made);
    assert_eq!(world.staff(laptop, "GET", "/v1/orgs/lead", None).await.status, 200);
    let list = world.staff(&token, "GET", "/v1/tokens", None).await;
    let items = list.body["items"].as_array().unwrap();
    assert_eq!(items.len(), 2, "{}", list.text);
    let listed = items.iter().find(|item| item["label"] == "laptop").unwrap();
    assert_eq!(listed["lastUsedAt"], "2026-07-01T10:00:00Z");
    assert!(!list.text.contains("hash") && !list.text.contains("proca_"), "{}", list.text);
    assert!(!world.table_as_text().await.contains(laptop.strip_prefix("proca_").unwrap()));

    let path = format!("/v1/tokens/{}", made.body["id"].as_str().unwrap());
    let other = world.token(world.lead, Role::Owner).await;
    assert_eq!(world.staff(&other, "DELETE", &path, None).await.status, 404, "it is somebody else's");
    assert_eq!(world.staff(&token, "DELETE", &path, None).await.status, 204);
    assert_eq!(world.staff(laptop, "GET", "/v1/orgs/lead", None).await.status, 401);
    assert_eq!(world.staff(&token, "DELETE", &path, None).await.status, 404);
    let table = world.table_as_text().await;
    assert!(table.contains("\"token.create\"") && table.contains("\"token.revoke\""), "both are audited");
}

#[tokio::test]
async fn a_token_ends_when_it_was_said_to() {
    let world = World::new().await;
    let token = world.token(world.lead, Role::Owner).await;
    let made = make(&world, &token, json!({ "label": "for a day", "days": 1 })).await;
    assert_eq!(made.body["validUntil"], "2026-07-02T10:00:00Z");
    world.clock.advance(SignedDuration::from_secs(24 * 3600 - 1));
    assert_eq!(world.staff(text(&made), "GET", "/v1/me", None).await.status, 200);
    world.clock.advance(SignedDuration::from_secs(1));
    assert_eq!(world.staff(text(&made), "GET", "/v1/me", None).await.status, 401);
    assert_eq!(labels(&world, &token).await, ["for a day", "test"]);
}

#[tokio::test]
async fn a_token_makes_sees_and_revokes_only_what_can_do_no_more_than_itself() {
    let world = World::new().await;
    let token = world.token(world.lead, Role::Owner).await;
    let body = json!({ "label": "weak", "org": world.lead, "scopes": ["moderate", "view_deliveries"] });
    let made = make(&world, &token, body).await;
    let weak = text(&made);
    for more in [
        json!({ "label": "x", "scopes": ["moderate", "export_contacts"] }),
        json!({ "label": "x", "org": world.partner }),
    ] {
        let refused = make(&world, weak, more).await;
        assert_eq!(refused.status, 403, "{}", refused.text);
    }
    let weaker = make(&world, weak, json!({ "label": "weaker", "scopes": ["moderate"] })).await;
    assert_eq!(weaker.body["org"], world.lead.to_string(), "{}", weaker.text);
    let same = make(&world, weak, json!({ "label": "same" })).await;
    assert_eq!(same.body["scopes"], json!(["moderate", "view_deliveries"]), "{}", same.text);
    assert_eq!(labels(&world, &token).await, ["same", "test", "weak", "weaker"]);
    assert_eq!(labels(&world, weak).await, ["same", "weak", "weaker"]);
    assert_eq!(labels(&world, text(&weaker)).await, ["weaker"]);
    let path = format!("/v1/tokens/{}", made.body["id"].as_str().unwrap());
    assert_eq!(world.staff(text(&weaker), "DELETE", &path, None).await.status, 404);
    let denied = world.staff(weak, "GET", "/v1/orgs/lead/staff", None).await;
    assert_eq!(denied.status, 403, "{}", denied.text);
}

#[tokio::test]
async fn everything_wrong_with_a_token_is_said_at_once() {
    let world = World::new().await;
    let token = world.token(world.lead, Role::Owner).await;
    let wrong = json!({ "org": "lead", "scopes": ["fly"], "days": 3651, "hash": "x" });
    let answer = make(&world, &token, wrong).await;
    assert_eq!(answer.status, 422, "{}", answer.text);
    let errors = answer.body["errors"].as_array().unwrap().iter();
    let pointers: Vec<_> = errors.map(|error| error["pointer"].as_str().unwrap()).collect();
    assert_eq!(pointers, ["/days", "/hash", "/label", "/org", "/scopes"]);
    let foreign = make(&world, &token, json!({ "label": "x", "org": world.partner })).await;
    assert_eq!((foreign.status, &foreign.body["errors"][0]["pointer"]), (422, &json!("/org")));
    assert_eq!(labels(&world, &token).await, ["test"]);
}
