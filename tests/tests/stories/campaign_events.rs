//! What happens to campaigns by themselves, and who hears of their changes.

use jiff::SignedDuration;
use proca::permission::Role;
use proca_tests::{
    endpoint::Endpoint,
    world::{LEAD_PAGE, World, signature},
};
use serde_json::{Value, json};

const CAMPAIGN: &str = "/v1/orgs/lead/campaigns/petition_x";

async fn listening_world() -> World {
    let mut world = World::new().await;
    for org in [world.lead, world.partner] {
        world.change_org(org, |org| org.backends.event = org.backends.push).await;
    }
    world
}

/// What an endpoint has heard: the type of event, the campaign's status and version.
fn heard(hook: &Endpoint) -> Vec<Value> {
    let told = hook.taken().into_iter().filter(|taken| taken.body["schema"] == "proca:event:2");
    let part =
        |body: Value| json!([body["eventType"], body["campaign"]["status"], body["campaign"]["version"]]);
    told.map(|taken| part(taken.body)).collect()
}

/// Lets the campaign end in an hour.
async fn ending_world() -> World {
    let mut world = listening_world().await;
    let end = world.clock.now() + SignedDuration::from_hours(1);
    world.change_campaign(|campaign| campaign.end = Some(end)).await;
    world
}

#[tokio::test]
async fn a_live_campaign_closes_by_itself_within_two_minutes_of_its_end() {
    let mut world = ending_world().await;
    let owner = world.token(world.lead, Role::Owner).await;
    world.pass(SignedDuration::from_mins(58)).await;
    assert_eq!(world.staff(&owner, "GET", CAMPAIGN, None).await.body["status"], "live");
    world.pass(SignedDuration::from_mins(4)).await;
    let campaign = world.staff(&owner, "GET", CAMPAIGN, None).await.body;
    assert_eq!((&campaign["status"], &campaign["version"]), (&json!("closed"), &json!(3)));
    let audit = world.staff(&owner, "GET", "/v1/orgs/lead/audit", None).await.body["items"][0].clone();
    assert_eq!((&audit["operation"], &audit["fields"]), (&json!("campaign.close"), &json!(["status"])));
    assert_eq!((&audit["user"], &audit["token"]), (&Value::Null, &Value::Null), "nobody did it");
    assert_eq!(world.post(LEAD_PAGE, &signature("b@example.org", None, None)).await.status, 409);
    assert!(!world.table_as_text().await.contains("DUE#"), "it is no longer due");
    for hook in [&world.lead_hook, &world.partner_hook] {
        let told = [json!(["campaign_updated", "live", 2]), json!(["campaign_updated", "closed", 3])];
        assert_eq!(heard(hook), told);
    }
}

#[tokio::test]
async fn a_campaign_whose_end_was_put_off_stays_live() {
    let mut world = ending_world().await;
    let later = world.clock.now() + SignedDuration::from_hours(3);
    world.change_campaign(|campaign| campaign.end = Some(later)).await;
    world.skip(SignedDuration::from_hours(2)).await;
    assert_eq!(world.bundle(LEAD_PAGE).await.campaign.version, 3);
    world.skip(SignedDuration::from_hours(2)).await;
    assert_eq!(world.bundle(LEAD_PAGE).await.campaign.version, 4, "closed");
}

#[tokio::test]
async fn it_closes_though_the_stream_is_lost() {
    let mut world = listening_world().await;
    let end = world.clock.now() + SignedDuration::from_mins(10);
    let mut campaign = world.bundle(LEAD_PAGE).await.campaign;
    (campaign.end, campaign.version) = (Some(end), campaign.version + 1);
    world.table.update(&campaign, campaign.version - 1).await.unwrap();
    for _ in 0..16 {
        world.lose_changes();
        world.clock.advance(SignedDuration::from_mins(1));
        world.system.tick().await.unwrap();
    }
    world.lose_changes();
    world.pass(SignedDuration::from_mins(3)).await;
    assert_eq!(world.bundle(LEAD_PAGE).await.campaign.version, 3);
    assert_eq!(heard(&world.lead_hook).len(), 2, "each change was told");
}

#[tokio::test]
async fn a_change_is_told_once_however_often_the_stream_tells_it() {
    let mut world = listening_world().await;
    let token = world.token(world.lead, Role::Owner).await;
    let closed = world.staff_at(&token, "POST", &format!("{CAMPAIGN}/close"), None, Some(1)).await;
    assert_eq!(closed.status, 200, "{}", closed.text);
    world.settle().await;
    for _ in 0..3 {
        world.table.project(proca::due::Settings::Campaign(world.campaign)).await.unwrap();
        world.settle().await;
    }
    for hook in [&world.lead_hook, &world.partner_hook] {
        assert_eq!(heard(hook), [json!(["campaign_updated", "closed", 2])]);
    }
}

#[tokio::test]
async fn a_lead_hears_that_a_partner_asks_for_a_launch() {
    let mut world = listening_world().await;
    let partner = world.token(world.partner, Role::Owner).await;
    let body = json!({ "name": "partner.example.org/second", "campaign": "petition_x", "locale": "de" });
    let made = world.staff(&partner, "POST", "/v1/orgs/partner/pages", Some(body)).await;
    let path = format!("/v1/orgs/partner/pages/{}/launch", made.body["id"].as_str().unwrap());
    for _ in 0..2 {
        assert_eq!(world.staff(&partner, "POST", &path, None).await.status, 200);
    }
    world.settle().await;
    let told = world.lead_hook.taken();
    assert_eq!(told.len(), 1);
    assert!(told[0].verified);
    let body = &told[0].body;
    assert_eq!(body["eventType"], "page_launch_requested");
    assert_eq!(body["actionPage"], json!({ "name": "partner.example.org/second", "locale": "de" }));
    assert_eq!((&body["org"]["name"], &body["receiver"]["name"]), (&json!("partner"), &json!("lead")));
    assert!(world.partner_hook.taken().is_empty());
}
