//! Orgs, as their staff see and change them.

use proca::permission::Role;
use proca_tests::world::World;
use serde_json::json;

#[tokio::test]
async fn whoever_makes_an_org_owns_it_and_its_mail_goes_through_the_instance() {
    let world = World::new().await;
    let token = world.instance_owner().await;
    let made =
        world.staff(&token, "POST", "/v1/orgs", Some(json!({ "name": "Third", "title": "The third" }))).await;
    assert_eq!(made.status, 201, "{}", made.text);
    assert_eq!(made.body["backends"]["email"], "SYSTEM");
    let me = world.staff(&token, "GET", "/v1/me", None).await;
    let mine: Vec<_> =
        me.body["orgs"].as_array().unwrap().iter().map(|org| (&org["name"], &org["role"])).collect();
    assert!(mine.contains(&(&json!("Third"), &json!("owner"))), "{}", me.text);
    let again =
        world.staff(&token, "POST", "/v1/orgs", Some(json!({ "name": "third", "title": "Again" }))).await;
    assert_eq!((again.status, &again.body["detail"]), (409, &json!("the name is taken")));
}

#[tokio::test]
async fn an_org_is_for_its_own_staff_alone() {
    let world = World::new().await;
    let (owner, other) =
        (world.token(world.lead, Role::Owner).await, world.token(world.partner, Role::Owner).await);
    for address in ["lead", "LEAD", "2", &world.lead.to_string()] {
        let path = format!("/v1/orgs/{address}");
        assert_eq!(world.staff(&owner, "GET", &path, None).await.status, 200, "{path}");
        assert_eq!(world.staff(&other, "GET", &path, None).await.status, 404, "{path}");
        assert_eq!(world.call("GET", &path, &[], "").await.status, 401, "{path}");
    }
    let moderator = world.token(world.lead, Role::Moderator).await;
    let changed =
        world.staff_at(&moderator, "PATCH", "/v1/orgs/lead", Some(json!({ "title": "X" })), Some(1)).await;
    assert_eq!(
        (changed.status, &changed.body["detail"]),
        (403, &json!("this needs the permission manage_org"))
    );
}

#[tokio::test]
async fn of_two_changes_of_one_version_one_wins() {
    let world = World::new().await;
    let token = world.token(world.lead, Role::Owner).await;
    let change = |title: &'static str| {
        world.staff_at(&token, "PATCH", "/v1/orgs/lead", Some(json!({ "title": title })), Some(1))
    };
    let (first, second) = tokio::join!(change("First"), change("Second"));
    let mut statuses = [first.status, second.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409], "{} {}", first.text, second.text);
    let without = world.staff(&token, "PATCH", "/v1/orgs/lead", Some(json!({ "title": "Third" }))).await;
    assert_eq!(without.status, 428);
    let org = world.staff(&token, "GET", "/v1/orgs/lead", None).await;
    assert_eq!(org.body["version"], 2, "{}", org.text);
}

#[tokio::test]
async fn everything_wrong_with_a_change_is_said_at_once_and_changes_nothing() {
    let world = World::new().await;
    let token = world.token(world.lead, Role::Owner).await;
    let body = json!({ "title": "", "emailFrom": "nobody", "retentionMonths": 0, "nonsense": 1 });
    let answer = world.staff_at(&token, "PATCH", "/v1/orgs/lead", Some(body), Some(1)).await;
    assert_eq!(answer.status, 422, "{}", answer.text);
    let pointers: Vec<_> =
        answer.body["errors"].as_array().unwrap().iter().map(|e| e["pointer"].clone()).collect();
    assert_eq!(pointers, ["/emailFrom", "/nonsense", "/retentionMonths", "/title"]);
    assert_eq!(world.staff(&token, "GET", "/v1/orgs/lead", None).await.body["version"], 1);
}

#[tokio::test]
async fn an_org_is_removed_only_when_it_has_no_pages() {
    let world = World::new().await;
    let token = world.token(world.lead, Role::Owner).await;
    let refused = world.staff_at(&token, "DELETE", "/v1/orgs/lead", None, Some(1)).await;
    assert_eq!((refused.status, &refused.body["detail"]), (409, &json!("it still has pages")));
    let owner = world.instance_owner().await;
    world.staff(&owner, "POST", "/v1/orgs", Some(json!({ "name": "third", "title": "The third" }))).await;
    assert_eq!(world.staff_at(&owner, "DELETE", "/v1/orgs/third", None, Some(1)).await.status, 204);
    assert_eq!(world.staff(&owner, "GET", "/v1/orgs/third", None).await.status, 404);
    let again =
        world.staff(&owner, "POST", "/v1/orgs", Some(json!({ "name": "third", "title": "Again" }))).await;
    assert_eq!(again.status, 201, "the name is free again: {}", again.text);
}
