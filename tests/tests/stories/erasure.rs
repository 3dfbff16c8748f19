//! What an org holds on a person: shown, erased, erased again after a restore, and kept no longer than it may.

use jiff::SignedDuration;
use proca::{
    campaign::{CampaignStatus, Override},
    permission::Role,
};
use proca_tests::{
    logs,
    world::{LEAD_PAGE, PARTNER_PAGE, World, raw_dynamodb, signature},
};
use serde_json::{Value, json};
use tempfile::NamedTempFile;

const CANARY: &str = "erasecanary";

fn person() -> Value {
    let mut body = signature(&format!("{CANARY}@example.org"), Some(true), Some(true));
    body["contact"]["firstName"] = CANARY.into();
    body["contact"]["lastName"] = CANARY.into();
    body["customFields"] = json!({ "comment": format!("I am {CANARY}") });
    body["tracking"]["location"] = format!("https://partner.example.org/petition?name={CANARY}").into();
    body
}

/// A world in which somebody signed on the partner's page, and the two orgs' refs of them.
async fn signed_world() -> (World, String, String) {
    let mut world = World::new().await;
    world.change_campaign(|campaign| campaign.supporter_confirm = Override::Off).await;
    assert_eq!(world.post(PARTNER_PAGE, &person()).await.status, 201);
    world.sign(PARTNER_PAGE, "other@example.org", Some(true), Some(true)).await;
    world.settle().await;
    let name = |hook: &proca_tests::endpoint::Endpoint| {
        let taken = hook.taken();
        let message = taken.iter().find(|message| message.body["contact"]["firstName"] == CANARY).unwrap();
        message.body["contact"]["contactRef"].as_str().unwrap().to_owned()
    };
    let (lead, partner) = (name(&world.lead_hook), name(&world.partner_hook));
    (world, lead, partner)
}

async fn erase(world: &World, org: &str, token: &str, contact_ref: &str) -> u16 {
    let path = format!("/v1/orgs/{org}/supporters/{contact_ref}");
    world.staff(token, "DELETE", &path, None).await.status
}

async fn restore(world: &World, items: &[Value]) {
    for item in items {
        let body = json!({ "TableName": proca_local::store::TABLE, "Item": item });
        raw_dynamodb(world.system.ports.dynamodb, "PutItem", &body.to_string()).await;
    }
}

async fn items(world: &World) -> Vec<Value> {
    let table: Value = serde_json::from_str(&world.table_as_text().await).unwrap();
    table["Items"].as_array().unwrap().clone()
}

#[tokio::test]
async fn what_an_org_holds_on_a_person_is_shown_whole_and_to_that_org_alone() {
    let (world, lead_ref, partner_ref) = signed_world().await;
    let token = world.token(world.partner, Role::Owner).await;
    let path = |contact_ref: &str| format!("/v1/orgs/partner/supporters/{contact_ref}/access");
    let shown = world.staff(&token, "GET", &path(&partner_ref), None).await;
    assert_eq!(shown.status, 200, "{}", shown.text);
    let signature = &shown.body["signatures"][0];
    assert_eq!(signature["contact"]["lastName"], CANARY);
    assert_eq!(signature["actions"][0]["customFields"]["comment"], format!("I am {CANARY}"));
    let sent: Vec<_> = signature["messages"].as_array().unwrap().iter().map(|m| &m["purpose"]).collect();
    assert_eq!(sent.len(), 2, "{sent:?}");
    assert!(sent.contains(&&json!("push")) && sent.contains(&&json!("thank_you")), "{sent:?}");
    assert_eq!(world.staff(&token, "GET", &path(&lead_ref), None).await.status, 404);
}

#[tokio::test]
async fn once_every_org_has_erased_a_person_nothing_tells_of_them_but_the_count() {
    logs::keep();
    let (mut world, lead_ref, partner_ref) = signed_world().await;
    let (lead, partner) =
        (world.token(world.lead, Role::Owner).await, world.token(world.partner, Role::Owner).await);
    assert_eq!(erase(&world, "lead", &lead, &lead_ref).await, 204);
    world.settle().await;
    let left = world.table_as_text().await;
    assert!(left.contains(CANARY), "the partner's copy is the partner's");
    let seen = world.staff(&lead, "GET", "/v1/orgs/lead/actions", None).await;
    assert!(!seen.text.contains(CANARY), "{}", seen.text);
    assert_eq!(seen.body["items"].as_array().unwrap().len(), 2, "the anonymous action stays: {}", seen.text);

    assert_eq!(erase(&world, "partner", &partner, &partner_ref).await, 204);
    world.settle().await;
    world.pass(SignedDuration::from_mins(10)).await;
    assert!(!world.table_as_text().await.contains(CANARY));
    assert!(!logs::text().contains(CANARY));
    assert_eq!(world.supporters().await, 2, "what was counted stays counted");
    for (org, token, contact_ref) in [("lead", &lead, &lead_ref), ("partner", &partner, &partner_ref)] {
        assert_eq!(erase(&world, org, token, contact_ref).await, 404, "there is nothing left");
        let export = world.staff(token, "POST", &format!("/v1/orgs/{org}/export"), Some(json!({}))).await;
        assert_eq!(export.text.lines().count(), 1, "{}", export.text);
        let audit = world.staff(token, "GET", &format!("/v1/orgs/{org}/audit"), None).await;
        assert!(audit.text.contains("contacts.erase") && !audit.text.contains(contact_ref.as_str()));
    }
}

