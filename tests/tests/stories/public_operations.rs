//! The public operations, as the document describes them.

use proca::api::document::document;
use proca_tests::world::{LEAD_PAGE, World, in_path};
use serde_json::{Value, json};

/// The members of a schema in the document, behind its reference.
fn members<'a>(document: &'a Value, mut schema: &'a Value) -> Vec<&'a str> {
    if let Some(reference) = schema["$ref"].as_str() {
        schema = document.pointer(reference.trim_start_matches('#')).unwrap();
    }
    schema["properties"].as_object().unwrap().keys().map(String::as_str).collect()
}

fn names(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

#[tokio::test]
async fn answers_have_the_members_that_the_document_names() {
    let world = World::new().await;
    let document = document();
    let answer = |path: &str, method: &str, status: &str| {
        document["paths"][path][method]["responses"][status]["content"]["application/json"]["schema"].clone()
    };
    let page = format!("/v1/pages/{}", in_path(LEAD_PAGE));
    let seen = world.call("GET", &page, &[], "").await;
    let schema = answer("/v1/pages/{page}", "get", "200");
    assert_eq!(names(&seen.body), members(&document, &schema), "{}", seen.text);
    let campaign = document.pointer("/components/schemas/PublicCampaign").unwrap();
    assert_eq!(names(&seen.body["campaign"]), members(&document, campaign), "{}", seen.text);
    let stats = world.stats().await;
    assert_eq!(names(&stats), members(&document, &answer("/v1/campaigns/{campaign}/stats", "get", "200")));
    let add = &document["paths"]["/v1/pages/{page}/actions"]["post"];
    let example = &add["requestBody"]["content"]["application/json"]["example"];
    let taken = world.post(LEAD_PAGE, example).await;
    assert_eq!(taken.status, 201, "the example works: {}", taken.text);
    let schema = answer("/v1/pages/{page}/actions", "post", "201");
    assert_eq!(names(&taken.body), members(&document, &schema));
}

#[tokio::test]
async fn links_are_described_as_pages_to_look_at() {
    let document = document();
    for method in ["get", "post"] {
        let operation = &document["paths"]["/v1/links/{token}"][method];
        for status in ["200", "404"] {
            assert!(operation["responses"][status]["content"]["text/html"].is_object(), "{method} {status}");
        }
        assert_eq!(operation["requestBody"], Value::Null);
    }
    let world = World::new().await;
    let unknown = world.call("GET", "/v1/links/nothing", &[], "").await;
    assert_eq!(unknown.status, 404);
    assert!(unknown.headers["content-type"].starts_with("text/html"));
}

#[tokio::test]
async fn a_donation_without_its_amount_is_refused_as_the_document_says() {
    let world = World::new().await;
    let body = json!({
        "actionType": "donation", "contactRef": "a-widgets-own-ref-1", "donation": { "currency": "EUR" },
    });
    let refused = world.post(LEAD_PAGE, &body).await;
    assert_eq!(
        (refused.status, &refused.body["errors"][0]["pointer"]),
        (422, &json!("/donation/amountMinor"))
    );
}
