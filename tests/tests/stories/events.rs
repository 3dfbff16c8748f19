//! Status events: whoever received a contact hears what became of it, once and in its own copy.

use jiff::SignedDuration;
use proca::{
    campaign::Override,
    delivery::{Delivery, DeliveryState, Purpose},
    permission::Role,
    random::Random,
    service::Backend,
    verdict::Verdict,
};
use proca_tests::{
    endpoint::{Endpoint, Mood, Taken},
    world::{LEAD_PAGE, PARTNER_PAGE, World, links},
};
use serde_json::{Value, json};

/// A world whose orgs hear events where they receive pushes, with links for everything in its mails.
async fn listening_world() -> World {
    let mut world = World::new().await;
    world.change_campaign(|campaign| campaign.supporter_confirm = Override::Off).await;
    for org in [world.lead, world.partner] {
        world.change_org(org, |org| org.backends.event = org.backends.push).await;
        let owner = world.token(org, Role::Owner).await;
        let name = if org == world.lead { "lead" } else { "partner" };
        let text = "{{ optInLink }} {{ unsubscribeLink }} {{ rejectLink }}";
        let body = json!({ "name": "thank_you", "locale": "en", "subject": "Thanks", "html": "<p>Thanks</p>", "text": text });
        let made = world.staff(&owner, "POST", &format!("/v1/orgs/{name}/templates"), Some(body)).await;
        assert_eq!(made.status, 201, "{}", made.text);
    }
    world
}

/// What an endpoint has heard, all of it signed.
fn events(hook: &Endpoint) -> Vec<Taken> {
    let taken = hook.taken();
    assert!(taken.iter().all(|taken| taken.verified));
    taken.into_iter().filter(|taken| taken.body["schema"] == "proca:event:2").collect()
}

fn types(hook: &Endpoint) -> Vec<Value> {
    let mut types: Vec<_> = events(hook).into_iter().map(|taken| taken.body["eventType"].clone()).collect();
    types.sort_by_key(Value::to_string);
    types
}

/// Opt in, unsubscribe, reject: the links of the first mail.
fn all_links(world: &World) -> [String; 3] {
    links(&world.mails()[0]).try_into().unwrap()
}

async fn press(world: &mut World, link: &str) {
    assert_eq!(world.press(link).await.status, 200);
    world.settle().await;
}

#[tokio::test]
async fn an_opt_in_is_told_with_the_whole_action_and_each_receivers_own_consent() {
    let mut world = listening_world().await;
    world.sign(PARTNER_PAGE, "bruce@example.org", Some(false), Some(true)).await;
    world.settle().await;
    let [opt_in, ..] = all_links(&world);
    press(&mut world, &opt_in).await;
    press(&mut world, &opt_in).await;
    let (lead, partner) = (events(&world.lead_hook), events(&world.partner_hook));
    assert_eq!((lead.len(), partner.len()), (1, 1), "one for each receiver, however often it is pressed");
    assert_eq!(lead[0].body["supporter"]["privacy"]["optIn"], true, "as the lead was told");
    assert_ne!(
        lead[0].body["supporter"]["contact"]["contactRef"],
        partner[0].body["supporter"]["contact"]["contactRef"]
    );
    let pushed = world.partner_hook.taken()[0].body.clone();
    let mut body = partner[0].body.clone();
    for same in ["action", "actionPage", "actionId", "campaign", "org", "receiver", "tracking"] {
        assert_eq!(body.as_object_mut().unwrap().remove(same).unwrap(), pushed[same], "{same}");
    }
    assert_eq!(body["supporter"]["contact"], pushed["contact"]);
    assert_eq!(body["supporter"]["personalInfo"], Value::Null);
    assert_eq!(body["supporter"]["privacy"]["emailStatus"], "double_opt_in");
    assert_eq!(body["supporter"]["privacy"]["emailStatusChanged"], body["timestamp"]);
    assert_eq!(
        (&body["eventType"], &body["supporter"]["privacy"]["optIn"]),
        (&json!("email_status"), &json!(true))
    );
    let keys: Vec<_> = body.as_object().unwrap().keys().collect();
    assert_eq!(
        keys,
        ["actionPageId", "campaignId", "eventType", "orgId", "schema", "supporter", "timestamp"]
    );
}

