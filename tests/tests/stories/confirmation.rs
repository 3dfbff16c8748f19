//! A supporter signs, confirms, and everybody hears of it who may.

use jiff::SignedDuration;
use proca::campaign::Override;
use proca_tests::world::{LEAD_PAGE, PARTNER_PAGE, World, links, path_of};
use serde_json::json;

#[tokio::test]
async fn a_confirmed_signature_is_thanked_for_pushed_and_counted_once() {
    let mut world = World::new().await;
    world.sign(PARTNER_PAGE, "bruce@example.org", Some(true), Some(true)).await;
    world.settle().await;

    let mails = world.mails_to("bruce@example.org");
    assert_eq!(mails.len(), 1, "one mail, which asks to confirm");
    assert_eq!(mails[0].subject, "Please confirm: Petition X");
    assert!(
        world.lead_hook.taken().is_empty() && world.partner_hook.taken().is_empty(),
        "nothing is pushed yet"
    );
    assert_eq!(world.supporters().await, 0);

    let [confirm, _reject] = &links(&mails[0])[..] else { panic!("two links") };
    for _ in 0..3 {
        let page = world.call("GET", path_of(confirm), &[], "").await;
        assert_eq!(page.status, 200);
        assert!(page.text.contains("Confirm my signature"));
    }
    world.settle().await;
    assert!(world.partner_hook.taken().is_empty(), "looking at the link changes nothing");
    assert_eq!(world.supporters().await, 0);

    for _ in 0..3 {
        assert_eq!(world.press(confirm).await.status, 200);
        world.settle().await;
    }
    let mails = world.mails_to("bruce@example.org");
    assert_eq!(mails.len(), 2, "exactly one thank-you");
    assert_eq!(mails[1].subject, "Thank you for signing: Petition X");
    for (hook, receiver) in [(&world.lead_hook, "lead"), (&world.partner_hook, "partner")] {
        let taken = hook.taken();
        assert_eq!(taken.len(), 1, "{receiver} gets one webhook");
        assert!(taken[0].verified, "{receiver} can verify it");
        assert_eq!(taken[0].body["receiver"]["name"], receiver);
        assert_eq!(taken[0].body["privacy"]["optIn"], true);
        assert_eq!(taken[0].body["contact"]["email"], "bruce@example.org");
    }
    let refs = [&world.lead_hook, &world.partner_hook]
        .map(|hook| hook.taken()[0].body["contact"]["contactRef"].clone());
    assert_ne!(refs[0], refs[1], "each org knows the person by a ref of its own");
    let stats = world.stats().await;
    assert_eq!(stats["supporters"], 1);
    assert_eq!(stats["byType"], json!({ "petition": 1 }));
    assert_eq!(stats["byArea"], json!({ "DE": 1 }));
}

