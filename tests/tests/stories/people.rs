//! Staff: invited by mail, changed, removed.

use jiff::SignedDuration;
use proca::{
    delivery::DeliveryState,
    invite::InviteToken,
    notice::{Notice, Occasion},
    permission::Role,
    random::Random,
};
use proca_tests::{
    logs,
    world::{Answered, World},
};
use serde_json::{Value, json};

const STAFF: &str = "/v1/orgs/lead/staff";
const INVITES: &str = "/v1/orgs/lead/invites";
const ROBIN: &str = "robin@canary.example.org";

async fn invite(world: &World, token: &str, body: Value) -> Answered {
    let answer = world.staff(token, "POST", INVITES, Some(body)).await;
    assert_eq!(answer.status, 201, "{}", answer.text);
    answer
}

async fn accept(world: &World, token: &str) -> Answered {
    let body = json!({ "token": token }).to_string();
    world.call("POST", "/v1/invites/accept", &[("content-type", "application/json")], &body).await
}

/// The tokens in the mails to an address, the newest last.
fn mailed(world: &World, email: &str) -> Vec<String> {
    let text = |text: Option<String>| {
        let text = text.unwrap();
        let (_, rest) = text.split_once("proca login --url https://api.example.org --invite ").unwrap();
        rest.split_whitespace().next().unwrap().to_owned()
    };
    world.mails_to(email).into_iter().map(|mail| text(mail.text)).collect()
}

/// Somebody of the lead's staff, as the list shows them.
async fn staffer(world: &World, token: &str, email: &str) -> Value {
    let list = world.staff(token, "GET", STAFF, None).await;
    let found = list.body["items"].as_array().unwrap().iter().find(|item| item["email"] == email);
    found.unwrap_or_else(|| panic!("{email} is in {}", list.text)).clone()
}

fn path(staffer: &Value) -> String {
    format!("{STAFF}/{}", staffer["user"].as_str().unwrap())
}

/// The one notice of the table.
async fn notice(world: &World) -> Notice {
    let text: Value = serde_json::from_str(&world.table_as_text().await).unwrap();
    let items = text["Items"].as_array().unwrap();
    let item = items.iter().find(|item| item["kind"]["S"] == "notice").unwrap();
    let id = |name: &str| item[name]["S"].as_str().unwrap();
    world.table.notice(id("org").parse().unwrap(), id("id").parse().unwrap()).await.unwrap().unwrap()
}

