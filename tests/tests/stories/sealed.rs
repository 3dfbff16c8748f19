//! Sealed contacts: an org with a key has the data only sealed, and libsodium opens them.

use base64::{Engine, engine::general_purpose::STANDARD};
use libsodium_rs::crypto_box::{PublicKey, SecretKey, open_sealed_box};
use proca::{campaign::Override, id::Id, org::Org, permission::Role};
use proca_tests::world::{PARTNER_PAGE, World};
use serde_json::{Value, json};

/// A key pair of an org, as its staff have it.
pub(crate) struct Pair {
    pub(crate) id: String,
    private: String,
    public: String,
}

/// Makes a pair of keys in an org.
pub(crate) async fn generate(world: &World, token: &str, org: &str) -> Pair {
    let path = format!("/v1/orgs/{org}/keys/generate");
    let made = world.staff(token, "POST", &path, Some(json!({ "name": "Safe" }))).await.body;
    let text = |name: &str| made[name].as_str().unwrap().to_owned();
    Pair { id: text("id"), private: text("private"), public: text("public") }
}

/// Does something with a key, and lets it reach every function.
pub(crate) async fn change(world: &mut World, token: &str, org: &str, key: &str, verb: &str) {
    let path = format!("/v1/orgs/{org}/keys/{key}/{verb}");
    let changed = world.staff(token, "POST", &path, None).await;
    assert_eq!(changed.status, 200, "{path}: {}", changed.text);
    world.skip(jiff::SignedDuration::from_secs(31)).await;
    world.settle().await;
}

/// A world in which everybody agrees to everything, and these orgs have an active key.
pub(crate) async fn world_with_keys(orgs: &[&str]) -> (World, Vec<Pair>) {
    let mut world = World::new().await;
    world.change_campaign(|campaign| campaign.supporter_confirm = Override::Off).await;
    let mut pairs = Vec::new();
    for org in orgs {
        let token = owner(&world, org).await;
        let pair = generate(&world, &token, org).await;
        change(&mut world, &token, org, &pair.id, "activate").await;
        pairs.push(pair);
    }
    (world, pairs)
}

pub(crate) async fn owner(world: &World, org: &str) -> String {
    let id: Id<Org> = if org == "lead" { world.lead } else { world.partner };
    world.token(id, Role::Owner).await
}

/// Opens a payload with libsodium itself.
pub(crate) fn opened(payload: &Value, pair: &Pair) -> Option<Value> {
    let key = |text: &str| STANDARD.decode(text).unwrap();
    let (public, private) = (key(&pair.public), key(&pair.private));
    let (public, private) =
        (PublicKey::from_bytes(&public).unwrap(), SecretKey::from_bytes(&private).unwrap());
    let bytes = STANDARD.decode(payload.as_str().unwrap()).unwrap();
    assert_eq!(bytes[0], 1, "the format comes first");
    let plain = open_sealed_box(&bytes[1..], &public, &private).ok()?;
    Some(serde_json::from_slice(&plain).unwrap())
}

#[tokio::test]
async fn an_org_with_a_key_gets_its_contacts_sealed_and_the_other_gets_them_clear() {
    for (sealed, clear) in [("partner", "lead"), ("lead", "partner")] {
        let (mut world, pairs) = world_with_keys(&[sealed]).await;
        world.sign(PARTNER_PAGE, "bruce@example.org", Some(true), Some(true)).await;
        world.settle().await;
        let hook = |org| if org == "lead" { &world.lead_hook } else { &world.partner_hook };
        let (sealed, clear) = (hook(sealed).taken().remove(0).body, hook(clear).taken().remove(0).body);
        assert_eq!(clear["personalInfo"], Value::Null);
        assert_eq!(clear["contact"]["email"], "bruce@example.org");
        let contact = sealed["contact"].as_object().unwrap();
        assert_eq!(contact.keys().collect::<Vec<_>>(), ["area", "contactRef", "dupeRank"]);
        let info = &sealed["personalInfo"];
        assert_eq!(info["encryptKey"], json!({ "id": pairs[0].id, "public": pairs[0].public }));
        assert_eq!(info["format"], "crypto_box_seal");
        let mut whole = opened(&info["payload"], &pairs[0]).unwrap();
        for (name, value) in contact {
            whole[name] = value.clone();
        }
        whole["contactRef"] = clear["contact"]["contactRef"].clone();
        assert_eq!(whole, clear["contact"], "what was sealed is what would have been clear");
    }
}

