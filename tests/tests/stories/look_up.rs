//! Members are looked up before anything is decided; whatever the org's backend does, everybody goes on.

use jiff::SignedDuration;
use proca::{
    attempt::Attempt,
    delivery::{Delivery, DeliveryState, Purpose},
    look_up::Known,
    outbound::Outbound,
    random::Random,
};
use proca_tests::{
    endpoint::{Mood, Taken},
    world::{LEAD_PAGE, PARTNER_PAGE, World},
};
use serde_json::{Value, json};

const MEMBER: &str = r#"{
    "privacy": { "optIn": true, "givenAt": "2025-03-01T08:00:00Z", "emailStatus": "double_opt_in", "more": 1 },
    "action": { "customFields": { "comment": "theirs", "member": "since 2025" } }
}"#;

/// A world whose lead is asked where it receives pushes, with confirmation on.
async fn asking_world(mood: Mood) -> World {
    let mut world = World::new().await;
    world.change_org(world.lead, |org| org.backends.detail = org.backends.push).await;
    world.lead_hook.set(mood);
    world
}

fn questions(world: &World) -> Vec<Taken> {
    let taken = world.lead_hook.taken();
    assert!(taken.iter().all(|taken| taken.verified));
    taken.into_iter().filter(|taken| taken.body["schema"].is_null()).collect()
}

fn pushes(world: &World) -> Vec<Value> {
    let taken = world.lead_hook.taken().into_iter();
    taken.map(|taken| taken.body).filter(|body| body["schema"] == "proca:action:2").collect()
}

async fn look_up(world: &World) -> Delivery {
    world.deliveries().await.into_iter().find(|row| row.purpose == Purpose::LookUp).unwrap()
}

fn subjects(world: &World) -> Vec<String> {
    world.mails().into_iter().map(|mail| mail.subject).collect()
}

#[tokio::test]
async fn a_member_need_not_confirm_and_keeps_their_consent() {
    let mut world = asking_world(Mood::Says(MEMBER)).await;
    world.sign(LEAD_PAGE, "bruce@example.org", None, None).await;
    world.settle().await;
    assert_eq!(subjects(&world), ["Thank you for signing: Petition X"]);
    assert_eq!(world.supporters().await, 1);
    let (asked, pushed) = (questions(&world), pushes(&world));
    assert_eq!((asked.len(), pushed.len()), (1, 1));
    let contact_ref = &pushed[0]["contact"]["contactRef"];
    assert_eq!(asked[0].body, json!({ "email": "bruce@example.org", "contactRef": contact_ref }));
    assert_eq!(pushed[0]["action"]["customFields"], json!({ "comment": "hi", "member": "since 2025" }));
    let privacy = &pushed[0]["privacy"];
    assert_eq!((&privacy["optIn"], &privacy["givenAt"]), (&json!(true), &json!("2025-03-01T08:00:00Z")));
    assert_eq!(privacy["emailStatus"], "double_opt_in");
}

#[tokio::test]
async fn what_the_supporter_answers_stands_above_what_the_org_knows() {
    let mut world = asking_world(Mood::Says(MEMBER)).await;
    world.sign(LEAD_PAGE, "bruce@example.org", Some(false), None).await;
    world.settle().await;
    assert_eq!(pushes(&world)[0]["privacy"]["optIn"], false);
}

#[tokio::test]
async fn who_is_not_known_goes_on_at_once_and_others_are_not_asked_about() {
    let mut world = asking_world(Mood::Status(404)).await;
    world.sign(LEAD_PAGE, "bruce@example.org", Some(true), None).await;
    world.sign(PARTNER_PAGE, "diana@example.org", Some(true), Some(true)).await;
    world.settle().await;
    assert_eq!(subjects(&world), ["Please confirm: Petition X", "Please confirm: Petition X"]);
    let rows = world.deliveries().await;
    assert_eq!(rows.iter().filter(|row| row.purpose == Purpose::LookUp).count(), 1);
    let row = look_up(&world).await;
    assert!(matches!(row.state, DeliveryState::Done { .. }));
    assert_eq!((row.attempt, row.history[0].status), (1, Some(404)));
}