#[tokio::test]
async fn who_is_invited_gets_a_mail_and_with_its_token_becomes_staff() {
    logs::keep();
    let mut world = World::new().await;
    let owner = world.token(world.lead, Role::Owner).await;
    let body = json!({ "email": ROBIN, "role": "campaigner", "message": "Hello Robin,\njoin <b>us</b>!" });
    let made = invite(&world, &owner, body).await;
    assert_eq!((&made.body["role"], &made.body["usesLeft"]), (&json!("campaigner"), &json!(1)));
    world.settle().await;

    let mail = world.mails_to(ROBIN).remove(0);
    assert_eq!(mail.from, r#""The lead via Campaign Mail" <noreply@mail.example.org>"#);
    assert_eq!(mail.subject, "You are invited to The lead on Proca");
    assert!(mail.header("List-Unsubscribe").is_none());
    let (text, html) = (mail.text.unwrap(), mail.html.unwrap());
    assert!(text.contains("join <b>us</b>!") && text.contains("https://api.example.org"), "{text}");
    assert!(text.contains("until 15 July 2026"), "{text}");
    assert!(html.contains("join &lt;b&gt;us&lt;/b&gt;!"), "{html}");

    let token = mailed(&world, ROBIN).remove(0);
    let accepted = accept(&world, &token).await;
    assert_eq!((accepted.status, &accepted.body["orgName"]), (201, &json!("lead")), "{}", accepted.text);
    let robin = accepted.body["token"].as_str().unwrap();
    assert_eq!(world.staff(robin, "GET", "/v1/orgs/lead", None).await.status, 200);
    assert_eq!(staffer(&world, &owner, ROBIN).await["role"], "campaigner");
    assert_eq!(accept(&world, &token).await.status, 404, "it is used up");
    assert_eq!(world.staff(&owner, "GET", INVITES, None).await.body["items"], json!([]));

    let (table, logs) = (world.table_as_text().await, logs::text());
    let queues = world.system.sqs.sent_bodies().join("\n");
    assert!(queues.contains("\"notice\":\"ntc_"), "the queue was used");
    let secret = robin.strip_prefix("proca_").unwrap();
    for place in [&table, &queues, &logs, &made.text] {
        assert!(!place.contains(&token) && !place.contains(secret), "a token is where it could be read");
    }
    for place in [&queues, &logs] {
        assert!(!place.contains("canary.example.org") && !place.contains("Hello Robin"));
    }
    let audits = table.matches("\"invite.accept\"").count();
    assert_eq!(audits, 1);
}

#[tokio::test]
async fn an_invite_never_takes_from_what_somebody_has() {
    let mut world = World::new().await;
    let owner = world.token(world.lead, Role::Owner).await;
    world.enrol(ROBIN, Some((world.lead, Role::Campaigner)), &[]).await;
    for (grant, role, count) in [
        (json!({ "email": ROBIN, "role": "moderator" }), json!("campaigner"), 8),
        (json!({ "email": ROBIN, "permissions": ["export_contacts"] }), json!(null), 9),
        (json!({ "email": ROBIN, "role": "owner" }), json!("owner"), 11),
    ] {
        invite(&world, &owner, grant).await;
        world.settle().await;
        let accepted = accept(&world, mailed(&world, ROBIN).last().unwrap()).await;
        assert_eq!((accepted.status, &accepted.body["role"]), (201, &role), "{}", accepted.text);
        assert_eq!(accepted.body["permissions"].as_array().unwrap().len(), count, "{}", accepted.text);
    }
}

#[tokio::test]
async fn a_token_by_invite_works_in_its_org_alone() {
    let mut world = World::new().await;
    world.enrol(ROBIN, Some((world.partner, Role::Owner)), &[]).await;
    let owner = world.token(world.lead, Role::Owner).await;
    invite(&world, &owner, json!({ "email": ROBIN, "role": "moderator" })).await;
    world.settle().await;
    let accepted = accept(&world, &mailed(&world, ROBIN)[0]).await;
    let robin = accepted.body["token"].as_str().unwrap();
    assert_eq!(world.staff(robin, "GET", "/v1/orgs/partner", None).await.status, 404);
    let me = world.staff(robin, "GET", "/v1/me", None).await;
    let names: Vec<_> = me.body["orgs"].as_array().unwrap().iter().map(|org| &org["name"]).collect();
    assert_eq!(names, ["lead"]);
    let made = world.staff(robin, "POST", "/v1/tokens", Some(json!({ "label": "more" }))).await;
    assert_eq!(made.body["org"], world.lead.to_string(), "{}", made.text);
}

#[tokio::test]
async fn whatever_is_wrong_with_a_token_the_answer_is_the_same() {
    let mut world = World::new().await;
    let owner = world.token(world.lead, Role::Owner).await;
    let second = world.enrol("second@example.org", Some((world.lead, Role::Owner)), &[]).await;
    let never = accept(&world, "canary").await;
    assert_eq!(never.status, 404);
    let same = |answer: Answered| assert_eq!((answer.status, answer.text), (404, never.text.clone()));
    same(accept(&world, &format!("invite_{}", "A".repeat(107))).await);

    let made = invite(&world, &owner, json!({ "email": ROBIN, "role": "moderator" })).await;
    world.settle().await;
    let token = mailed(&world, ROBIN).remove(0);
    let (org, id) = InviteToken::parse(&token).unwrap().ids();
    same(accept(&world, &InviteToken::new(org, id, [0; 32]).expose()).await);
    let one = format!("{INVITES}/{}", made.body["id"].as_str().unwrap());
    assert_eq!(world.staff(&owner, "DELETE", &one, None).await.status, 204);
    assert_eq!(world.staff(&owner, "DELETE", &one, None).await.status, 404);
    same(accept(&world, &token).await);

    invite(&world, &owner, json!({ "email": ROBIN, "role": "moderator", "days": 1 })).await;
    invite(&world, &second, json!({ "email": "batman@example.org", "role": "owner" })).await;
    world.settle().await;
    let demoted = staffer(&world, &owner, "second@example.org").await;
    let role = Some(json!({ "role": "campaigner" }));
    assert_eq!(world.staff_at(&owner, "PATCH", &path(&demoted), role, Some(1)).await.status, 200);
    same(accept(&world, &mailed(&world, "batman@example.org")[0]).await);
    world.clock.advance(SignedDuration::from_hours(24));
    same(accept(&world, mailed(&world, ROBIN).last().unwrap()).await);
}

#[tokio::test]
async fn an_invite_revoked_before_its_mail_left_is_not_mailed() {
    let mut world = World::new().await;
    let owner = world.token(world.lead, Role::Owner).await;
    let made = invite(&world, &owner, json!({ "email": ROBIN, "role": "moderator" })).await;
    let one = format!("{INVITES}/{}", made.body["id"].as_str().unwrap());
    assert_eq!(world.staff(&owner, "DELETE", &one, None).await.status, 204);
    world.settle().await;
    assert!(world.mails_to(ROBIN).is_empty());
    assert!(matches!(notice(&world).await.state, DeliveryState::Cancelled { .. }));
}

#[tokio::test]
async fn a_notice_that_the_stream_lost_is_found_by_the_sweeper() {
    let mut world = World::new().await;
    let owner = world.token(world.lead, Role::Owner).await;
    invite(&world, &owner, json!({ "email": ROBIN, "role": "moderator" })).await;
    world.lose_changes();
    world.settle().await;
    assert!(world.mails_to(ROBIN).is_empty());
    world.pass(SignedDuration::from_mins(2)).await;
    assert_eq!(world.mails_to(ROBIN).len(), 1);
    assert!(matches!(notice(&world).await.state, DeliveryState::Done { .. }));
}

#[tokio::test]
async fn an_invite_of_unknown_fate_is_mailed_once_more_and_both_tokens_work() {
    let mut world = World::new().await;
    let owner = world.token(world.lead, Role::Owner).await;
    invite(&world, &owner, json!({ "email": ROBIN, "role": "moderator", "uses": 2 })).await;
    let row = notice(&world).await;
    let Occasion::Invite { invite } = row.occasion else { panic!("{:?}", row.occasion) };
    let first = InviteToken::new(row.org, invite, [7; 32]);
    let keep = |row: &mut Notice| row.digests.push(first.digest());
    // Somebody takes the row and dies; nobody knows whether the mail left.
    world.table.lease(row, keep, Random::seeded(9).uuid(), world.clock.now()).await.unwrap().unwrap();
    world.pass(SignedDuration::from_mins(10)).await;
    assert!(world.mails_to(ROBIN).is_empty());
    world.pass(SignedDuration::from_mins(10)).await;
    let second = mailed(&world, ROBIN);
    assert_eq!(second.len(), 1);
    for token in [&first.expose(), &second[0]] {
        assert_eq!(accept(&world, token).await.status, 201);
    }
    assert_eq!(accept(&world, &second[0]).await.status, 404, "both uses are used");
}

#[tokio::test]
async fn nobody_grants_more_than_they_have_or_touches_who_has_more() {
    let world = World::new().await;
    let campaigner = world.token(world.lead, Role::Campaigner).await;
    let owner = world.enrol("owner@example.org", Some((world.lead, Role::Owner)), &[]).await;
    world.enrol(ROBIN, Some((world.lead, Role::Moderator)), &[]).await;
    let refused = |answer: Answered, detail: &str| {
        assert_eq!((answer.status, &answer.body["detail"]), (403, &json!(detail)), "{}", answer.text);
    };
    let more = "you may grant only what you have yourself";
    let body = Some(json!({ "email": "x@example.org", "role": "owner" }));
    refused(world.staff(&campaigner, "POST", INVITES, body).await, more);
    let robin = path(&staffer(&world, &campaigner, ROBIN).await);
    let body = Some(json!({ "permissions": ["export_contacts"] }));
    refused(world.staff_at(&campaigner, "PATCH", &robin, body, Some(1)).await, more);
    let above = path(&staffer(&world, &campaigner, "owner@example.org").await);
    let body = Some(json!({ "role": "moderator" }));
    let answer = world.staff_at(&campaigner, "PATCH", &above, body.clone(), Some(1)).await;
    refused(answer, "they may do more than you");
    let answer = world.staff_at(&campaigner, "DELETE", &above, None, Some(1)).await;
    refused(answer, "they may do more than you");

    let moderator = world.token(world.lead, Role::Moderator).await;
    for (method, path) in [("GET", STAFF), ("GET", INVITES), ("PATCH", &robin), ("DELETE", &robin)] {
        let answer = world.staff_at(&moderator, method, path, None, Some(1)).await;
        refused(answer, "this needs the permission manage_staff");
    }
    let raised = world.staff_at(&owner, "PATCH", &robin, Some(json!({ "role": "api" })), Some(1)).await;
    assert_eq!((raised.status, &raised.body["version"]), (200, &json!(2)), "{}", raised.text);
    let stale = world.staff_at(&owner, "PATCH", &robin, body, Some(1)).await;
    assert_eq!(stale.status, 409, "{}", stale.text);
}

#[tokio::test]
async fn an_org_keeps_an_owner_even_when_two_remove_each_other() {
    let world = World::new().await;
    let first = world.enrol("first@example.org", Some((world.lead, Role::Owner)), &[]).await;
    let alone = path(&staffer(&world, &first, "first@example.org").await);
    let demoted = Some(json!({ "role": "campaigner" }));
    for answer in [
        world.staff_at(&first, "DELETE", &alone, None, Some(1)).await,
        world.staff_at(&first, "PATCH", &alone, demoted, Some(1)).await,
    ] {
        assert_eq!(answer.status, 409, "{}", answer.text);
        assert!(answer.text.contains("last owner"), "{}", answer.text);
    }
    let second = world.enrol("second@example.org", Some((world.lead, Role::Owner)), &[]).await;
    let other = path(&staffer(&world, &first, "second@example.org").await);
    let (one, two) = tokio::join!(
        world.staff_at(&first, "DELETE", &other, None, Some(1)),
        world.staff_at(&second, "DELETE", &alone, None, Some(1))
    );
    let removed = [&one, &two].iter().filter(|answer| answer.status == 204).count();
    assert_eq!(removed, 1, "{} {} {} {}", one.status, one.text, two.status, two.text);
    let left = if one.status == 204 { &first } else { &second };
    let gone = if one.status == 204 { &second } else { &first };
    let staff = world.staff(left, "GET", STAFF, None).await;
    assert_eq!(staff.body["items"].as_array().unwrap().len(), 1, "{}", staff.text);
    assert_eq!(world.staff(gone, "GET", STAFF, None).await.status, 404, "it acts at once");
}

#[tokio::test]
async fn anybody_may_leave() {
    let world = World::new().await;
    let owner = world.token(world.lead, Role::Owner).await;
    let robin = world.enrol(ROBIN, Some((world.lead, Role::Moderator)), &[]).await;
    let own = path(&staffer(&world, &owner, ROBIN).await);
    let weak = Some(json!({ "label": "weak", "scopes": ["moderate"] }));
    let weak = world.staff(&robin, "POST", "/v1/tokens", weak).await.body["token"].clone();
    let answer = world.staff_at(weak.as_str().unwrap(), "DELETE", &own, None, Some(1)).await;
    assert_eq!(answer.status, 403, "a token for moderating does not resign for its user");
    assert_eq!(world.staff_at(&robin, "DELETE", &own, None, Some(1)).await.status, 204);
    assert_eq!(world.staff(&robin, "GET", "/v1/orgs/lead", None).await.status, 404);
    let me = world.staff(&robin, "GET", "/v1/me", None).await;
    assert_eq!(me.body["orgs"], json!([]));
}

#[tokio::test]
async fn everything_wrong_with_an_invite_is_said_at_once_and_nothing_is_made() {
    let mut world = World::new().await;
    let owner = world.token(world.lead, Role::Owner).await;
    let pointers = |answer: &Answered| -> Vec<String> {
        assert_eq!(answer.status, 422, "{}", answer.text);
        let errors = answer.body["errors"].as_array().unwrap().iter();
        errors.map(|error| error["pointer"].as_str().unwrap().to_owned()).collect()
    };
    let body = json!({ "email": "canary", "message": "a\u{202e}b", "uses": 51, "days": 0, "more": 1 });
    let answer = world.staff(&owner, "POST", INVITES, Some(body)).await;
    assert_eq!(pointers(&answer), ["/days", "/email", "/message", "/more", "/role", "/uses"]);
    assert!(!answer.text.contains("canary"), "{}", answer.text);
    for (grant, wrong) in [
        (json!({ "role": "king" }), "/role"),
        (json!({ "role": "owner", "permissions": [] }), "/permissions"),
        (json!({ "permissions": ["fly"] }), "/permissions"),
        (json!({ "permissions": ["moderate", "moderate"] }), "/permissions"),
    ] {
        let own = path(&staffer(&world, &owner, &whose(&world, &owner).await).await);
        let answer = world.staff_at(&owner, "PATCH", &own, Some(grant), Some(1)).await;
        assert_eq!(pointers(&answer), [wrong]);
    }
    world.settle().await;
    assert_eq!(world.staff(&owner, "GET", INVITES, None).await.body["items"], json!([]));
    assert!(world.mails().is_empty());
}

async fn whose(world: &World, token: &str) -> String {
    world.staff(token, "GET", "/v1/me", None).await.body["email"].as_str().unwrap().to_owned()
}
