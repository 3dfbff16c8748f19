//! Staff who come by an identity provider.

use std::collections::BTreeSet;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::SignedDuration;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use proca::{
    api::{document::operations, operation::Needs},
    permission::{InstancePermission, Role},
    random::Random,
    refs::Refs,
    secret::Keyring,
    staff::{Enrolment, Staff},
    token::TokenText,
    user::OidcSubject,
};
use proca_local::plan::Trigger;
use proca_tests::{
    fixtures::Fixtures,
    issuer::{AUDIENCE, ISSUER, Issuer, KeyPair},
    logs,
    world::{Answered, World},
};
use serde_json::{Value, json};

const ANNA: &str = "anna@example.org";
const PATH: &str = "/v1/orgs/lead/campaigns";

/// A world whose staff may come by an issuer that has this key, and Anna, who owns the lead.
async fn world_with(key: &KeyPair) -> (World, Issuer) {
    let issuer = Issuer::start(&[key]).await;
    let parameters =
        [("OidcIssuer", ISSUER), ("OidcAudience", AUDIENCE), ("OidcJwksUrl", issuer.jwks_url.as_str())];
    let world = World::deployed_with(parameters).await;
    world.enrol(ANNA, Some((world.lead, Role::Owner)), &[]).await;
    (world, issuer)
}

/// What the issuer says of Anna, with these claims in place of its own.
fn anna(world: &World, changed: &Value) -> Value {
    let now = world.clock.now().as_second();
    let mut claims = json!({
        "iss": ISSUER, "aud": AUDIENCE, "sub": "subject-of-anna", "iat": now, "exp": now + 300,
        "email": ANNA, "email_verified": true,
    });
    claims.as_object_mut().unwrap().extend(changed.as_object().unwrap().clone());
    claims
}

async fn ask(world: &World, token: &str) -> Answered {
    world.staff(token, "GET", PATH, None).await
}

#[tokio::test]
async fn a_user_comes_by_the_token_of_either_kind() {
    for key in [KeyPair::eddsa(1), KeyPair::es256(1)] {
        let (world, issuer) = world_with(&key).await;
        let token = key.sign(&anna(&world, &json!({})));
        let listed = ask(&world, &token).await;
        assert_eq!(listed.status, 200, "{}", listed.text);
        let body = json!({ "name": "air", "title": "Clean air" });
        let made = world.staff(&token, "POST", PATH, Some(body)).await;
        assert_eq!(made.status, 201, "{}", made.text);
        let elsewhere = world.staff(&token, "GET", "/v1/orgs/partner/campaigns", None).await;
        assert_eq!(elsewhere.status, 404, "she is no staff there");
        assert_eq!(ask(&world, &token).await.status, 200);
        assert_eq!(issuer.asked(), 2, "once for each of two functions");
        let with_api_token = world.enrol(ANNA, None, &[]).await;
        assert_eq!(ask(&world, &with_api_token).await.status, 200, "her API tokens go on working");
    }
}

#[tokio::test]
async fn whatever_is_wrong_with_a_token_the_answer_is_the_same() {
    logs::keep();
    let key = KeyPair::eddsa(1);
    let (world, _issuer) = world_with(&key).await;
    let now = world.clock.now().as_second();
    let unknown = ask(&world, "proca_unknown").await;
    assert_eq!(unknown.status, 401);
    let mut tokens: Vec<_> = [
        json!({ "iss": "https://login.example.com" }),
        json!({ "aud": "another-canary" }),
        json!({ "exp": now - 60 }),
        json!({ "nbf": now + 61 }),
        json!({ "email_verified": false }),
        json!({ "email": "nobody-canary@example.org" }),
        json!({ "sub": "" }),
    ]
    .map(|changed| key.sign(&anna(&world, &changed)))
    .into();
    let claims = anna(&world, &json!({}));
    tokens.push(KeyPair::eddsa(2).sign_as(&key.id, &claims));
    tokens.push(KeyPair::es256(1).sign_as(&key.id, &claims));
    tokens.push(key.sign_as("of-nobody", &claims));
    tokens.push(unsigned(&key, &claims));
    tokens.push(signed_with_the_public_key(&key, &claims));
    tokens.push(key.sign(&claims).replace('.', ".."));
    tokens.push(format!("{}x", key.sign(&claims)));
    for (n, token) in tokens.iter().enumerate() {
        let refused = ask(&world, token).await;
        assert_eq!((refused.status, &refused.text), (401, &unknown.text), "token {n}");
        assert_eq!(refused.headers, unknown.headers, "token {n}");
        assert!(!logs::text().contains(token), "token {n} is in the logs");
    }
    for canary in ["canary", "subject-of-anna", ANNA] {
        assert!(!logs::text().contains(canary), "{canary} is in the logs");
    }
    assert_eq!(ask(&world, &key.sign(&claims)).await.status, 200, "the same without a fault is good");
}

