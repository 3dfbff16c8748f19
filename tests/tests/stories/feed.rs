//! The feed: an org without an endpoint pulls what it would be pushed, once and in order.

use jiff::SignedDuration;
use proca::{campaign::Override, permission::Role, random::Random, verdict::Verdict};
use proca_tests::world::{Answered, LEAD_PAGE, PARTNER_PAGE, World, links};
use serde_json::Value;

const SETTLED: SignedDuration = SignedDuration::from_mins(4);

/// A world in which nothing has an endpoint, and an owner of the lead.
async fn world() -> (World, String) {
    let mut world = World::new().await;
    world.change_campaign(|campaign| campaign.supporter_confirm = Override::Off).await;
    world.change_org(world.lead, |org| (org.backends.push, org.backends.event) = (None, None)).await;
    let owner = world.token(world.lead, Role::Owner).await;
    (world, owner)
}

async fn ask(world: &World, token: &str, query: &str) -> Answered {
    world.staff(token, "GET", &format!("/v1/orgs/lead/events?{query}"), None).await
}

/// Pulls until there is no more at once: the messages about people, and where to go on.
async fn pull(world: &World, token: &str, mut query: String, limit: u32) -> (Vec<Value>, String) {
    let mut pulled = Vec::new();
    loop {
        let answer = ask(world, token, &format!("{query}&limit={limit}")).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        let events = answer.body["events"].as_array().unwrap().iter();
        pulled.extend(events.filter(|told| told["message"]["eventType"] != "campaign_updated").cloned());
        let next = answer.body["next"].as_str().unwrap().to_owned();
        if answer.body["more"] == false {
            return (pulled, next);
        }
        query = format!("after={next}");
    }
}

fn emails(pulled: &[Value]) -> Vec<&str> {
    pulled.iter().filter_map(|event| event["message"]["contact"]["email"].as_str()).collect()
}

#[tokio::test]
async fn an_org_without_an_endpoint_pulls_each_message_once_and_in_order() {
    let (mut world, owner) = world().await;
    let (none, start) = pull(&world, &owner, String::new(), 50).await;
    assert_eq!(none, [Value::Null; 0]);
    for name in ["a", "b", "c", "d"] {
        world.sign(LEAD_PAGE, &format!("{name}@example.org"), Some(true), None).await;
        world.settle().await;
        world.clock.advance(SignedDuration::from_secs(1));
    }
    let (early, start) = pull(&world, &owner, format!("after={start}"), 50).await;
    assert_eq!(early.len(), 0, "what may still be being written is not passed over");
    world.pass(SETTLED).await;
    for limit in [1, 3, 50] {
        let (pulled, next) = pull(&world, &owner, format!("after={start}"), limit).await;
        assert_eq!(emails(&pulled), ["a@example.org", "b@example.org", "c@example.org", "d@example.org"]);
        let (again, _) = pull(&world, &owner, format!("after={next}"), limit).await;
        assert_eq!(again, [Value::Null; 0], "by {limit}");
    }
    world.sign(PARTNER_PAGE, "e@example.org", Some(true), Some(false)).await;
    world.sign(PARTNER_PAGE, "f@example.org", Some(false), Some(true)).await;
    world.settle().await;
    world.pass(SETTLED).await;
    let (pulled, _) = pull(&world, &owner, "since=2026-07-01T10:03:00Z".to_owned(), 50).await;
    assert_eq!(emails(&pulled), ["f@example.org"], "not the one that is the partner's alone");
    let audit = world.staff(&owner, "GET", "/v1/orgs/lead/audit", None).await;
    let begun = audit.body["items"].as_array().unwrap().iter().filter(|a| a["operation"] == "contacts.pull");
    assert_eq!(begun.count(), 2, "each beginning of a feed is noted");
}

