//! A person's name and address stay in the clear only while a mail may still need them.

use jiff::SignedDuration;
use proca::{
    campaign::Override,
    delivery::{DeliveryState, Purpose},
    permission::Role,
};
use proca_local::mailbox::Fault;
use proca_tests::world::{LEAD_PAGE, PARTNER_PAGE, World, links};
use serde_json::{Value, json};

const ADDRESS: &str = "bruce@example.org";

/// The kinds of items that have a text, each once.
async fn kinds_with(world: &World, text: &str) -> Vec<String> {
    let table: Value = serde_json::from_str(&world.table_as_text().await).unwrap();
    let items = table["Items"].as_array().unwrap().iter();
    let kinds = items.filter(|item| item.to_string().contains(text)).map(|item| &item["kind"]["S"]);
    let kinds: std::collections::BTreeSet<_> = kinds.map(|kind| kind.as_str().unwrap().to_owned()).collect();
    kinds.into_iter().collect()
}

async fn world_with(change: impl FnOnce(&mut proca::campaign::Campaign)) -> World {
    let mut world = World::new().await;
    world.change_campaign(change).await;
    world
}

async fn world_without_confirmation() -> World {
    world_with(|campaign| campaign.supporter_confirm = Override::Off).await
}

#[tokio::test]
async fn the_thank_you_takes_the_address_along_and_ends_with_it() {
    let mut world = world_without_confirmation().await;
    world.sign(PARTNER_PAGE, ADDRESS, Some(true), Some(true)).await;
    assert_eq!(kinds_with(&world, ADDRESS).await, ["contact", "supporter"]);
    world.step_relay().await;
    world.step_queue("ActionsQueue").await;
    assert_eq!(kinds_with(&world, ADDRESS).await, ["contact", "delivery"], "the mail is made, and not sent");
    world.settle().await;
    assert_eq!(world.mails_to(ADDRESS).len(), 1);
    for personal in [ADDRESS, "Bruce", "Wayne"] {
        assert_eq!(kinds_with(&world, personal).await, ["contact"], "{personal}");
    }
}

#[tokio::test]
async fn who_must_confirm_is_remembered_until_thanked() {
    let mut world = World::new().await;
    world.sign(PARTNER_PAGE, ADDRESS, Some(true), Some(true)).await;
    world.pass(SignedDuration::from_mins(10)).await;
    assert_eq!(kinds_with(&world, ADDRESS).await, ["contact", "supporter"]);
    world.press(&links(&world.mails()[0])[0]).await;
    assert_eq!(
        kinds_with(&world, ADDRESS).await,
        ["contact", "supporter"],
        "the thanks are still to be made"
    );
    world.settle().await;
    assert_eq!(world.mails_to(ADDRESS).len(), 2);
    assert_eq!(kinds_with(&world, ADDRESS).await, ["contact"]);
}

#[tokio::test]
async fn where_no_mail_follows_the_address_goes_with_processing() {
    let mut world = world_without_confirmation().await;
    world.change_page(PARTNER_PAGE, |page| page.thank_you_template = None).await;
    world.sign(PARTNER_PAGE, ADDRESS, Some(true), Some(true)).await;
    world.settle().await;
    assert!(world.mails().is_empty() && world.partner_hook.taken().len() == 1);
    assert_eq!(kinds_with(&world, ADDRESS).await, ["contact"]);
}

#[tokio::test]
async fn an_action_added_later_brings_nothing_back() {
    let mut world = world_without_confirmation().await;
    let signed = world.sign(PARTNER_PAGE, ADDRESS, Some(true), None).await;
    world.settle().await;
    let share = json!({ "actionType": "share", "contactRef": signed.body["contactRef"] });
    assert_eq!(world.post(PARTNER_PAGE, &share).await.status, 201);
    world.settle().await;
    assert_eq!(world.partner_hook.taken().len(), 2);
    assert_eq!(kinds_with(&world, ADDRESS).await, ["contact"]);
}

