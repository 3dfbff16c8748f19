//! What an org was given, as its staff list and export it.

use std::collections::BTreeSet;

use jiff::SignedDuration;
use proca::{campaign::Override, delivery::Delivery, id::Id, key::Key, permission::Role};
use proca_tests::world::{Answered, LEAD_PAGE, PARTNER_PAGE, World, links, raw_dynamodb, signature};
use serde_json::{Value, json};

const EXPORT: &str = "/v1/orgs/lead/export";

async fn world() -> World {
    let mut world = World::new().await;
    world.change_campaign(|campaign| campaign.supporter_confirm = Override::Off).await;
    world
}

async fn export(world: &World, token: &str, body: Value) -> Answered {
    let answer = world.staff(token, "POST", EXPORT, Some(body)).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer
}

fn messages(answer: &Answered) -> Vec<Value> {
    answer.text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn emails(answer: &Answered) -> Vec<String> {
    messages(answer).iter().map(|m| m["contact"]["email"].as_str().unwrap().to_owned()).collect()
}

async fn listed(world: &World, token: &str, filter: &str) -> Vec<Value> {
    let answer = world.staff(token, "GET", &format!("/v1/orgs/lead/actions?{filter}"), None).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.body["items"].as_array().unwrap().clone()
}

#[tokio::test]
async fn an_org_lists_and_filters_the_actions_it_was_given() {
    let mut world = world().await;
    world.sign(LEAD_PAGE, "a@example.org", Some(true), None).await;
    world.pass(SignedDuration::from_mins(10)).await;
    world.sign(PARTNER_PAGE, "b@example.org", Some(true), Some(true)).await;
    world.sign(PARTNER_PAGE, "c@example.org", Some(true), Some(false)).await;
    world.sign(LEAD_PAGE, "a@example.org", Some(true), None).await;
    let mut trial = signature("t@example.org", Some(true), None);
    trial["testing"] = true.into();
    trial["actionType"] = "register".into();
    world.post(LEAD_PAGE, &trial).await;
    world.settle().await;
    let token = world.token(world.lead, Role::Owner).await;
    let all = listed(&world, &token, "").await;
    assert_eq!(all.len(), 4, "not the one that the partner alone was given: {all:?}");
    let ages: Vec<_> = all.iter().map(|action| action["createdAt"].as_str().unwrap()).collect();
    assert!(ages.is_sorted_by(|a, b| a >= b), "{ages:?}");
    let refs: BTreeSet<_> = all.iter().map(|action| action["contactRef"].as_str().unwrap()).collect();
    assert_eq!(refs.len(), 3, "the same person has the same ref");
    for (filter, count) in [
        ("campaign=petition_x", 4),
        ("page=partner.example.org%2Fpetition", 1),
        ("actionType=register", 1),
        ("testing=false", 3),
        ("testing=true", 1),
        ("status=repeat", 1),
        ("status=delivered", 3),
        ("since=2026-07-01T10:05:00Z", 3),
        ("until=2026-07-01T10:05:00Z", 1),
        ("limit=2", 2),
    ] {
        assert_eq!(listed(&world, &token, filter).await.len(), count, "{filter}");
    }
    for (filter, status) in [("campaign=nothing", 404), ("status=lost", 400), ("testing=perhaps", 400)] {
        let path = format!("/v1/orgs/lead/actions?{filter}");
        assert_eq!(world.staff(&token, "GET", &path, None).await.status, status, "{filter}");
    }
}

#[tokio::test]
async fn an_export_has_what_the_filter_says_and_no_more() {
    let mut world = world().await;
    world.sign(LEAD_PAGE, "yes@example.org", Some(true), None).await;
    world.sign(LEAD_PAGE, "no@example.org", Some(false), None).await;
    world.sign(LEAD_PAGE, "unasked@example.org", None, None).await;
    world.sign(PARTNER_PAGE, "partner@example.org", Some(true), None).await;
    let mut trial = signature("trial@example.org", Some(true), None);
    trial["testing"] = true.into();
    world.post(LEAD_PAGE, &trial).await;
    world.settle().await;
    let token = world.token(world.lead, Role::Owner).await;
    for (filter, expected) in [
        (json!({}), vec!["yes@", "no@", "unasked@"]),
        (json!({ "optIn": ["yes"] }), vec!["yes@"]),
        (json!({ "optIn": ["not_asked", "no"] }), vec!["no@", "unasked@"]),
        (json!({ "testing": true, "optIn": ["yes"] }), vec!["yes@", "trial@"]),
        (json!({ "campaign": "petition_x", "optIn": ["no"] }), vec!["no@"]),
        (json!({ "until": "2026-07-01T09:00:00Z" }), vec![]),
    ] {
        let answer = export(&world, &token, filter.clone()).await;
        let expected: BTreeSet<_> = expected.into_iter().map(|name| format!("{name}example.org")).collect();
        assert_eq!(emails(&answer).into_iter().collect::<BTreeSet<_>>(), expected, "{filter}");
        assert_eq!(answer.headers["content-type"], "application/jsonl");
    }
    let all = export(&world, &token, json!({})).await;
    let told = |email: &str| {
        let all = messages(&all);
        let message = all.iter().find(|m| m["contact"]["email"] == email).unwrap();
        (message["privacy"]["optIn"].clone(), message["privacy"]["communication"].clone())
    };
    assert_eq!(told("no@example.org"), (json!(false), json!("no")));
    assert_eq!(told("unasked@example.org"), (json!(null), json!("not_asked")));
    let audit = world.staff(&token, "GET", "/v1/orgs/lead/audit", None).await;
    let exports =
        audit.body["items"].as_array().unwrap().iter().filter(|a| a["operation"] == "contacts.export");
    assert_eq!(exports.count(), 7);
    let refused = world.staff(&token, "POST", EXPORT, Some(json!({ "campaign": "nothing" }))).await;
    assert_eq!(refused.status, 404, "{}", refused.text);
    let refused =
        world.staff(&token, "POST", EXPORT, Some(json!({ "optIn": ["perhaps"], "limit": 0 }))).await;
    assert_eq!((refused.status, refused.body["errors"].as_array().map(Vec::len)), (422, Some(2)));
}

#[tokio::test]
async fn a_table_for_spreadsheets_runs_no_formula() {
    let mut world = world().await;
    let mut body = signature("bruce@example.org", Some(true), None);
    body["customFields"] = json!({ "comment": "=HYPERLINK(\"https://evil.example\")" });
    body["contact"]["lastName"] = json!("-Wayne");
    world.post(LEAD_PAGE, &body).await;
    world.settle().await;
    let token = world.token(world.lead, Role::Owner).await;
    let answer = export(&world, &token, json!({ "format": "csv" })).await;
    assert_eq!(answer.headers["content-type"], "text/csv");
    let lines: Vec<_> = answer.text.split("\r\n").collect();
    assert!(lines[0].starts_with("actionId,createdAt,actionType,status,"), "{}", lines[0]);
    assert!(lines[1].contains(",'-Wayne,"), "{}", lines[1]);
    assert_eq!((lines.len(), lines[2]), (3, ""));
}

#[tokio::test]
async fn what_was_there_at_the_start_is_exported_once_while_others_write_take_back_and_move() {
    let mut world = world().await;
    for n in 0..60 {
        world.sign(LEAD_PAGE, &format!("s{n}@example.org"), Some(true), None).await;
        if n % 20 == 0 {
            world.settle().await;
            world.clock.advance(SignedDuration::from_hours(9));
        }
    }
    world.settle().await;
    let token = world.token(world.lead, Role::Owner).await;
    let (mut exported, mut taken_back, mut cursor, mut part) = (Vec::new(), Vec::new(), Value::Null, 0);
    loop {
        let mut body = json!({ "limit": 9 });
        if cursor.is_string() {
            body["cursor"] = cursor.clone();
        }
        let answer = export(&world, &token, body).await;
        exported.extend(emails(&answer));
        let Some(next) = answer.headers.get("proca-next") else { break };
        cursor = next.clone().into();
        match part {
            0 => reshard(&world).await,
            1 => {
                let mail = |n: u32| format!("s{n}@example.org");
                let left: Vec<_> = (0..60).map(mail).filter(|email| !exported.contains(email)).collect();
                for email in left.iter().rev().take(2) {
                    reject(&world, email).await;
                    taken_back.push(email.clone());
                }
            }
            _ => {
                world.sign(LEAD_PAGE, &format!("late{part}@example.org"), Some(true), None).await;
            }
        }
        world.settle().await;
        part += 1;
    }
    assert!(part > 5, "the export had parts: {part}");
    let once: BTreeSet<_> = exported.iter().collect();
    assert_eq!(once.len(), exported.len(), "nothing twice");
    let from_the_start: BTreeSet<_> =
        once.into_iter().filter(|email| !email.starts_with("late")).cloned().collect();
    let expected =
        (0..60).map(|n| format!("s{n}@example.org")).filter(|email| !taken_back.contains(email)).collect();
    assert_eq!(from_the_start, expected);
}

/// Moves every push of the lead's log to where half as many shards would have it.
async fn reshard(world: &World) {
    let port = world.system.ports.dynamodb;
    let table: Value = serde_json::from_str(&world.table_as_text().await).unwrap();
    let rows = table["Items"].as_array().unwrap().iter();
    for item in rows.filter(|item| item["purpose"]["S"] == "push") {
        let id: Id<Delivery> = item["id"]["S"].as_str().unwrap().parse().unwrap();
        let moved = Key::log(world.lead, id, id.shard(8));
        if item["pk"]["S"].as_str().unwrap() == moved.pk || item["org"]["S"] != world.lead.to_string() {
            continue;
        }
        let mut there = item.clone();
        there["pk"]["S"] = moved.pk.into();
        let name = proca_local::store::TABLE;
        raw_dynamodb(port, "PutItem", &json!({ "TableName": name, "Item": there }).to_string()).await;
        let key = json!({ "pk": item["pk"], "sk": item["sk"] });
        raw_dynamodb(port, "DeleteItem", &json!({ "TableName": name, "Key": key }).to_string()).await;
    }
}

async fn reject(world: &World, email: &str) {
    let mail = world.mails_to(email).pop().unwrap();
    world.press(&links(&mail).pop().unwrap()).await;
}
