//! Pages, as staff of the orgs they belong to make, change and launch them.

use jiff::SignedDuration;
use proca::{due::Settings, key::Address, page::ActionPage, permission::Role};
use proca_tests::world::{Answered, LEAD_PAGE, PARTNER_PAGE, World, in_path, signature};
use serde_json::{Value, json};

const PARTNERS: &str = "/v1/orgs/partner/pages";

const REQUESTS: &str = "/v1/orgs/lead/launch-requests";

fn pointers(answer: &Answered) -> Vec<&str> {
    answer.body["errors"].as_array().unwrap().iter().map(|error| error["pointer"].as_str().unwrap()).collect()
}

fn new_page(name: &str) -> Option<Value> {
    Some(json!({ "name": name, "campaign": "petition_x", "locale": "de" }))
}

/// The operations in the audit of an org, by the alphabet: they happen in the same millisecond.
async fn audited(world: &World, org: &impl ToString) -> Vec<String> {
    let table: Value = serde_json::from_str(&world.table_as_text().await).unwrap();
    let rows = table["Items"].as_array().unwrap().iter();
    let mut audits: Vec<_> = rows
        .filter(|row| row["kind"]["S"] == "audit" && row["org"]["S"] == org.to_string())
        .map(|row| row["operation"]["S"].as_str().unwrap().to_owned())
        .collect();
    audits.sort();
    audits
}

#[tokio::test]
async fn a_partner_copies_a_page_asks_for_its_launch_and_takes_signatures_once_the_lead_agrees() {
    let mut world = World::new().await;
    let (partner, lead) =
        (world.token(world.partner, Role::Owner).await, world.token(world.lead, Role::Owner).await);
    world
        .change_page(LEAD_PAGE, |page| {
            page.duplicate_template = Some("only_the_lead_has_it".parse().unwrap());
            page.extra_supporters = 500;
        })
        .await;
    let copy = json!({ "from": LEAD_PAGE, "name": "partner.example.org/second", "locale": "de-AT" });
    let made = world.staff(&partner, "POST", &format!("{PARTNERS}/copy"), Some(copy)).await;
    assert_eq!(made.status, 201, "{}", made.text);
    let (page, number) = (&made.body, made.body["number"].to_string());
    assert_eq!((&page["live"], &page["locale"]), (&json!(false), &json!("de_AT")));
    assert_eq!((&page["thankYouTemplate"], &page["duplicateTemplate"]), (&json!("thank_you"), &Value::Null));
    assert_eq!(page["extraSupporters"], 0);
    let seen = world.call("GET", &format!("/v1/pages/{number}"), &[], "").await;
    assert_eq!((seen.status, &seen.body["live"]), (200, &json!(false)), "widgets see it at once");
    let early = world.post(&number, &signature("early@example.org", None, None)).await;
    assert_eq!(early.status, 409, "{}", early.text);

    let launch = format!("{PARTNERS}/{number}/launch");
    for _ in 0..2 {
        let asked = world.staff(&partner, "POST", &launch, None).await;
        assert_eq!((asked.status, &asked.body["live"]), (200, &json!(false)), "{}", asked.text);
        assert_eq!(asked.body["launchRequestedAt"], world.clock.now().to_string());
        assert_eq!(asked.body["version"], 2, "the second time changes nothing");
    }
    let open = world.staff(&lead, "GET", REQUESTS, None).await;
    assert_eq!(open.body["items"].as_array().unwrap().len(), 1, "{}", open.text);
    assert_eq!(open.body["items"][0]["org"]["name"], "partner");
    let name = in_path("Partner.Example.org/second");
    let accepted = world.staff(&lead, "POST", &format!("{REQUESTS}/{name}/accept"), None).await;
    assert_eq!(accepted.status, 204, "{}", accepted.text);
    let again = world.staff(&lead, "POST", &format!("{REQUESTS}/{number}/accept"), None).await;
    assert_eq!(again.status, 404, "nobody asks any more");

    let live = world.staff(&partner, "GET", &format!("{PARTNERS}/{number}"), None).await;
    assert_eq!((&live.body["live"], &live.body["launchRequestedAt"]), (&json!(true), &Value::Null));
    world.clock.advance(SignedDuration::from_secs(31));
    world.sign(&number, "bruce@example.org", Some(true), None).await;
    assert_eq!(
        audited(&world, &world.partner).await,
        ["launch-request.accept", "page.copy", "page.request-launch"]
    );
    assert_eq!(audited(&world, &world.lead).await, ["launch-request.accept"]);
}

