//! Bad input gets a clear error, all of it at once, and changes nothing.

use jiff::SignedDuration;
use proca::campaign::CampaignStatus;
use proca_tests::world::{LEAD_PAGE, World, in_path, signature};
use serde_json::{Value, json};

#[tokio::test]
async fn every_rule_is_told_at_once_with_its_pointer() {
    let world = World::new().await;
    let answer = world.post(LEAD_PAGE, &json!({
        "actionType": "a b",
        "contact": {
            "firstName": "R2D2", "lastName": "http://x.org", "email": "nobody", "phone": "call me",
            "country": "ZZ", "postcode": "!", "region": "", "locality": "\u{202e}x", "street": 3, "streetNumber": "x".repeat(101),
            "fax": "1",
        },
        "privacy": { "optIn": "yes" },
        "contactRef": "short",
        "customFields": { "a": { "b": 1 } },
        "tracking": { "source": "x".repeat(251), "nope": 1 },
        "donation": { "amountMinor": -1, "currency": "euro", "frequency": "hourly" },
        "testing": "no",
        "extra": true,
    })).await;
    assert_eq!(answer.status, 422);
    assert_eq!(answer.headers["content-type"], "application/problem+json");
    let pointers: Vec<_> =
        answer.body["errors"].as_array().unwrap().iter().map(|e| e["pointer"].as_str().unwrap()).collect();
    assert_eq!(
        pointers,
        [
            "/actionType",
            "/contact/country",
            "/contact/email",
            "/contact/fax",
            "/contact/firstName",
            "/contact/lastName",
            "/contact/locality",
            "/contact/phone",
            "/contact/postcode",
            "/contact/region",
            "/contact/street",
            "/contact/streetNumber",
            "/contactRef",
            "/customFields",
            "/donation/amountMinor",
            "/donation/currency",
            "/donation/frequency",
            "/extra",
            "/privacy/optIn",
            "/testing",
            "/tracking/nope",
            "/tracking/source",
        ]
    );
    assert!(!answer.text.contains("R2D2") && !answer.text.contains("call me"), "no value is repeated");
    assert!(!world.table_as_text().await.contains("SUPPORTER#"), "nothing is written");
}

#[tokio::test]
async fn what_is_required_is_asked_for() {
    let world = World::new().await;
    let errors = async |body: Value| {
        let answer = world.post(LEAD_PAGE, &body).await;
        assert_eq!(answer.status, 422, "{}", answer.text);
        answer.body["errors"]
            .as_array()
            .unwrap()
            .iter()
            .map(|e| e["pointer"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(errors(json!({})).await, ["", "/actionType"]);
    assert_eq!(
        errors(json!({ "actionType": "petition", "contact": {} })).await,
        ["/contact/email", "/contact/firstName"]
    );
    assert_eq!(errors(json!([])).await, ["", "", "/actionType"]);
}

#[tokio::test]
async fn a_name_alone_is_split_and_not_mixed() {
    let mut world = World::new().await;
    let body = |contact: Value| json!({ "actionType": "petition", "contact": contact });
    let both = world
        .post(LEAD_PAGE, &body(json!({ "name": "Bruce Wayne", "firstName": "B", "email": "b@example.org" })))
        .await;
    assert_eq!((both.status, both.body["errors"][0]["pointer"].as_str()), (422, Some("/contact/name")));
    assert_eq!(
        world
            .post(LEAD_PAGE, &body(json!({ "name": "Bruce van Wayne", "email": "b@example.org" })))
            .await
            .status,
        201
    );
    world.settle().await;
    let table = world.table_as_text().await;
    assert!(table.contains("\"van Wayne\""));
}

#[tokio::test]
async fn too_long_unreadable_and_foreign_bodies_are_refused() {
    let world = World::new().await;
    let path = format!("/v1/pages/{}/actions", in_path(LEAD_PAGE));
    let json = [("content-type", "application/json; charset=utf-8")];
    let body = signature("b@example.org", None, None).to_string();
    let padded = |length: usize| format!("{body}{}", " ".repeat(length - body.len()));
    assert_eq!(world.call("POST", &path, &json, &padded(16 * 1024)).await.status, 201);
    assert_eq!(world.call("POST", &path, &json, &padded(16 * 1024 + 1)).await.status, 413);
    assert_eq!(world.call("POST", &path, &json, "{").await.status, 400);
    assert_eq!(world.call("POST", &path, &json, "[[[[[[[1]]]]]]]").await.status, 400);
    assert_eq!(
        world
            .call(
                "POST",
                &path,
                &json,
                r#"{"actionType":"a","actionType":"b","contactRef":"0123456789abcdef"}"#
            )
            .await
            .status,
        422
    );
    assert_eq!(world.call("POST", &path, &[("content-type", "text/plain")], &body).await.status, 415);
    assert_eq!(world.call("POST", &path, &[], &body).await.status, 415);
    assert_eq!(world.post("no/such-page", &signature("b@example.org", None, None)).await.status, 404);
    assert_eq!(world.post("999", &signature("b@example.org", None, None)).await.status, 404);
    assert_eq!(world.call("GET", "/v1/nothing", &[], "").await.status, 404);
}

#[tokio::test]
async fn custom_fields_are_flat_few_and_small() {
    let world = World::new().await;
    let post = async |fields: Value| {
        let mut body = signature("b@example.org", None, None);
        body["customFields"] = fields;
        world.post(LEAD_PAGE, &body).await.status
    };
    let many = |n: usize| (0..n).map(|n| (format!("f{n}"), json!(n))).collect::<serde_json::Map<_, _>>();
    assert_eq!(post(Value::Object(many(30))).await, 201);
    assert_eq!(post(Value::Object(many(31))).await, 422);
    assert_eq!(post(json!({ "a": ["x", "y"], "b": [1, 2], "c": true, "d": 1.5 })).await, 201);
    assert_eq!(post(json!({ "a": ["x", 1] })).await, 422);
    assert_eq!(post(json!({ "a b": 1 })).await, 422);
    assert_eq!(post(json!({ "a": "x".repeat(5200) })).await, 422);
}

#[tokio::test]
async fn drafts_closed_campaigns_and_pages_that_are_not_live_take_nothing() {
    let mut world = World::new().await;
    let body = signature("b@example.org", None, None);
    world.change_page(LEAD_PAGE, |page| page.live = false).await;
    assert_eq!(world.post(LEAD_PAGE, &body).await.status, 409);
    world.change_page(LEAD_PAGE, |page| page.live = true).await;
    for status in [CampaignStatus::Draft, CampaignStatus::Closed] {
        world.change_campaign(|campaign| campaign.status = status).await;
        assert_eq!(world.post(LEAD_PAGE, &body).await.status, 409);
    }
    let end = world.clock.now() + SignedDuration::from_hours(1);
    world
        .change_campaign(|campaign| {
            campaign.status = CampaignStatus::Live;
            campaign.end = Some(end);
        })
        .await;
    assert_eq!(world.post(LEAD_PAGE, &body).await.status, 201);
    world.clock.advance(SignedDuration::from_hours(1));
    assert_eq!(world.post(LEAD_PAGE, &body).await.status, 409);
}
