//! Unsubscribing by the button of a mail program (RFC 8058).

use proca::{
    campaign::Override,
    service::{Backend, Endpoint as Speaks},
};
use proca_local::mailbox::{CaughtMail, Via};
use proca_tests::world::{LEAD_PAGE, World, path_of};

const ADDRESS: &str = "bruce@example.org";

/// A world whose mail goes this way.
async fn world_by(via: Via) -> World {
    let mut world = World::new().await;
    world.change_org(world.lead, |org| org.supporter_confirm_reminder = true).await;
    world.change_page(LEAD_PAGE, |page| page.duplicate_template = Some("duplicate".parse().unwrap())).await;
    if via == Via::Smtp {
        let smtp = Speaks::Smtp {
            address: format!("127.0.0.1:{}", world.system.ports.smtp).parse().unwrap(),
            user: None,
            secret: None,
            verified_domains: vec!["mail.example.org".parse().unwrap()],
        };
        let service = world.service(world.instance, smtp).await;
        world.change_org(world.instance, |org| org.backends.email = Some(Backend::Own(service.id))).await;
    }
    world
}

fn header<'a>(mail: &'a CaughtMail, name: &str) -> Option<&'a str> {
    let found: Vec<_> = mail.headers.iter().filter(|(n, _)| n == name).collect();
    assert!(found.len() <= 1, "{name} stands once");
    found.first().map(|(_, value)| value.as_str())
}

/// The address that a mail program posts to.
fn one_click(mail: &CaughtMail) -> String {
    assert_eq!(header(mail, "List-Unsubscribe-Post"), Some("List-Unsubscribe=One-Click"));
    let address = header(mail, "List-Unsubscribe").unwrap();
    let address = address.strip_prefix('<').and_then(|rest| rest.strip_suffix('>')).unwrap();
    assert!(address.starts_with("https://") && !address.contains(char::is_whitespace), "{address}");
    address.to_owned()
}

#[tokio::test]
async fn all_mails_have_the_button_but_those_that_ask_to_confirm() {
    for via in [Via::Ses, Via::Smtp] {
        let mut world = world_by(via).await;
        world.sign(LEAD_PAGE, ADDRESS, Some(true), None).await;
        world.settle().await;
        world.clock.advance(jiff::SignedDuration::from_hours(48));
        world.pass(jiff::SignedDuration::from_mins(2)).await;
        world.change_campaign(|campaign| campaign.supporter_confirm = Override::Off).await;
        for _ in 0..2 {
            world.sign(LEAD_PAGE, ADDRESS, Some(true), None).await;
            world.settle().await;
            world.clock.advance(jiff::SignedDuration::from_mins(2));
        }
        let mails = world.mails();
        let buttons: Vec<_> = mails
            .iter()
            .map(|mail| {
                assert_eq!(mail.via, via);
                let both = [header(mail, "List-Unsubscribe"), header(mail, "List-Unsubscribe-Post")];
                assert_eq!(both[0].is_some(), both[1].is_some());
                (mail.subject.split(':').next().unwrap(), both[0].is_some())
            })
            .collect();
        assert_eq!(
            buttons,
            [
                ("Please confirm", false),
                ("Still to be confirmed", false),
                ("Thank you for signing", true),
                ("You had already signed", true),
            ],
            "{via:?}"
        );
    }
}

#[tokio::test]
async fn one_click_unsubscribes_without_cookie_redirect_or_question() {
    for via in [Via::Ses, Via::Smtp] {
        for kind in ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x"] {
            let mut world = world_by(via).await;
            world.change_campaign(|campaign| campaign.supporter_confirm = Override::Off).await;
            world.sign(LEAD_PAGE, ADDRESS, Some(true), None).await;
            world.settle().await;
            let address = one_click(&world.mails()[0]);
            let body = if kind.starts_with("multipart") {
                "--x\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\nOne-Click\r\n--x--\r\n"
            } else {
                "List-Unsubscribe=One-Click"
            };
            let suppressed = async |world: &World| world.table_as_text().await.contains("SUPPRESSION#");
            assert_eq!(world.call("GET", path_of(&address), &[], "").await.status, 200);
            assert!(!suppressed(&world).await, "who only looks changes nothing");
            let answer = world.call("POST", path_of(&address), &[("content-type", kind)], body).await;
            assert_eq!(answer.status, 200, "{via:?}, {kind}: {}", answer.text);
            for name in ["location", "set-cookie", "refresh"] {
                assert!(!answer.headers.contains_key(name), "{name}");
            }
            assert!(suppressed(&world).await, "{via:?}, {kind}");
            world.clock.advance(jiff::SignedDuration::from_mins(2));
            world.sign(LEAD_PAGE, ADDRESS, Some(true), None).await;
            world.settle().await;
            assert_eq!(world.mails().len(), 1, "{via:?}, {kind}: no further mail");
        }
    }
}

#[tokio::test]
async fn one_click_never_follows_a_redirect_though_the_page_allows_some() {
    let mut world = world_by(Via::Ses).await;
    world.change_campaign(|campaign| campaign.supporter_confirm = Override::Off).await;
    world
        .change_page(LEAD_PAGE, |page| {
            page.allowed_origins = vec!["https://lead.example.org".parse().unwrap()]
        })
        .await;
    world.sign(LEAD_PAGE, ADDRESS, Some(true), None).await;
    world.settle().await;
    let address = one_click(&world.mails()[0]);
    assert!(!address.contains('?'), "{address}");
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let answer = world.call("POST", path_of(&address), &form, "List-Unsubscribe=One-Click").await;
    assert_eq!(answer.status, 200);
}
