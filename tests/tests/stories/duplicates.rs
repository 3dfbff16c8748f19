//! The same person again: known, ranked, told, and not counted.

use jiff::SignedDuration;
use proca::campaign::Override;
use proca_tests::world::{LEAD_PAGE, PARTNER_PAGE, World, in_path, signature};

async fn world_without_confirmation() -> World {
    let mut world = World::new().await;
    world.change_campaign(|campaign| campaign.supporter_confirm = Override::Off).await;
    world
}

#[tokio::test]
async fn again_on_the_same_page_is_a_repeat_without_a_second_thank_you() {
    let mut world = world_without_confirmation().await;
    for _ in 0..2 {
        world.sign(LEAD_PAGE, "bruce@example.org", Some(true), None).await;
        world.settle().await;
        world.clock.advance(SignedDuration::from_mins(2));
    }
    assert_eq!(world.mails().len(), 1);
    assert_eq!(world.supporters().await, 1);
    assert_eq!(world.stats().await["byType"]["petition"], 1);
    let ranks: Vec<_> =
        world.lead_hook.taken().iter().map(|t| t.body["contact"]["dupeRank"].clone()).collect();
    assert_eq!(ranks, [0, 1], "the org hears of both");
    let table = world.table_as_text().await;
    assert_eq!(table.matches(r#""status":{"S":"repeat"}"#).count(), 1);
}

#[tokio::test]
async fn a_repeat_gets_the_duplicate_mail_where_the_page_has_one() {
    let mut world = world_without_confirmation().await;
    world.change_page(LEAD_PAGE, |page| page.duplicate_template = Some("duplicate".parse().unwrap())).await;
    for _ in 0..2 {
        world.sign(LEAD_PAGE, "bruce@example.org", Some(true), None).await;
        world.settle().await;
        world.clock.advance(SignedDuration::from_mins(2));
    }
    let subjects: Vec<_> = world.mails().into_iter().map(|m| m.subject).collect();
    assert_eq!(subjects, ["Thank you for signing: Petition X", "You had already signed: Petition X"]);
}

#[tokio::test]
async fn on_another_page_it_is_delivered_with_a_rank_and_not_counted() {
    let mut world = world_without_confirmation().await;
    world.sign(LEAD_PAGE, "b.wayne@gmail.com", Some(true), None).await;
    world.settle().await;
    world.sign(PARTNER_PAGE, "bwayne+petition@googlemail.com", Some(true), Some(false)).await;
    world.settle().await;
    let body = &world.partner_hook.taken()[0].body;
    assert_eq!(body["contact"]["dupeRank"], 1);
    assert_eq!(
        body["contact"]["email"], "bwayne+petition@googlemail.com",
        "mail goes to the address as typed"
    );
    assert_eq!(world.supporters().await, 1);
    assert_eq!(world.mails().len(), 2, "each page thanks");
}

#[tokio::test]
async fn of_fifty_at_once_exactly_one_is_the_first() {
    let mut world = world_without_confirmation().await;
    let path = format!("/v1/pages/{}/actions", in_path(LEAD_PAGE));
    let body = signature("bruce@example.org", Some(true), None).to_string();
    for n in 0..50 {
        let key = format!("try-{n}");
        let headers = [("content-type", "application/json"), ("idempotency-key", key.as_str())];
        assert_eq!(world.call("POST", &path, &headers, &body).await.status, 201);
    }
    // Several functions at once over the same person: they conflict, and one wins each time.
    let mappings = world.system.mappings();
    world.step_relay().await;
    for _ in 0..20 {
        let actions: Vec<_> = mappings.iter().filter(|m| m.function == "ProcessAction").collect();
        let at_once = [0; 4].map(|_| world.system.drain(actions[0], 0));
        let [a, b, c, d] = at_once;
        let (a, b, c, d) = tokio::join!(a, b, c, d);
        if [a, b, c, d].into_iter().flatten().sum::<usize>() == 0 {
            break;
        }
    }
    world.pass(SignedDuration::from_mins(10)).await;
    let mut ranks: Vec<_> =
        world.lead_hook.taken().iter().map(|t| t.body["contact"]["dupeRank"].as_u64().unwrap()).collect();
    ranks.sort_unstable();
    assert_eq!(ranks, (0..50).collect::<Vec<_>>(), "every rank once, and one of them 0");
    assert_eq!(world.supporters().await, 1);
    assert_eq!(world.stats().await["byType"]["petition"], 1);
    assert_eq!(world.mails().len(), 1);
}
