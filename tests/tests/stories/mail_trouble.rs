//! A mail service that is too busy, paused, or may not send from an address.

use std::collections::BTreeSet;

use jiff::SignedDuration;
use proca::{
    campaign::Override,
    delivery::{Delivery, Purpose},
    permission::Role,
    service::{Backend, Endpoint as Speaks, Service, ServiceState},
};
use proca_local::mailbox::{Fault, Via};
use proca_tests::world::{LEAD_PAGE, PARTNER_PAGE, World};
use serde_json::json;

async fn world_without_confirmation() -> World {
    let mut world = World::new().await;
    world.change_campaign(|campaign| campaign.supporter_confirm = Override::Off).await;
    world
}

/// Gives the lead a mail service of its own.
async fn own_service(world: &mut World, speaks: Speaks) -> Service {
    let service = world.service(world.lead, speaks).await;
    world.change_org(world.lead, |org| org.backends.email = Some(Backend::Own(service.id))).await;
    service
}

fn smtp(world: &World) -> Speaks {
    Speaks::Smtp {
        address: format!("127.0.0.1:{}", world.system.ports.smtp).parse().unwrap(),
        user: None,
        secret: None,
        verified_domains: vec!["lead.example.org".parse().unwrap()],
    }
}

fn ses(domain: &str) -> Speaks {
    Speaks::Ses {
        configuration_set: None,
        tenant_name: None,
        verified_domains: vec![domain.parse().unwrap()],
    }
}

async fn state(world: &World, service: &Service) -> ServiceState {
    world.table.service(service.org, service.id).await.unwrap().unwrap().state
}

/// The service by which others send as well.
async fn shared(world: &World) -> Service {
    let instance = world.table.org(world.instance).await.unwrap().unwrap();
    let Some(Backend::Own(id)) = instance.backends.email else { panic!("the instance has a service") };
    world.table.service(world.instance, id).await.unwrap().unwrap()
}

async fn thanks(world: &World) -> Vec<Delivery> {
    world.deliveries().await.into_iter().filter(|row| row.purpose == Purpose::ThankYou).collect()
}

#[tokio::test]
async fn a_storm_of_too_many_requests_slows_down_and_loses_nothing() {
    let mut world = world_without_confirmation().await;
    for n in 0..12 {
        world.sign(LEAD_PAGE, &format!("s{n}@example.org"), Some(true), None).await;
    }
    world.system.mailbox.fail_next_sends(10, Fault::Throttle);
    world.settle().await;
    let rows = thanks(&world).await;
    assert_eq!(world.mails().len(), 0);
    assert!(rows.iter().all(|row| row.attempt == row.uncounted), "no attempt is spent: {rows:?}");
    assert!(rows.iter().all(|row| row.links.is_empty()), "nobody has their links: {rows:?}");
    let due: BTreeSet<_> = rows.iter().map(|row| row.state.due_at().unwrap()).collect();
    assert_eq!(due.len(), 12, "they do not come back all at once");

    let mut sent = Vec::new();
    for _ in 0..90 {
        world.clock.advance(SignedDuration::from_secs(10));
        world.settle().await;
        sent.push(world.mails().len());
    }
    assert!(sent[0] <= 1 && sent[9] < 12, "it is asked slowly: {sent:?}");
    for n in 0..12 {
        assert_eq!(world.mails_to(&format!("s{n}@example.org")).len(), 1, "{sent:?}");
    }
    let spent = |row: &Delivery| row.attempt - row.uncounted;
    assert!(thanks(&world).await.iter().all(|row| spent(row) == 1), "one attempt each counted");
    assert!(thanks(&world).await.iter().all(|row| row.links.len() == 3), "the links of one mail each");
    assert_eq!(state(&world, &shared(&world).await).await, ServiceState::Active);
}

#[tokio::test]
async fn a_busy_mail_server_slows_down_its_org_alone() {
    let mut world = world_without_confirmation().await;
    let speaks = smtp(&world);
    own_service(&mut world, speaks).await;
    world.sign(LEAD_PAGE, "lead@example.org", Some(true), None).await;
    world.system.mailbox.fail_next_sends(1, Fault::Throttle);
    world.settle().await;
    for n in 0..3 {
        world.sign(LEAD_PAGE, &format!("lead{n}@example.org"), Some(true), None).await;
        world.sign(PARTNER_PAGE, &format!("partner{n}@example.org"), Some(true), Some(true)).await;
    }
    world.settle().await;
    assert_eq!(world.mails().iter().filter(|mail| mail.via == Via::Ses).count(), 3);
    assert_eq!(world.mails().iter().filter(|mail| mail.via == Via::Smtp).count(), 0);
    world.pass(SignedDuration::from_mins(15)).await;
    assert_eq!(world.mails().iter().filter(|mail| mail.via == Via::Smtp).count(), 4);
}

