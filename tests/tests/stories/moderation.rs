//! Moderated campaigns: what waits, and what becomes of it by the word of a moderator.

use jiff::SignedDuration;
use proca::{campaign::Override, permission::Role};
use proca_tests::world::{Answered, PARTNER_PAGE, World, links, signature};
use serde_json::{Value, json};

const QUEUE: &str = "/v1/orgs/partner/moderation";

async fn moderated_world(confirm: Override) -> World {
    let mut world = World::new().await;
    world
        .change_campaign(|campaign| {
            campaign.supporter_confirm = confirm;
            campaign.moderation = Override::On;
        })
        .await;
    world
}

/// What waits, as the body of a decision names it.
async fn waiting(world: &World, token: &str) -> Vec<Value> {
    let list = world.staff(token, "GET", QUEUE, None).await;
    assert_eq!(list.status, 200, "{}", list.text);
    let entry = |item: &Value| json!({ "supporter": item["supporter"], "action": item["action"] });
    list.body["items"].as_array().unwrap().iter().map(entry).collect()
}

async fn decide(world: &World, token: &str, verb: &str, actions: &[Value]) -> Vec<Value> {
    let body = json!({ "actions": actions, "note": "canary-note" });
    let answer = world.staff(token, "POST", &format!("{QUEUE}/{verb}"), Some(body)).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    outcomes(&answer)
}

fn outcomes(answer: &Answered) -> Vec<Value> {
    answer.body["results"].as_array().unwrap().iter().map(|result| result["outcome"].clone()).collect()
}

#[tokio::test]
async fn an_accepted_signature_is_thanked_for_pushed_and_counted_once() {
    let mut world = moderated_world(Override::Off).await;
    let moderator = world.token(world.partner, Role::Moderator).await;
    world.sign(PARTNER_PAGE, "bruce@example.org", Some(true), Some(true)).await;
    world.pass(SignedDuration::from_mins(10)).await;
    assert!(world.partner_hook.taken().is_empty() && world.mails().is_empty(), "it waits");
    assert_eq!(world.supporters().await, 0);

    let entries = waiting(&world, &moderator).await;
    assert_eq!(decide(&world, &moderator, "accept", &entries).await, ["accepted"]);
    assert_eq!(decide(&world, &moderator, "accept", &entries).await, ["already_decided"]);
    assert_eq!(decide(&world, &moderator, "reject", &entries).await, ["already_decided"]);
    world.settle().await;
    assert_eq!(world.mails_to("bruce@example.org").len(), 1, "one thank-you");
    assert_eq!((world.partner_hook.taken().len(), world.lead_hook.taken().len()), (1, 1));
    assert_eq!(world.supporters().await, 1);
    assert!(waiting(&world, &moderator).await.is_empty());
}

#[tokio::test]
async fn an_accepted_action_goes_on_though_the_stream_is_lost() {
    let mut world = moderated_world(Override::Off).await;
    let moderator = world.token(world.partner, Role::Moderator).await;
    world.sign(PARTNER_PAGE, "bruce@example.org", Some(true), Some(true)).await;
    world.pass(SignedDuration::from_hours(1)).await;
    let entries = waiting(&world, &moderator).await;
    assert_eq!(decide(&world, &moderator, "accept", &entries).await, ["accepted"]);
    world.lose_changes();
    world.pass(SignedDuration::from_mins(3)).await;
    assert_eq!(world.partner_hook.taken().len(), 1);
    assert_eq!(world.supporters().await, 1);
}

