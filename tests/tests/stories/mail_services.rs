//! Whose mail service sends, and in whose name.

use proca::{
    campaign::Override,
    service::{Backend, Endpoint as Speaks},
};
use proca_local::mailbox::Via;
use proca_tests::world::{LEAD_PAGE, World};

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
    let service =
        world.service(world.lead, Speaks::Ses { configuration_set: None, verified_domains: domains }).await;
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
