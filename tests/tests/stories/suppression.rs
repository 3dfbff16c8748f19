//! Before each mail it is asked whether the address still wants it: for every kind of mail, and for every
//! reason why it may not.

use jiff::SignedDuration;
use proca::{
    campaign::Override,
    delivery::{DeliveryState, Purpose},
    verdict::Verdict,
};
use proca_tests::world::{LEAD_PAGE, PARTNER_PAGE, World};

const ADDRESS: &str = "bruce@example.org";
const TWO_DAYS: SignedDuration = SignedDuration::from_hours(49);

/// What the owner of the address says after a first signature, without confirmation.
async fn world_where_they_said(verdict: Verdict) -> World {
    let mut world = World::new().await;
    world.change_campaign(|campaign| campaign.supporter_confirm = Override::Off).await;
    world.change_org(world.lead, |org| org.supporter_confirm_reminder = true).await;
    world.change_page(LEAD_PAGE, |page| page.duplicate_template = Some("duplicate".parse().unwrap())).await;
    world.sign(LEAD_PAGE, ADDRESS, Some(true), None).await;
    world.settle().await;
    let row = world.deliveries().await.into_iter().find(|row| row.purpose == Purpose::ThankYou).unwrap();
    world
        .table
        .hear(
            row.action().unwrap().supporter,
            verdict,
            row.org,
            (&proca::random::Random::seeded(7), world.clock.now()),
        )
        .await
        .unwrap();
    world.settle().await;
    world.clock.advance(SignedDuration::from_mins(2));
    world
}

/// The subjects of what a second signature brings, from the second mail on.
async fn further_mails(world: &mut World, page: &str) -> Vec<String> {
    world.sign(page, ADDRESS, Some(true), None).await;
    world.settle().await;
    world.clock.advance(TWO_DAYS);
    world.pass(SignedDuration::from_mins(2)).await;
    world.mails().iter().skip(1).map(|mail| mail.subject.clone()).collect()
}

const NOTHING: [&str; 0] = [];
const CONFIRM: &str = "Please confirm: Petition X";
const REMINDER: &str = "Still to be confirmed: Petition X";

#[tokio::test]
async fn after_a_complaint_the_org_sends_nothing_not_even_a_confirmation() {
    for confirm in [Override::Off, Override::On] {
        let mut world = world_where_they_said(Verdict::Complain).await;
        world.change_campaign(|campaign| campaign.supporter_confirm = confirm).await;
        assert_eq!(further_mails(&mut world, LEAD_PAGE).await, NOTHING, "{confirm:?}");
    }
}

#[tokio::test]
async fn after_unsubscribing_only_a_confirmation_is_sent_and_no_reminder() {
    for (confirm, expected) in [(Override::Off, &[][..]), (Override::On, &[CONFIRM][..])] {
        let mut world = world_where_they_said(Verdict::Unsubscribe).await;
        world.change_campaign(|campaign| campaign.supporter_confirm = confirm).await;
        assert_eq!(further_mails(&mut world, LEAD_PAGE).await, expected, "{confirm:?}");
    }
}

#[tokio::test]
async fn what_they_said_to_one_org_holds_for_that_org_alone() {
    for verdict in [Verdict::Complain, Verdict::Unsubscribe] {
        let mut world = world_where_they_said(verdict).await;
        assert_eq!(further_mails(&mut world, PARTNER_PAGE).await, ["Thank you for signing: Petition X"]);
    }
}

#[tokio::test]
async fn after_opting_in_mails_come_again() {
    let mut world = world_where_they_said(Verdict::Unsubscribe).await;
    let row = world.deliveries().await.into_iter().find(|row| row.purpose == Purpose::ThankYou).unwrap();
    world
        .table
        .hear(
            row.action().unwrap().supporter,
            Verdict::OptIn,
            row.org,
            (&proca::random::Random::seeded(7), world.clock.now()),
        )
        .await
        .unwrap();
    assert_eq!(further_mails(&mut world, LEAD_PAGE).await, ["You had already signed: Petition X"]);
}

#[tokio::test]
async fn a_bounce_ends_the_mails_of_that_signature_and_a_new_one_may_try_again() {
    let mut world = world_where_they_said(Verdict::Bounce { confirmed: false }).await;
    world.change_campaign(|campaign| campaign.supporter_confirm = Override::On).await;
    assert_eq!(further_mails(&mut world, LEAD_PAGE).await, [CONFIRM, REMINDER]);
}

#[tokio::test]
async fn a_mail_on_its_way_is_stopped_by_what_is_said_meanwhile() {
    for (verdict, why) in [
        (Verdict::Complain, "the address gets no mail from this org"),
        (Verdict::Unsubscribe, "the address gets no mail from this org"),
        (Verdict::Bounce { confirmed: true }, "the address takes no mail"),
        (Verdict::Bounce { confirmed: false }, "the supporter has been confirmed or rejected"),
        (Verdict::Reject, "the supporter has been confirmed or rejected"),
    ] {
        let mut world = World::new().await;
        world.change_campaign(|campaign| campaign.supporter_confirm = Override::Off).await;
        world.sign(LEAD_PAGE, ADDRESS, Some(true), None).await;
        world.step_relay().await;
        world.step_queue("ActionsQueue").await;
        let row = world.deliveries().await.into_iter().find(|row| row.purpose == Purpose::ThankYou).unwrap();
        world
            .table
            .hear(
                row.action().unwrap().supporter,
                verdict,
                row.org,
                (&proca::random::Random::seeded(7), world.clock.now()),
            )
            .await
            .unwrap();
        world.settle().await;
        assert!(world.mails().is_empty(), "{verdict:?}");
        let row = world.table.delivery(row.org, row.id).await.unwrap().unwrap();
        assert!(matches!(row.state, DeliveryState::Cancelled { .. }), "{verdict:?}: {row:?}");
        assert_eq!(row.history[0].error.as_deref(), Some(why), "{verdict:?}");
    }
}
