//! Templates that were made to fill a memory or an hour are refused when they are saved, each with a reason.

#[path = "../../../shared/tests/bombs/list.rs"]
mod list;

use std::time::{Duration, Instant};

use proca::permission::Role;
use proca_tests::world::World;
use serde_json::json;

const ALL: &str = "/v1/orgs/lead/templates";

/// Longest that an answer may take; most are there within some milliseconds.
const TIME: Duration = Duration::from_secs(4);

/// What is tried in vain: it is small when it is written.
const HARMLESS: [&str; 1] = ["a wide table"];

#[tokio::test]
async fn every_bomb_is_refused_with_a_reason_and_in_time_and_honest_templates_still_are_saved() {
    let world = World::new().await;
    let token = world.token(world.lead, Role::Translator).await;
    for (name, html) in list::bombs().into_iter().filter(|(name, _)| !HARMLESS.contains(name)) {
        for path in [ALL.to_owned(), format!("{ALL}/preview")] {
            let mut body = json!({ "name": "bomb", "locale": "en", "subject": "Hi", "html": html });
            if path.ends_with("/preview") {
                body.as_object_mut().unwrap().remove("name");
            }
            let begun = Instant::now();
            let answer = world.staff(&token, "POST", &path, Some(body)).await;
            assert!(begun.elapsed() < TIME, "{name} at {path}: {:?}", begun.elapsed());
            assert_eq!(answer.status, 422, "{name} at {path}: {}", answer.text);
            let errors = answer.body["errors"].as_array().unwrap();
            let said = |error: &serde_json::Value| {
                ["/html", "/text"].contains(&error["pointer"].as_str().unwrap())
                    && !error["detail"].as_str().unwrap().is_empty()
            };
            assert!(!errors.is_empty() && errors.iter().all(said), "{name}: {}", answer.text);
        }
    }
    let body = json!({
        "name": "thanks", "locale": "en", "subject": "Thanks, {{ firstName }}",
        "html": "<p>{% for i in range(3) %}{{ firstName ~ '!' }}{% endfor %}</p>",
    });
    let made = world.staff(&token, "POST", ALL, Some(body)).await;
    assert_eq!((made.status, &made.body["name"]), (201, &json!("thanks")), "{}", made.text);
}
