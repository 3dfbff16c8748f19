//! Personal data are in no queue and no log.

use jiff::SignedDuration;
use proca::campaign::Override;
use proca_tests::{
    endpoint::Mood,
    logs,
    world::{LEAD_PAGE, PARTNER_PAGE, World, links},
};
use serde_json::json;

const CANARIES: [&str; 6] =
    ["Kanarienvogel", "Zeisig", "canary", "+49 30 5550199", "Gelbgasse", "tweet-tweet"];

#[tokio::test]
async fn no_queue_message_and_no_log_line_has_personal_data() {
    logs::keep();
    let mut world = World::new().await;
    let body = |email: &str| {
        json!({
            "actionType": "petition",
            "contact": { "firstName": "Kanarienvogel", "lastName": "Zeisig", "email": email, "phone": "+49 30 5550199", "street": "Gelbgasse" },
            "privacy": { "optIn": true, "leadOptIn": true },
            "customFields": { "comment": "tweet-tweet" },
        })
    };
    world.lead_hook.set(Mood::Status(500));
    for email in ["canary@example.org", "bounce+canary@example.org", "complaint+canary@example.org"] {
        assert_eq!(world.post(PARTNER_PAGE, &body(email)).await.status, 201);
    }
    assert_eq!(world.post(LEAD_PAGE, &json!({ "actionType": "p", "contact": { "firstName": "Kanarienvogel 1", "email": "canary" } })).await.status, 422);
    world.settle().await;
    world.press(&links(&world.mails_to("canary@example.org")[0])[0]).await;
    world.pass(SignedDuration::from_mins(10)).await;
    world.change_campaign(|campaign| campaign.supporter_confirm = Override::Off).await;
    world.change_org(world.partner, |org| org.backends.email = None).await;
    assert_eq!(world.post(PARTNER_PAGE, &body("canary2@example.org")).await.status, 201);
    world.pass(SignedDuration::from_mins(10)).await;

    let queues = world.system.sqs.sent_bodies().join("\n");
    assert!(queues.contains("supporter") && queues.contains("Bounce"), "the queues were used");
    let logs = logs::text();
    assert!(logs.contains("a message was not pushed"), "the logs were kept");
    for canary in CANARIES {
        assert!(world.table_as_text().await.contains(canary), "{canary} went through the system");
        assert!(!queues.contains(canary), "{canary} is in a queue");
        assert!(!logs.contains(canary), "{canary} is in the logs");
    }
}

#[tokio::test]
async fn no_link_token_is_kept_where_it_could_be_read() {
    logs::keep();
    let mut world = World::new().await;
    let answer = world.sign(LEAD_PAGE, "bruce@example.org", None, None).await;
    world.settle().await;
    let mail = world.mails()[0].clone();
    let (table, logs, queues) =
        (world.table_as_text().await, logs::text(), world.system.sqs.sent_bodies().join(""));
    for link in links(&mail) {
        let token = link.rsplit('/').next().unwrap().to_owned();
        for place in [&table, &logs, &queues, &answer.text] {
            assert!(!place.contains(&token));
        }
    }
}
