//! Outside the contacts of orgs a person's name and address stay in the clear only while a mail may still need
//! them there.

use jiff::SignedDuration;
use proca::{
    campaign::Override,
    delivery::{DeliveryState, Purpose},
    permission::Role,
};
use proca_local::mailbox::Fault;
use proca_tests::world::{LEAD_PAGE, PARTNER_PAGE, World, links};
use serde_json::{Value, json};

use crate::sealed::world_with_keys;

const ADDRESS: &str = "bruce@example.org";

/// The kinds of items that have a text, each once.
async fn kinds_with(world: &World, text: &str) -> Vec<String> {
    let table: Value = serde_json::from_str(&world.table_as_text().await).unwrap();
    let items = table["Items"].as_array().unwrap().iter();
    let kinds = items.filter(|item| item.to_string().contains(text)).map(|item| &item["kind"]["S"]);
    let kinds: std::collections::BTreeSet<_> = kinds.map(|kind| kind.as_str().unwrap().to_owned()).collect();
    kinds.into_iter().collect()
}

/// A world that asks nobody to confirm, and in which the contacts of the page's org are sealed.
async fn sealed_world(org: &str) -> World {
    world_with_keys(&[org]).await.0
}

#[tokio::test]
async fn the_thank_you_is_written_from_the_contact_of_who_need_not_be_asked() {
    let mut world = World::new().await;
    world.change_campaign(|campaign| campaign.supporter_confirm = Override::Off).await;
    world.sign(PARTNER_PAGE, ADDRESS, Some(true), Some(true)).await;
    assert_eq!(kinds_with(&world, ADDRESS).await, ["contact"]);
    world.step_relay().await;
    world.step_queue("ActionsQueue").await;
    assert_eq!(kinds_with(&world, ADDRESS).await, ["contact"], "the mail is made, and not sent");
    world.settle().await;
    let mails = world.mails_to(ADDRESS);
    assert!(mails.len() == 1 && mails[0].text.as_ref().unwrap().contains("Bruce"), "{mails:?}");
    for personal in [ADDRESS, "Bruce", "Wayne"] {
        assert_eq!(kinds_with(&world, personal).await, ["contact"], "{personal}");
    }
}

#[tokio::test]
async fn where_the_contact_is_sealed_the_thank_you_takes_the_address_along_and_ends_with_it() {
    let mut world = sealed_world("partner").await;
    world.sign(PARTNER_PAGE, ADDRESS, Some(true), None).await;
    assert_eq!(kinds_with(&world, ADDRESS).await, ["supporter"]);
    world.step_relay().await;
    world.step_queue("ActionsQueue").await;
    assert_eq!(kinds_with(&world, ADDRESS).await, ["delivery"], "the mail is made, and not sent");
    world.settle().await;
    assert_eq!(world.mails_to(ADDRESS).len(), 1);
    for personal in [ADDRESS, "Bruce", "Wayne"] {
        assert!(kinds_with(&world, personal).await.is_empty(), "{personal}");
    }
}

#[tokio::test]
async fn who_must_confirm_is_remembered_until_they_do() {
    let mut world = World::new().await;
    world.sign(PARTNER_PAGE, ADDRESS, Some(true), Some(true)).await;
    world.pass(SignedDuration::from_mins(10)).await;
    assert_eq!(kinds_with(&world, ADDRESS).await, ["contact", "supporter"]);
    world.press(&links(&world.mails()[0])[0]).await;
    assert_eq!(kinds_with(&world, ADDRESS).await, ["contact"], "the thanks are still to be made");
    world.settle().await;
    assert_eq!(world.mails_to(ADDRESS).len(), 2);
    assert_eq!(kinds_with(&world, ADDRESS).await, ["contact"]);
}

#[tokio::test]
async fn where_no_mail_follows_the_address_goes_with_processing() {
    let mut world = sealed_world("partner").await;
    world.change_page(PARTNER_PAGE, |page| page.thank_you_template = None).await;
    world.sign(PARTNER_PAGE, ADDRESS, Some(true), None).await;
    assert_eq!(kinds_with(&world, ADDRESS).await, ["supporter"]);
    world.settle().await;
    assert!(world.mails().is_empty() && world.partner_hook.taken().len() == 1);
    assert!(kinds_with(&world, ADDRESS).await.is_empty());
}

#[tokio::test]
async fn an_action_added_later_brings_nothing_back() {
    let mut world = sealed_world("partner").await;
    let signed = world.sign(PARTNER_PAGE, ADDRESS, Some(true), None).await;
    world.settle().await;
    let share = json!({ "actionType": "share", "contactRef": signed.body["contactRef"] });
    assert_eq!(world.post(PARTNER_PAGE, &share).await.status, 201);
    world.settle().await;
    assert_eq!(world.partner_hook.taken().len(), 2);
    assert!(kinds_with(&world, ADDRESS).await.is_empty());
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
    let mut world = sealed_world("partner").await;
    world.change_campaign(|campaign| campaign.moderation = Override::On).await;
    let moderator = world.token(world.partner, Role::Moderator).await;
    for (verb, mails) in [("reject", 0), ("accept", 1)] {
        world.sign(PARTNER_PAGE, ADDRESS, Some(true), None).await;
        world.pass(SignedDuration::from_mins(2)).await;
        assert_eq!(kinds_with(&world, ADDRESS).await, ["supporter"], "{verb}");
        let waiting = world.staff(&moderator, "GET", "/v1/orgs/partner/moderation", None).await;
        let item = &waiting.body["items"][0];
        let body = json!({ "actions": [{ "supporter": item["supporter"], "action": item["action"] }] });
        let path = format!("/v1/orgs/partner/moderation/{verb}");
        assert_eq!(world.staff(&moderator, "POST", &path, Some(body)).await.status, 200);
        world.settle().await;
        assert_eq!(world.mails().len(), mails, "{verb}");
        assert!(kinds_with(&world, ADDRESS).await.is_empty(), "{verb}");
    }
}

#[tokio::test]
async fn a_mail_that_is_given_up_keeps_no_address() {
    let mut world = sealed_world("lead").await;
    world.change_org(world.lead, |org| org.backends.email = None).await;
    world.sign(LEAD_PAGE, ADDRESS, Some(true), None).await;
    world.pass(SignedDuration::from_mins(2)).await;
    assert_eq!(kinds_with(&world, ADDRESS).await, ["delivery"], "it is tried again");
    for _ in 0..10 {
        world.clock.advance(SignedDuration::from_hours(30));
        world.pass(SignedDuration::from_mins(1)).await;
    }
    let thanks = world.deliveries().await.into_iter().find(|row| row.purpose == Purpose::ThankYou).unwrap();
    assert!(matches!(thanks.state, DeliveryState::Dead { .. }), "{thanks:?}");
    assert!(world.mails().is_empty());
    assert!(kinds_with(&world, ADDRESS).await.is_empty());
}

#[tokio::test]
async fn a_mail_nobody_wants_any_more_keeps_no_address_and_says_why() {
    let mut world = sealed_world("lead").await;
    world.system.mailbox.fail_next_sends(1, Fault::Throttle);
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
    assert!(kinds_with(&world, ADDRESS).await.is_empty());
}