#[tokio::test]
async fn where_all_orgs_have_keys_no_contact_is_clear_and_each_opens_its_own() {
    let (mut world, pairs) = world_with_keys(&["partner", "lead"]).await;
    world.sign(PARTNER_PAGE, "bruce@example.org", Some(true), Some(true)).await;
    world.settle().await;
    for item in serde_json::from_str::<Value>(&world.table_as_text().await).unwrap()["Items"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|item| item["kind"]["S"] == "contact")
    {
        for clear in ["bruce", "Bruce", "Wayne", "10115"] {
            assert!(!item.to_string().contains(clear), "{clear}");
        }
    }
    let payload = |hook: &proca_tests::endpoint::Endpoint| {
        hook.taken().remove(0).body["personalInfo"]["payload"].clone()
    };
    let payloads = [payload(&world.partner_hook), payload(&world.lead_hook)];
    for (mine, other) in [(0, 1), (1, 0)] {
        assert_eq!(opened(&payloads[mine], &pairs[mine]).unwrap()["lastName"], "Wayne");
        assert_eq!(opened(&payloads[other], &pairs[mine]), None, "nobody opens the other's copy");
    }
    assert_eq!(world.mails_to("bruce@example.org").len(), 1, "the mail still finds its address");
}

#[tokio::test]
async fn new_contacts_go_to_the_new_key_and_the_old_one_still_opens_the_old() {
    let (mut world, pairs) = world_with_keys(&["partner"]).await;
    let token = owner(&world, "partner").await;
    world.sign(PARTNER_PAGE, "one@example.org", Some(true), None).await;
    world.settle().await;
    let next = generate(&world, &token, "partner").await;
    change(&mut world, &token, "partner", &next.id, "activate").await;
    change(&mut world, &token, "partner", &pairs[0].id, "retire").await;
    world.sign(PARTNER_PAGE, "two@example.org", Some(true), None).await;
    world.settle().await;
    change(&mut world, &token, "partner", &next.id, "retire").await;
    world.sign(PARTNER_PAGE, "three@example.org", Some(true), None).await;
    world.settle().await;
    let taken: Vec<Value> = world.partner_hook.taken().into_iter().map(|taken| taken.body).collect();
    let email = |n: usize, pair| Some(opened(&taken[n]["personalInfo"]["payload"], pair)?["email"].clone());
    assert_eq!(email(0, &pairs[0]), Some(json!("one@example.org")));
    assert_eq!(email(1, &next), Some(json!("two@example.org")));
    assert_eq!((email(0, &next), email(1, &pairs[0])), (None, None));
    assert_eq!(taken[2]["contact"]["email"], "three@example.org", "without a key they come clear again");
}

#[tokio::test]
async fn staff_see_a_sealed_contact_as_it_is_kept() {
    let (mut world, pairs) = world_with_keys(&["partner"]).await;
    world.sign(PARTNER_PAGE, "bruce@example.org", Some(true), None).await;
    world.settle().await;
    let body = world.partner_hook.taken().remove(0).body;
    let path = format!("/v1/orgs/partner/supporters/{}", body["contact"]["contactRef"].as_str().unwrap());
    let shown = world.staff(&owner(&world, "partner").await, "GET", &path, None).await;
    let shown = &shown.body["items"][0];
    assert_eq!((&shown["contact"], &shown["sealed"]), (&Value::Null, &body["personalInfo"]));
    assert_eq!(opened(&shown["sealed"]["payload"], &pairs[0]).unwrap()["firstName"], "Bruce");
}
