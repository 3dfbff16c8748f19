//! Deliveries, as staff see them and send them again.

use jiff::SignedDuration;
use proca::{
    campaign::Override,
    delivery::{Delivery, Purpose},
    permission::Role,
    random::Random,
    table::Beside,
    transition::Transition,
};
use proca_tests::{
    endpoint::Mood,
    world::{Answered, PARTNER_PAGE, World},
};
use serde_json::{Value, json};

const ALL: &str = "/v1/orgs/lead/deliveries";
const SINCE_THE_BEGINNING: &str = "since=2026-07-01T00:00:00Z";

async fn signed_world(mood: Mood, signatures: u32) -> World {
    let mut world = World::new().await;
    world.change_campaign(|campaign| campaign.supporter_confirm = Override::Off).await;
    world.lead_hook.set(mood);
    for n in 0..signatures {
        world.sign(PARTNER_PAGE, &format!("s{n}@example.org"), Some(true), Some(true)).await;
    }
    world.settle().await;
    world
}

/// The same, once the lead's endpoint has been down for so long that it was given up.
async fn given_up_world(signatures: u32) -> World {
    let mut world = signed_world(Mood::Status(500), signatures).await;
    world.skip(SignedDuration::from_hours(100)).await;
    world.lead_hook.set(Mood::Well);
    world.mend(world.lead).await;
    world
}

fn items(answer: &Answered) -> Vec<Value> {
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.body["items"].as_array().unwrap().clone()
}

async fn count(world: &World, token: &str, filter: &str) -> usize {
    items(&world.staff(token, "GET", &format!("{ALL}?{filter}"), None).await).len()
}

/// What staff changed, not what came by itself.
async fn audited(world: &World, token: &str) -> Vec<Value> {
    let audit = world.staff(token, "GET", "/v1/orgs/lead/audit", None).await;
    items(&audit).iter().filter(|row| !row["user"].is_null()).map(|row| row["operation"].clone()).collect()
}

#[tokio::test]
async fn what_was_given_up_is_found_replayed_and_delivered_under_the_same_id() {
    let mut world = given_up_world(1).await;
    let token = world.token(world.lead, Role::Owner).await;
    let found =
        items(&world.staff(&token, "GET", &format!("{ALL}?state=dead&{SINCE_THE_BEGINNING}"), None).await);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0]["lastAttempt"]["status"], 500);
    let path = format!("{ALL}/{}", found[0]["id"].as_str().unwrap());
    let dead = world.staff(&token, "GET", &path, None).await;
    assert_eq!(dead.body["history"].as_array().unwrap().len(), 10, "{}", dead.text);
    assert!(dead.body["endedAt"].is_string() && dead.body["dueAt"].is_null());

    let replayed = world.staff(&token, "POST", &format!("{path}/replay"), None).await;
    assert_eq!(
        (replayed.status, &replayed.body["state"], &replayed.body["attempt"]),
        (200, &json!("pending"), &json!(0))
    );
    let again = world.staff(&token, "POST", &format!("{path}/replay"), None).await;
    assert_eq!((again.status, &again.body["detail"]), (409, &json!("it is still to be sent")));
    world.settle().await;
    let taken = world.lead_hook.taken();
    assert_eq!(taken.len(), 1);
    assert!(taken[0].verified);
    assert_eq!(taken[0].id, dead.body["messageId"].as_str().unwrap());
    let done = world.staff(&token, "GET", &path, None).await;
    assert_eq!((&done.body["state"], &done.body["attempt"]), (&json!("done"), &json!(1)), "{}", done.text);
    assert_eq!(done.body["history"].as_array().unwrap().len(), 10);

    assert_eq!(world.staff(&token, "POST", &format!("{path}/replay"), None).await.status, 200);
    world.settle().await;
    let ids: Vec<_> = world.lead_hook.taken().into_iter().map(|taken| taken.id).collect();
    assert_eq!(ids.len(), 2, "what arrived may be sent once more");
    assert_eq!(ids[0], ids[1]);
    assert_eq!(audited(&world, &token).await, ["delivery.replay", "delivery.replay"]);
}