#[tokio::test]
async fn a_launch_that_the_lead_rejects_or_the_partner_takes_back_may_be_asked_for_again() {
    let world = World::new().await;
    let (partner, lead) =
        (world.token(world.partner, Role::Owner).await, world.token(world.lead, Role::Owner).await);
    let made = world.staff(&partner, "POST", PARTNERS, new_page("partner.example.org/two")).await;
    let page = format!("{PARTNERS}/{}", made.body["id"].as_str().unwrap());
    let request = format!("{REQUESTS}/{}", made.body["id"].as_str().unwrap());
    let launch = format!("{page}/launch");
    let ask = || world.staff(&partner, "POST", &launch, None);
    assert_eq!(ask().await.status, 200);
    assert_eq!(world.staff(&lead, "POST", &format!("{request}/reject"), None).await.status, 204);
    let rejected = world.staff(&partner, "GET", &page, None).await;
    assert_eq!((&rejected.body["live"], &rejected.body["launchRequestedAt"]), (&json!(false), &Value::Null));
    assert_ne!(ask().await.body["launchRequestedAt"], Value::Null);
    let back = world.staff(&partner, "POST", &format!("{page}/retract"), None).await;
    assert_eq!((back.status, &back.body["launchRequestedAt"]), (200, &Value::Null), "{}", back.text);
    assert_eq!(world.staff(&lead, "POST", &format!("{request}/accept"), None).await.status, 404);
    assert_ne!(ask().await.body["launchRequestedAt"], Value::Null);
    assert_eq!(world.staff(&lead, "POST", &format!("{request}/accept"), None).await.status, 204);
}

#[tokio::test]
async fn only_the_lead_decides_on_launches_and_only_staff_who_may() {
    let world = World::new().await;
    let partner = world.token(world.partner, Role::Owner).await;
    let made = world.staff(&partner, "POST", PARTNERS, new_page("partner.example.org/two")).await;
    let id = made.body["id"].as_str().unwrap();
    world.staff(&partner, "POST", &format!("{PARTNERS}/{id}/launch"), None).await;
    let own =
        world.staff(&partner, "POST", &format!("/v1/orgs/partner/launch-requests/{id}/accept"), None).await;
    assert_eq!(own.status, 404, "{}", own.text);
    let lead = world.staff(&partner, "POST", &format!("{REQUESTS}/{id}/accept"), None).await;
    assert_eq!(lead.status, 404, "{}", lead.text);
    let coordinator = world.token(world.lead, Role::Coordinator).await;
    let refused = world.staff(&coordinator, "POST", &format!("{REQUESTS}/{id}/accept"), None).await;
    assert_eq!(refused.status, 403, "{}", refused.text);
    assert_eq!(world.staff(&coordinator, "GET", REQUESTS, None).await.status, 403);
    assert!(!world.bundle("partner.example.org/two").await.page.live);
}

