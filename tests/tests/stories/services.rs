//! Services, as their org's staff make, try, change and remove them.

use proca::{
    permission::Role,
    service::{Backend, Endpoint as Speaks},
};
use proca_local::{mailbox::Via, sqs::QueueSettings};
use proca_tests::{
    endpoint::{Endpoint, Mood},
    logs,
    world::{Answered, World},
};
use serde_json::{Value, json};

const ALL: &str = "/v1/orgs/lead/services";

async fn create(world: &World, token: &str, body: Value) -> Answered {
    let made = world.staff(token, "POST", ALL, Some(body)).await;
    assert_eq!(made.status, 201, "{}", made.text);
    made
}

fn at(service: &Answered) -> String {
    format!("{ALL}/{}", service.body["id"].as_str().unwrap())
}

fn pointers(answer: &Answered) -> Vec<&str> {
    assert_eq!(answer.status, 422, "{}", answer.text);
    answer.body["errors"].as_array().unwrap().iter().map(|e| e["pointer"].as_str().unwrap()).collect()
}

/// A webhook service of the lead, with the endpoint behind it that knows its secret. Its version is 2.
async fn webhook(world: &World, token: &str) -> (String, String, Endpoint) {
    let body = json!({ "kind": "webhook", "address": "https://crm.example.org/hook" });
    let made = create(world, token, body).await;
    let secret = made.body["signingSecret"].as_str().unwrap().to_owned();
    let endpoint = Endpoint::start(&secret).await;
    let moved =
        world.staff_at(token, "PATCH", &at(&made), Some(json!({ "address": endpoint.url })), Some(1)).await;
    assert_eq!(moved.status, 200, "{}", moved.text);
    (at(&made), secret, endpoint)
}

async fn test(world: &World, token: &str, service: &str) -> Value {
    let tried = world.staff(token, "POST", &format!("{service}/test"), None).await;
    assert_eq!(tried.status, 200, "{}", tried.text);
    tried.body
}

#[tokio::test]
async fn a_webhook_is_active_once_it_has_taken_a_signed_test_event() {
    let world = World::new().await;
    let token = world.token(world.lead, Role::Owner).await;
    let (service, _, endpoint) = webhook(&world, &token).await;
    let made = world.staff(&token, "GET", &service, None).await;
    assert_eq!(
        (&made.body["state"], &made.body["reason"]),
        (&json!("paused"), &json!("send a test event first"))
    );

    endpoint.set(Mood::Status(500));
    let failed = test(&world, &token, &service).await;
    assert_eq!(failed, json!({ "delivered": false, "status": 500, "detail": "the endpoint answered 500" }));
    let resumed = world.staff_at(&token, "POST", &format!("{service}/resume"), None, Some(2)).await;
    assert_eq!(
        (resumed.status, &resumed.body["detail"]),
        (409, &json!("a webhook becomes active by taking a test event: test it"))
    );

    endpoint.set(Mood::Well);
    let taken = test(&world, &token, &service).await;
    assert_eq!((&taken["delivered"], &taken["status"]), (&json!(true), &json!(204)));
    let message = endpoint.taken().pop().unwrap();
    assert!(message.verified);
    assert_eq!(
        (&message.body["schema"], &message.body["eventType"]),
        (&json!("proca:event:2"), &json!("service_test"))
    );
    let active = world.staff(&token, "GET", &service, None).await;
    assert_eq!((&active.body["state"], &active.body["version"]), (&json!("active"), &json!(3)));
    assert!(world.table_as_text().await.contains("service.activate"), "it has its audit");

    test(&world, &token, &service).await;
    let again = world.staff(&token, "GET", &service, None).await;
    assert_eq!(again.body["version"], 3, "a further test changes nothing");
}

#[tokio::test]
async fn during_a_rotation_two_secrets_sign_and_never_three() {
    let world = World::new().await;
    let token = world.token(world.lead, Role::Owner).await;
    let (service, first, endpoint) = webhook(&world, &token).await;
    let mut secrets = vec![first];
    for (version, verified) in [(2, true), (4, false)] {
        let path = format!("{service}/rotate-secret");
        let rotated = world.staff_at(&token, "POST", &path, None, Some(version)).await;
        assert_eq!((rotated.status, &rotated.body["secrets"]), (200, &json!(2)), "{}", rotated.text);
        let secret = rotated.body["signingSecret"].as_str().unwrap().to_owned();
        assert!(secret.starts_with("whsec_") && !secrets.contains(&secret));
        secrets.push(secret);
        test(&world, &token, &service).await;
        assert_eq!(endpoint.taken().pop().unwrap().verified, verified, "the first secret");
    }
}

