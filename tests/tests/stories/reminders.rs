//! Who has not confirmed after two days is asked once more, where the org wants that.

use jiff::SignedDuration;
use proca::delivery::{Delivery, DeliveryState, Purpose};
use proca_tests::world::{LEAD_PAGE, PARTNER_PAGE, World, links};

const TWO_DAYS: SignedDuration = SignedDuration::from_hours(48);
const A_LITTLE: SignedDuration = SignedDuration::from_mins(5);

async fn reminding_world() -> World {
    let mut world = World::new().await;
    world.change_org(world.partner, |org| org.supporter_confirm_reminder = true).await;
    world
}

/// What has happened after this time; the sweeper sees its last two minutes.
async fn later(world: &mut World, time: SignedDuration) {
    let last = SignedDuration::from_mins(2);
    world.clock.advance(time - last);
    world.pass(last).await;
}

async fn reminder(world: &World) -> Delivery {
    world.deliveries().await.into_iter().find(|row| row.purpose == Purpose::Reminder).unwrap()
}

#[tokio::test]
async fn who_has_not_confirmed_is_reminded_once_after_two_days() {
    let mut world = reminding_world().await;
    world.sign(PARTNER_PAGE, "bruce@example.org", Some(true), None).await;
    world.sign(LEAD_PAGE, "other@example.org", Some(true), None).await;
    world.settle().await;
    later(&mut world, TWO_DAYS - A_LITTLE).await;
    assert_eq!(world.mails_to("bruce@example.org").len(), 1, "not a minute too early");
    later(&mut world, A_LITTLE + A_LITTLE).await;
    let mails = world.mails_to("bruce@example.org");
    assert_eq!(mails.len(), 2);
    assert_eq!(mails[1].subject, "Still to be confirmed: Petition X");
    assert!(mails[1].text.as_ref().unwrap().contains("Dear Bruce"));
    assert!(!mails[1].headers.iter().any(|(name, _)| name.starts_with("List-Unsubscribe")));
    later(&mut world, TWO_DAYS + TWO_DAYS).await;
    assert_eq!(world.mails_to("bruce@example.org").len(), 2, "once");
    assert_eq!(world.mails_to("other@example.org").len(), 1, "the other org does not ask for it");
}

#[tokio::test]
async fn links_of_both_mails_work_and_confirm_once() {
    for first in [0, 1] {
        let mut world = reminding_world().await;
        world.sign(PARTNER_PAGE, "bruce@example.org", Some(true), None).await;
        world.settle().await;
        later(&mut world, TWO_DAYS + A_LITTLE).await;
        let mails = world.mails_to("bruce@example.org");
        let confirm = [&mails[0], &mails[1]].map(|mail| links(mail)[0].clone());
        assert_ne!(confirm[0], confirm[1], "the links are fresh");
        for link in [&confirm[first], &confirm[1 - first]] {
            assert_eq!(world.press(link).await.status, 200);
            world.settle().await;
        }
        assert_eq!(world.supporters().await, 1);
        assert_eq!(world.mails_to("bruce@example.org").len(), 3, "one thank-you");
    }
}

#[tokio::test]
async fn who_confirmed_rejected_or_bounced_is_not_reminded() {
    let mut world = reminding_world().await;
    for email in ["yes@example.org", "no@example.org", "bounce@example.org"] {
        world.sign(PARTNER_PAGE, email, Some(true), None).await;
    }
    world.settle().await;
    for (email, link) in [("yes@example.org", 0), ("no@example.org", 1)] {
        world.press(&links(&world.mails_to(email)[0])[link]).await;
    }
    world.settle().await;
    assert!(!world.table_as_text().await.contains("mailbox_ref"), "no reminder keeps an address waiting");
    let before = world.mails().len();
    later(&mut world, TWO_DAYS + A_LITTLE).await;
    assert_eq!(world.mails().len(), before);
    let rows = world.deliveries().await.into_iter().filter(|row| row.purpose == Purpose::Reminder);
    let states: Vec<_> = rows.map(|row| row.state).collect();
    assert_eq!(states.len(), 3);
    assert!(states.iter().all(|state| matches!(state, DeliveryState::Cancelled { .. })), "{states:?}");
}

#[tokio::test]
async fn a_reminder_counts_against_the_budget_of_its_day() {
    let mut world = reminding_world().await;
    world.sign(PARTNER_PAGE, "bruce@example.org", Some(true), None).await;
    world.settle().await;
    later(&mut world, TWO_DAYS - A_LITTLE).await;
    for _ in 0..3 {
        world.clock.advance(SignedDuration::from_secs(61));
        world.sign(LEAD_PAGE, "bruce+tag@example.org", None, None).await;
        world.settle().await;
    }
    later(&mut world, A_LITTLE + A_LITTLE).await;
    assert_eq!(world.mails_to("bruce@example.org").len(), 1);
    let row = reminder(&world).await;
    assert!(matches!(row.state, DeliveryState::Cancelled { .. }), "{row:?}");
    assert!(row.history[0].error.as_ref().unwrap().contains("often enough today"));
}

#[tokio::test]
async fn an_org_reminds_in_its_own_words_where_it_has_some() {
    let mut world = reminding_world().await;
    let token = world.token(world.partner, proca::permission::Role::Owner).await;
    let words = serde_json::json!({ "name": "supporter_confirm_reminder", "locale": "en",
        "subject": "Psst, {{ firstName }}", "html": "<a href=\"{{ confirmLink }}\">yes</a>", "text": "{{ confirmLink }}" });
    assert_eq!(world.staff(&token, "POST", "/v1/orgs/partner/templates", Some(words)).await.status, 201);
    world.sign(PARTNER_PAGE, "bruce@example.org", Some(true), None).await;
    world.settle().await;
    later(&mut world, TWO_DAYS + A_LITTLE).await;
    assert_eq!(world.mails_to("bruce@example.org")[1].subject, "Psst, Bruce");
}