#[tokio::test]
async fn a_replay_goes_on_though_the_stream_is_lost() {
    let mut world = given_up_world(1).await;
    let token = world.token(world.lead, Role::Owner).await;
    let since = json!({ "since": "2026-07-01T00:00:00Z" });
    let answer = world.staff(&token, "POST", &format!("{ALL}/replay"), Some(since)).await;
    assert_eq!(answer.body, json!({ "replayed": 1 }), "{}", answer.text);
    world.lose_changes();
    world.pass(SignedDuration::from_mins(3)).await;
    assert_eq!(world.lead_hook.taken().len(), 1);
}

#[tokio::test]
async fn all_that_was_given_up_since_a_time_is_replayed_with_one_audit() {
    let mut world = given_up_world(3).await;
    let token = world.token(world.lead, Role::Owner).await;
    let path = format!("{ALL}/replay");
    let late = json!({ "since": "2026-07-02T00:00:00Z" });
    assert_eq!(world.staff(&token, "POST", &path, Some(late)).await.body, json!({ "replayed": 0 }));
    let early = json!({ "since": "2026-07-01T00:00:00Z", "until": "2026-07-01T09:00:00Z" });
    assert_eq!(world.staff(&token, "POST", &path, Some(early)).await.body, json!({ "replayed": 0 }));
    assert_eq!(audited(&world, &token).await, Vec::<Value>::new(), "nothing was changed");

    let since = json!({ "since": "2026-07-01T00:00:00Z" });
    assert_eq!(world.staff(&token, "POST", &path, Some(since.clone())).await.body, json!({ "replayed": 3 }));
    assert_eq!(world.staff(&token, "POST", &path, Some(since)).await.body, json!({ "replayed": 0 }));
    world.settle().await;
    assert_eq!(world.lead_hook.taken().len(), 3);
    assert_eq!(audited(&world, &token).await, ["delivery.replay-since"]);
}

#[tokio::test]
async fn a_busy_day_is_listed_page_by_page_in_order() {
    let world = signed_world(Mood::Well, 1).await;
    let row = world
        .deliveries()
        .await
        .into_iter()
        .find(|row| row.purpose == Purpose::Push && row.org == world.lead)
        .unwrap();
    let random = Random::seeded(7);
    for minute in 0..6 {
        let at = world.clock.now() + SignedDuration::from_mins(minute);
        let copies = (0..90).map(|_| Delivery { id: random.id(at), ..row.clone() }).collect();
        let mut supporter =
            world.table.supporter_alone(row.action().unwrap().supporter).await.unwrap().unwrap();
        supporter.version += 1;
        let made = Transition { deliveries: copies, ..Transition::new(supporter, Vec::new()) };
        world.table.apply(&made, &Beside::default()).await.unwrap();
    }
    world.clock.advance(SignedDuration::from_mins(6));
    let token = world.token(world.lead, Role::Api).await;
    let (mut path, mut ids) = (format!("{ALL}?limit=100&purpose=push"), Vec::new());
    loop {
        let page = world.staff(&token, "GET", &path, None).await;
        ids.extend(items(&page).iter().map(|item| item["id"].as_str().unwrap().to_owned()));
        let Some(next) = page.body["next"].as_str() else { break };
        path = format!("{ALL}?limit=100&purpose=push&cursor={next}");
    }
    assert_eq!(ids.len(), 541);
    assert!(ids.is_sorted_by(|a, b| a > b), "the newest first, each once");
}

