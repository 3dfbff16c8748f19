//! Endpoints in trouble: what they are spared, what they still get, and whom they do not hold up.

use std::time::Duration;

use futures_util::future::join_all;
use jiff::SignedDuration;
use proca::{
    campaign::Override,
    delivery::{Delivery, DeliveryState, Purpose},
    id::Id,
    org::Org,
    permission::Role,
    service::ServiceState,
};
use proca_tests::{
    endpoint::Mood,
    world::{LEAD_PAGE, PARTNER_PAGE, World},
};
use serde_json::json;

async fn world() -> World {
    let mut world = World::new().await;
    world.change_campaign(|campaign| campaign.supporter_confirm = Override::Off).await;
    world.change_page(LEAD_PAGE, |page| page.thank_you_template = None).await;
    world
}

async fn sign(world: &mut World, page: &str, people: std::ops::Range<usize>) {
    for n in people {
        world.sign(page, &format!("s{n}@example.org"), Some(true), Some(true)).await;
    }
    world.settle().await;
}

async fn pushes(world: &World, org: Id<Org>) -> Vec<Delivery> {
    let of_org = |row: &Delivery| row.org == org && row.purpose == Purpose::Push;
    world.deliveries().await.into_iter().filter(of_org).collect()
}

async fn state(world: &World, org: Id<Org>) -> ServiceState {
    let org = world.table.org(org).await.unwrap().unwrap();
    let Some(proca::service::Backend::Own(id)) = org.backends.push else { panic!("it has a service") };
    world.table.service(org.id, id).await.unwrap().unwrap().state
}

fn ids(world: &World) -> Vec<String> {
    world.lead_hook.taken().into_iter().map(|taken| taken.id).collect()
}

#[tokio::test]
async fn an_endpoint_that_is_down_for_62_hours_gets_everything_once_when_it_is_back() {
    let mut world = world().await;
    sign(&mut world, LEAD_PAGE, 0..1).await;
    world.lead_hook.set(Mood::Status(503));
    sign(&mut world, LEAD_PAGE, 1..8).await;
    world.skip(SignedDuration::from_hours(30)).await;
    sign(&mut world, LEAD_PAGE, 8..12).await;
    world.skip(SignedDuration::from_hours(32)).await;
    assert_eq!(world.lead_hook.taken().len(), 1);
    world.lead_hook.set(Mood::Well);
    world.skip(SignedDuration::from_hours(16)).await;
    let rows = pushes(&world, world.lead).await;
    assert!(rows.iter().all(|row| matches!(row.state, DeliveryState::Done { .. })), "{rows:?}");
    let mut ids = ids(&world);
    assert_eq!(ids.len(), 12, "each once");
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 12);
    assert_eq!(state(&world, world.lead).await, ServiceState::Active);
    assert!(world.mails().is_empty(), "nobody is alarmed");
}

#[tokio::test]
async fn after_80_hours_it_is_given_up_said_once_and_a_replay_delivers() {
    let mut world = world().await;
    let owner = world.enrol("owner@example.org", Some((world.lead, Role::Owner)), &[]).await;
    world.enrol("moderator@example.org", Some((world.lead, Role::Moderator)), &[]).await;
    world.lead_hook.set(Mood::Status(500));
    sign(&mut world, LEAD_PAGE, 0..7).await;
    world.skip(SignedDuration::from_hours(80)).await;
    let rows = pushes(&world, world.lead).await;
    assert!(rows.iter().all(|row| matches!(row.state, DeliveryState::Dead { .. })), "{rows:?}");
    assert!(matches!(state(&world, world.lead).await, ServiceState::Disabled { .. }));
    let mails = world.mails();
    assert_eq!(mails.len(), 1, "one mail, to whoever may mend it: {mails:?}");
    assert_eq!(mails[0].to, ["owner@example.org"]);
    let text = mails[0].text.as_ref().unwrap();
    assert!(text.contains("took no message for three days") && text.contains("proca service test"), "{text}");
    sign(&mut world, LEAD_PAGE, 7..8).await;
    assert_eq!(world.mails().len(), 1);

    world.lead_hook.set(Mood::Well);
    let services = world.staff(&owner, "GET", "/v1/orgs/lead/services", None).await;
    let test = format!("/v1/orgs/lead/services/{}/test", services.body["items"][0]["id"].as_str().unwrap());
    assert!(world.staff(&owner, "POST", &test, None).await.status < 300);
    let replay = json!({ "since": "2026-07-01T00:00:00Z", "states": ["dead"] });
    let answer = world.staff(&owner, "POST", "/v1/orgs/lead/deliveries/replay", Some(replay)).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    world.skip(SignedDuration::from_hours(2)).await;
    let taken = world.lead_hook.taken();
    let actions = taken.iter().filter(|taken| taken.body["schema"] == "proca:action:2").count();
    assert_eq!(actions, 8, "seven again, and the one that waited");
}