#[tokio::test]
async fn a_backend_that_fails_is_asked_four_times_and_then_done_without() {
    for mood in [Mood::Status(500), Mood::Says("who?"), Mood::Says("[]")] {
        let mut world = asking_world(mood).await;
        world.sign(LEAD_PAGE, "bruce@example.org", Some(true), None).await;
        world.settle().await;
        assert!(world.mails().is_empty(), "it waits");
        world.pass(SignedDuration::from_mins(4)).await;
        let row = look_up(&world).await;
        assert!(matches!(row.state, DeliveryState::Dead { .. }), "{row:?}");
        assert_eq!(row.attempt, 4);
        assert_eq!(subjects(&world), ["Please confirm: Petition X"], "{mood:?}");
    }
}

#[tokio::test]
async fn wrong_parts_of_an_answer_are_left_out() {
    let wrong =
        r#"{ "privacy": { "optIn": "canary-yes", "emailStatus": 7 }, "action": { "customFields": 1 } }"#;
    let mut world = asking_world(Mood::Says(wrong)).await;
    world.sign(LEAD_PAGE, "bruce@example.org", None, None).await;
    world.settle().await;
    assert_eq!(subjects(&world), ["Please confirm: Petition X"]);
    assert!(!world.table_as_text().await.contains("canary-yes"));
}

#[tokio::test]
async fn a_backend_that_hangs_delays_its_own_orgs_supporters_alone() {
    let mut world = asking_world(Mood::Hangs).await;
    world.sign(LEAD_PAGE, "bruce@example.org", Some(true), None).await;
    world.sign(PARTNER_PAGE, "diana@example.org", Some(true), None).await;
    world.settle().await;
    assert_eq!(
        (world.mails_to("diana@example.org").len(), world.mails_to("bruce@example.org").len()),
        (1, 0)
    );
    world.lead_hook.set(Mood::Says(MEMBER));
    world.pass(SignedDuration::from_mins(2)).await;
    assert_eq!(world.mails_to("bruce@example.org")[0].subject, "Thank you for signing: Petition X");
}

#[tokio::test]
async fn an_answer_that_comes_twice_counts_once() {
    let mut world = asking_world(Mood::Says("{}")).await;
    world.sign(LEAD_PAGE, "bruce@example.org", Some(true), None).await;
    world.step_relay().await;
    world.step_queue("ActionsQueue").await;
    let (row, random) = (look_up(&world).await, Random::seeded(7));
    let now = world.clock.now();
    let leased = world.table.lease(row, |_| (), random.uuid(), now).await.unwrap().unwrap();
    world.pass(SignedDuration::from_mins(3)).await;
    assert_eq!(subjects(&world), ["Please confirm: Petition X"], "somebody else had an answer");
    let now = world.clock.now();
    let done = leased.clone().succeed(Attempt {
        at: now,
        duration_ms: 1,
        status: Some(200),
        error: None,
        answer: None,
    });
    let late = Known { double_opt_in: true, ..Known::default() };
    world.table.end_look_up((&leased, &done), &late, now).await.unwrap();
    world.settle().await;
    assert_eq!(world.mails().len(), 1);
    assert_eq!((world.supporters().await, look_up(&world).await.attempt), (0, 2));
}

#[tokio::test]
async fn an_action_that_comes_while_its_supporter_is_looked_up_waits_too_and_the_sweeper_moves_both() {
    let mut world = asking_world(Mood::Status(500)).await;
    let receipt = world.sign(LEAD_PAGE, "bruce@example.org", Some(true), None).await.body;
    world.settle().await;
    let share = json!({ "actionType": "share", "contactRef": receipt["contactRef"] });
    assert_eq!(world.post(LEAD_PAGE, &share).await.status, 201);
    world.settle().await;
    world.lose_changes();
    world.system.sqs.drop_everything();
    world.lead_hook.set(Mood::Says(MEMBER));
    world.pass(SignedDuration::from_mins(4)).await;
    assert_eq!(world.stats().await["byType"], json!({ "petition": 1, "share": 1 }));
    assert_eq!(questions(&world).len(), 1);
}
