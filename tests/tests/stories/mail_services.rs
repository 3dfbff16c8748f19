//! Whose mail service sends, and in whose name.

use proca::{
    campaign::Override,
    permission::{InstancePermission, Role},
    service::{Backend, Endpoint as Speaks},
};
use proca_local::mailbox::Via;
use proca_tests::world::{LEAD_PAGE, World};
use serde_json::json;

async fn world_without_confirmation() -> World {
    let mut world = World::new().await;
    world.change_campaign(|campaign| campaign.supporter_confirm = Override::Off).await;
    world
}

#[tokio::test]
async fn system_sends_in_the_instance_s_name_with_answers_to_the_org() {
    let mut world = world_without_confirmation().await;
    world.sign(LEAD_PAGE, "bruce@example.org", Some(true), None).await;
    world.settle().await;
    let mail = &world.mails()[0];
    assert_eq!(mail.from, r#""The lead via Campaign Mail" <noreply@mail.example.org>"#);
    assert_eq!(mail.reply_to, ["hello@lead.example.org"]);
    assert_eq!(mail.via, Via::Ses);
    let header = |name: &str| mail.headers.iter().find(|(n, _)| n == name).map(|(_, v)| v.clone()).unwrap();
    assert!(header("List-Unsubscribe").starts_with("<https://api.example.org/v1/links/"));
    assert_eq!(header("List-Unsubscribe-Post"), "List-Unsubscribe=One-Click");
}

#[tokio::test]
async fn the_org_s_own_address_is_used_where_the_service_may_send_from_its_domain() {
    let mut world = world_without_confirmation().await;
    let domains = vec!["lead.example.org".parse().unwrap()];
    let service = world
        .service(
            world.lead,
            Speaks::Ses { configuration_set: None, tenant_name: None, verified_domains: domains },
        )
        .await;
    world.system.mailbox.verify_identity("lead.example.org");
    world.change_org(world.lead, |org| org.backends.email = Some(Backend::Own(service.id))).await;
    world.sign(LEAD_PAGE, "bruce@example.org", Some(true), None).await;
    world.settle().await;
    let mail = &world.mails()[0];
    assert_eq!(mail.from, r#""The lead" <hello@lead.example.org>"#);
    assert!(mail.reply_to.is_empty());
}

#[tokio::test]
async fn when_the_instance_changes_its_service_the_next_mail_takes_it() {
    let mut world = world_without_confirmation().await;
    world.sign(LEAD_PAGE, "a@example.org", Some(true), None).await;
    world.settle().await;
    let smtp = Speaks::Smtp {
        address: format!("127.0.0.1:{}", world.system.ports.smtp).parse().unwrap(),
        user: None,
        secret: None,
        verified_domains: vec!["mail.example.org".parse().unwrap()],
    };
    let service = world.service(world.instance, smtp).await;
    world.change_org(world.instance, |org| org.backends.email = Some(Backend::Own(service.id))).await;
    world.sign(LEAD_PAGE, "b@example.org", Some(true), None).await;
    world.settle().await;
    let mails = world.mails();
    assert_eq!(mails.iter().map(|m| m.via).collect::<Vec<_>>(), [Via::Ses, Via::Smtp]);
    let mail = &mails[1];
    assert_eq!(mail.subject, "Thank you for signing: Petition X");
    assert!(mail.html.as_ref().unwrap().contains("Dear Bruce"));
    assert!(mail.headers.iter().any(|(name, _)| name == "List-Unsubscribe-Post"));
}

#[tokio::test]
async fn an_org_without_a_mail_service_loses_no_mail() {
    let mut world = world_without_confirmation().await;
    world.change_org(world.lead, |org| org.backends.email = None).await;
    world.sign(LEAD_PAGE, "bruce@example.org", Some(true), None).await;
    world.settle().await;
    assert!(world.mails().is_empty());
    world.change_org(world.lead, |org| org.backends.email = Some(Backend::System)).await;
    world.pass(jiff::SignedDuration::from_mins(10)).await;
    assert_eq!(world.mails().len(), 1);
}

#[tokio::test]
async fn an_org_s_own_way_through_ses_has_its_own_events_and_tenant() {
    let mut world = world_without_confirmation().await;
    world.system.mailbox.verify_identity("lead.example.org");
    world.system.mailbox.create_configuration_set("lead-set");
    let body = json!({
        "kind": "ses", "configurationSet": "lead-set", "tenantName": "lead", "verifiedDomains": ["lead.example.org"],
    });
    let owner = world.token(world.lead, Role::Owner).await;
    let all = "/v1/orgs/lead/services";
    let refused = world.staff(&owner, "POST", all, Some(body.clone())).await;
    assert_eq!(refused.status, 422, "the account is the instance's: {}", refused.text);
    let manager = [InstancePermission::ManageOrgs];
    let manager = world.enrol("manager@example.org", Some((world.lead, Role::Owner)), &manager).await;
    let made = world.staff(&manager, "POST", all, Some(body)).await;
    assert_eq!((made.status, &made.body["tenantName"]), (201, &json!("lead")), "{}", made.text);
    let path = format!("{all}/{}", made.body["id"].as_str().unwrap());
    let patch = json!({ "tenantName": "another" });
    let refused = world.staff_at(&owner, "PATCH", &path, Some(patch), Some(1)).await;
    assert_eq!(refused.status, 422, "{}", refused.text);
    let service = made.body["id"].as_str().unwrap().parse().unwrap();
    world.change_org(world.lead, |org| org.backends.email = Some(Backend::Own(service))).await;
    world.sign(LEAD_PAGE, "bruce@example.org", Some(true), None).await;
    world.settle().await;
    let mail = &world.mails()[0];
    assert_eq!(mail.from, r#""The lead" <hello@lead.example.org>"#);
    assert_eq!((mail.configuration_set.as_deref(), mail.tenant.as_deref()), (Some("lead-set"), Some("lead")));
    // By this the template's rule knows the installation's mails, whatever their configuration set.
    assert_eq!(mail.tags["installation"], world.system.environment("SendEmail")["SES_CONFIGURATION_SET"]);
}

#[tokio::test]
async fn staff_see_which_dns_records_ses_misses() {
    let world = World::new().await;
    let token = world.token(world.lead, Role::Owner).await;
    let path = "/v1/orgs/lead/services/SYSTEM/identity";
    let shown = async || {
        let answer = world.staff(&token, "GET", path, None).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        let domains = answer.body["domains"].as_array().unwrap().clone();
        assert_eq!(domains.len(), 1, "the org's own, and none that is others': {}", answer.text);
        domains[0].clone()
    };
    let unknown = shown().await;
    assert_eq!((&unknown["domain"], &unknown["sends"]), (&json!("lead.example.org"), &json!(false)));
    for (status, finding) in [("PENDING", "SES looks for"), ("FAILED", "SES has given up")] {
        world.system.mailbox.await_proof("lead.example.org", status);
        let found = shown().await;
        assert!(found["findings"][0].as_str().unwrap().starts_with(finding), "{found}");
        let record = json!({
            "name": "token1._domainkey.lead.example.org", "type": "CNAME", "value": "token1.dkim.amazonses.com",
        });
        let missing = found["missing"].as_array().unwrap();
        assert_eq!((&found["sends"], &missing[0], missing.len()), (&json!(false), &record, 3));
    }
    world.system.mailbox.verify_identity("lead.example.org");
    assert_eq!(shown().await["missing"], json!([]));
    let instance = world.instance_owner().await;
    let owned = world.staff(&instance, "GET", "/v1/orgs/instance/services/SYSTEM/identity", None).await;
    assert_eq!(owned.status, 409, "its own service has an id: {}", owned.text);
    let moderator = world.token(world.lead, Role::Moderator).await;
    assert_eq!(world.staff(&moderator, "GET", path, None).await.status, 403);
}
