//! How often one mailbox is asked to confirm, whoever types its address in.

use jiff::SignedDuration;
use proca::{
    delivery::{Delivery, DeliveryState},
    permission::Role,
    random::Random,
    refs::Refs,
    secret::Keyring,
};
use proca_local::mailbox::Fault;
use proca_tests::world::{LEAD_PAGE, PARTNER_PAGE, World};

const WHY: &str = "its mailbox was asked to confirm often enough today";

fn is_over_budget(row: &Delivery) -> bool {
    matches!(row.state, DeliveryState::Cancelled { .. })
        && row.history.last().and_then(|attempt| attempt.error.as_deref()) == Some(WHY)
}

#[tokio::test]
async fn a_mailbox_is_asked_three_times_a_day_over_all_orgs_and_spellings() {
    let mut world = World::new().await;
    let spellings =
        ["b.wayne@gmail.com", "bwayne+1@gmail.com", "bwayne@googlemail.com", "b.w.a.y.n.e+x@gmail.com"];
    for (email, page) in spellings.into_iter().zip([LEAD_PAGE, PARTNER_PAGE, LEAD_PAGE, PARTNER_PAGE]) {
        world.sign(page, email, Some(true), None).await;
        world.settle().await;
    }
    world.sign(PARTNER_PAGE, "else@example.org", Some(true), None).await;
    world.settle().await;
    assert_eq!(world.mails().len(), 4, "three to the one mailbox, one to the other");
    assert!(world.mails_to(spellings[3]).is_empty());

    let token = world.token(world.partner, Role::Campaigner).await;
    let log = world.staff(&token, "GET", "/v1/orgs/partner/deliveries?state=cancelled", None).await;
    let rows = log.body["items"].as_array().unwrap();
    assert_eq!(rows.len(), 1, "{}", log.text);
    assert_eq!(rows[0]["purpose"], "confirm");
    assert_eq!(rows[0]["lastAttempt"]["error"], WHY);
    let table = world.table_as_text().await;
    assert_eq!(table.matches(r#""status":{"S":"confirming"}"#).count(), 5, "nobody is turned away");

    world.clock.advance(SignedDuration::from_hours(24));
    world.pass(SignedDuration::from_mins(2)).await;
    assert_eq!(world.mails().len(), 4, "it is not postponed");
    world.sign(PARTNER_PAGE, spellings[3], Some(true), None).await;
    world.settle().await;
    assert_eq!(world.mails_to(spellings[3]).len(), 1, "the next day has a budget of its own");
}

#[tokio::test]
async fn signatures_at_once_cannot_overdraw_it() {
    let mut world = World::new().await;
    for page in [LEAD_PAGE, PARTNER_PAGE, LEAD_PAGE, PARTNER_PAGE, LEAD_PAGE, PARTNER_PAGE] {
        world.sign(page, "bruce@example.org", None, None).await;
        world.clock.advance(SignedDuration::from_secs(61));
    }
    world.settle().await;
    assert_eq!(world.mails().len(), 3);
    assert_eq!(world.deliveries().await.iter().filter(|row| is_over_budget(row)).count(), 3);
}

#[tokio::test]
async fn one_write_decides_and_the_same_mail_is_paid_for_once() {
    let world = World::new().await;
    let refs = Refs::new(Keyring::parse("1:0123456789abcdef0123456789abcdef", "t").unwrap());
    let mailbox = refs.mailbox(&"bruce@example.org".parse().unwrap());
    let now = world.clock.now();
    let mails: Vec<_> = (0..8).map(|seed| Random::seeded(seed).id::<Delivery>(now).to_string()).collect();
    let mut asked = tokio::task::JoinSet::new();
    for mail in mails {
        let (table, mailbox) = (world.table.clone(), mailbox.clone());
        asked.spawn(async move { (table.spend(&mailbox, &mail, now).await.unwrap(), mail) });
    }
    let spent = asked.join_all().await;
    assert_eq!(spent.iter().filter(|(paid, _)| *paid).count(), 3, "{spent:?}");
    for (paid, mail) in spent {
        assert_eq!(world.table.spend(&mailbox, &mail, now).await.unwrap(), paid, "asked for again");
    }
}

#[tokio::test]
async fn what_certainly_did_not_leave_costs_nothing_more() {
    let mut world = World::new().await;
    world.system.mailbox.fail_next_sends(4, Fault::Throttle);
    world.sign(LEAD_PAGE, "bruce@example.org", None, None).await;
    for _ in 0..5 {
        world.clock.advance(SignedDuration::from_mins(150));
        world.pass(SignedDuration::from_mins(2)).await;
    }
    assert_eq!(world.mails().len(), 1);
    for page in [PARTNER_PAGE, LEAD_PAGE] {
        world.sign(page, "bruce@example.org", None, None).await;
        // Who was throttled goes more slowly for a while.
        world.pass(SignedDuration::from_mins(15)).await;
    }
    assert_eq!(world.mails().len(), 3, "four throttled attempts were of one mail");
}

#[tokio::test]
async fn a_repeat_after_an_unknown_fate_is_another_mail() {
    let mut world = World::new().await;
    world.system.mailbox.fail_next_sends(1, Fault::AcceptThenDropAnswer);
    world.sign(LEAD_PAGE, "bruce@example.org", None, None).await;
    for queue in ["ActionsQueue", "EmailQueue"] {
        world.step_relay().await;
        world.step_queue(queue).await;
    }
    world.system.sqs.drop_everything();
    world.pass(SignedDuration::from_mins(20)).await;
    assert_eq!(world.mails().len(), 2, "nobody heard that it arrived, so it is sent once more");
    for page in [PARTNER_PAGE, LEAD_PAGE] {
        world.sign(page, "bruce@example.org", None, None).await;
        world.settle().await;
    }
    assert_eq!(world.mails().len(), 3, "both counted, so that one more was left");
    assert_eq!(world.deliveries().await.iter().filter(|row| is_over_budget(row)).count(), 1);
}