#[tokio::test]
async fn no_secret_is_shown_twice_or_kept_in_clear() {
    logs::keep();
    let world = World::new().await;
    let token = world.token(world.lead, Role::Owner).await;
    let (service, signing, _endpoint) = webhook(&world, &token).await;
    let body = json!({
        "kind": "smtp", "address": "mail.example.org:587", "user": "lead", "secret": "kanarienvogel-1",
    });
    let smtp = create(&world, &token, body).await;
    let changed = world
        .staff_at(&token, "PATCH", &at(&smtp), Some(json!({ "secret": "kanarienvogel-2" })), Some(1))
        .await;
    assert_eq!(changed.status, 200, "{}", changed.text);
    let wrong =
        json!({ "kind": "smtp", "address": 1, "user": "lead", "secret": "kanarienvogel-3", "kanarien": 1 });
    let refused = world.staff(&token, "POST", ALL, Some(wrong)).await;
    let list = world.staff(&token, "GET", ALL, None).await;
    let got = world.staff(&token, "GET", &service, None).await;
    test(&world, &token, &service).await;
    let (table, logs) = (world.table_as_text().await, logs::text());
    for place in [&smtp.text, &changed.text, &refused.text, &list.text, &got.text, &table, &logs] {
        assert!(!place.contains("kanarienvogel") && !place.contains(&signing));
    }
    assert!(!list.text.contains("whsec_"));
    assert_eq!(list.body["items"].as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn a_mail_service_is_tried_by_a_mail_to_whoever_asks() {
    let world = World::new().await;
    let token = world.enrol("kim@example.org", Some((world.lead, Role::Owner)), &[]).await;
    let smtp = create(
        &world,
        &token,
        json!({
            "kind": "smtp", "address": format!("127.0.0.1:{}", world.system.ports.smtp), "user": "lead",
            "secret": "pass", "verifiedDomains": ["lead.example.org"],
        }),
    )
    .await;
    assert_eq!((&smtp.body["state"], &smtp.body["secrets"]), (&json!("active"), &json!(1)));
    let tried = test(&world, &token, &at(&smtp)).await;
    assert_eq!(tried["delivered"], true, "{tried}");
    let mails = world.mails_to("kim@example.org");
    let [mail] = mails.as_slice() else { panic!("{mails:?}") };
    assert_eq!((mail.via, mail.subject.as_str()), (Via::Smtp, "A test from The lead"));
    assert_eq!(mail.from, r#""The lead" <hello@lead.example.org>"#);
    assert!(mail.headers.iter().all(|(name, _)| name != "List-Unsubscribe"));
}

#[tokio::test]
async fn the_instance_s_ses_is_tried_without_a_delivery() {
    let mut world = World::new().await;
    let token = world.instance_owner().await;
    let list = world.staff(&token, "GET", "/v1/orgs/instance/services", None).await;
    let service = list.body["items"][0]["id"].as_str().unwrap();
    let tried = test(&world, &token, &format!("/v1/orgs/instance/services/{service}")).await;
    assert_eq!(tried["delivered"], true, "{tried}");
    assert_eq!(world.mails_to("owner@example.org").len(), 1);
    world.settle().await;
}

#[tokio::test]
async fn who_borrows_the_instance_s_mail_tries_it_as_system() {
    let mut world = World::new().await;
    let token = world.enrol("kim@example.org", Some((world.lead, Role::Owner)), &[]).await;
    let system = format!("{ALL}/SYSTEM");
    assert_eq!(test(&world, &token, &system).await["delivered"], true);
    let mails = world.mails_to("kim@example.org");
    let [mail] = mails.as_slice() else { panic!("{mails:?}") };
    assert_eq!(mail.from, r#""The lead via Campaign Mail" <noreply@mail.example.org>"#);
    assert_eq!(world.staff(&token, "GET", &system, None).await.status, 404, "it is another's service");

    world.change_org(world.lead, |org| org.backends.email = None).await;
    let refused = world.staff(&token, "POST", &format!("{system}/test"), None).await;
    assert_eq!(
        (refused.status, &refused.body["detail"]),
        (409, &json!("the org does not send its mail by SYSTEM"))
    );
}

#[tokio::test]
async fn a_queue_is_tried_by_a_message() {
    let world = World::new().await;
    let token = world.token(world.lead, Role::Owner).await;
    let url = world.system.sqs.create_queue(QueueSettings::new("proca-push-crm")).unwrap();
    let queue = create(&world, &token, json!({ "kind": "sqs", "address": url })).await;
    let tried = test(&world, &token, &at(&queue)).await;
    assert_eq!((&tried["delivered"], &tried["status"]), (&json!(true), &Value::Null));
    assert!(world.system.sqs.sent_bodies().join("").contains("service_test"));
    let nowhere = url.replace("proca-push-crm", "gone");
    let gone = create(&world, &token, json!({ "kind": "sqs", "address": nowhere })).await;
    let tried = test(&world, &token, &at(&gone)).await;
    assert_eq!(tried["delivered"], false, "{tried}");
}

#[tokio::test]
async fn everything_wrong_with_a_service_is_said_at_once() {
    let world = World::new().await;
    let token = world.token(world.lead, Role::Owner).await;
    for (body, wrong) in [
        (json!({}), vec!["/kind"]),
        (json!({ "kind": "fax", "address": "x", "nonsense": 1 }), vec!["/kind", "/nonsense"]),
        (
            json!({ "kind": "webhook", "address": "http://crm.example.org", "secret": "x" }),
            vec!["/address", "/secret"],
        ),
        (json!({ "kind": "webhook", "address": "https://10.0.0.1/" }), vec!["/address"]),
        (json!({ "kind": "sqs", "address": "https://example.org/q" }), vec!["/address"]),
        (
            json!({ "kind": "smtp", "address": "mail", "secret": "", "verifiedDomains": ["x"], "configurationSet": "c" }),
            vec!["/address", "/configurationSet", "/secret", "/user", "/verifiedDomains"],
        ),
        (json!({ "kind": "ses", "verifiedDomains": ["lead.example.org"] }), vec!["/verifiedDomains"]),
    ] {
        let answer = world.staff(&token, "POST", ALL, Some(body.clone())).await;
        assert_eq!(pointers(&answer), wrong, "{body}");
    }
    let list = world.staff(&token, "GET", ALL, None).await;
    assert_eq!(list.body["items"].as_array().unwrap().len(), 1, "only the one there was");
}

#[tokio::test]
async fn a_change_fits_the_kind_and_sends_no_password_elsewhere() {
    let world = World::new().await;
    let token = world.token(world.lead, Role::Owner).await;
    let body = json!({ "kind": "smtp", "address": "mail.example.org:587", "user": "lead", "secret": "pass" });
    let smtp = at(&create(&world, &token, body).await);
    let change = |body: Value, version| world.staff_at(&token, "PATCH", &smtp, Some(body), Some(version));
    let stolen = change(json!({ "address": "mail.evil.example:587", "configurationSet": "x" }), 1).await;
    assert_eq!(pointers(&stolen), ["/configurationSet", "/secret"]);
    let moved = change(json!({ "address": "mail2.example.org:587", "secret": "pass" }), 1).await;
    assert_eq!((moved.status, &moved.body["state"]), (200, &json!("active")), "{}", moved.text);
    assert_eq!(change(json!({ "user": "other" }), 1).await.status, 409);
    let late = world.staff(&token, "PATCH", &smtp, Some(json!({ "user": "other" }))).await;
    assert_eq!(late.status, 428);
}

#[tokio::test]
async fn only_the_instance_s_own_org_says_which_domains_ses_may_send_from() {
    let world = World::new().await;
    let owner = world.instance_owner().await;
    let body = json!({ "kind": "ses", "verifiedDomains": ["mail2.example.org"] });
    let made = world.staff(&owner, "POST", "/v1/orgs/instance/services", Some(body)).await;
    assert_eq!((made.status, &made.body["state"]), (201, &json!("active")), "{}", made.text);
    let own = world
        .service(
            world.lead,
            Speaks::Ses { configuration_set: None, tenant_name: None, verified_domains: Vec::new() },
        )
        .await;
    let token = world.token(world.lead, Role::Owner).await;
    let path = format!("{ALL}/{}", own.id);
    let body = json!({ "verifiedDomains": ["mail.example.org"] });
    let answer = world.staff_at(&token, "PATCH", &path, Some(body), Some(1)).await;
    assert_eq!(pointers(&answer), ["/verifiedDomains"]);
}

#[tokio::test]
async fn a_service_is_removed_only_when_no_backend_uses_it() {
    let mut world = World::new().await;
    let token = world.token(world.lead, Role::Owner).await;
    let (service, _, _endpoint) = webhook(&world, &token).await;
    let id = service.rsplit('/').next().unwrap().parse().unwrap();
    world
        .change_org(world.lead, |org| {
            org.backends.push = Some(Backend::Own(id));
            org.backends.event = Some(Backend::Own(id));
        })
        .await;
    let used = world.staff_at(&token, "DELETE", &service, None, Some(2)).await;
    assert_eq!(
        (used.status, &used.body["detail"]),
        (409, &json!("it is used as backends.push, backends.event"))
    );
    world.change_org(world.lead, |org| (org.backends.push, org.backends.event) = (None, None)).await;
    assert_eq!(world.staff_at(&token, "DELETE", &service, None, Some(2)).await.status, 204);
    assert_eq!(world.staff(&token, "GET", &service, None).await.status, 404);

    let owner = world.instance_owner().await;
    let list = world.staff(&owner, "GET", "/v1/orgs/instance/services", None).await;
    let path = format!("/v1/orgs/instance/services/{}", list.body["items"][0]["id"].as_str().unwrap());
    let borrowed = world.staff_at(&owner, "DELETE", &path, None, Some(1)).await;
    assert_eq!(
        (borrowed.status, &borrowed.body["detail"]),
        (409, &json!("it is used as backends.email, which others may borrow as SYSTEM"))
    );
}

#[tokio::test]
async fn services_are_paused_and_resumed_by_those_who_may() {
    let world = World::new().await;
    let token = world.token(world.lead, Role::Owner).await;
    let url = "https://sqs.eu-central-1.amazonaws.com/123456789012/proca-push-crm";
    let queue = at(&create(&world, &token, json!({ "kind": "sqs", "address": url })).await);
    let pause = format!("{queue}/pause");
    let paused = world.staff_at(&token, "POST", &pause, Some(json!({ "reason": "moving" })), Some(1)).await;
    assert_eq!((paused.status, &paused.body["reason"]), (200, &json!("moving")), "{}", paused.text);
    let resumed = world.staff_at(&token, "POST", &format!("{queue}/resume"), None, Some(2)).await;
    assert_eq!((resumed.status, &resumed.body["state"]), (200, &json!("active")), "{}", resumed.text);

    let campaigner = world.token(world.lead, Role::Campaigner).await;
    assert_eq!(world.staff(&campaigner, "GET", &queue, None).await.status, 200);
    let other = world.token(world.partner, Role::Owner).await;
    let foreign = queue.replace("orgs/lead", "orgs/partner");
    for verb in ["pause", "resume", "rotate-secret", "test"] {
        let refused = world.staff(&campaigner, "POST", &format!("{queue}/{verb}"), None).await;
        assert_eq!(refused.status, 403, "{verb}: {}", refused.text);
        let body = (verb == "pause").then(|| json!({}));
        let absent = world.staff(&other, "POST", &format!("{foreign}/{verb}"), body).await;
        assert_eq!(absent.status, 404, "{verb}: {}", absent.text);
    }
}

#[tokio::test]
async fn an_org_uses_a_service_of_its_own_and_none_that_is_gone() {
    let world = World::new().await;
    let token = world.token(world.lead, Role::Owner).await;
    let body = json!({ "kind": "webhook", "address": "https://crm.example.org/hook" });
    let made = create(&world, &token, body).await;
    let service = made.body["id"].as_str().unwrap();
    let backend = "/v1/orgs/lead/backends/event";
    let used = world.staff(&token, "PUT", backend, Some(json!({ "service": service }))).await;
    assert_eq!((used.status, &used.body["backends"]["event"]), (200, &json!(service)), "{}", used.text);
    assert_eq!(world.staff(&token, "DELETE", backend, None).await.status, 200);
    assert_eq!(world.staff_at(&token, "DELETE", &at(&made), None, Some(1)).await.status, 204);
    let gone = world.staff(&token, "PUT", backend, Some(json!({ "service": service }))).await;
    assert_eq!(gone.status, 422, "{}", gone.text);
}
