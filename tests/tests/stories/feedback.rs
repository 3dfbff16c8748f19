//! What the mail service reports, and what becomes of it.

use jiff::SignedDuration;
use proca::{
    campaign::Override,
    delivery::{DeliveryState, Purpose},
};
use proca_local::mailbox::Fault;
use proca_tests::world::{LEAD_PAGE, World, links};

async fn world_without_confirmation() -> World {
    let mut world = World::new().await;
    world.change_campaign(|campaign| campaign.supporter_confirm = Override::Off).await;
    world
}

#[tokio::test]
async fn a_bounce_rejects_a_supporter_who_never_confirmed() {
    let mut world = world_without_confirmation().await;
    world.sign(LEAD_PAGE, "bounce@example.org", Some(true), None).await;
    world.settle().await;
    assert_eq!(world.supporters().await, 0);
    let table = world.table_as_text().await;
    assert!(table.contains(r#""email_status":{"S":"bounce"}"#));
    assert!(table.contains(r#""status":{"S":"rejected"}"#));
}

#[tokio::test]
async fn a_complaint_stops_the_org_s_mail_to_that_address() {
    let mut world = world_without_confirmation().await;
    world.sign(LEAD_PAGE, "complaint@example.org", Some(true), None).await;
    world.settle().await;
    assert_eq!(world.supporters().await, 1, "the signature holds");
    assert!(world.table_as_text().await.contains("SUPPRESSION#"));
    world.change_page(LEAD_PAGE, |page| page.duplicate_template = Some("duplicate".parse().unwrap())).await;
    world.clock.advance(SignedDuration::from_mins(2));
    world.sign(LEAD_PAGE, "complaint@example.org", Some(true), None).await;
    world.settle().await;
    assert_eq!(world.mails().len(), 1, "no further mail");
}

#[tokio::test]
async fn unsubscribing_stops_mail_and_withdraws_consent() {
    let mut world = world_without_confirmation().await;
    world.sign(LEAD_PAGE, "bruce@example.org", Some(true), None).await;
    world.settle().await;
    let mail = world.mails()[0].clone();
    let header = mail.headers.iter().find(|(name, _)| name == "List-Unsubscribe").unwrap().1.clone();
    let answer = world.press(header.trim_matches(['<', '>'])).await;
    assert!(answer.text.contains("We will not write to you again"));
    world.settle().await;
    let table = world.table_as_text().await;
    assert!(table.contains(r#""email_status":{"S":"unsubscribed"}"#));
    assert!(!table.contains(r#""communication":{"S":"yes"}"#));
    assert_eq!(world.supporters().await, 1);
}

#[tokio::test]
async fn a_mail_whose_answer_was_lost_is_closed_by_the_event_and_not_sent_twice() {
    let mut world = world_without_confirmation().await;
    world.system.mailbox.fail_next_sends(1, Fault::AcceptThenDropAnswer);
    world.sign(LEAD_PAGE, "bruce@example.org", Some(true), None).await;
    world.pass(SignedDuration::from_mins(40)).await;
    assert_eq!(world.mails().len(), 1);
    let mail = world.deliveries().await.into_iter().find(|d| d.purpose == Purpose::ThankYou).unwrap();
    assert!(matches!(mail.state, DeliveryState::Done { .. }), "{mail:?}");
}

#[tokio::test]
async fn a_throttled_mail_is_sent_later() {
    let mut world = world_without_confirmation().await;
    world.system.mailbox.fail_next_sends(2, Fault::Throttle);
    world.sign(LEAD_PAGE, "bruce@example.org", Some(true), None).await;
    world.settle().await;
    assert!(world.mails().is_empty());
    world.pass(SignedDuration::from_mins(10)).await;
    assert_eq!(world.mails().len(), 1);
}

#[tokio::test]
async fn who_unsubscribed_can_still_confirm_a_new_signature() {
    let mut world = World::new().await;
    world.change_campaign(|campaign| campaign.supporter_confirm = Override::Off).await;
    world.sign(LEAD_PAGE, "bruce@example.org", Some(true), None).await;
    world.settle().await;
    let unsubscribe = links(&world.mails()[0])[0].clone();
    world.press(&unsubscribe).await;
    world.change_campaign(|campaign| campaign.supporter_confirm = Override::On).await;
    world.clock.advance(SignedDuration::from_mins(2));
    world.sign(LEAD_PAGE, "bruce@example.org", Some(true), None).await;
    world.settle().await;
    assert_eq!(world.mails().last().unwrap().subject, "Please confirm: Petition X");
}

#[tokio::test]
async fn unsubscribing_twice_is_as_good_as_once() {
    let mut world = world_without_confirmation().await;
    world.sign(LEAD_PAGE, "bruce@example.org", Some(true), None).await;
    world.settle().await;
    let unsubscribe = links(&world.mails()[0])[0].clone();
    let suppressed =
        async |world: &World| world.table_as_text().await.contains(r#""kind":{"S":"suppression"}"#);
    world.press(&unsubscribe).await;
    assert!(suppressed(&world).await);
    world.press(&unsubscribe).await;
    assert!(suppressed(&world).await, "pressing twice changes nothing");
}