#[tokio::test]
async fn many_are_replayed_step_by_step() {
    let mut world = signed_world(Mood::Well, 95).await;
    let token = world.token(world.lead, Role::Api).await;
    let body = json!({ "since": "2026-07-01T00:00:00Z", "states": ["done"] });
    let replay = |body: Value| {
        let (world, token) = (&world, &token);
        async move { world.staff(token, "POST", &format!("{ALL}/replay"), Some(body)).await }
    };
    let first = replay(body.clone()).await;
    assert_eq!(first.body["replayed"], 90, "{}", first.text);
    let with = |cursor: &Value, states: &[&str]| json!({ "since": body["since"], "states": states, "cursor": cursor });
    let other = replay(with(&first.body["next"], &["dead"])).await;
    assert_eq!(other.status, 400, "the cursor is of another filter: {}", other.text);
    let second = replay(with(&first.body["next"], &["done"])).await;
    assert_eq!(second.body, json!({ "replayed": 5 }), "{}", second.text);
    world.settle().await;
    let taken: Vec<_> = world.lead_hook.taken().into_iter().map(|taken| taken.id).collect();
    let distinct: std::collections::BTreeSet<_> = taken.iter().collect();
    assert_eq!((taken.len(), distinct.len()), (190, 95));
}

#[tokio::test]
async fn the_log_is_of_the_last_day_where_no_time_is_given() {
    let mut world = signed_world(Mood::Well, 1).await;
    world.skip(SignedDuration::from_hours(60)).await;
    world.sign(PARTNER_PAGE, "late@example.org", Some(true), Some(true)).await;
    world.settle().await;
    let token = world.token(world.lead, Role::Owner).await;
    assert_eq!(count(&world, &token, "").await, 1);
    let pushes = |filter: &str| format!("{filter}&purpose=push");
    assert_eq!(count(&world, &token, &pushes(SINCE_THE_BEGINNING)).await, 2);
    let always = "since=1970-01-01T00:00:00Z&until=9000-01-01T00:00:00Z";
    assert_eq!(count(&world, &token, &pushes(always)).await, 2);
    assert_eq!(count(&world, &token, &pushes("until=2026-07-02T00:00:00Z")).await, 1);
    assert_eq!(count(&world, &token, "since=2026-07-03T00:00:00Z&until=2026-07-02T00:00:00Z").await, 0);
    assert_eq!(count(&world, &token, &format!("{SINCE_THE_BEGINNING}&purpose=thank_you")).await, 0);
    assert_eq!(count(&world, &token, &format!("{SINCE_THE_BEGINNING}&state=done&purpose=push")).await, 2);
    for wrong in ["state=lost", "purpose=", "since=yesterday", "limit=0", "cursor=x"] {
        let answer = world.staff(&token, "GET", &format!("{ALL}?{wrong}"), None).await;
        assert_eq!(answer.status, 400, "{wrong}: {}", answer.text);
    }
    world.clock.advance(SignedDuration::from_hours(24 * 91));
    assert_eq!(count(&world, &token, SINCE_THE_BEGINNING).await, 0, "what ended long ago is gone");
}

#[tokio::test]
async fn a_mail_is_never_sent_again_and_no_link_of_it_shown() {
    let mut world = World::new().await;
    world.sign(PARTNER_PAGE, "bruce@example.org", Some(true), None).await;
    world.settle().await;
    let (token, lead) =
        (world.token(world.partner, Role::Owner).await, world.token(world.lead, Role::Owner).await);
    let list = world.staff(&token, "GET", "/v1/orgs/partner/deliveries?purpose=confirm", None).await;
    let mail = items(&list)[0].clone();
    let path = format!("/v1/orgs/partner/deliveries/{}", mail["id"].as_str().unwrap());
    let refused = world.staff(&token, "POST", &format!("{path}/replay"), None).await;
    assert_eq!(refused.status, 409);
    assert!(refused.body["detail"].as_str().unwrap().contains("mail"), "{}", refused.text);
    let one = world.staff(&token, "GET", &path, None).await;
    let rows = world.deliveries().await;
    let stored = serde_json::to_value(&rows[0].links).unwrap();
    assert!(stored.as_array().is_some_and(|links| !links.is_empty()));
    for text in [&list.text, &one.text] {
        assert!(!text.contains("links") && !text.contains("bruce"), "{text}");
    }

    let theirs = path.replace("partner", "lead");
    assert_eq!(world.staff(&lead, "GET", &theirs, None).await.status, 404);
    assert_eq!(world.staff(&lead, "POST", &format!("{theirs}/replay"), None).await.status, 404);
    assert_eq!(world.staff(&lead, "GET", &format!("{ALL}/nonsense"), None).await.status, 404);
    let moderator = world.token(world.partner, Role::Moderator).await;
    assert_eq!(world.staff(&moderator, "GET", &path, None).await.status, 403);
}

