//! Public keys, as their org's staff add, generate, activate and retire them.

use proca::permission::Role;
use proca_tests::{logs, world::World};
use serde_json::{Value, json};

const ALL: &str = "/v1/orgs/lead/keys";
const PUBLIC: &str = "E75P6uryBMf9M1j8nAByGIHRdCeBKCJ+xnTzf3/pe20=";

async fn add(world: &World, token: &str, name: &str) -> String {
    let added = world.staff(token, "POST", ALL, Some(json!({ "name": name, "public": PUBLIC }))).await;
    assert_eq!((added.status, &added.body["active"]), (201, &json!(false)), "{}", added.text);
    format!("{ALL}/{}", added.body["id"].as_str().unwrap())
}

async fn active(world: &World, token: &str) -> Vec<Value> {
    let list = world.staff(token, "GET", ALL, None).await;
    let items = list.body["items"].as_array().unwrap().iter();
    items.filter(|key| key["active"] == true).map(|key| key["name"].clone()).collect()
}

#[tokio::test]
async fn at_most_one_key_is_active_whoever_is_first() {
    let world = World::new().await;
    let token = world.token(world.lead, Role::Owner).await;
    let (one, two) = (add(&world, &token, "one").await, add(&world, &token, "two").await);
    let activate = |key: &str| {
        let path = format!("{key}/activate");
        let (world, token) = (&world, &token);
        async move { world.staff(token, "POST", &path, None).await }
    };
    let (first, second) = tokio::join!(activate(&one), activate(&two));
    let mut statuses = [first.status, second.status];
    statuses.sort_unstable();
    assert!(statuses == [200, 409] || statuses == [200, 200], "{} {}", first.text, second.text);
    assert_eq!(active(&world, &token).await.len(), 1);
    assert_eq!(activate(&one).await.body["active"], true);
    assert_eq!(activate(&two).await.status, 200);
    assert_eq!(active(&world, &token).await, ["two"]);
}

#[tokio::test]
async fn a_retired_key_is_retired_for_good() {
    let world = World::new().await;
    let token = world.token(world.lead, Role::Owner).await;
    let (one, two) = (add(&world, &token, "one").await, add(&world, &token, "two").await);
    for (path, names) in [
        (format!("{one}/activate"), vec!["one"]),
        (format!("{two}/retire"), vec!["one"]),
        (format!("{one}/retire"), vec![]),
        (format!("{one}/retire"), vec![]),
    ] {
        let changed = world.staff(&token, "POST", &path, None).await;
        assert_eq!(changed.status, 200, "{path}: {}", changed.text);
        assert_eq!(active(&world, &token).await, names, "{path}");
    }
    let again = world.staff(&token, "POST", &format!("{one}/activate"), None).await;
    assert_eq!((again.status, &again.body["detail"]), (409, &json!("it is retired: add another key")));
}

#[tokio::test]
async fn a_private_key_is_shown_once_and_kept_nowhere() {
    logs::keep();
    let world = World::new().await;
    let token = world.token(world.lead, Role::Owner).await;
    let path = format!("{ALL}/generate");
    let made = world.staff(&token, "POST", &path, Some(json!({ "name": "Safe" }))).await;
    assert_eq!((made.status, &made.body["active"]), (201, &json!(false)), "{}", made.text);
    let (private, public) = (made.body["private"].as_str().unwrap(), made.body["public"].as_str().unwrap());
    assert_eq!((private.len(), public.len()), (44, 44));
    let (list, table) = (world.staff(&token, "GET", ALL, None).await, world.table_as_text().await);
    assert!(list.text.contains(public) && table.contains(public));
    for place in [&list.text, &table, &logs::text()] {
        assert!(!place.contains(private));
    }
}

#[tokio::test]
async fn what_is_no_key_is_refused_and_keys_are_for_those_who_may() {
    let world = World::new().await;
    let token = world.token(world.lead, Role::Owner).await;
    let zero = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    for (public, detail) in
        [(json!(zero), "must not be a point of low order"), (json!("abc"), "must be the base64 of 32 bytes")]
    {
        let refused = world.staff(&token, "POST", ALL, Some(json!({ "name": "", "public": public }))).await;
        assert_eq!(refused.status, 422, "{}", refused.text);
        assert_eq!(refused.body["errors"][0]["pointer"], "/name");
        assert_eq!(refused.body["errors"][1], json!({ "pointer": "/public", "detail": detail }));
    }
    let key = add(&world, &token, "one").await;
    let campaigner = world.token(world.lead, Role::Campaigner).await;
    assert_eq!(world.staff(&campaigner, "GET", ALL, None).await.body["items"].as_array().unwrap().len(), 1);
    let other = world.token(world.partner, Role::Owner).await;
    for verb in ["activate", "retire"] {
        let path = format!("{key}/{verb}");
        assert_eq!(world.staff(&campaigner, "POST", &path, None).await.status, 403, "{verb}");
        let foreign = path.replace("orgs/lead", "orgs/partner");
        assert_eq!(world.staff(&other, "POST", &foreign, None).await.status, 404, "{verb}");
    }
}
