//! Custom fields that pass through: they reach whoever is told of the action, and are not kept.

use jiff::SignedDuration;
use proca::{campaign::Override, permission::Role};
use proca_tests::{
    endpoint::Mood,
    world::{LEAD_PAGE, PARTNER_PAGE, World, links, signature},
};
use serde_json::{Value, json};

const CANARY: &str = "to my representative";

/// A world in which petitions' `letter` passes through, and `comment` stays.
async fn world() -> World {
    let mut world = World::new().await;
    world
        .change_campaign(|campaign| {
            campaign.supporter_confirm = Override::Off;
            campaign.transient_fields = vec!["petition:letter".parse().unwrap()];
        })
        .await;
    world.pass(SignedDuration::from_mins(1)).await;
    world
}

async fn sign(world: &mut World, page: &str, email: &str) -> Value {
    let mut body = signature(email, Some(true), Some(true));
    body["customFields"] = json!({ "letter": CANARY, "comment": "hi" });
    let answer = world.post(page, &body).await;
    assert_eq!(answer.status, 201, "{}", answer.text);
    world.settle().await;
    answer.body
}

async fn is_kept(world: &World) -> bool {
    let table = world.table_as_text().await;
    assert!(table.contains(r#""comment""#), "what stays is there");
    table.contains(CANARY)
}

#[tokio::test]
async fn a_transient_field_reaches_its_receivers_and_goes_within_minutes() {
    let mut world = world().await;
    sign(&mut world, PARTNER_PAGE, "ann@example.org").await;
    for hook in [&world.lead_hook, &world.partner_hook] {
        let fields = &hook.taken()[0].body["action"]["customFields"];
        assert_eq!(*fields, json!({ "letter": CANARY, "comment": "hi" }));
    }
    assert!(is_kept(&world).await, "it is looked at a little later");
    world.pass(SignedDuration::from_mins(7)).await;
    assert!(!is_kept(&world).await);
    assert_eq!(world.supporters().await, 1);
    let (lead, partner) = (world.lead_hook.taken().len(), world.partner_hook.taken().len());
    assert_eq!((lead, partner), (1, 1), "nothing is told twice for it");
    let token = world.token(world.lead, Role::Owner).await;
    let export = world.staff(&token, "POST", "/v1/orgs/lead/export", Some(json!({}))).await;
    assert!(export.text.contains(r#""comment":"hi""#) && !export.text.contains(CANARY), "{}", export.text);
}

#[tokio::test]
async fn it_stays_for_as_long_as_a_message_needs_it_whatever_is_lost_on_the_way() {
    let mut world = world().await;
    world.lead_hook.set(Mood::Status(500));
    sign(&mut world, LEAD_PAGE, "ann@example.org").await;
    world.skip(SignedDuration::from_hours(20)).await;
    assert!(is_kept(&world).await);
    world.lead_hook.set(Mood::Well);
    world.skip(SignedDuration::from_hours(24)).await;
    let last = world.lead_hook.taken().pop().unwrap();
    assert_eq!(last.body["action"]["customFields"]["letter"], CANARY);
    for _ in 0..20 {
        world.clock.advance(SignedDuration::from_mins(10));
        world.system.tick().await.ok();
        world.lose_changes();
        world.step_queues().await;
    }
    assert!(!is_kept(&world).await);
}

#[tokio::test]
async fn what_was_given_up_can_be_sent_again_whole_for_thirty_days() {
    let mut world = world().await;
    world.lead_hook.set(Mood::Status(500));
    sign(&mut world, LEAD_PAGE, "ann@example.org").await;
    sign(&mut world, LEAD_PAGE, "ben@example.org").await;
    world.skip(SignedDuration::from_hours(100)).await;
    world.lead_hook.set(Mood::Well);
    world.mend(world.lead).await;
    let told = world.lead_hook.taken().len();
    let token = world.token(world.lead, Role::Owner).await;
    let dead = world
        .staff(&token, "GET", "/v1/orgs/lead/deliveries?state=dead&since=2026-07-01T00:00:00Z", None)
        .await;
    assert_eq!(dead.body["items"].as_array().unwrap().len(), 2, "{}", dead.text);
    let path = format!("/v1/orgs/lead/deliveries/{}/replay", dead.body["items"][0]["id"].as_str().unwrap());
    assert!(world.staff(&token, "POST", &path, None).await.status < 300);
    world.settle().await;
    assert_eq!(world.lead_hook.taken()[told].body["action"]["customFields"]["letter"], CANARY);
    world.clock.advance(SignedDuration::from_hours(24 * 20));
    world.pass(SignedDuration::from_mins(10)).await;
    assert!(is_kept(&world).await, "the other may still be sent");
    world.clock.advance(SignedDuration::from_hours(24 * 12));
    world.pass(SignedDuration::from_mins(10)).await;
    assert!(!is_kept(&world).await);
}

#[tokio::test]
async fn it_goes_at_once_where_nothing_is_to_be_sent() {
    let mut world = world().await;
    world.change_org(world.lead, |org| org.backends.push = None).await;
    world.change_page(LEAD_PAGE, |page| page.thank_you_template = None).await;
    sign(&mut world, LEAD_PAGE, "ann@example.org").await;
    assert!(!is_kept(&world).await);
}

#[tokio::test]
async fn it_goes_with_a_signature_that_is_taken_back_or_turned_away() {
    let mut world = world().await;
    world.change_campaign(|campaign| campaign.supporter_confirm = Override::On).await;
    sign(&mut world, LEAD_PAGE, "ann@example.org").await;
    world.press(&links(&world.mails()[0])[1]).await;
    world.pass(SignedDuration::from_mins(7)).await;
    assert!(!is_kept(&world).await, "taken back");
    world
        .change_campaign(|campaign| {
            campaign.supporter_confirm = Override::Off;
            campaign.moderation = Override::On;
        })
        .await;
    sign(&mut world, LEAD_PAGE, "ben@example.org").await;
    assert!(is_kept(&world).await, "a moderator reads it");
    let token = world.token(world.lead, Role::Moderator).await;
    let waiting = world.staff(&token, "GET", "/v1/orgs/lead/moderation", None).await.body;
    let (supporter, action) = (&waiting["items"][0]["supporter"], &waiting["items"][0]["action"]);
    let reject = json!({ "actions": [{ "supporter": supporter, "action": action }] });
    let answer = world.staff(&token, "POST", "/v1/orgs/lead/moderation/reject", Some(reject)).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    world.pass(SignedDuration::from_mins(7)).await;
    assert!(!is_kept(&world).await, "turned away");
}
