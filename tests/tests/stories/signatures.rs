//! Signatures of webhooks, as an organisation chooses, reads and verifies them.

use proca::{campaign::Override, permission::Role, service::Backend};
use proca_local::receiver::is_signed_by;
use proca_tests::{
    endpoint::{Endpoint, Taken},
    node::verified,
    world::{Answered, LEAD_PAGE, World},
};
use serde_json::{Value, json};

const ALL: &str = "/v1/orgs/lead/services";

/// A webhook of the lead with keys of this scheme, as it is once it has its endpoint. Its version is 2.
async fn webhook(world: &World, token: &str, signature: &str, endpoint: &Endpoint) -> Answered {
    let body = json!({ "kind": "webhook", "address": endpoint.url, "signature": signature });
    let made = world.staff(token, "POST", ALL, Some(body)).await;
    assert_eq!(made.status, 201, "{}", made.text);
    assert_eq!(made.body["signature"], signature);
    made
}

fn at(service: &Answered) -> String {
    format!("{ALL}/{}", service.body["id"].as_str().unwrap())
}

async fn tested(world: &World, token: &str, service: &str, endpoint: &Endpoint) -> Taken {
    let tried = world.staff(token, "POST", &format!("{service}/test"), None).await;
    assert_eq!(tried.body["delivered"], true, "{}", tried.text);
    endpoint.taken().pop().unwrap()
}

fn keys_of(service: &Value) -> Vec<String> {
    let keys = service["publicKeys"].as_array().unwrap();
    keys.iter().map(|key| key.as_str().unwrap().to_owned()).collect()
}

fn signed_by(message: &Taken, key: &str) -> bool {
    let [at, id, signatures] = ["webhook-timestamp", "webhook-id", "webhook-signature"];
    let header = |name: &str| message.headers[name].as_str();
    is_signed_by(key, (header(id), header(at)), &message.text, header(signatures))
}

#[tokio::test]
async fn a_private_key_signs_and_anybody_of_the_org_may_read_what_verifies_it() {
    let world = World::new().await;
    let token = world.token(world.lead, Role::Owner).await;
    let endpoint = Endpoint::start("").await;
    let made = webhook(&world, &token, "v1a", &endpoint).await;
    assert!(made.body.get("signingSecret").is_none(), "{}", made.text);
    let message = tested(&world, &token, &at(&made), &endpoint).await;

    let campaigner = world.token(world.lead, Role::Campaigner).await;
    let read = world.staff(&campaigner, "GET", &at(&made), None).await;
    let keys = keys_of(&read.body);
    let [key] = keys.as_slice() else { panic!("{}", read.text) };
    assert!(key.starts_with("whpk_") && signed_by(&message, key));
    let other = Taken { text: message.text.replace("service_test", "service_text"), ..message.clone() };
    assert!(!signed_by(&other, key), "a changed message is not signed");
    assert!(!world.table_as_text().await.contains("whsk_"), "the private key is sealed");
    assert!(!format!("{}{}", made.text, read.text).contains("whsk_"), "and never shown");
}

#[tokio::test]
async fn during_a_rotation_two_private_keys_sign_and_never_three() {
    let world = World::new().await;
    let token = world.token(world.lead, Role::Owner).await;
    let endpoint = Endpoint::start("").await;
    let made = webhook(&world, &token, "v1a", &endpoint).await;
    let first = keys_of(&made.body).remove(0);
    tested(&world, &token, &at(&made), &endpoint).await;
    for (version, still) in [(2, true), (3, false)] {
        let path = format!("{}/rotate-secret", at(&made));
        let rotated = world.staff_at(&token, "POST", &path, None, Some(version)).await;
        assert_eq!((rotated.status, &rotated.body["secrets"]), (200, &json!(2)), "{}", rotated.text);
        assert!(rotated.body.get("signingSecret").is_none());
        let keys = keys_of(&rotated.body);
        let message = tested(&world, &token, &at(&made), &endpoint).await;
        assert!(keys.iter().all(|key| signed_by(&message, key)));
        assert_eq!(signed_by(&message, &first), still, "the first key");
    }
}

#[tokio::test]
async fn another_scheme_begins_beside_the_last_key_and_pauses_nothing() {
    let world = World::new().await;
    let token = world.token(world.lead, Role::Owner).await;
    let placeholder = Endpoint::start("").await;
    let made = webhook(&world, &token, "v1", &placeholder).await;
    let secret = made.body["signingSecret"].as_str().unwrap();
    let endpoint = Endpoint::start(secret).await;
    let change = |body: Value, version| {
        let path = at(&made);
        let (world, token) = (&world, &token);
        async move { world.staff_at(token, "PATCH", &path, Some(body), Some(version)).await }
    };
    assert_eq!(change(json!({ "address": endpoint.url }), 1).await.status, 200);
    tested(&world, &token, &at(&made), &endpoint).await;
    let changed = change(json!({ "signature": "v1a", "payload": "proca:action:2" }), 3).await;
    assert_eq!((&changed.body["signature"], &changed.body["state"]), (&json!("v1a"), &json!("active")));
    let message = tested(&world, &token, &at(&made), &endpoint).await;
    assert!(message.verified, "the receiver's old secret still does");
    assert!(signed_by(&message, &keys_of(&changed.body)[0]), "and the new key does already");

    let back = change(json!({ "signature": "v1" }), 4).await;
    let again = back.body["signingSecret"].as_str().expect("a shared secret is shown, once");
    assert_ne!(again, secret);
    let same = change(json!({ "signature": "v1" }), 5).await;
    assert_eq!((same.status, &same.body["version"]), (200, &json!(5)), "the same scheme changes nothing");
    let refused = change(json!({ "signature": "v2", "payload": "proca:action:1" }), 5).await;
    assert_eq!(refused.status, 422, "{}", refused.text);
}

#[tokio::test]
async fn whoever_speaks_the_standard_verifies_what_the_whole_system_sends() {
    let mut world = World::new().await;
    world.change_campaign(|campaign| campaign.supporter_confirm = Override::Off).await;
    let token = world.token(world.lead, Role::Owner).await;
    let endpoint = Endpoint::start("").await;
    let made = webhook(&world, &token, "v1", &endpoint).await;
    let secret = made.body["signingSecret"].as_str().unwrap();
    tested(&world, &token, &at(&made), &endpoint).await;
    let body = Some(json!({ "signature": "v1a" }));
    let changed = world.staff_at(&token, "PATCH", &at(&made), body, Some(2)).await;
    assert_eq!(changed.body["payload"], "proca:action:2", "{}", changed.text);
    let key = keys_of(&changed.body).remove(0);
    let id = made.body["id"].as_str().unwrap().parse().unwrap();
    world.change_org(world.lead, |org| org.backends.push = Some(Backend::Own(id))).await;
    world.sign(LEAD_PAGE, "bruce@example.org", Some(true), None).await;
    world.settle().await;
    let message = endpoint.taken().pop().unwrap();
    assert_eq!(message.body["schema"], "proca:action:2");
    let strange = "whpk_11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";
    assert!(signed_by(&message, &key) && !signed_by(&message, strange));

    let Some(said) = verified(&message, Some(secret), &[&key, strange]) else { return };
    assert_eq!(said, json!({ "v1": true, "v1a": [true, false] }));
    let altered = Taken { text: message.text.replace("petition", "petitiom"), ..message };
    let said = verified(&altered, Some(secret), &[&key]).unwrap();
    assert_eq!(said, json!({ "v1": false, "v1a": [false] }), "an altered message");
}
