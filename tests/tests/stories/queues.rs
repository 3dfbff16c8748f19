//! Queues of organisations: in their own account, by a right that they give, ten messages a call.

use jiff::SignedDuration;
use proca::{
    attempt::Retry,
    campaign::Override,
    delivery::{DeliveryState, Purpose},
    message::PayloadVersion,
    permission::Role,
    push::Message,
    service::{Backend, Endpoint as Speaks, QueueAccess},
};
use proca_local::sqs::QueueSettings;
use proca_tests::{
    logs,
    world::{Answered, LEAD_PAGE, PARTNER_PAGE, World},
};
use serde_json::{Value, json};

const ALL: &str = "/v1/orgs/lead/services";
const ROLE: &str = "arn:aws:iam::123456789012:role/proca";

fn queue(world: &World, name: &str) -> String {
    world.system.sqs.create_queue(QueueSettings::new(name)).unwrap()
}

async fn create(world: &World, token: &str, body: Value) -> Answered {
    let made = world.staff(token, "POST", ALL, Some(body)).await;
    assert_eq!(made.status, 201, "{}", made.text);
    made
}

async fn test(world: &World, token: &str, service: &Answered) -> Value {
    let path = format!("{ALL}/{}/test", service.body["id"].as_str().unwrap());
    world.staff(token, "POST", &path, None).await.body
}

