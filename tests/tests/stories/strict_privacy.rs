//! An org of strict privacy keeps nothing clear, and so sends no mail.

use proca::campaign::Override;
use proca_tests::world::{Answered, PARTNER_PAGE, World, in_path};
use serde_json::{Value, json};

use crate::sealed::{change, generate, opened, owner};

const ORG: &str = "/v1/orgs/partner";

/// Asks for strict privacy, and whatever else is in the body.
async fn set(world: &World, token: &str, body: Value) -> Answered {
    let version = world.table.org(world.partner).await.unwrap().unwrap().version;
    world.staff_at(token, "PATCH", ORG, Some(body), Some(version)).await
}

/// Lets a change reach every function.
async fn reach_all(world: &mut World) {
    world.skip(jiff::SignedDuration::from_secs(31)).await;
    world.settle().await;
}

#[tokio::test]
async fn it_is_given_to_an_org_with_a_key_that_owes_no_mails() {
    let mut world = World::new().await;
    let token = owner(&world, "partner").await;
    let strict = json!({ "strictPrivacy": true, "supporterConfirmTemplate": "confirm" });
    let refused = set(&world, &token, strict).await;
    assert_eq!(refused.status, 422, "{}", refused.text);
    let errors = refused.body["errors"].as_array().unwrap().iter();
    let errors: Vec<_> =
        errors.map(|e| (e["pointer"].as_str().unwrap(), e["detail"].as_str().unwrap())).collect();
    let page = format!(
        "the page {PARTNER_PAGE} names a mail template, and no mail can be sent under strict privacy"
    );
    assert_eq!(
        errors,
        [
            ("/strictPrivacy", "needs an active key: without one, contacts would come clear"),
            ("/supporterConfirm", "no mail can be sent under strict privacy"),
            ("/supporterConfirmTemplate", "no mail can be sent under strict privacy"),
            ("/strictPrivacy", page.as_str()),
        ]
    );
    world.change_page(PARTNER_PAGE, |page| page.thank_you_template = None).await;
    let pair = generate(&world, &token, "partner").await;
    change(&mut world, &token, "partner", &pair.id, "activate").await;
    let set = set(&world, &token, json!({ "strictPrivacy": true, "supporterConfirm": false })).await;
    assert_eq!((set.status, &set.body["strictPrivacy"]), (200, &json!(true)), "{}", set.text);
    let retired = world.staff(&token, "POST", &format!("{ORG}/keys/{}/retire", pair.id), None).await;
    let why = "the org is of strict privacy: activate another key first";
    assert_eq!((retired.status, &retired.body["detail"]), (409, &json!(why)));
}

#[tokio::test]
async fn what_a_person_gives_it_is_nowhere_clear_and_no_mail_is_sent() {
    let mut world = World::new().await;
    let token = owner(&world, "partner").await;
    let pair = generate(&world, &token, "partner").await;
    change(&mut world, &token, "partner", &pair.id, "activate").await;
    // A template that is named when strict privacy comes, as by a change in the same moment, sends nothing.
    world
        .change_org(world.partner, |org| {
            org.strict_privacy = true;
            org.supporter_confirm = false;
        })
        .await;
    for _ in 0..2 {
        world.sign(PARTNER_PAGE, "bruce@example.org", Some(true), Some(false)).await;
        world.settle().await;
        world.clock.advance(jiff::SignedDuration::from_mins(2));
    }
    let table = world.table_as_text().await;
    for clear in ["bruce@", "Bruce", "Wayne", "10115"] {
        assert!(!table.contains(clear), "{clear}");
    }
    assert_eq!(world.mails().len(), 0);
    let taken = world.partner_hook.taken();
    let ranks: Vec<_> = taken.iter().map(|taken| taken.body["contact"]["dupeRank"].clone()).collect();
    assert_eq!(ranks, [0, 1], "the person is known again all the same");
    let contact = opened(&taken[0].body["personalInfo"]["payload"], &pair).unwrap();
    assert_eq!(contact["email"], "bruce@example.org");
}

#[tokio::test]
async fn where_people_must_confirm_its_page_takes_no_actions_and_says_why() {
    let mut world = World::new().await;
    let token = owner(&world, "partner").await;
    let pair = generate(&world, &token, "partner").await;
    change(&mut world, &token, "partner", &pair.id, "activate").await;
    world.change_page(PARTNER_PAGE, |page| page.thank_you_template = None).await;
    let strict = json!({ "strictPrivacy": true, "supporterConfirm": false });
    assert_eq!(set(&world, &token, strict).await.status, 200);
    reach_all(&mut world).await;
    world.sign(PARTNER_PAGE, "one@example.org", Some(true), None).await;

    world.change_campaign(|campaign| campaign.supporter_confirm = Override::On).await;
    let signature = proca_tests::world::signature("two@example.org", Some(true), None);
    let refused = world.post(PARTNER_PAGE, &signature).await;
    let why = "supporters must confirm here, and the page's org keeps no address to ask at (strict privacy)";
    assert_eq!((refused.status, &refused.body["detail"]), (409, &json!(why)), "{}", refused.text);
    let page = format!("{ORG}/pages/{}", in_path(PARTNER_PAGE));
    assert_eq!(world.staff(&token, "POST", &format!("{page}/retract"), None).await.status, 200);
    let refused = world.staff(&token, "POST", &format!("{page}/launch"), None).await;
    assert_eq!((refused.status, &refused.body["detail"]), (409, &json!(why)), "{}", refused.text);
    let off = json!({ "supporterConfirm": true });
    assert_eq!(set(&world, &token, off).await.body["errors"][0]["pointer"], "/supporterConfirm");
}

#[tokio::test]
async fn without_a_key_nothing_is_taken_rather_than_kept_clear() {
    let mut world = World::new().await;
    world.change_campaign(|campaign| campaign.supporter_confirm = Override::Off).await;
    world.change_org(world.lead, |org| org.strict_privacy = true).await;
    let signature = proca_tests::world::signature("bruce@example.org", Some(true), Some(true));
    assert_eq!(world.post(PARTNER_PAGE, &signature).await.status, 409);
    assert!(!world.table_as_text().await.contains("bruce@"));
}