#[tokio::test]
async fn the_feed_has_what_webhooks_get_under_the_same_ids() {
    let mut world = World::new().await;
    world.change_campaign(|campaign| campaign.supporter_confirm = Override::Off).await;
    world.change_org(world.lead, |org| org.backends.event = org.backends.push).await;
    let owner = world.token(world.lead, Role::Owner).await;
    world.sign(LEAD_PAGE, "bruce@example.org", Some(true), None).await;
    world.settle().await;
    world.clock.advance(SignedDuration::from_secs(1));
    let [unsubscribe, _reject] = links(&world.mails()[0]).try_into().unwrap();
    assert_eq!(world.press(&unsubscribe).await.status, 200);
    world.settle().await;
    world.pass(SETTLED).await;
    let (pulled, _) = pull(&world, &owner, String::new(), 50).await;
    let pushed = world.lead_hook.taken();
    assert_eq!(pushed.len(), 2);
    let ids = |told: &Value| told["messageId"].as_str().unwrap().to_owned();
    assert_eq!(
        pulled.iter().map(ids).collect::<Vec<_>>(),
        pushed.iter().map(|p| p.id.clone()).collect::<Vec<_>>()
    );
    assert_eq!(pulled[1]["message"], pushed[1].body, "an event, as it was pushed");
    let action = &pulled[0]["message"];
    assert_eq!(action["privacy"]["emailStatus"], "unsubscribed", "an action, as it stands now");
    for part in
        ["action", "actionPage", "campaign", "contact", "org", "receiver", "schema", "stage", "tracking"]
    {
        assert_eq!(action[part], pushed[0].body[part], "{part}");
    }
}

#[tokio::test]
async fn what_was_taken_back_or_erased_is_told_and_no_longer_handed_out() {
    let (mut world, owner) = world().await;
    world.sign(LEAD_PAGE, "back@example.org", Some(true), None).await;
    world.sign(LEAD_PAGE, "gone@example.org", Some(true), None).await;
    world.settle().await;
    world.pass(SETTLED).await;
    let (pulled, next) = pull(&world, &owner, String::new(), 50).await;
    assert_eq!(pulled.len(), 2);
    let told_of =
        |email: &str| pulled.iter().find(|told| told["message"]["contact"]["email"] == email).unwrap();
    let gone = told_of("gone@example.org")["message"]["contact"]["contactRef"].as_str().unwrap();
    let path = format!("/v1/orgs/lead/supporters/{gone}");
    let erased = world.staff(&owner, "DELETE", &path, None).await;
    assert!((200..300).contains(&erased.status), "{}", erased.text);
    let back = &told_of("back@example.org")["messageId"];
    let row = world.deliveries().await.into_iter().find(|row| row.message_id() == *back).unwrap();
    let (supporter, now) = (row.action().unwrap().supporter, world.clock.now());
    let (bounced, random) = (Verdict::Bounce { confirmed: false }, Random::seeded(7));
    world.table.hear(supporter, bounced, world.lead, (&random, now)).await.unwrap();
    world.settle().await;
    world.pass(SETTLED).await;
    let (told, _) = pull(&world, &owner, format!("after={next}"), 50).await;
    let mut types: Vec<_> = told.iter().map(|told| told["message"]["eventType"].as_str().unwrap()).collect();
    types.sort_unstable();
    assert_eq!(types, ["email_status", "supporter_erased", "supporter_rejected"]);
    let (all, _) = pull(&world, &owner, String::new(), 50).await;
    assert!(emails(&all).is_empty(), "neither is handed out as an action any more: {all:?}");
    assert!(!all.iter().any(|told| told.to_string().contains("gone@example.org")));
}

#[tokio::test]
async fn a_place_in_a_feed_is_good_for_its_org_alone_and_for_a_year() {
    let (world, owner) = world().await;
    let (_, next) = pull(&world, &owner, String::new(), 50).await;
    let campaigner = world.token(world.lead, Role::Campaigner).await;
    assert_eq!(ask(&world, &campaigner, "").await.status, 403);
    let partner = world.token(world.partner, Role::Owner).await;
    assert_eq!(ask(&world, &partner, "").await.status, 404, "to outsiders there is no such org");
    let of_partner = format!("/v1/orgs/partner/events?after={next}");
    assert_eq!(world.staff(&partner, "GET", &of_partner, None).await.status, 400);
    for bad in ["after=nonsense", "since=yesterday", "limit=0", "limit=101"] {
        assert_eq!(ask(&world, &owner, bad).await.status, 400, "{bad}");
    }
    for (days, status) in [(364, 200), (2, 400)] {
        world.clock.advance(SignedDuration::from_hours(24 * days));
        let owner = world.token(world.lead, Role::Owner).await;
        let answer = ask(&world, &owner, &format!("after={next}")).await;
        assert_eq!(answer.status, status, "{}", answer.text);
    }
}