#[tokio::test]
async fn a_breaker_spends_no_attempts_and_lets_one_message_try_for_all() {
    let mut world = world().await;
    world.lead_hook.set(Mood::Status(500));
    sign(&mut world, LEAD_PAGE, 0..20).await;
    let attempts = |rows: &[Delivery]| rows.iter().map(|row| row.attempt).sum::<u32>();
    let before = attempts(&pushes(&world, world.lead).await);
    assert!((5..=10).contains(&before), "the breaker opens: {before}");
    for _ in 0..40 {
        world.clock.advance(SignedDuration::from_secs(1));
        world.settle().await;
    }
    assert_eq!(attempts(&pushes(&world, world.lead).await), before, "it is open");
    world.pass(SignedDuration::from_mins(60)).await;
    let probes = attempts(&pushes(&world, world.lead).await) - before;
    assert!((1..=8).contains(&probes), "one at a time, and more and more seldom: {probes}");
    world.lead_hook.set(Mood::Well);
    world.pass(SignedDuration::from_mins(40)).await;
    world.skip(SignedDuration::from_hours(2)).await;
    let rows = pushes(&world, world.lead).await;
    assert!(rows.iter().all(|row| matches!(row.state, DeliveryState::Done { .. })), "{rows:?}");
}

#[tokio::test]
async fn gone_stops_a_service_and_says_so() {
    let mut world = world().await;
    world.enrol("owner@example.org", Some((world.lead, Role::Owner)), &[]).await;
    world.lead_hook.set(Mood::Status(410));
    sign(&mut world, LEAD_PAGE, 0..3).await;
    let ServiceState::Paused { reason } = state(&world, world.lead).await else { panic!("it is paused") };
    assert_eq!(reason.as_str(), "the endpoint answered 410 Gone");
    world.pass(SignedDuration::from_mins(5)).await;
    assert_eq!(world.mails().len(), 1);
    let attempts: u32 = pushes(&world, world.lead).await.iter().map(|row| row.attempt).sum();
    assert!(attempts <= 3, "nothing is spent while it is paused: {attempts}");
}

#[tokio::test]
async fn an_endpoint_that_hangs_has_five_requests_at_most_and_holds_up_nobody_else() {
    let mut world = world().await;
    world.lead_hook.set(Mood::Hangs);
    for n in 0..20 {
        world.sign(LEAD_PAGE, &format!("a{n}@example.org"), Some(true), None).await;
    }
    for n in 0..10 {
        world.sign(PARTNER_PAGE, &format!("b{n}@example.org"), Some(true), Some(false)).await;
    }
    world.step_relay().await;
    world.step_queue("ActionsQueue").await;
    world.step_relay().await;
    let world = &world;
    let worker = |queue: &'static str| async move {
        loop {
            world.step_queue(queue).await;
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    let lanes = join_all((0..12).map(|n| worker(if n < 2 { "PushQueue" } else { "SlowPushQueue" })));
    let served = |many: usize| async move {
        while world.partner_hook.taken().len() < many {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let partner = async {
        // As many as go to an endpoint that nobody knows; the first answers show that it is quick.
        served(5).await;
        world.clock.advance(SignedDuration::from_secs(1));
        served(10).await;
        world.lead_hook.open()
    };
    let open = tokio::select! {
        open = partner => open,
        _ = lanes => unreachable!("workers never end"),
    };
    assert!((1..=5).contains(&open), "{open} requests were open while the partner was served");
    assert!(world.lead_hook.most_open() <= 5, "{}", world.lead_hook.most_open());
}

#[tokio::test]
async fn a_look_up_does_not_wait_for_a_breaker() {
    let mut world = world().await;
    world.change_org(world.lead, |org| org.backends.detail = org.backends.push).await;
    world.lead_hook.set(Mood::Status(500));
    sign(&mut world, LEAD_PAGE, 0..8).await;
    world.pass(SignedDuration::from_mins(6)).await;
    assert_eq!(world.supporters().await, 8, "everybody goes on without");
}
