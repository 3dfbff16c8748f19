//! Every operation of the document: who may do it, and who is told what instead.

use std::collections::{BTreeMap, BTreeSet};

use proca::{
    api::{
        document::operations,
        operation::{Needs, Operation},
    },
    permission::{Permission, Role},
};
use proca_tests::{
    fixtures::Fixtures,
    logs,
    world::{Answered, World},
};
use serde_json::json;

/// Operations that need a credential, each in a world of its own.
fn secured() -> Vec<Operation> {
    operations().0.into_iter().filter(|operation| operation.needs != Needs::Nothing).collect()
}

#[tokio::test]
async fn without_a_token_nobody_is_told_anything() {
    let mut world = World::new().await;
    let lead = Fixtures::make(&mut world).await;
    for operation in secured() {
        for token in ["", "nonsense", "proca_AAAA"] {
            let answer = lead.call(&world, token, &operation).await;
            assert_eq!(answer.status, 401, "{} {}: {}", operation.method, operation.path, answer.text);
            assert_eq!(answer.headers["www-authenticate"], "Bearer");
        }
    }
}

#[tokio::test]
async fn to_the_staff_of_another_org_nothing_is_there() {
    let mut world = World::new().await;
    let lead = Fixtures::make(&mut world).await;
    let other = world.token(world.partner, Role::Owner).await;
    for operation in secured().into_iter().filter(|operation| operation.path.contains("{org}")) {
        let answer = lead.call(&world, &other, &operation).await;
        assert_eq!(answer.status, 404, "{} {}: {}", operation.method, operation.path, answer.text);
    }
}

#[tokio::test]
async fn without_the_permission_each_operation_is_refused_and_says_which_it_needs() {
    let mut world = World::new().await;
    let lead = Fixtures::make(&mut world).await;
    let owner = world.token(world.lead, Role::Owner).await;
    let mut lacking = BTreeMap::new();
    for permission in Permission::ALL {
        let scopes: Vec<_> = Permission::ALL.iter().filter(|p| *p != permission).collect();
        let body = json!({ "label": "limited", "scopes": scopes });
        let made = world.staff(&owner, "POST", "/v1/tokens", Some(body)).await;
        assert_eq!(made.status, 201, "{}", made.text);
        lacking.insert(permission.word(), made.body["token"].as_str().unwrap().to_owned());
    }
    for operation in secured() {
        let (token, word) = match operation.needs {
            Needs::Permission(permission) => (&lacking[permission.word()], permission.word()),
            Needs::Instance(permission) => (&owner, permission.word()),
            Needs::Nothing | Needs::User | Needs::Member => continue,
        };
        let answer = lead.call(&world, token, &operation).await;
        assert_eq!(answer.status, 403, "{} {}: {}", operation.method, operation.path, answer.text);
        assert_eq!(answer.body["detail"], format!("this needs the permission {word}"));
    }
}

#[tokio::test]
async fn with_the_permission_the_example_of_each_operation_works() {
    for operation in secured() {
        let mut world = World::new().await;
        let lead = Fixtures::make(&mut world).await;
        let token = match operation.needs {
            Needs::Instance(_) => world.instance_owner().await,
            _ => world.token(world.lead, Role::Owner).await,
        };
        let answer = lead.call(&world, &token, &operation).await;
        let told = format!("{} {}: {} {}", operation.method, operation.path, answer.status, answer.text);
        assert!(![401, 403, 404].contains(&answer.status), "{told}");
        if !may_conflict(&operation) {
            assert_eq!(answer.status, operation.answer.0, "{told}");
        }
    }
}

/// What the state of the fixtures does not allow.
fn may_conflict(operation: &Operation) -> bool {
    let refused = [
        ("DELETE", "/v1/orgs/{org}"),
        ("DELETE", "/v1/orgs/{org}/campaigns/{campaign}"),
        ("DELETE", "/v1/orgs/{org}/pages/{page}"),
        ("DELETE", "/v1/orgs/{org}/services/{service}"),
        ("POST", "/v1/orgs/{org}/services/{service}/resume"),
        ("DELETE", "/v1/orgs/{org}/staff/{user}"),
    ];
    refused.contains(&(operation.method, operation.path))
}