#[tokio::test]
async fn a_bounce_or_a_rejection_of_the_confirmation_takes_the_address_away() {
    let mut world = World::new().await;
    world.sign(PARTNER_PAGE, "bounce@example.org", Some(true), None).await;
    world.sign(PARTNER_PAGE, ADDRESS, Some(true), None).await;
    world.settle().await;
    assert_eq!(kinds_with(&world, "bounce@example.org").await, ["contact"]);
    assert_eq!(kinds_with(&world, ADDRESS).await, ["contact", "supporter"]);
    let reject = links(&world.mails_to(ADDRESS)[0]).pop().unwrap();
    assert_eq!(world.press(&reject).await.status, 200);
    world.settle().await;
    assert_eq!(kinds_with(&world, ADDRESS).await, ["contact"]);
}

#[tokio::test]
async fn what_waits_for_a_moderator_keeps_the_address_until_decided() {
    let mut world = world_with(|campaign| {
        campaign.supporter_confirm = Override::Off;
        campaign.moderation = Override::On;
    })
    .await;
    let moderator = world.token(world.partner, Role::Moderator).await;
    for (verb, mails) in [("reject", 0), ("accept", 1)] {
        world.sign(PARTNER_PAGE, ADDRESS, Some(true), None).await;
        world.pass(SignedDuration::from_mins(2)).await;
        assert_eq!(kinds_with(&world, ADDRESS).await, ["contact", "supporter"], "{verb}");
        let waiting = world.staff(&moderator, "GET", "/v1/orgs/partner/moderation", None).await;
        let item = &waiting.body["items"][0];
        let body = json!({ "actions": [{ "supporter": item["supporter"], "action": item["action"] }] });
        let path = format!("/v1/orgs/partner/moderation/{verb}");
        assert_eq!(world.staff(&moderator, "POST", &path, Some(body)).await.status, 200);
        world.settle().await;
        assert_eq!(world.mails().len(), mails, "{verb}");
        assert_eq!(kinds_with(&world, ADDRESS).await, ["contact"], "{verb}");
    }
}

#[tokio::test]
async fn a_mail_that_is_given_up_keeps_no_address() {
    let mut world = world_without_confirmation().await;
    world.change_org(world.lead, |org| org.backends.email = None).await;
    world.sign(LEAD_PAGE, ADDRESS, Some(true), None).await;
    world.pass(SignedDuration::from_mins(2)).await;
    assert_eq!(kinds_with(&world, ADDRESS).await, ["contact", "delivery"], "it is tried again");
    for _ in 0..10 {
        world.clock.advance(SignedDuration::from_hours(30));
        world.pass(SignedDuration::from_mins(1)).await;
    }
    let thanks = world.deliveries().await.into_iter().find(|row| row.purpose == Purpose::ThankYou).unwrap();
    assert!(matches!(thanks.state, DeliveryState::Dead { .. }), "{thanks:?}");
    assert!(world.mails().is_empty());
    assert_eq!(kinds_with(&world, ADDRESS).await, ["contact"]);
}

#[tokio::test]
async fn a_mail_nobody_wants_any_more_keeps_no_address_and_says_why() {
    let mut world = World::new().await;
    world.system.mailbox.fail_next_sends(1, Fault::Throttle);
    world.change_campaign(|campaign| campaign.supporter_confirm = Override::Off).await;
    world.sign(LEAD_PAGE, ADDRESS, Some(true), None).await;
    world.settle().await;
    world.change_org(world.lead, |org| org.backends.email = None).await;
    let row = world.deliveries().await.into_iter().find(|row| row.purpose == Purpose::ThankYou).unwrap();
    let rejected = proca::verdict::Verdict::Reject;
    world
        .table
        .hear(
            row.action().unwrap().supporter,
            rejected,
            row.org,
            (&proca::random::Random::seeded(7), world.clock.now()),
        )
        .await
        .unwrap();
    world.pass(SignedDuration::from_mins(10)).await;
    assert!(world.mails().is_empty());
    let row = world.table.delivery(row.org, row.id).await.unwrap().unwrap();
    assert!(matches!(row.state, DeliveryState::Cancelled { .. }), "{row:?}");
    let why = row.history.last().unwrap().error.clone().unwrap();
    assert_eq!(why, "the supporter has been confirmed or rejected");
    assert_eq!(kinds_with(&world, ADDRESS).await, ["contact"]);
}
