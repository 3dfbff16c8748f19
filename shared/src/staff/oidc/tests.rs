//! Claims and signatures, without the network.

use jsonwebtoken::{
    Algorithm::{self, HS256, PS256, RS256},
    EncodingKey, Header, encode,
    jwk::Jwk,
};
use rsa::{RsaPrivateKey, pkcs1::EncodeRsaPrivateKey, rand_core::OsRng};
use serde_json::{Value, json};

use super::*;

const NOW: i64 = 1_782_900_000;

fn issuer() -> Issuer {
    Issuer {
        name: "https://login.example.org".to_owned(),
        audience: "proca".to_owned(),
        jwks: WebhookUrl::parse("https://login.example.org/jwks", Reach::Public).unwrap(),
        email_claim: "email".to_owned(),
        verified_claim: Some("email_verified".to_owned()),
    }
}

/// Good claims, with these in place of theirs; null takes one away.
fn claims(changed: &Value) -> Claims {
    let good = json!({
        "iss": "https://login.example.org", "aud": "proca", "sub": "1", "exp": NOW + 300,
        "email": "Anna@Example.org", "email_verified": true,
    });
    let Value::Object(mut claims) = good else { unreachable!() };
    claims.extend(changed.as_object().unwrap().clone());
    claims.retain(|_, value| !value.is_null());
    claims
}

fn shown(changed: &Value) -> Result<Person, Refusal> {
    Person::shown_by(&claims(changed), &issuer(), Timestamp::from_second(NOW).unwrap())
}

#[test]
fn good_claims_show_a_person() {
    let anna = Ok(Person { email: "anna@example.org".parse().unwrap(), subject: "1".parse().unwrap() });
    for good in [
        json!({}),
        json!({ "aud": ["other", "proca"] }),
        json!({ "exp": NOW - 59 }),
        json!({ "nbf": NOW + 60 }),
        json!({ "email_verified": "true" }),
    ] {
        assert_eq!(shown(&good), anna, "{good}");
    }
}

#[test]
fn each_claim_that_is_wrong_is_told_from_the_others() {
    for (wrong, refusal) in [
        (json!({ "iss": "https://login.example.org/" }), Refusal::Issuer),
        (json!({ "iss": null }), Refusal::Issuer),
        (json!({ "aud": "other" }), Refusal::Audience),
        (json!({ "aud": [] }), Refusal::Audience),
        (json!({ "aud": { "proca": "proca" } }), Refusal::Audience),
        (json!({ "aud": null }), Refusal::Audience),
        (json!({ "exp": NOW - 60 }), Refusal::Expired),
        (json!({ "exp": "never" }), Refusal::Expired),
        (json!({ "exp": null }), Refusal::Expired),
        (json!({ "nbf": NOW + 61 }), Refusal::TooEarly),
        (json!({ "nbf": "later" }), Refusal::TooEarly),
        (json!({ "sub": null }), Refusal::Subject),
        (json!({ "sub": "x".repeat(256) }), Refusal::Subject),
        (json!({ "email": "anna" }), Refusal::Email),
        (json!({ "email": null }), Refusal::Email),
        (json!({ "email_verified": false }), Refusal::Unverified),
        (json!({ "email_verified": 1 }), Refusal::Unverified),
        (json!({ "email_verified": null }), Refusal::Unverified),
    ] {
        assert_eq!(shown(&wrong), Err(refusal), "{wrong}");
    }
}

#[test]
fn claims_are_looked_for_under_the_names_that_the_operator_says() {
    let claims = claims(&json!({ "email": null, "email_verified": null, "upn": "anna@example.org" }));
    let issuer = Issuer { email_claim: "upn".to_owned(), verified_claim: None, ..issuer() };
    assert!(Person::shown_by(&claims, &issuer, Timestamp::from_second(NOW).unwrap()).is_ok());
}

#[test]
fn an_rsa_signature_holds_by_its_own_algorithm_and_for_its_own_text() {
    let private = RsaPrivateKey::new(&mut OsRng, 2048).unwrap().to_pkcs1_der().unwrap();
    let private = EncodingKey::from_rsa_der(private.as_bytes());
    let public = DecodingKey::from_jwk(&Jwk::from_encoding_key(&private, RS256).unwrap()).unwrap();
    let sign = |algorithm: Algorithm| encode(&Header::new(algorithm), &claims(&json!({})), &private).unwrap();
    for (signed, read, good) in [
        (RS256, RS256, true),
        (PS256, PS256, true),
        (RS256, PS256, false),
        (PS256, RS256, false),
        (RS256, HS256, false),
    ] {
        let claims = signed_claims(&sign(signed), &public, read);
        assert_eq!(claims.is_ok(), good, "{signed:?} read as {read:?}");
    }
    let token = sign(RS256);
    let (text, signature) = token.rsplit_once('.').unwrap();
    let (header, _) = text.split_once('.').unwrap();
    let other = encode(&Header::new(RS256), &claims(&json!({ "sub": "2" })), &private).unwrap();
    let payload = other.split('.').nth(1).unwrap();
    assert_eq!(
        signed_claims(&format!("{header}.{payload}.{signature}"), &public, RS256),
        Err(Refusal::Forged)
    );
}
