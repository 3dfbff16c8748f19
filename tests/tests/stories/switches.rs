//! Switches: whoever runs the instance stops mails, pushes, the intake or a counter, and nothing is lost.

use jiff::SignedDuration;
use proca::campaign::Override;
use proca_tests::world::{Answered, LEAD_PAGE, PARTNER_PAGE, World, in_path, signature};
use serde_json::{Value, json};

/// In this time a switch has reached every function.
const REACHED: SignedDuration = SignedDuration::from_secs(11);

/// In this time everything that was held back is looked at again.
const LOOKED_AT: SignedDuration = SignedDuration::from_mins(8);

async fn world() -> (World, String) {
    let mut world = World::new().await;
    world.change_campaign(|campaign| campaign.supporter_confirm = Override::Off).await;
    let owner = world.instance_owner().await;
    (world, owner)
}

async fn throw(world: &World, owner: &str, body: Value) -> Answered {
    let version = world.staff(owner, "GET", "/v1/switches", None).await.body["version"].as_u64();
    let thrown = world.staff_at(owner, "PATCH", "/v1/switches", Some(body), version).await;
    assert_eq!(thrown.status, 200, "{}", thrown.text);
    thrown
}

async fn sign(world: &mut World, people: std::ops::Range<usize>) {
    for n in people {
        world.sign(PARTNER_PAGE, &format!("s{n}@example.org"), Some(true), Some(true)).await;
    }
    world.settle().await;
}

#[tokio::test]
async fn mails_that_are_stopped_wait_and_go_out_once() {
    let (mut world, owner) = world().await;
    sign(&mut world, 0..3).await;
    assert_eq!(world.mails().len(), 3);
    throw(&world, &owner, json!({ "mailsPaused": true })).await;
    world.clock.advance(REACHED);
    sign(&mut world, 3..20).await;
    world.pass(SignedDuration::from_mins(20)).await;
    assert_eq!(world.mails().len(), 3, "none went out");
    assert_eq!(world.lead_hook.taken().len(), 20, "and pushes did");
    throw(&world, &owner, json!({ "mailsPaused": false })).await;
    world.clock.advance(REACHED);
    world.pass(LOOKED_AT).await;
    assert_eq!(world.mails().len(), 20);
    for n in 0..20 {
        assert_eq!(world.mails_to(&format!("s{n}@example.org")).len(), 1, "each once");
    }
}

#[tokio::test]
async fn pushes_are_stopped_for_one_org_or_all_and_none_is_given_up_for_it() {
    let (mut world, owner) = world().await;
    sign(&mut world, 0..1).await;
    let shown = throw(&world, &owner, json!({ "pushesPausedOf": ["Lead"] })).await;
    assert_eq!(shown.body["pushesPausedOf"], json!(["lead"]));
    world.clock.advance(REACHED);
    sign(&mut world, 1..4).await;
    assert_eq!((world.lead_hook.taken().len(), world.partner_hook.taken().len()), (1, 4));
    throw(&world, &owner, json!({ "pushesPaused": true })).await;
    world.clock.advance(REACHED);
    sign(&mut world, 4..8).await;
    assert_eq!((world.lead_hook.taken().len(), world.partner_hook.taken().len()), (1, 4));
    assert_eq!(world.mails().len(), 8, "mails go out");
    world.skip(SignedDuration::from_hours(80)).await;
    throw(&world, &owner, json!({ "pushesPaused": false, "pushesPausedOf": [] })).await;
    world.clock.advance(REACHED);
    world.pass(LOOKED_AT).await;
    for hook in [&world.lead_hook, &world.partner_hook] {
        let mut ids: Vec<_> = hook.taken().into_iter().map(|taken| taken.id).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(
            (ids.len(), hook.taken().len()),
            (8, 8),
            "each once, after longer than the schedule lasts"
        );
    }
}