#[tokio::test]
async fn the_message_has_the_form_that_connectors_read() {
    let mut world = World::new().await;
    world
        .change_campaign(|campaign| {
            campaign.supporter_confirm = Override::Off;
            campaign.external_id = Some(621_987);
        })
        .await;
    world.sign(PARTNER_PAGE, "bruce@example.org", Some(true), None).await;
    world.settle().await;
    let mut body = world.partner_hook.taken()[0].body.clone();
    body["actionId"] = json!("[id]");
    body["contact"]["contactRef"] = json!("[ref]");
    insta::assert_json_snapshot!(body, @r#"
    {
      "action": {
        "actionType": "petition",
        "createdAt": "2026-07-01T10:00:31Z",
        "customFields": {
          "comment": "hi"
        },
        "testing": false
      },
      "actionId": "[id]",
      "actionPage": {
        "locale": "en",
        "name": "partner.example.org/petition",
        "supporterConfirmTemplate": null,
        "thankYouTemplate": "thank_you"
      },
      "actionPageId": 2,
      "campaign": {
        "contactSchema": "basic",
        "externalId": 621987,
        "name": "petition_x",
        "title": "Petition X"
      },
      "campaignId": 1,
      "contact": {
        "address": {
          "locality": null,
          "region": null,
          "street": null,
          "streetNumber": null
        },
        "area": "DE",
        "contactRef": "[ref]",
        "country": "DE",
        "dupeRank": 0,
        "email": "bruce@example.org",
        "firstName": "Bruce",
        "lastName": "Wayne",
        "phone": null,
        "postcode": "10115"
      },
      "org": {
        "name": "partner",
        "title": "The partner"
      },
      "orgId": 3,
      "personalInfo": null,
      "privacy": {
        "consent": {
          "page": "partner.example.org/petition",
          "text": null
        },
        "emailStatus": null,
        "emailStatusChanged": null,
        "givenAt": "2026-07-01T10:00:31Z",
        "optIn": true,
        "withConsent": true
      },
      "receiver": {
        "name": "partner",
        "number": 3
      },
      "schema": "proca:action:2",
      "stage": "deliver",
      "tracking": {
        "campaign": "unknown",
        "content": "",
        "location": "https://partner.example.org/petition",
        "medium": "unknown",
        "source": "newsletter"
      }
    }
    "#);
}

#[tokio::test]
async fn without_confirmation_all_of_it_happens_at_once() {
    let mut world = World::new().await;
    world.change_campaign(|campaign| campaign.supporter_confirm = Override::Off).await;
    world.sign(PARTNER_PAGE, "bruce@example.org", Some(true), Some(true)).await;
    world.settle().await;
    let mails = world.mails_to("bruce@example.org");
    assert_eq!(
        mails.iter().map(|m| m.subject.as_str()).collect::<Vec<_>>(),
        ["Thank you for signing: Petition X"]
    );
    assert_eq!((world.lead_hook.taken().len(), world.partner_hook.taken().len()), (1, 1));
    assert_eq!(world.supporters().await, 1);
    world.pass(SignedDuration::from_mins(5)).await;
    assert_eq!(world.mails_to("bruce@example.org").len(), 1, "the sweeper sends nothing twice");
    assert_eq!((world.lead_hook.taken().len(), world.partner_hook.taken().len()), (1, 1));
}

#[tokio::test]
async fn who_confirmed_for_an_org_within_a_year_need_not_confirm_again() {
    let mut world = World::new().await;
    world.sign(LEAD_PAGE, "bruce@example.org", Some(true), None).await;
    world.settle().await;
    world.press(&links(&world.mails()[0])[0]).await;
    world.settle().await;
    world.clock.advance(SignedDuration::from_hours(24));
    world.sign(LEAD_PAGE, "bruce@example.org", Some(true), None).await;
    world.settle().await;
    assert_eq!(world.mails_to("bruce@example.org").len(), 2, "no second mail that asks to confirm");
    world.clock.advance(SignedDuration::from_hours(24 * 366));
    world.sign(LEAD_PAGE, "bruce@example.org", Some(true), None).await;
    world.settle().await;
    assert_eq!(world.mails_to("bruce@example.org").last().unwrap().subject, "Please confirm: Petition X");
}

#[tokio::test]
async fn it_was_not_me_takes_everything_back_even_after_delivery() {
    let mut world = World::new().await;
    world.change_campaign(|campaign| campaign.supporter_confirm = Override::Off).await;
    world.sign(LEAD_PAGE, "bruce@example.org", Some(true), None).await;
    world.settle().await;
    assert_eq!(world.supporters().await, 1);
    let thanks = &world.mails()[0];
    let reject = links(thanks).pop().unwrap();
    assert_eq!(world.press(&reject).await.status, 200);
    assert_eq!(world.press(&reject).await.status, 200, "pressing twice is no error");
    world.settle().await;
    assert_eq!(world.supporters().await, 0);
    assert_eq!(world.stats().await["byType"], json!({}));
    world.clock.advance(SignedDuration::from_mins(2));
    world.sign(LEAD_PAGE, "bruce@example.org", Some(true), None).await;
    world.settle().await;
    assert_eq!(world.supporters().await, 1, "the place is free again");
}

#[tokio::test]
async fn a_link_ends_after_thirty_days_and_a_stranger_to_it_learns_nothing() {
    let mut world = World::new().await;
    world.sign(LEAD_PAGE, "bruce@example.org", Some(true), None).await;
    world.settle().await;
    let confirm = links(&world.mails()[0])[0].clone();
    let broken = format!("{}A", &confirm[..confirm.len() - 1]);
    for link in [broken.as_str(), "https://api.example.org/v1/links/short"] {
        assert_eq!(world.call("GET", path_of(link), &[], "").await.status, 404);
        assert_eq!(world.press(link).await.status, 404);
    }
    world.clock.advance(SignedDuration::from_hours(24 * 30));
    assert_eq!(world.press(&confirm).await.status, 404);
    world.settle().await;
    assert_eq!(world.supporters().await, 0);
}

#[tokio::test]
async fn a_moderated_campaign_delivers_nothing_by_itself() {
    let mut world = World::new().await;
    world
        .change_campaign(|campaign| {
            campaign.supporter_confirm = Override::Off;
            campaign.moderation = Override::On;
        })
        .await;
    world.sign(LEAD_PAGE, "bruce@example.org", Some(true), None).await;
    world.pass(SignedDuration::from_mins(3)).await;
    assert!(world.mails().is_empty() && world.lead_hook.taken().is_empty());
    assert_eq!(world.supporters().await, 0);
}

#[tokio::test]
async fn taking_back_works_however_many_actions_there_are() {
    let mut world = World::new().await;
    world.change_campaign(|campaign| campaign.supporter_confirm = Override::Off).await;
    let receipt = world.sign(LEAD_PAGE, "bruce@example.org", Some(true), None).await.body;
    world.settle().await;
    for n in 0..120 {
        let share =
            json!({ "actionType": "share", "contactRef": receipt["contactRef"], "customFields": { "n": n } });
        assert_eq!(world.post(LEAD_PAGE, &share).await.status, 201);
    }
    world.settle().await;
    assert_eq!(world.stats().await["byType"]["share"], 120);
    let reject = links(&world.mails()[0]).pop().unwrap();
    assert_eq!(world.press(&reject).await.status, 200);
    world.settle().await;
    assert_eq!(world.stats().await["byType"], json!({}));
    assert_eq!(world.table_as_text().await.matches(r#""status":{"S":"rejected"}"#).count(), 122);
}