#[tokio::test]
async fn a_service_that_may_not_send_is_paused_and_its_mails_wait_for_staff_to_test_it() {
    for (speaks, fault, reason) in [
        (None, Fault::Pause, "the mail server refused the login"),
        (Some("lead.example.org"), Fault::Pause, "sending is paused at SES"),
        (Some("lead.example.org"), Fault::Suspend, "SES has suspended the account, which may not send"),
    ] {
        let mut world = world_without_confirmation().await;
        world.system.mailbox.verify_identity("lead.example.org");
        let speaks = speaks.map_or_else(|| smtp(&world), ses);
        let service = own_service(&mut world, speaks).await;
        world.system.mailbox.fail_next_sends(1, fault);
        world.sign(LEAD_PAGE, "a@example.org", Some(true), None).await;
        world.settle().await;
        let paused = ServiceState::Paused { reason: reason.parse().unwrap() };
        assert_eq!(state(&world, &service).await, paused);
        world.sign(LEAD_PAGE, "b@example.org", Some(true), None).await;
        world.sign(PARTNER_PAGE, "c@example.org", Some(true), Some(true)).await;
        world.settle().await;
        assert_eq!(world.mails().len(), 1, "only the other org's mail went");

        let token = world.token(world.lead, Role::Owner).await;
        let audit = world.staff(&token, "GET", "/v1/orgs/lead/audit", None).await;
        let entries = audit.body["items"].as_array().unwrap();
        let entry = entries.iter().find(|entry| entry["operation"] == "service.pause").unwrap();
        assert_eq!((&entry["user"], &entry["fields"]), (&json!(null), &json!(["state"])), "{}", audit.text);

        world.skip(SignedDuration::from_hours(6)).await;
        assert_eq!(world.mails().len(), 1);
        let path = format!("/v1/orgs/lead/services/{}/test", service.id);
        let tested = world.staff(&token, "POST", &path, None).await;
        assert_eq!(tested.body["delivered"], true, "{}", tested.text);
        assert_eq!(state(&world, &service).await, ServiceState::Active);
        world.skip(SignedDuration::from_hours(1)).await;
        for signer in ["a@example.org", "b@example.org"] {
            assert_eq!(world.mails_to(signer).len(), 1, "{reason}: {signer}");
        }
    }
}

#[tokio::test]
async fn an_unverified_sender_stops_its_own_service_and_never_the_shared_one() {
    let mut world = world_without_confirmation().await;
    let service = own_service(&mut world, ses("lead.example.org")).await;
    world.sign(LEAD_PAGE, "a@example.org", Some(true), None).await;
    world.settle().await;
    let reason = "the sender's address or domain is not verified at SES".parse().unwrap();
    assert_eq!(state(&world, &service).await, ServiceState::Paused { reason });

    // The partner's address is said to be good on the instance's service, and is not.
    let mut shared = shared(&world).await;
    let Speaks::Ses { verified_domains, .. } = &mut shared.endpoint else { panic!("it is SES") };
    verified_domains.push("partner.example.org".parse().unwrap());
    shared.version += 1;
    world.table.update(&shared, shared.version - 1).await.unwrap();
    world.sign(PARTNER_PAGE, "b@example.org", Some(true), Some(true)).await;
    world.settle().await;
    assert_eq!((world.mails().len(), state(&world, &shared).await), (0, ServiceState::Active));

    // What concerns the whole account stops all who use it.
    world.system.mailbox.verify_identity("partner.example.org");
    world.system.mailbox.fail_next_sends(1, Fault::Pause);
    world.sign(PARTNER_PAGE, "c@example.org", Some(true), Some(true)).await;
    world.settle().await;
    assert!(matches!(state(&world, &shared).await, ServiceState::Paused { .. }));
}

#[tokio::test]
async fn a_borrower_s_test_does_not_make_the_instance_s_service_active() {
    let mut world = world_without_confirmation().await;
    world.system.mailbox.fail_next_sends(1, Fault::Pause);
    world.sign(LEAD_PAGE, "a@example.org", Some(true), None).await;
    world.settle().await;
    let shared = shared(&world).await;
    let token = world.token(world.lead, Role::Owner).await;
    let tested = world.staff(&token, "POST", "/v1/orgs/lead/services/SYSTEM/test", None).await;
    assert_eq!(tested.status, 409, "{}", tested.text);
    assert!(matches!(state(&world, &shared).await, ServiceState::Paused { .. }));
    let owner = world.instance_owner().await;
    let path = format!("/v1/orgs/instance/services/{}/test", shared.id);
    let tested = world.staff(&owner, "POST", &path, None).await;
    assert_eq!(tested.body["delivered"], true, "{}", tested.text);
    assert_eq!(state(&world, &shared).await, ServiceState::Active);
    world.skip(SignedDuration::from_hours(1)).await;
    assert_eq!(world.mails_to("a@example.org").len(), 1);
}