/// `alg: none`, with an empty signature.
fn unsigned(key: &KeyPair, claims: &Value) -> String {
    let header = json!({ "alg": "none", "kid": key.id });
    let part = |json: &Value| URL_SAFE_NO_PAD.encode(json.to_string());
    format!("{}.{}.", part(&header), part(claims))
}

/// HS256, with the published key as the secret.
fn signed_with_the_public_key(key: &KeyPair, claims: &Value) -> String {
    let header = Header { kid: Some(key.id.clone()), ..Header::new(Algorithm::HS256) };
    let public = URL_SAFE_NO_PAD.decode(key.public()["x"].as_str().unwrap()).unwrap();
    let secret = EncodingKey::from_secret(&public);
    encode(&header, claims, &secret).unwrap()
}

#[tokio::test]
async fn forged_key_ids_cause_no_traffic() {
    let key = KeyPair::eddsa(1);
    let (world, issuer) = world_with(&key).await;
    let claims = anna(&world, &json!({}));
    assert_eq!(ask(&world, &key.sign(&claims)).await.status, 200);
    world.clock.advance(SignedDuration::from_secs(61));
    for n in 0..100 {
        assert_eq!(ask(&world, &key.sign_as(&format!("forged-{n}"), &claims)).await.status, 401);
    }
    assert_eq!(issuer.asked(), 2, "one for the first token, and one for all that are forged");
    assert_eq!(ask(&world, &key.sign(&claims)).await.status, 200);
}

#[tokio::test]
async fn who_comes_at_once_shares_one_fetch() {
    let key = KeyPair::eddsa(1);
    let (world, issuer) = world_with(&key).await;
    let token = key.sign(&anna(&world, &json!({})));
    let (a, b, c) = tokio::join!(ask(&world, &token), ask(&world, &token), ask(&world, &token));
    assert_eq!([a.status, b.status, c.status], [200; 3]);
    assert_eq!(issuer.asked(), 1);
}

#[tokio::test]
async fn a_new_key_is_known_within_a_minute_and_an_old_one_goes_with_the_next_fetch() {
    let (old, new) = (KeyPair::eddsa(1), KeyPair::es256(2));
    let (world, issuer) = world_with(&old).await;
    let claims = anna(&world, &json!({}));
    assert_eq!(ask(&world, &old.sign(&claims)).await.status, 200);
    issuer.publish(&[&new]);
    assert_eq!(ask(&world, &new.sign(&claims)).await.status, 401);
    world.clock.advance(SignedDuration::from_secs(60));
    assert_eq!(ask(&world, &new.sign(&claims)).await.status, 200);
    assert_eq!(ask(&world, &old.sign(&claims)).await.status, 401);
}

#[tokio::test]
async fn known_keys_serve_for_a_day_while_the_issuer_is_down() {
    let key = KeyPair::eddsa(1);
    let (world, issuer) = world_with(&key).await;
    let token = |world: &World| key.sign(&anna(world, &json!({})));
    issuer.set_down(true);
    assert_eq!(ask(&world, &token(&world)).await.status, 503, "nobody can tell whether it is good");
    issuer.set_down(false);
    world.clock.advance(SignedDuration::from_mins(1));
    assert_eq!(ask(&world, &token(&world)).await.status, 200);
    issuer.set_down(true);
    world.clock.advance(SignedDuration::from_mins(60 * 24 - 1));
    assert_eq!(ask(&world, &token(&world)).await.status, 200);
    assert_eq!(issuer.asked(), 3, "it was tried again");
    world.clock.advance(SignedDuration::from_mins(1));
    assert_eq!(ask(&world, &token(&world)).await.status, 503);
}

