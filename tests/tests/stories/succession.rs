//! The first of a person's signatures is taken back: the next one stands in its place.

use jiff::SignedDuration;
use proca::campaign::Override;
use proca_tests::{
    facts::firsts,
    world::{LEAD_PAGE, PARTNER_PAGE, World, in_path, links, signature},
};
use serde_json::{Value, json};

async fn world_without_confirmation() -> World {
    let mut world = World::new().await;
    world.change_campaign(|campaign| campaign.supporter_confirm = Override::Off).await;
    world
}

/// Signs and lets it be processed; a later signature is later by minutes.
async fn sign(world: &mut World, page: &str) {
    world.sign(page, "bruce@example.org", Some(true), None).await;
    world.settle().await;
    world.clock.advance(SignedDuration::from_mins(2));
}

/// Presses "it wasn't me" in the mail of this place among all.
async fn take_back(world: &mut World, mail: usize) {
    let link = links(&world.mails()[mail]).pop().unwrap();
    assert_eq!(world.press(&link).await.status, 200);
    world.settle().await;
}

/// The counts, once they are shown to be what a recount from the facts gives.
async fn recounted(world: &World) -> Value {
    let table: Value = serde_json::from_str(&world.table_as_text().await).unwrap();
    let items = table["Items"].as_array().unwrap();
    let tallies = |field: &'static str| {
        let actions = items.iter().filter(|item| item["kind"]["S"] == "action");
        actions.filter(|item| item[field]["M"]["signer"]["M"].is_object()).count() as u64
    };
    let stats = world.stats().await;
    let supporters = firsts(items).values().sum::<u64>();
    assert_eq!(stats["supporters"], supporters, "as many as have rank 0");
    assert_eq!((tallies("counts"), tallies("counted")), (supporters, supporters));
    stats
}

#[tokio::test]
async fn the_next_one_counts_for_its_own_page() {
    let mut world = world_without_confirmation().await;
    sign(&mut world, LEAD_PAGE).await;
    sign(&mut world, PARTNER_PAGE).await;
    let (lead, partner) = (world.lead.to_string(), world.partner.to_string());
    assert_eq!(recounted(&world).await["byOrg"], json!({ lead: 1 }));
    take_back(&mut world, 0).await;
    let stats = recounted(&world).await;
    assert_eq!((&stats["supporters"], &stats["byOrg"]), (&json!(1), &json!({ partner: 1 })));
    assert_eq!((&stats["byArea"], &stats["byType"]), (&json!({ "DE": 1 }), &json!({ "petition": 1 })));
    take_back(&mut world, 1).await;
    assert_eq!(recounted(&world).await["supporters"], 0);
}

#[tokio::test]
async fn a_repeat_stays_a_repeat_and_counts() {
    let mut world = world_without_confirmation().await;
    sign(&mut world, LEAD_PAGE).await;
    sign(&mut world, LEAD_PAGE).await;
    take_back(&mut world, 0).await;
    assert_eq!(recounted(&world).await["supporters"], 1);
    assert_eq!(world.table_as_text().await.matches(r#""status":{"S":"repeat"}"#).count(), 1);
}

#[tokio::test]
async fn the_counts_follow_though_the_stream_is_lost() {
    let mut world = world_without_confirmation().await;
    sign(&mut world, LEAD_PAGE).await;
    sign(&mut world, PARTNER_PAGE).await;
    world.clock.advance(SignedDuration::from_hours(1));
    let link = links(&world.mails()[0]).pop().unwrap();
    assert_eq!(world.press(&link).await.status, 200);
    world.lose_changes();
    world.pass(SignedDuration::from_mins(3)).await;
    assert_eq!(recounted(&world).await["byOrg"], json!({ world.partner.to_string(): 1 }));
}

#[tokio::test]
async fn who_was_taken_back_inherits_nothing_and_makes_no_repeat() {
    let mut world = world_without_confirmation().await;
    sign(&mut world, LEAD_PAGE).await;
    sign(&mut world, PARTNER_PAGE).await;
    take_back(&mut world, 1).await;
    assert_eq!(recounted(&world).await["byOrg"], json!({ world.lead.to_string(): 1 }));
    sign(&mut world, PARTNER_PAGE).await;
    assert_eq!(world.mails().len(), 3, "the partner's page thanks again");
    take_back(&mut world, 0).await;
    assert_eq!(recounted(&world).await["byOrg"], json!({ world.partner.to_string(): 1 }));
    assert_eq!(world.table_as_text().await.matches(r#""status":{"S":"repeat"}"#).count(), 0);
}

#[tokio::test]
async fn a_bounce_of_the_first_lets_the_next_one_count() {
    let mut world = world_without_confirmation().await;
    for page in [LEAD_PAGE, PARTNER_PAGE] {
        world.sign(page, "bounce@example.org", Some(true), None).await;
        // The partner's page sends no mail, so that only the first signature bounces.
        world.change_page(PARTNER_PAGE, |page| page.thank_you_template = None).await;
        world.clock.advance(SignedDuration::from_mins(2));
    }
    world.settle().await;
    assert_eq!(recounted(&world).await["byOrg"], json!({ world.partner.to_string(): 1 }));
}

#[tokio::test]
async fn of_fifty_at_once_one_is_first_also_while_the_first_is_taken_back() {
    let mut world = world_without_confirmation().await;
    sign(&mut world, LEAD_PAGE).await;
    let reject = links(&world.mails()[0]).pop().unwrap();
    let path = format!("/v1/pages/{}/actions", in_path(PARTNER_PAGE));
    let body = signature("bruce@example.org", Some(true), None).to_string();
    for n in 0..50 {
        let key = format!("try-{n}");
        let headers = [("content-type", "application/json"), ("idempotency-key", key.as_str())];
        assert_eq!(world.call("POST", &path, &headers, &body).await.status, 201);
    }
    world.step_relay().await;
    let mappings = world.system.mappings();
    let actions = mappings.iter().find(|mapping| mapping.function == "ProcessAction").unwrap();
    let [a, b, c] = [0; 3].map(|_| world.system.drain(actions, 0));
    let (taken_back, ..) = tokio::join!(world.press(&reject), a, b, c);
    if taken_back.status != 200 {
        assert_eq!(world.press(&reject).await.status, 200, "what conflicts may be pressed again");
    }
    world.pass(SignedDuration::from_mins(10)).await;
    let stats = recounted(&world).await;
    assert_eq!(stats["byOrg"], json!({ world.partner.to_string(): 1 }));
    assert_eq!(stats["byType"], json!({ "petition": 1 }));
}
