//! Campaigns, as staff of the org that leads them see and change them.

use proca::permission::Role;
use proca_tests::world::{PARTNER_PAGE, World, signature};
use serde_json::json;

const ALL: &str = "/v1/orgs/lead/campaigns";

#[tokio::test]
async fn a_campaign_is_made_launched_closed_and_opened_again() {
    let world = World::new().await;
    let token = world.token(world.lead, Role::Coordinator).await;
    let made = world.staff(&token, "POST", ALL, Some(json!({ "name": "air", "title": "Clean air" }))).await;
    assert_eq!((made.status, &made.body["status"]), (201, &json!("draft")), "{}", made.text);
    let mut version = 1;
    for (verb, status) in [("launch", "live"), ("close", "closed"), ("launch", "live")] {
        let path = format!("{ALL}/air/{verb}");
        let changed = world.staff_at(&token, "POST", &path, None, Some(version)).await;
        assert_eq!((changed.status, &changed.body["status"]), (200, &json!(status)), "{}", changed.text);
        version += 1;
    }
    let removed = world.staff_at(&token, "DELETE", &format!("{ALL}/air"), None, Some(version)).await;
    assert_eq!(removed.status, 409, "it may have actions: {}", removed.text);
}

#[tokio::test]
async fn a_change_reaches_the_widgets() {
    let mut world = World::new().await;
    let token = world.token(world.lead, Role::Owner).await;
    let path = format!("{ALL}/petition_x/close");
    assert_eq!(world.staff_at(&token, "POST", &path, None, Some(1)).await.status, 200);
    world.settle().await;
    world.clock.advance(jiff::SignedDuration::from_secs(31));
    let refused = world.post(PARTNER_PAGE, &signature("bruce@example.org", None, None)).await;
    assert_eq!(refused.status, 409, "{}", refused.text);
}

#[tokio::test]
async fn campaigns_are_listed_page_by_page_by_cursors_of_their_own_list() {
    let world = World::new().await;
    let token = world.token(world.lead, Role::Owner).await;
    for n in 0..4 {
        world.clock.advance(jiff::SignedDuration::from_secs(1));
        let body = json!({ "name": format!("c{n}"), "title": "C" });
        assert_eq!(world.staff(&token, "POST", ALL, Some(body)).await.status, 201);
    }
    let names = |answer: &proca_tests::world::Answered| -> Vec<String> {
        answer.body["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|c| c["name"].as_str().unwrap().to_owned())
            .collect()
    };
    let first = world.staff(&token, "GET", &format!("{ALL}?limit=3"), None).await;
    assert_eq!(names(&first), ["petition_x", "c0", "c1"]);
    let cursor = first.body["next"].as_str().unwrap();
    let second = world.staff(&token, "GET", &format!("{ALL}?limit=3&cursor={cursor}"), None).await;
    assert_eq!(names(&second), ["c2", "c3"]);
    let partner = world.token(world.partner, Role::Owner).await;
    let foreign =
        world.staff(&partner, "GET", &format!("/v1/orgs/partner/campaigns?cursor={cursor}"), None).await;
    assert_eq!(foreign.status, 400, "{}", foreign.text);
    world.clock.advance(jiff::SignedDuration::from_hours(24));
    let expired = world.staff(&token, "GET", &format!("{ALL}?cursor={cursor}"), None).await;
    assert_eq!(expired.status, 400, "{}", expired.text);
}

#[tokio::test]
async fn the_orgs_own_number_is_of_one_campaign_alone() {
    let world = World::new().await;
    let token = world.token(world.lead, Role::Owner).await;
    world.staff(&token, "POST", ALL, Some(json!({ "name": "air", "title": "Clean air" }))).await;
    let number = |number: Option<u32>| Some(json!({ "externalId": number }));
    let taken = world.staff_at(&token, "PATCH", &format!("{ALL}/petition_x"), number(Some(7)), Some(1)).await;
    assert_eq!((taken.status, &taken.body["externalId"]), (200, &json!(7)), "{}", taken.text);
    let refused = world.staff_at(&token, "PATCH", &format!("{ALL}/air"), number(Some(7)), Some(1)).await;
    assert_eq!((refused.status, &refused.body["errors"][0]["pointer"]), (422, &json!("/externalId")));
    world.staff_at(&token, "PATCH", &format!("{ALL}/petition_x"), number(None), Some(2)).await;
    let free = world.staff_at(&token, "PATCH", &format!("{ALL}/air"), number(Some(7)), Some(1)).await;
    assert_eq!(free.status, 200, "{}", free.text);
}

#[tokio::test]
async fn another_orgs_campaign_is_not_there() {
    let world = World::new().await;
    let partner = world.token(world.partner, Role::Owner).await;
    let path = "/v1/orgs/partner/campaigns/petition_x";
    assert_eq!(world.staff(&partner, "GET", path, None).await.status, 404);
    let changed = world.staff_at(&partner, "PATCH", path, Some(json!({ "title": "Mine" })), Some(1)).await;
    assert_eq!(changed.status, 404);
}

#[tokio::test]
async fn a_campaign_that_was_never_live_is_removed_once_it_has_no_pages() {
    let world = World::new().await;
    let token = world.token(world.lead, Role::Owner).await;
    world.staff(&token, "POST", ALL, Some(json!({ "name": "air", "title": "Clean air" }))).await;
    let page = json!({ "name": "lead.example.org/air", "campaign": "air", "locale": "en" });
    let page = world.staff(&token, "POST", "/v1/orgs/lead/pages", Some(page)).await;
    assert_eq!(page.status, 201, "{}", page.text);
    let air = format!("{ALL}/air");
    let refused = world.staff_at(&token, "DELETE", &air, None, Some(1)).await;
    assert_eq!(refused.status, 409, "it has a page: {}", refused.text);
    let removed =
        world.staff_at(&token, "DELETE", "/v1/orgs/lead/pages/lead.example.org~air", None, Some(1)).await;
    assert_eq!(removed.status, 204, "{}", removed.text);
    assert_eq!(world.staff_at(&token, "DELETE", &air, None, Some(1)).await.status, 204);
    assert_eq!(world.staff(&token, "GET", &air, None).await.status, 404);
}