#[tokio::test]
async fn what_waits_to_be_sent_to_an_org_is_not_sent_once_it_has_erased_the_person() {
    let mut world = World::new().await;
    world.change_campaign(|campaign| campaign.supporter_confirm = Override::Off).await;
    world.partner_hook.set(proca_tests::endpoint::Mood::Status(500));
    assert_eq!(world.post(PARTNER_PAGE, &person()).await.status, 201);
    world.settle().await;
    let token = world.token(world.partner, Role::Owner).await;
    let listed = world.staff(&token, "GET", "/v1/orgs/partner/actions", None).await;
    let contact_ref = listed.body["items"][0]["contactRef"].as_str().unwrap().to_owned();
    let tried = world.partner_hook.taken().len();
    assert_eq!(erase(&world, "partner", &token, &contact_ref).await, 204);
    world.partner_hook.set(proca_tests::endpoint::Mood::Well);
    world.pass(SignedDuration::from_hours(1)).await;
    assert_eq!(world.partner_hook.taken().len(), tried);
    assert_eq!(world.lead_hook.taken().len(), 1, "the lead keeps its own");
}

#[tokio::test]
async fn the_event_backend_of_an_org_hears_once_that_the_person_is_erased_and_nothing_of_them() {
    let (mut world, lead_ref, _) = signed_world().await;
    world.change_org(world.lead, |org| org.backends.event = org.backends.push).await;
    let token = world.token(world.lead, Role::Owner).await;
    let before = world.lead_hook.taken().len();
    assert_eq!(erase(&world, "lead", &token, &lead_ref).await, 204);
    world.settle().await;
    let heard = world.lead_hook.taken().split_off(before);
    assert_eq!(heard.len(), 1, "{heard:?}");
    assert_eq!((&heard[0].body["eventType"], heard[0].verified), (&json!("supporter_erased"), true));
    let text = heard[0].body.to_string();
    assert!(text.contains(&lead_ref) && !text.contains(CANARY), "{text}");
    world.pass(SignedDuration::from_mins(10)).await;
    assert_eq!((world.lead_hook.taken().len(), world.partner_hook.taken().len()), (before + 1, 2));
}

#[tokio::test]
async fn a_table_restored_from_before_an_erasure_is_erased_again() {
    let (mut world, _, partner_ref) = signed_world().await;
    let before = items(&world).await;
    let token = world.token(world.partner, Role::Owner).await;
    assert_eq!(erase(&world, "partner", &token, &partner_ref).await, 204);
    let env = world.system.env("EraseContacts");
    let log = proca_admin::run(vec!["erasures".into()], &env).await.unwrap();
    assert_eq!(log.lines().count(), 1);
    assert!(!log.contains(CANARY), "{log}");
    restore(&world, &before).await;
    let export = |world: World, token: String| async move {
        let text = world.staff(&token, "POST", "/v1/orgs/partner/export", Some(json!({}))).await.text;
        (world, text)
    };
    let (back, text) = export(world, token.clone()).await;
    world = back;
    assert!(text.contains(CANARY), "the restored table has the person again");

    let file = NamedTempFile::new().unwrap();
    std::fs::write(file.path(), &log).unwrap();
    let again = ["erase-again".into(), "--log".into(), file.path().into()];
    let said = proca_admin::run(again.to_vec(), &env).await.unwrap();
    assert_eq!(said, "1 erasures done again; the table had 1 signatures of theirs\n");
    let (back, text) = export(world, token).await;
    world = back;
    assert!(!text.contains(CANARY) && text.contains("other@example.org"), "{text}");
    let said = proca_admin::run(again.to_vec(), &env).await.unwrap();
    assert_eq!(said, "1 erasures done again; the table had 0 signatures of theirs\n");
    world.settle().await;
}

#[tokio::test]
async fn contacts_go_when_their_org_s_months_after_the_close_are_over() {
    let (mut world, _, _) = signed_world().await;
    world.sign(LEAD_PAGE, "third@example.org", Some(true), None).await;
    world.change_org(world.lead, |org| org.retention_months = 3).await;
    world.change_org(world.partner, |org| org.retention_months = 6).await;
    let now = world.clock.now();
    world
        .change_campaign(|campaign| *campaign = campaign.clone().with_status(CampaignStatus::Closed, now))
        .await;
    let env = world.system.env("EraseContacts");
    let run = |line: &str| {
        let arguments = line.split(' ').map(Into::into).collect();
        let env = env.clone();
        async move { proca_admin::run(arguments, &env).await.unwrap() }
    };
    assert_eq!(run("retention").await, "0 contacts would be erased: say --erase\n");
    world.clock.advance(SignedDuration::from_hours(24 * 100));
    let counted = run("retention").await;
    assert!(counted.contains(&format!("{}  3\n", world.lead)), "{counted}");
    assert!(counted.ends_with("3 contacts would be erased: say --erase\n"), "{counted}");
    assert_eq!(run("retention").await, counted, "a dry run changes nothing");
    assert!(run("retention --erase").await.ends_with("3 contacts erased\n"));
    assert_eq!(run("retention --erase").await, "0 contacts erased\n");
    let text = world.table_as_text().await;
    assert!(text.contains(CANARY) && !text.contains("third@"), "the partner keeps its own for longer");
    world.clock.advance(SignedDuration::from_hours(24 * 100));
    assert!(run("retention --erase").await.ends_with("2 contacts erased\n"));
    let text = world.table_as_text().await;
    assert!(!text.contains(CANARY) && !text.contains("other@example.org"));
    assert_eq!(world.supporters().await, 3);
}
