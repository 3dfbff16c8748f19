//! What everyone may see of a campaign's actions: the fields it names, and nothing else.

use jiff::SignedDuration;
use proca::{campaign::Override, name::FieldSelector};
use proca_tests::world::{Answered, LEAD_PAGE, PARTNER_PAGE, World, links};
use serde_json::{Value, json};

const LIST: &str = "/v1/campaigns/petition_x/actions";

fn fields(names: &[&str]) -> Vec<FieldSelector> {
    names.iter().map(|name| name.parse().unwrap()).collect()
}

async fn world_that_shows(names: &[&str]) -> World {
    let mut world = World::new().await;
    let public_fields = fields(names);
    world
        .change_campaign(|campaign| {
            (campaign.supporter_confirm, campaign.public_fields) = (Override::Off, public_fields);
        })
        .await;
    world
}

/// A signature in which each value can be known again.
fn canaries(n: usize, comment: &str) -> Value {
    json!({
        "actionType": "petition",
        "contact": {
            "firstName": "Canaryfirst", "lastName": "Canarylast", "email": format!("canary{n}@example.org"),
            "country": "FR", "postcode": "75001",
        },
        "privacy": { "optIn": true, "leadOptIn": true },
        "customFields": { "comment": comment, "secret": "canarysecret", "age": 4711 },
        "tracking": { "source": "canarysource", "location": "https://partner.example.org/canary" },
    })
}

async fn sign(world: &mut World, n: usize, comment: &str) {
    let page = [LEAD_PAGE, PARTNER_PAGE][n % 2];
    assert_eq!(world.post(page, &canaries(n, comment)).await.status, 201);
    world.settle().await;
    world.clock.advance(SignedDuration::from_secs(1));
}

async fn list(world: &World, path: &str) -> Answered {
    let answer = world.call("GET", path, &[], "").await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer
}

fn comments(answer: &Answered) -> Vec<String> {
    let items = answer.body["items"].as_array().unwrap().iter();
    items.map(|item| item["customFields"]["comment"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn the_public_fields_are_shown_the_newest_first_and_nothing_else_is() {
    let mut world = world_that_shows(&["petition:comment", "petition:unused", "share:secret"]).await;
    for n in 0..3 {
        sign(&mut world, n, &format!("hello {n}")).await;
    }
    let seen = list(&world, LIST).await;
    assert_eq!(comments(&seen), ["hello 2", "hello 1", "hello 0"]);
    assert_eq!(
        seen.body["items"][2],
        json!({
            "actionType": "petition", "createdAt": "2026-07-01T10:00:31Z", "area": "FR",
            "customFields": { "comment": "hello 0" },
        })
    );
    assert_eq!(seen.body.as_object().unwrap().len(), 1, "{}", seen.text);
    let text = seen.text.to_lowercase();
    for canary in ["canary", "75001", "4711", "secret", "sup_", "act_", "org_", "pag_"] {
        assert!(!text.contains(canary), "{canary}: {text}");
    }
}

#[tokio::test]
async fn anyone_may_keep_it_for_a_moment() {
    let mut world = world_that_shows(&["petition:comment"]).await;
    sign(&mut world, 0, "hello").await;
    let seen = list(&world, LIST).await;
    assert_eq!(
        seen.headers["cache-control"],
        "public, max-age=5, stale-while-revalidate=10, stale-if-error=60"
    );
    assert_eq!(seen.headers["access-control-allow-origin"], "*");
    let etag = seen.headers["etag"].as_str();
    let again = world.call("GET", LIST, &[("if-none-match", etag)], "").await;
    assert_eq!((again.status, again.text.as_str()), (304, ""));
    sign(&mut world, 1, "hello too").await;
    assert_eq!(world.call("GET", LIST, &[("if-none-match", etag)], "").await.status, 200);
}

#[tokio::test]
async fn it_is_read_page_by_page_over_days_without_a_gap() {
    let mut world = world_that_shows(&["petition:comment"]).await;
    let mut signed = Vec::new();
    for n in 0..7 {
        sign(&mut world, n, &n.to_string()).await;
        signed.insert(0, n.to_string());
        if n % 3 == 2 {
            world.clock.advance(SignedDuration::from_hours(49));
        }
    }
    for limit in [1, 2, 3, 50] {
        let (mut seen, mut path) = (Vec::new(), format!("{LIST}?limit={limit}"));
        loop {
            let page = list(&world, &path).await;
            assert!(comments(&page).len() <= limit);
            seen.extend(comments(&page));
            let Some(next) = page.body["next"].as_str() else { break };
            path = format!("{LIST}?limit={limit}&cursor={next}");
        }
        assert_eq!(seen, signed, "{limit} on a page");
    }
    for bad in ["?limit=0", "?limit=101", "?limit=x", "?cursor=x", "?cursor=act_1"] {
        let refused = world.call("GET", &format!("{LIST}{bad}"), &[], "").await;
        assert_eq!(refused.status, 400, "{bad}");
    }
}

#[tokio::test]
async fn a_field_that_is_no_longer_public_is_gone_at_once() {
    let mut world = world_that_shows(&["petition:comment"]).await;
    sign(&mut world, 0, "hello").await;
    let mut campaign = world.bundle(LEAD_PAGE).await.campaign;
    let read = campaign.version;
    (campaign.public_fields, campaign.version) = (fields(&["petition:age"]), read + 1);
    world.table.update(&campaign, read).await.unwrap();
    let seen = list(&world, LIST).await;
    assert_eq!(seen.body["items"][0]["customFields"], json!({ "age": 4711 }), "no bundle was waited for");
    (campaign.public_fields, campaign.version) = (Vec::new(), read + 2);
    world.table.update(&campaign, read + 1).await.unwrap();
    assert_eq!(list(&world, LIST).await.body, json!({ "items": [] }));
}

#[tokio::test]
async fn what_was_taken_back_waits_or_is_a_trial_is_not_shown() {
    let mut world = world_that_shows(&["petition:comment"]).await;
    let mut trial = canaries(8, "a trial");
    trial["testing"] = json!(true);
    assert_eq!(world.post(LEAD_PAGE, &trial).await.status, 201);
    let mut share = json!({ "actionType": "share", "contactRef": "a-widgets-own-ref-1" });
    share["customFields"] = json!({ "comment": "a share" });
    assert_eq!(world.post(LEAD_PAGE, &share).await.status, 201);
    sign(&mut world, 0, "hello").await;
    assert_eq!(comments(&list(&world, LIST).await), ["hello"]);
    for link in links(&world.mails_to("canary0@example.org")[0]) {
        world.press(&link).await;
    }
    assert_eq!(list(&world, LIST).await.body, json!({ "items": [] }), "taken back, before anything moved");
    world.change_campaign(|campaign| campaign.moderation = Override::On).await;
    sign(&mut world, 1, "waits").await;
    assert_eq!(list(&world, LIST).await.body, json!({ "items": [] }));
}

#[tokio::test]
async fn a_campaign_without_public_fields_keeps_no_row_for_it() {
    let mut world = world_that_shows(&["share:comment"]).await;
    sign(&mut world, 0, "hello").await;
    assert_eq!(world.items("published").await, Vec::<Value>::new());
    assert_eq!(world.call("GET", "/v1/campaigns/nobody/actions", &[], "").await.status, 404);
}