#[tokio::test]
async fn of_a_rejected_signature_nothing_more_comes() {
    let mut world = moderated_world(Override::Off).await;
    let moderator = world.token(world.partner, Role::Moderator).await;
    world.sign(PARTNER_PAGE, "bruce@example.org", Some(true), Some(true)).await;
    world.settle().await;
    let entries = waiting(&world, &moderator).await;
    assert_eq!(decide(&world, &moderator, "reject", &entries).await, ["rejected"]);
    world.pass(SignedDuration::from_mins(10)).await;
    assert!(world.partner_hook.taken().is_empty() && world.mails().is_empty());
    assert_eq!(world.supporters().await, 0);
    assert!(waiting(&world, &moderator).await.is_empty());
    assert_eq!(decide(&world, &moderator, "accept", &entries).await, ["already_decided"]);
}

#[tokio::test]
async fn many_are_listed_page_by_page_and_decided_at_once() {
    let mut world = moderated_world(Override::Off).await;
    let moderator = world.token(world.partner, Role::Moderator).await;
    for n in 0..5 {
        world.sign(PARTNER_PAGE, &format!("s{n}@example.org"), Some(true), None).await;
        world.settle().await;
        world.clock.advance(SignedDuration::from_secs(1));
    }
    let (mut path, mut seen) = (format!("{QUEUE}?limit=2"), Vec::new());
    loop {
        let page = world.staff(&moderator, "GET", &path, None).await;
        let items = page.body["items"].as_array().unwrap();
        assert!(items.len() <= 2);
        seen.extend(items.iter().map(|item| item["createdAt"].as_str().unwrap().to_owned()));
        let Some(next) = page.body["next"].as_str() else { break };
        path = format!("{QUEUE}?limit=2&cursor={next}");
    }
    assert_eq!(seen.len(), 5);
    assert!(seen.is_sorted(), "the oldest first: {seen:?}");

    let mut entries = waiting(&world, &moderator).await;
    entries.truncate(3);
    entries.push(entries[0].clone());
    entries.push(json!({ "supporter": entries[0]["supporter"], "action": entries[1]["action"] }));
    let outcomes = decide(&world, &moderator, "accept", &entries).await;
    assert_eq!(outcomes, ["accepted", "accepted", "accepted", "already_decided", "not_found"]);
    world.settle().await;
    assert_eq!(world.partner_hook.taken().len(), 3);
    assert_eq!(waiting(&world, &moderator).await.len(), 2);
}

#[tokio::test]
async fn of_two_moderators_who_disagree_one_decides() {
    let mut world = moderated_world(Override::Off).await;
    let moderator = world.token(world.partner, Role::Moderator).await;
    world.sign(PARTNER_PAGE, "bruce@example.org", Some(true), None).await;
    world.settle().await;
    let entries = waiting(&world, &moderator).await;
    let (accept, reject) = tokio::join!(
        decide(&world, &moderator, "accept", &entries),
        decide(&world, &moderator, "reject", &entries)
    );
    let mut outcomes = [accept, reject].concat();
    outcomes.sort_by_key(|outcome| outcome == "already_decided");
    assert_ne!(outcomes[0], "already_decided");
    assert_eq!(outcomes[1], "already_decided");
    world.settle().await;
    let pushed = usize::from(outcomes[0] == "accepted");
    assert_eq!(world.partner_hook.taken().len(), pushed);
    let audited = world.table_as_text().await.matches("\"action.").count();
    assert_eq!(audited, 1, "what did not happen is not in the audit");
}

#[tokio::test]
async fn it_wasnt_me_stands_above_a_moderator() {
    let mut world = moderated_world(Override::On).await;
    let moderator = world.token(world.partner, Role::Moderator).await;
    world.sign(PARTNER_PAGE, "bruce@example.org", Some(true), None).await;
    world.settle().await;
    let [confirm, reject] = &links(&world.mails_to("bruce@example.org")[0])[..] else { panic!("two links") };
    assert!(waiting(&world, &moderator).await.is_empty(), "it is the supporter's turn");
    world.press(confirm).await;
    world.settle().await;
    let entries = waiting(&world, &moderator).await;
    assert_eq!(entries.len(), 1);
    world.press(reject).await;
    assert_eq!(decide(&world, &moderator, "accept", &entries).await, ["already_decided"]);
    world.settle().await;
    assert!(world.partner_hook.taken().is_empty());
}