#[tokio::test]
async fn a_permission_that_is_taken_away_is_gone_with_the_next_request() {
    let world = World::new().await;
    let owner = world.token(world.lead, Role::Owner).await;
    let campaigner = world.token(world.lead, Role::Campaigner).await;
    let make = |n: u32| {
        let body = Some(json!({ "name": format!("c{n}"), "title": "C" }));
        world.staff(&campaigner, "POST", "/v1/orgs/lead/campaigns", body)
    };
    assert_eq!(make(1).await.status, 201);
    let me = world.staff(&campaigner, "GET", "/v1/me", None).await;
    let path = format!("/v1/orgs/lead/staff/{}", me.body["user"].as_str().unwrap());
    let changed: Answered =
        world.staff_at(&owner, "PATCH", &path, Some(json!({ "role": "moderator" })), Some(1)).await;
    assert_eq!(changed.status, 200, "{}", changed.text);
    assert_eq!(make(2).await.status, 403);
    let removed = world.staff(&owner, "DELETE", &path, None).await;
    assert!([204, 428].contains(&removed.status), "{}", removed.text);
}

#[tokio::test]
async fn every_change_has_its_audit_which_names_nobody() {
    let mut done = 0;
    for operation in secured().into_iter().filter(|o| o.method != "GET" && o.path.contains("{org}")) {
        let mut world = World::new().await;
        let lead = Fixtures::make(&mut world).await;
        let token = world.token(world.lead, Role::Owner).await;
        let (audits, things) = (audit(&world, &token).await, things(&world).await);
        let answer = lead.call(&world, &token, &operation).await;
        if answer.status >= 300 {
            continue;
        }
        let told = format!("{} {}: {} {}", operation.method, operation.path, answer.status, answer.text);
        let now = audit(&world, &token).await;
        let changed = self::things(&world).await != things;
        // Handing out the data of many is noted too.
        let hands_out = operation.command == "supporter export";
        assert_eq!(now.len() > audits.len(), changed || hands_out, "{told}");
        done += u32::from(changed);
        for entry in now {
            let text = entry.to_string();
            assert!(!text.contains('@') && !text.contains("whsec_") && !text.contains("proca_"), "{text}");
        }
    }
    assert!(done > 20, "most examples change something: {done}");
}

/// Everything in the table but audits and what is known of tokens.
async fn things(world: &World) -> BTreeSet<String> {
    let table: serde_json::Value = serde_json::from_str(&world.table_as_text().await).unwrap();
    let items = table["Items"].as_array().unwrap().iter();
    items
        .filter(|item| item["kind"]["S"] != "audit" && item["kind"]["S"] != "token")
        .map(ToString::to_string)
        .collect()
}

async fn audit(world: &World, token: &str) -> Vec<serde_json::Value> {
    let listed = world.staff(token, "GET", "/v1/orgs/lead/audit?limit=100", None).await;
    assert_eq!(listed.status, 200, "{}", listed.text);
    listed.body["items"].as_array().unwrap().clone()
}

#[tokio::test]
async fn no_answer_and_no_log_tells_a_secret() {
    logs::keep();
    let mut world = World::new().await;
    let lead = Fixtures::make(&mut world).await;
    let token = world.token(world.lead, Role::Owner).await;
    let table: serde_json::Value = serde_json::from_str(&world.table_as_text().await).unwrap();
    let mut kept = Vec::new();
    secrets(&table, "", &mut kept);
    assert!(kept.len() > 5, "digests of tokens and sealed secrets are in the table: {}", kept.len());
    let mut operations = secured();
    operations.sort_by_key(|operation| operation.method != "GET");
    let once = ["token create", "service create", "service rotate-secret", "key generate"];
    for operation in operations {
        let answer = lead.call(&world, &token, &operation).await;
        let told = format!("{} {}: {}", operation.method, operation.path, answer.text);
        assert!(kept.iter().all(|secret| !answer.text.contains(secret)), "{told}");
        let shows = answer.text.contains("whsec_")
            || answer.text.contains("proca_")
            || answer.text.contains("private\"");
        assert_eq!(shows, answer.status < 300 && once.contains(&operation.command), "{told}");
    }
    world.settle().await;
    let logs = logs::text();
    assert!(logs.contains("staff changed something"), "the logs were kept");
    kept.push(token);
    assert!(kept.iter().all(|secret| !logs.contains(secret)), "a secret is in the logs");
    assert!(!logs.contains("whsec_"), "a signing secret is in the logs");
}

/// Digests and sealed values of an item, by the names of their attributes.
fn secrets(value: &serde_json::Value, name: &str, kept: &mut Vec<String>) {
    match value {
        serde_json::Value::String(text) if ["hash", "secret", "secrets", "digest"].contains(&name) => {
            kept.push(text.clone());
        }
        serde_json::Value::Array(list) => list.iter().for_each(|value| secrets(value, name, kept)),
        serde_json::Value::Object(members) => members.iter().for_each(|(member, value)| {
            let typed = matches!(member.as_str(), "S" | "L" | "M" | "N" | "SS");
            secrets(value, if typed { name } else { member }, kept);
        }),
        _ => {}
    }
}