#[tokio::test]
async fn an_event_still_tells_what_it_told_of_once_more_has_happened() {
    let mut world = listening_world().await;
    world.sign(LEAD_PAGE, "bruce@example.org", Some(false), None).await;
    world.settle().await;
    let [opt_in, unsubscribe, _] = all_links(&world);
    world.lead_hook.set(Mood::Status(500));
    press(&mut world, &opt_in).await;
    press(&mut world, &unsubscribe).await;
    world.lead_hook.set(Mood::Well);
    world.pass(SignedDuration::from_mins(10)).await;
    let mut told: Vec<_> = events(&world.lead_hook)
        .into_iter()
        .map(|taken| taken.body["supporter"]["privacy"].clone())
        .map(|privacy| (privacy["emailStatus"].as_str().unwrap().to_owned(), privacy["optIn"].clone()))
        .collect();
    told.sort_by_key(|(status, _)| status.clone());
    assert_eq!(told, [("double_opt_in".to_owned(), json!(true)), ("unsubscribed".to_owned(), json!(false))]);
}

#[tokio::test]
async fn taking_back_after_delivery_is_told_once_and_ends_what_was_still_to_be_pushed() {
    let mut world = listening_world().await;
    world.lead_hook.set(Mood::Status(500));
    world.sign(PARTNER_PAGE, "bruce@example.org", Some(true), Some(true)).await;
    world.settle().await;
    let [.., reject] = all_links(&world);
    press(&mut world, &reject).await;
    press(&mut world, &reject).await;
    world.lead_hook.set(Mood::Well);
    world.pass(SignedDuration::from_mins(10)).await;
    for hook in [&world.lead_hook, &world.partner_hook] {
        assert_eq!(types(hook), ["supporter_rejected"]);
    }
    assert_eq!(world.lead_hook.taken().len(), 1, "the push itself is not wanted any more");
    assert_eq!(events(&world.partner_hook)[0].body["supporter"]["contact"]["email"], "bruce@example.org");
}

#[tokio::test]
async fn what_mail_services_report_is_told_once_however_often_they_do() {
    for (address, told) in [
        ("bounce@example.org", vec!["email_status", "supporter_rejected"]),
        ("complaint@example.org", vec!["email_status"]),
    ] {
        let mut world = listening_world().await;
        world.sign(LEAD_PAGE, address, Some(true), None).await;
        world.settle().await;
        let mail = world.deliveries().await.into_iter().find(|row| row.purpose == Purpose::ThankYou).unwrap();
        let (supporter, random) = (mail.action().unwrap().supporter, Random::seeded(7));
        let verdict = match told.len() {
            1 => Verdict::Complain,
            _ => Verdict::Bounce { confirmed: false },
        };
        for _ in 0..3 {
            let now = world.clock.now();
            world.table.hear(supporter, verdict, mail.org, (&random, now)).await.unwrap();
            world.settle().await;
        }
        assert_eq!(types(&world.lead_hook), told, "{address}");
        for org in [world.lead, world.partner] {
            let of_people = |row: &Delivery| row.org == org && row.event.is_some() && row.action().is_some();
            let rows = world.deliveries().await.into_iter().filter(of_people);
            assert_eq!(rows.count(), if org == world.lead { told.len() } else { 0 });
        }
    }
}