#[tokio::test]
async fn a_moderator_sees_what_was_said_and_only_who_may_export_sees_by_whom() {
    let mut world = moderated_world(Override::Off).await;
    world.sign(PARTNER_PAGE, "bruce@example.org", Some(true), Some(true)).await;
    world.settle().await;
    let moderator = world.token(world.partner, Role::Moderator).await;
    let list = world.staff(&moderator, "GET", QUEUE, None).await;
    let item = &list.body["items"][0];
    assert_eq!((&item["customFields"]["comment"], &item["area"]), (&json!("hi"), &json!("DE")));
    assert_eq!(item["location"], "https://partner.example.org/petition");
    for personal in ["bruce", "Bruce", "Wayne", "10115"] {
        assert!(!list.text.contains(personal), "{personal}");
    }
    let owner = world.token(world.partner, Role::Owner).await;
    let list = world.staff(&owner, "GET", QUEUE, None).await;
    assert_eq!(list.body["items"][0]["contact"]["email"], "bruce@example.org", "{}", list.text);
}

#[tokio::test]
async fn another_orgs_actions_are_not_there_and_notes_not_in_the_audit() {
    let mut world = moderated_world(Override::Off).await;
    let (partner, lead) =
        (world.token(world.partner, Role::Moderator).await, world.token(world.lead, Role::Owner).await);
    world.sign(PARTNER_PAGE, "bruce@example.org", Some(true), Some(true)).await;
    world.settle().await;
    let entries = waiting(&world, &partner).await;
    let theirs = "/v1/orgs/lead/moderation";
    let list = world.staff(&lead, "GET", theirs, None).await;
    assert_eq!(list.body["items"], json!([]), "the page's org moderates: {}", list.text);
    let body = json!({ "actions": entries });
    let answer = world.staff(&lead, "POST", &format!("{theirs}/accept"), Some(body)).await;
    assert_eq!(outcomes(&answer), ["not_found"]);
    let translator = world.token(world.partner, Role::Translator).await;
    assert_eq!(world.staff(&translator, "GET", QUEUE, None).await.status, 403);

    decide(&world, &partner, "accept", &entries).await;
    let table: Value = serde_json::from_str(&world.table_as_text().await).unwrap();
    let items = table["Items"].as_array().unwrap();
    let with_note = items.iter().filter(|item| item.to_string().contains("canary-note"));
    let kinds: Vec<_> = with_note.map(|item| item["kind"]["S"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["action"]);
}

#[tokio::test]
async fn everything_wrong_with_a_decision_is_said_at_once() {
    let world = moderated_world(Override::Off).await;
    let moderator = world.token(world.partner, Role::Moderator).await;
    for (body, pointers) in [
        (json!({ "actions": [], "note": "", "other": 1 }), vec!["/actions", "/note", "/other"]),
        (json!({ "actions": [{ "supporter": "sup_1", "action": "act_1" }] }), vec!["/actions"]),
        (json!({ "note": "x".repeat(501) }), vec!["/actions", "/note"]),
        (json!({ "actions": vec![json!({}); 51] }), vec!["/actions"]),
    ] {
        let answer = world.staff(&moderator, "POST", &format!("{QUEUE}/accept"), Some(body)).await;
        assert_eq!(answer.status, 422, "{}", answer.text);
        let errors = answer.body["errors"].as_array().unwrap().iter();
        assert_eq!(errors.map(|e| e["pointer"].as_str().unwrap()).collect::<Vec<_>>(), pointers);
    }
    let owner_without_body = json!(signature("x@example.org", None, None));
    let answer = world.staff(&moderator, "POST", &format!("{QUEUE}/reject"), Some(owner_without_body)).await;
    assert!(!answer.text.contains("x@example.org"), "{}", answer.text);
}