#[tokio::test]
async fn a_leads_own_page_goes_live_at_once_and_comes_back() {
    let world = World::new().await;
    let lead = world.token(world.lead, Role::Campaigner).await;
    let made = world.staff(&lead, "POST", "/v1/orgs/lead/pages", new_page("lead.example.org/two")).await;
    assert_eq!(made.status, 201, "{}", made.text);
    let page = format!("/v1/orgs/lead/pages/{}", made.body["id"].as_str().unwrap());
    let live = world.staff(&lead, "POST", &format!("{page}/launch"), None).await;
    assert_eq!((live.status, &live.body["live"]), (200, &json!(true)), "{}", live.text);
    world.sign("lead.example.org/two", "bruce@example.org", None, None).await;
    let retracted = world.staff(&lead, "POST", &format!("{page}/retract"), None).await;
    assert_eq!((retracted.status, &retracted.body["live"]), (200, &json!(false)));
    assert_eq!(retracted.body["launchedAt"], live.body["launchedAt"]);
    world.clock.advance(SignedDuration::from_secs(31));
    let late = world.post("lead.example.org/two", &signature("late@example.org", None, None)).await;
    assert_eq!(late.status, 409, "{}", late.text);
    let removed = world.staff_at(&lead, "DELETE", &page, None, Some(3)).await;
    assert_eq!(removed.status, 409, "it has actions: {}", removed.text);
}

#[tokio::test]
async fn a_page_that_was_never_live_goes_with_all_that_leads_to_it() {
    let mut world = World::new().await;
    let partner = world.token(world.partner, Role::Owner).await;
    let name = "partner.example.org/two";
    let made = world.staff(&partner, "POST", PARTNERS, new_page(name)).await;
    let (id, number) = (made.body["id"].as_str().unwrap(), made.body["number"].to_string());
    world.staff(&partner, "POST", &format!("{PARTNERS}/{id}/launch"), None).await;
    let early = world.staff_at(&partner, "DELETE", &format!("{PARTNERS}/{id}"), None, Some(1)).await;
    assert_eq!(early.status, 409, "it has changed since: {}", early.text);
    let removed = world.staff_at(&partner, "DELETE", &format!("{PARTNERS}/{id}"), None, Some(2)).await;
    assert_eq!(removed.status, 204, "{}", removed.text);
    world.settle().await;
    world.change_org(world.partner, |org| org.reply_enabled = false).await;
    for address in
        [Address::Id(id.to_owned()), Address::Name(name.to_owned()), Address::parse::<ActionPage>(&number)]
    {
        assert_eq!(world.table.bundle(&address).await.unwrap(), None, "{address:?}");
    }
    let lead = world.token(world.lead, Role::Owner).await;
    let open = world.staff(&lead, "GET", REQUESTS, None).await;
    assert_eq!(open.body["items"], json!([]));
    let text = world.table_as_text().await;
    assert_eq!(text.matches(id).count(), 4, "the audit and the feed of the lead alone remember it");
    assert_eq!(world.staff(&partner, "POST", PARTNERS, new_page(name)).await.status, 201, "the name is free");
}

#[tokio::test]
async fn a_bundle_that_is_on_its_way_when_its_page_is_removed_does_not_come_back() {
    let world = World::new().await;
    let partner = world.token(world.partner, Role::Owner).await;
    let made = world.staff(&partner, "POST", PARTNERS, new_page("partner.example.org/two")).await;
    let id = made.body["id"].as_str().unwrap();
    let held = world.wire.hold("TransactWriteItems");
    let (path, settings) = (format!("{PARTNERS}/{id}"), Settings::Page(world.campaign, id.parse().unwrap()));
    let (projected, removed) = tokio::join!(
        world.table.project(settings),
        held.overtake(world.staff_at(&partner, "DELETE", &path, None, Some(1)))
    );
    assert_eq!(removed.status, 204, "{}", removed.text);
    projected.unwrap();
    for address in [Address::Id(id.to_owned()), Address::Name("partner.example.org/two".to_owned())] {
        assert_eq!(world.table.bundle(&address).await.unwrap(), None, "{address:?}");
    }
}