#[tokio::test]
async fn who_received_nothing_hears_nothing() {
    let mut world = listening_world().await;
    world.change_campaign(|campaign| campaign.supporter_confirm = Override::On).await;
    world.sign(PARTNER_PAGE, "bruce@example.org", Some(true), Some(false)).await;
    world.settle().await;
    let reject = links(&world.mails()[0]).pop().unwrap();
    press(&mut world, &reject).await;
    let told = |row: &Delivery| row.event.is_some() && row.action().is_some();
    assert!(!world.deliveries().await.iter().any(told), "rejected before delivery");

    world.change_campaign(|campaign| campaign.supporter_confirm = Override::Off).await;
    world.change_org(world.partner, |org| org.backends.event = None).await;
    world.sign(PARTNER_PAGE, "diana@example.org", Some(true), None).await;
    world.settle().await;
    let reject = links(&world.mails()[1]).pop().unwrap();
    press(&mut world, &reject).await;
    let rows = world.deliveries().await;
    let told: Vec<_> = rows.iter().filter(|row| told(row)).collect();
    assert!(!told.is_empty() && told.iter().all(|row| row.org == world.partner), "the lead has no contact");
    let kept = |row: &&Delivery| matches!(row.state, DeliveryState::Kept { .. });
    assert!(told.iter().all(kept), "the partner does not listen, and finds it in its feed");
}

#[tokio::test]
async fn an_event_is_found_by_the_sweeper_listed_filtered_and_replayed() {
    let mut world = listening_world().await;
    let owner = world.token(world.lead, Role::Owner).await;
    for (email, wait) in [
        ("young@example.org", SignedDuration::from_secs(1)),
        ("old@example.org", SignedDuration::from_hours(1)),
    ] {
        world.sign(LEAD_PAGE, email, Some(true), None).await;
        world.settle().await;
        let unsubscribe = links(world.mails().last().unwrap())[1].clone();
        let heard = events(&world.lead_hook).len();
        world.clock.advance(wait);
        assert_eq!(world.press(&unsubscribe).await.status, 200);
        world.lose_changes();
        world.pass(SignedDuration::from_mins(3)).await;
        assert_eq!(events(&world.lead_hook).len(), heard + 1, "after {wait:#}");
    }
    let all = "/v1/orgs/lead/deliveries";
    let found = world.staff(&owner, "GET", &format!("{all}?purpose=event"), None).await;
    let row = &found.body["items"][0];
    assert_eq!((&row["event"], &row["state"]), (&json!("email_status"), &json!("done")), "{}", found.text);
    let path = format!("{all}/{}/replay", row["id"].as_str().unwrap());
    assert_eq!(world.staff(&owner, "POST", &path, None).await.status, 200);
    world.settle().await;
    let again = events(&world.lead_hook).pop().unwrap();
    assert_eq!(again.id, row["messageId"].as_str().unwrap());
}

#[tokio::test]
async fn a_queue_hears_an_event_with_its_attributes() {
    let mut world = listening_world().await;
    let service = world.queue(world.lead, "proca-events-lead").await;
    world.change_org(world.lead, |org| org.backends.event = Some(Backend::Own(service.id))).await;
    world.sign(LEAD_PAGE, "bruce@example.org", Some(true), None).await;
    world.settle().await;
    let [.., reject] = all_links(&world);
    press(&mut world, &reject).await;
    let sent: Vec<_> =
        world.system.sqs.sent_bodies().into_iter().filter(|body| body.contains("proca:event:2")).collect();
    assert_eq!(sent.len(), 1);
    for word in ["Schema", "Stage", "event", "CampaignName", "petition_x", "ActionType", "petition"] {
        assert!(sent[0].contains(word), "{word}");
    }
    assert!(events(&world.lead_hook).is_empty());
}

#[tokio::test]
async fn a_transient_bounce_is_counted_and_nothing_more() {
    let mut world = listening_world().await;
    world.sign(LEAD_PAGE, "ooto@example.org", Some(true), None).await;
    world.settle().await;
    assert_eq!(world.supporters().await, 1);
    assert!(events(&world.lead_hook).is_empty());
    let owner = world.token(world.lead, Role::Owner).await;
    let found = world.staff(&owner, "GET", "/v1/orgs/lead/deliveries?purpose=thank_you", None).await;
    assert_eq!(found.body["items"][0]["transientBounces"], 1, "{}", found.text);
}