fn pointers(answer: &Answered) -> Vec<&str> {
    assert_eq!(answer.status, 422, "{}", answer.text);
    answer.body["errors"].as_array().unwrap().iter().map(|e| e["pointer"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_role_of_the_org_s_is_assumed_with_its_own_external_id_and_kept_while_it_is_lent() {
    let world = World::new().await;
    let token = world.token(world.lead, Role::Owner).await;
    let url = queue(&world, "crm");
    let made = create(&world, &token, json!({ "kind": "sqs", "address": url, "role": ROLE })).await;
    let lead = world.lead.to_string();
    assert_eq!((&made.body["role"], &made.body["externalId"]), (&json!(ROLE), &json!(lead)));
    let refused = test(&world, &token, &made).await;
    let detail = refused["detail"].as_str().unwrap();
    assert!(refused["delivered"] == false && detail.contains(&lead), "{refused}");

    world.system.sts.trust(ROLE, &lead);
    world.wire.reset();
    for _ in 0..2 {
        assert_eq!(test(&world, &token, &made).await["delivered"], true);
    }
    assert_eq!(world.wire.signers("SendMessageBatch"), ["ASIA-proca", "ASIA-proca"]);
    assert_eq!(world.wire.signers("AssumeRole"), ["TestService"], "once, by Proca's own right");
    world.clock.advance(SignedDuration::from_mins(56));
    assert_eq!(test(&world, &token, &made).await["delivered"], true);
    assert_eq!(world.wire.signers("AssumeRole").len(), 2, "before what is lent ends");
}

#[tokio::test]
async fn another_org_cannot_have_a_role_used_that_is_not_its_own() {
    let world = World::new().await;
    world.system.sts.trust(ROLE, &world.lead.to_string());
    let token = world.token(world.partner, Role::Owner).await;
    let body = json!({ "kind": "sqs", "address": queue(&world, "crm"), "role": ROLE });
    let made = world.staff(&token, "POST", "/v1/orgs/partner/services", Some(body)).await;
    let path = format!("/v1/orgs/partner/services/{}/test", made.body["id"].as_str().unwrap());
    let tried = world.staff(&token, "POST", &path, None).await;
    assert_eq!(tried.body["delivered"], false, "{}", tried.text);
    assert!(tried.body["detail"].as_str().unwrap().contains("(AccessDenied)"), "{}", tried.text);
    assert_eq!(world.system.sqs.counts("crm").unwrap().visible, 0);
}

#[tokio::test]
async fn an_access_key_is_used_and_its_secret_never_shown() {
    logs::keep();
    let world = World::new().await;
    let token = world.token(world.lead, Role::Owner).await;
    let (id, secret) = ("AKIAIOSFODNN7EXAMPLE", "kanarienvogel/K7MDENG/bPxRfiCYEXAMPLEKEY");
    let body = json!({ "kind": "sqs", "address": queue(&world, "crm"), "accessKeyId": id, "secret": secret });
    let made = create(&world, &token, body).await;
    assert_eq!((&made.body["accessKeyId"], &made.body["secrets"]), (&json!(id), &json!(1)));
    world.wire.reset();
    assert_eq!(test(&world, &token, &made).await["delivered"], true);
    assert_eq!(world.wire.signers("SendMessageBatch"), [id]);
    let path = format!("{ALL}/{}", made.body["id"].as_str().unwrap());
    let got = world.staff(&token, "GET", &path, None).await;
    for place in [&made.text, &got.text, &world.table_as_text().await, &logs::text()] {
        assert!(!place.contains("kanarienvogel"));
    }
    let role = world.staff_at(&token, "PATCH", &path, Some(json!({ "role": ROLE })), Some(1)).await;
    assert_eq!((&role.body["role"], &role.body["accessKeyId"]), (&json!(ROLE), &Value::Null));
    let own = world.staff_at(&token, "PATCH", &path, Some(json!({ "role": null })), Some(2)).await;
    assert_eq!((&own.body["role"], &own.body["secrets"]), (&Value::Null, &json!(0)), "{}", own.text);
}

#[tokio::test]
async fn a_right_to_send_is_one_and_whole() {
    let world = World::new().await;
    let token = world.token(world.lead, Role::Owner).await;
    let url = queue(&world, "crm");
    let id = "AKIAIOSFODNN7EXAMPLE";
    let made = create(&world, &token, json!({ "kind": "sqs", "address": url })).await;
    let path = format!("{ALL}/{}", made.body["id"].as_str().unwrap());
    for (access, wrong) in [
        (json!({ "accessKeyId": id }), "/secret"),
        (json!({ "secret": "s" }), "/accessKeyId"),
        (json!({ "accessKeyId": id, "secret": "s", "role": ROLE }), "/role"),
        (json!({ "role": "arn:aws:iam::123456789012:user/proca" }), "/role"),
        (json!({ "user": "lead" }), "/user"),
    ] {
        let mut body = access.clone();
        (body["kind"], body["address"]) = ("sqs".into(), url.as_str().into());
        assert_eq!(pointers(&world.staff(&token, "POST", ALL, Some(body)).await), [wrong], "{access}");
        let changed = world.staff_at(&token, "PATCH", &path, Some(access.clone()), Some(1)).await;
        assert_eq!(pointers(&changed), [wrong], "{access}");
    }
}

#[tokio::test]
async fn a_fifo_queue_takes_a_message_once_and_keeps_a_person_s_in_order() {
    let mut world = World::new().await;
    world.change_campaign(|campaign| campaign.supporter_confirm = Override::Off).await;
    let address = queue(&world, "crm.fifo").parse().unwrap();
    let (access, payload) = (QueueAccess::Own, PayloadVersion::default());
    let service = world.service(world.lead, Speaks::Sqs { address, access, payload }).await;
    world.change_org(world.lead, |org| org.backends.push = Some(Backend::Own(service.id))).await;
    world.sign(LEAD_PAGE, "bruce@example.org", Some(true), None).await;
    world.settle().await;
    assert_eq!(world.system.sqs.counts("crm.fifo").unwrap().visible, 1);

    world.clock.advance(SignedDuration::from_mins(1));
    let token = world.token(world.lead, Role::Owner).await;
    let pushed = world.staff(&token, "GET", "/v1/orgs/lead/deliveries?purpose=push", None).await;
    let path = format!("/v1/orgs/lead/deliveries/{}/replay", pushed.body["items"][0]["id"].as_str().unwrap());
    let replayed = world.staff(&token, "POST", &path, None).await;
    assert!(replayed.status < 300, "{}", replayed.text);
    world.settle().await;
    let rows = world.deliveries().await;
    let row = rows.iter().find(|row| row.purpose == Purpose::Push).unwrap();
    assert_eq!(row.state, DeliveryState::Done { done_at: world.clock.now() }, "it was sent again");
    assert_eq!(world.system.sqs.counts("crm.fifo").unwrap().visible, 1, "the queue knows the id");
}

#[tokio::test]
async fn many_messages_go_as_few_calls_and_what_fails_fails_alone() {
    let world = World::new().await;
    let address = queue(&world, "crm").parse().unwrap();
    let (access, payload) = (QueueAccess::Own, PayloadVersion::default());
    let service = world.service(world.lead, Speaks::Sqs { address, access, payload }).await;
    let pusher = world.system.env("PushAction").pusher().unwrap();
    let ids: Vec<_> = (0..12).map(|n| format!("msg_{n}")).collect();
    let body = |n: usize| match n {
        3 => json!({ "schema": "proca:action:2", "text": "x".repeat(1024 * 1024) }),
        7 => json!({ "schema": "proca:action:2", "text": "\u{ffff}" }),
        n => json!({ "schema": "proca:action:2", "number": n }),
    };
    let bodies: Vec<_> = (0..12).map(body).collect();
    let messages: Vec<_> = ids.iter().zip(&bodies).map(|(id, body)| Message { id, body }).collect();
    world.wire.reset();
    let outcomes = pusher.push_many(&service, &messages, world.clock.now()).await;
    assert_eq!(world.wire.requests(), ["SendMessageBatch", "SendMessageBatch"]);
    for (n, outcome) in outcomes.into_iter().enumerate() {
        match (n, outcome) {
            (3 | 7, Err(failure)) => assert_eq!(failure.retry, Retry::Never, "{}", failure.error),
            (3 | 7, Ok(_)) => panic!("{n} cannot be sent"),
            (_, outcome) => assert!(outcome.is_ok(), "{n}: {outcome:?}"),
        }
    }
    assert_eq!(world.system.sqs.counts("crm").unwrap().visible, 10);
}

#[tokio::test]
async fn a_batch_of_hints_is_one_call_to_each_queue_and_webhooks_are_not_in_it() {
    let mut world = World::new().await;
    world.change_campaign(|campaign| campaign.supporter_confirm = Override::Off).await;
    let token = world.token(world.lead, Role::Owner).await;
    let id = "AKIAIOSFODNN7EXAMPLE";
    let body = json!({ "kind": "sqs", "address": queue(&world, "crm"), "accessKeyId": id, "secret": "s" });
    let made = create(&world, &token, body).await;
    let service = made.body["id"].as_str().unwrap().parse().unwrap();
    world.change_org(world.lead, |org| org.backends.push = Some(Backend::Own(service))).await;
    for n in 0..5 {
        world.sign(PARTNER_PAGE, &format!("bruce-{n}@example.org"), Some(true), Some(true)).await;
    }
    world.wire.reset();
    world.settle().await;
    assert_eq!(world.system.sqs.counts("crm").unwrap().visible, 5);
    assert_eq!(world.partner_hook.taken().len(), 5);
    let calls = world.wire.signers("SendMessageBatch").into_iter().filter(|signer| signer == id).count();
    assert!(calls <= 2, "{calls} calls for the hints of two batches");
    let done = |state: &DeliveryState| matches!(state, DeliveryState::Done { .. });
    let rows = world.deliveries().await;
    assert!(rows.iter().filter(|row| row.purpose == Purpose::Push).all(|row| done(&row.state)));
}

#[tokio::test]
async fn what_supporters_do_goes_by_a_role_too() {
    let mut world = World::new().await;
    world.change_campaign(|campaign| campaign.supporter_confirm = Override::Off).await;
    let token = world.token(world.lead, Role::Owner).await;
    let made =
        create(&world, &token, json!({ "kind": "sqs", "address": queue(&world, "crm"), "role": ROLE })).await;
    let service = made.body["id"].as_str().unwrap().parse().unwrap();
    world.change_org(world.lead, |org| org.backends.push = Some(Backend::Own(service))).await;
    world.system.sts.trust(ROLE, &world.lead.to_string());
    world.wire.reset();
    world.sign(PARTNER_PAGE, "bruce@example.org", Some(true), Some(true)).await;
    world.settle().await;
    assert_eq!(world.system.sqs.counts("crm").unwrap().visible, 1);
    assert_eq!(world.wire.signers("AssumeRole"), ["PushAction"]);
}