#[tokio::test]
async fn a_read_only_intake_says_when_to_come_again_and_takes_nothing() {
    let (mut world, owner) = world().await;
    sign(&mut world, 0..2).await;
    throw(&world, &owner, json!({ "readOnly": true })).await;
    world.clock.advance(REACHED);
    let rows = async |world: &World| serde_json::from_str::<Value>(&world.table_as_text().await).unwrap();
    let before = rows(&world).await;
    for n in 2..6 {
        let refused = world.post(LEAD_PAGE, &signature(&format!("s{n}@example.org"), Some(true), None)).await;
        assert_eq!(
            (refused.status, refused.headers["retry-after"].as_str()),
            (503, "30"),
            "{}",
            refused.text
        );
    }
    assert_eq!(rows(&world).await, before, "nothing is written");
    let path = format!("/v1/pages/{}", in_path(LEAD_PAGE));
    assert_eq!(world.call("GET", &path, &[], "").await.status, 200, "pages are shown");
    throw(&world, &owner, json!({ "readOnly": false })).await;
    world.clock.advance(REACHED);
    sign(&mut world, 2..6).await;
    assert_eq!(world.supporters().await, 6);
}

#[tokio::test]
async fn a_frozen_counter_stands_still_while_counting_goes_on_behind_it() {
    let (mut world, owner) = world().await;
    sign(&mut world, 0..3).await;
    let path = "/v1/campaigns/petition_x/frozen-stats";
    let frozen = world.staff(&owner, "PUT", path, None).await;
    assert_eq!((frozen.status, &frozen.body["supporters"]), (200, &json!(3)), "{}", frozen.text);
    sign(&mut world, 3..9).await;
    assert_eq!(world.supporters().await, 3);
    let page = format!("/v1/pages/{}", in_path(LEAD_PAGE));
    let page = world.call("GET", &page, &[], "").await;
    assert!(page.text.contains("\"supporters\":3"), "on the page too: {}", page.text);
    let clock = world.clock.clone();
    let examined = world.table.examine(world.campaign, || clock.now()).await.unwrap();
    assert!(examined.drift.is_empty(), "a recount is not misled");
    assert_eq!(world.staff(&owner, "DELETE", path, None).await.status, 204);
    assert_eq!(world.supporters().await, 9);
    assert_eq!(world.staff(&owner, "DELETE", path, None).await.status, 204, "once more changes nothing");
}

#[tokio::test]
async fn switches_are_for_who_runs_the_instance_and_their_audit_is_kept() {
    let (world, owner) = world().await;
    let staff = world.token(world.lead, proca::permission::Role::Owner).await;
    for (method, path) in [
        ("GET", "/v1/switches"),
        ("PATCH", "/v1/switches"),
        ("PUT", "/v1/campaigns/petition_x/frozen-stats"),
        ("DELETE", "/v1/campaigns/petition_x/frozen-stats"),
    ] {
        let body = (method == "PATCH").then(|| json!({ "readOnly": true }));
        assert_eq!(world.staff_at(&staff, method, path, body, Some(0)).await.status, 403, "{method} {path}");
    }
    let unknown = json!({ "pushesPausedOf": ["nobody"] });
    let refused = world.staff_at(&owner, "PATCH", "/v1/switches", Some(unknown), Some(0)).await;
    assert_eq!((refused.status, &refused.body["errors"][0]["pointer"]), (422, &json!("/pushesPausedOf/0")));
    throw(&world, &owner, json!({ "mailsPaused": true, "readOnly": false })).await;
    let late = world.staff_at(&owner, "PATCH", "/v1/switches", Some(json!({})), Some(0)).await;
    assert_eq!(late.status, 409, "{}", late.text);
    let instance = world.table.instance().await.unwrap().unwrap().org;
    let audit = world.staff(&owner, "GET", &format!("/v1/orgs/{instance}/audit"), None).await;
    let thrown = &audit.body["items"][0];
    assert_eq!((&thrown["operation"], &thrown["fields"]), (&json!("switches.set"), &json!(["mailsPaused"])));
}