#[tokio::test]
async fn a_change_reaches_widgets_and_names_only_templates_that_are_there() {
    let world = World::new().await;
    let partner = world.token(world.partner, Role::Owner).await;
    let path = format!("{PARTNERS}/{}", in_path(PARTNER_PAGE));
    let body = json!({ "thankYouTemplate": "nope", "duplicateTemplate": "duplicate", "supporterConfirmTemplate": "no" });
    let refused = world.staff_at(&partner, "PATCH", &path, Some(body), Some(1)).await;
    assert_eq!(refused.status, 422, "{}", refused.text);
    assert_eq!(pointers(&refused), ["/thankYouTemplate", "/supporterConfirmTemplate"]);
    let consent = json!({ "id": "privacy", "version": 3, "locale": "de", "sha256": "0a".repeat(32) });
    let body = json!({
        "locale": "de", "delivery": false, "extraSupporters": 1200, "thankYouTemplate": null,
        "duplicateTemplate": "duplicate", "allowedOrigins": ["https://partner.example.org"],
        "consentText": consent, "proofOfWork": "on", "config": { "colour": "green" },
    });
    let changed = world.staff_at(&partner, "PATCH", &path, Some(body.clone()), Some(1)).await;
    assert_eq!((changed.status, &changed.body["version"]), (200, &json!(2)), "{}", changed.text);
    for (field, value) in body.as_object().unwrap() {
        assert_eq!(&changed.body[field], value, "{field}");
    }
    let seen = world.call("GET", &format!("/v1/pages/{}", in_path(PARTNER_PAGE)), &[], "").await;
    assert_eq!((&seen.body["consentText"], &seen.body["proofOfWork"]), (&consent, &json!("on")));
    assert_eq!(seen.body["campaign"]["stats"]["extraSupporters"], 1200);
    let cleared =
        world.staff_at(&partner, "PATCH", &path, Some(json!({ "consentText": null })), Some(2)).await;
    assert_eq!((cleared.status, &cleared.body["consentText"]), (200, &Value::Null), "{}", cleared.text);
}

#[tokio::test]
async fn everything_wrong_with_a_page_is_said_at_once_and_changes_nothing() {
    let world = World::new().await;
    let partner = world.token(world.partner, Role::Owner).await;
    let path = format!("{PARTNERS}/{}", in_path(PARTNER_PAGE));
    let body = json!({
        "locale": "canary", "extraSupporters": 100_000_001, "allowedOrigins": ["https://canary.org/path"],
        "consentText": { "id": "a b", "version": "canary", "sha256": "canary", "more": 1 },
        "proofOfWork": "canary", "name": "new/name",
    });
    let refused = world.staff_at(&partner, "PATCH", &path, Some(body), Some(1)).await;
    assert_eq!(refused.status, 422, "{}", refused.text);
    assert_eq!(
        pointers(&refused),
        [
            "/allowedOrigins",
            "/consentText/id",
            "/consentText/locale",
            "/consentText/more",
            "/consentText/sha256",
            "/consentText/version",
            "/extraSupporters",
            "/locale",
            "/name",
            "/proofOfWork",
        ]
    );
    assert!(!refused.text.contains("canary"), "{}", refused.text);
    let without = world.staff(&partner, "PATCH", &path, Some(json!({ "delivery": false }))).await;
    assert_eq!(without.status, 428);
    assert_eq!(world.staff(&partner, "GET", &path, None).await.body["version"], 1);
    let nameless =
        world.staff(&partner, "POST", PARTNERS, Some(json!({ "name": "x", "campaign": "a b" }))).await;
    assert_eq!(pointers(&nameless), ["/campaign", "/locale", "/name"]);
    let nowhere = json!({ "name": "a/b", "campaign": "nowhere", "locale": "de" });
    let nowhere = world.staff(&partner, "POST", PARTNERS, Some(nowhere)).await;
    assert_eq!((nowhere.status, pointers(&nowhere)), (422, vec!["/campaign"]));
    let taken = world.staff(&partner, "POST", PARTNERS, new_page(&LEAD_PAGE.to_uppercase())).await;
    assert_eq!((taken.status, &taken.body["detail"]), (409, &json!("the name is taken")));
}