#[tokio::test]
async fn everything_wrong_with_a_replay_is_said_at_once() {
    let world = World::new().await;
    let token = world.token(world.lead, Role::Owner).await;
    let body = json!({ "until": "soon", "states": ["pending"], "cursor": 3, "other": true });
    let answer = world.staff(&token, "POST", &format!("{ALL}/replay"), Some(body)).await;
    assert_eq!(answer.status, 422, "{}", answer.text);
    let errors = answer.body["errors"].as_array().unwrap().iter();
    let pointers: Vec<_> = errors.map(|e| e["pointer"].as_str().unwrap()).collect();
    assert_eq!(pointers, ["/cursor", "/other", "/since", "/states", "/until"]);
    let body = json!({ "since": "2026-07-01T00:00:00Z", "cursor": "x" });
    assert_eq!(world.staff(&token, "POST", &format!("{ALL}/replay"), Some(body)).await.status, 400);
}

#[tokio::test]
async fn an_org_without_a_push_backend_finds_in_its_log_what_it_was_given_and_may_have_it_sent_later() {
    let mut world = World::new().await;
    world.change_campaign(|campaign| campaign.supporter_confirm = Override::Off).await;
    let mut backend = None;
    world.change_org(world.lead, |org| backend = org.backends.push.take()).await;
    world.sign(PARTNER_PAGE, "bruce@example.org", Some(true), Some(true)).await;
    world.settle().await;
    assert!(world.lead_hook.taken().is_empty());
    let token = world.token(world.lead, Role::Owner).await;
    let kept = items(&world.staff(&token, "GET", &format!("{ALL}?purpose=push"), None).await);
    assert_eq!(kept.iter().map(|row| &row["state"]).collect::<Vec<_>>(), ["kept"]);

    world.change_org(world.lead, |org| org.backends.push = backend).await;
    let since = json!({ "since": "2026-07-01T00:00:00Z", "states": ["kept"] });
    let replayed = world.staff(&token, "POST", &format!("{ALL}/replay"), Some(since)).await;
    assert_eq!(replayed.body["replayed"], 1, "{}", replayed.text);
    world.settle().await;
    let pushed = world.lead_hook.taken();
    assert_eq!(pushed.len(), 1);
    assert_eq!(pushed[0].body["contact"]["email"], "bruce@example.org");
    assert_eq!(count(&world, &token, "state=done&purpose=push").await, 1);
}

#[tokio::test]
async fn the_log_has_what_an_endpoint_answered_without_what_it_repeats_of_a_person() {
    let mood = Mood::Refuses(422, "{\"error\": \"no such list\",\n \"email\": \"S0@example.org\"}");
    let world = signed_world(mood, 1).await;
    let token = world.token(world.lead, Role::Owner).await;
    let listed = world.staff(&token, "GET", &format!("{ALL}?purpose=push"), None).await;
    let last = &items(&listed)[0]["lastAttempt"];
    assert_eq!((&last["status"], &last["error"]), (&json!(422), &json!("the endpoint answered 422")));
    assert_eq!(last["answer"], "{\"error\": \"no such list\", \"email\": \"[…]\"}");
    let id = items(&listed)[0]["id"].as_str().unwrap().to_owned();
    world.lead_hook.set(Mood::Refuses(500, "later"));
    let mut world = world;
    world.pass(SignedDuration::from_mins(1)).await;
    let one = world.staff(&token, "GET", &format!("{ALL}/{id}"), None).await;
    let answers: Vec<_> =
        one.body["history"].as_array().unwrap().iter().map(|a| a["answer"].clone()).collect();
    assert_eq!(answers, [Value::Null, json!("later")], "that of the last attempt alone");
}