#[tokio::test]
async fn the_first_subject_to_come_with_an_address_keeps_it() {
    let key = KeyPair::eddsa(1);
    let (world, _issuer) = world_with(&key).await;
    let token = |subject: &str| key.sign(&anna(&world, &json!({ "sub": subject })));
    let (first, again) = (token("first"), token("first"));
    let (a, b) = tokio::join!(ask(&world, &first), ask(&world, &again));
    assert_eq!([a.status, b.status], [200; 2], "one and the same may come twice at once");
    assert_eq!(ask(&world, &token("second")).await.status, 401);
    world.enrol(ANNA, None, &[]).await;
    assert_eq!(ask(&world, &token("second")).await.status, 401, "other changes of the user keep it");
    assert_eq!(ask(&world, &first).await.status, 200);
}

#[tokio::test]
async fn another_issuer_is_a_new_beginning() {
    let world = World::new().await;
    let (anna, _) = TokenText::parse(&world.enrol(ANNA, None, &[]).await).unwrap().ids();
    for (issuer, subject, bound) in [("a", "1", true), ("a", "2", false), ("b", "2", true), ("b", "1", false)]
    {
        let subject = OidcSubject { issuer: issuer.to_owned(), subject: subject.parse().unwrap() };
        let user = world.table.bind_subject(anna, &subject, world.clock.now()).await.unwrap();
        assert_eq!(user.map(|user| user.oidc_subject == Some(subject)), bound.then_some(true), "{issuer}");
    }
}

#[tokio::test]
async fn without_an_issuer_only_api_tokens_hold() {
    let world = World::new().await;
    world.enrol(ANNA, Some((world.lead, Role::Owner)), &[]).await;
    let token = KeyPair::eddsa(1).sign(&anna(&world, &json!({})));
    assert_eq!(ask(&world, &token).await.status, 401);
}

#[tokio::test]
async fn whatever_is_asked_first_amid_a_change_of_pepper_keeps_the_user_under_the_new_one() {
    let key = KeyPair::eddsa(1);
    let issuer = Issuer::start(&[&key]).await;
    let parameters =
        [("OidcIssuer", ISSUER), ("OidcAudience", AUDIENCE), ("OidcJwksUrl", issuer.jwks_url.as_str())];
    let mut world = World::between_peppers(parameters).await;
    let lead = Fixtures::make(&mut world).await;
    let peppers = world.system.plan.functions["ReadOrgs"].variables["PEPPER"].clone();
    let (before, new) = peppers.split_once(",2:").unwrap();
    let refs = |pepper: &str| Refs::new(Keyring::parse(pepper, "refs").unwrap());
    let (old, new) = (refs(before), refs(&format!("1:-,2:{new}")));
    let mut asked = BTreeSet::new();
    for operation in operations().0 {
        let route = (operation.method, operation.path);
        let serves = |trigger: &Trigger| matches!(trigger, Trigger::Http { method, path } if (method.as_str(), path.as_str()) == route);
        let functions = &world.system.plan.functions;
        let (function, _) =
            functions.iter().find(|(_, function)| function.triggers.iter().any(serves)).unwrap();
        if operation.needs == Needs::Nothing || operation.method != "GET" || !asked.insert(function.clone()) {
            continue;
        }
        let email = format!("{}@example.org", function.to_lowercase());
        let cursors = Keyring::parse(before, "cursors").unwrap();
        let staff =
            Staff::new(world.table.clone(), old.clone(), cursors, world.clock.clone(), Random::System);
        let enrolment = Enrolment {
            email: email.parse().unwrap(),
            instance_permissions: [InstancePermission::ManageOrgs, InstancePermission::ManageUsers].into(),
            staff_of: Some((world.lead, Role::Owner)),
            label: "before".parse().unwrap(),
        };
        staff.enrol(enrolment).await.unwrap();
        let known = async |refs: &Refs| {
            let email_ref = refs.user(&email.parse().unwrap()).0;
            world.table.user_by_email(&email_ref).await.unwrap().map(|user| user.id)
        };
        assert_eq!(known(&new).await, None, "{function}");
        let token = key.sign(&anna(&world, &json!({ "sub": email, "email": email })));
        let answer = lead.call(&world, &token, &operation).await;
        assert_eq!(answer.status, 200, "{} {}: {}", operation.method, operation.path, answer.text);
        assert!(known(&new).await.is_some(), "{function}");
        assert_eq!(known(&new).await, known(&old).await, "{function}");
    }
    assert!(asked.len() > 12, "{asked:?}");
}