#[tokio::test]
async fn an_org_of_strict_privacy_names_no_templates() {
    let mut world = World::new().await;
    world.change_org(world.partner, |org| org.strict_privacy = true).await;
    let partner = world.token(world.partner, Role::Owner).await;
    let path = format!("{PARTNERS}/{}", in_path(PARTNER_PAGE));
    let body = json!({ "thankYouTemplate": "thank_you" });
    let refused = world.staff_at(&partner, "PATCH", &path, Some(body), Some(1)).await;
    assert_eq!((refused.status, pointers(&refused)), (422, vec!["/thankYouTemplate"]), "{}", refused.text);
    let copy = json!({ "from": LEAD_PAGE, "name": "partner.example.org/strict" });
    let made = world.staff(&partner, "POST", &format!("{PARTNERS}/copy"), Some(copy)).await;
    assert_eq!((made.status, &made.body["thankYouTemplate"]), (201, &Value::Null), "{}", made.text);
}

#[tokio::test]
async fn pages_and_drafts_of_other_orgs_are_not_there() {
    let mut world = World::new().await;
    let (partner, lead) =
        (world.token(world.partner, Role::Owner).await, world.token(world.lead, Role::Owner).await);
    let path = format!("/v1/orgs/lead/pages/{}", in_path(PARTNER_PAGE));
    for (method, path, body) in [
        ("GET", path.clone(), None),
        ("PATCH", path.clone(), Some(json!({ "delivery": false }))),
        ("DELETE", path.clone(), None),
        ("POST", format!("{path}/launch"), None),
        ("POST", format!("{path}/retract"), None),
    ] {
        let answer = world.staff_at(&lead, method, &path, body, Some(1)).await;
        assert_eq!(answer.status, 404, "{method} {path}: {}", answer.text);
    }
    world.change_page(LEAD_PAGE, |page| page.live = false).await;
    let copy = json!({ "from": LEAD_PAGE, "name": "partner.example.org/copy" });
    let refused = world.staff(&partner, "POST", &format!("{PARTNERS}/copy"), Some(copy)).await;
    assert_eq!((refused.status, pointers(&refused)), (422, vec!["/from"]), "it is not live");
    let draft = json!({ "name": "secret_plan", "title": "A secret plan" });
    assert_eq!(world.staff(&lead, "POST", "/v1/orgs/lead/campaigns", Some(draft)).await.status, 201);
    let page = json!({ "name": "partner.example.org/plan", "campaign": "secret_plan", "locale": "de" });
    let refused = world.staff(&partner, "POST", PARTNERS, Some(page.clone())).await;
    assert_eq!((refused.status, pointers(&refused)), (422, vec!["/campaign"]), "{}", refused.text);
    assert_eq!(world.staff(&lead, "POST", "/v1/orgs/lead/pages", Some(page)).await.status, 201);
}

#[tokio::test]
async fn a_page_that_no_lead_has_launched_adds_nothing_to_the_count() {
    let world = World::new().await;
    let partner = world.token(world.partner, Role::Owner).await;
    let made = world.staff(&partner, "POST", PARTNERS, new_page("partner.example.org/two")).await;
    let path = format!("{PARTNERS}/{}", made.body["id"].as_str().unwrap());
    let body = json!({ "extraSupporters": 100_000_000 });
    assert_eq!(world.staff_at(&partner, "PATCH", &path, Some(body), Some(1)).await.status, 200);
    assert_eq!(world.supporters().await, 0);
}

#[tokio::test]
async fn pages_are_listed_for_their_own_org() {
    let world = World::new().await;
    let partner = world.token(world.partner, Role::Moderator).await;
    let listed = world.staff(&partner, "GET", PARTNERS, None).await;
    let names: Vec<_> =
        listed.body["items"].as_array().unwrap().iter().map(|page| page["name"].as_str().unwrap()).collect();
    assert_eq!(names, [PARTNER_PAGE], "{}", listed.text);
    let refused = world.staff(&partner, "POST", PARTNERS, new_page("a/b")).await;
    assert_eq!(
        (refused.status, &refused.body["detail"]),
        (403, &json!("this needs the permission manage_pages"))
    );
}
