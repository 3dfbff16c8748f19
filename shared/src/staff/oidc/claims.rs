//! What a token says, and whom it shows if all of that is right.

use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::{
    email::Email,
    staff::oidc::{Issuer, Refusal},
    user::Subject,
};

/// The claims of a token whose signature is good.
pub(super) type Claims = Map<String, Value>;

/// Whom a token shows.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Person {
    /// Their verified address.
    pub(super) email: Email,
    /// Who they are to the issuer.
    pub(super) subject: Subject,
}

/// How far the issuer's clock and ours may be apart.
const LEEWAY_SECS: i64 = 60;

impl Person {
    /// Whom these claims show, if they are of this issuer, for this instance and of this time.
    pub(super) fn shown_by(claims: &Claims, issuer: &Issuer, now: Timestamp) -> Result<Self, Refusal> {
        let text = |name: &str| claims.get(name).and_then(Value::as_str);
        if text("iss") != Some(&issuer.name) {
            return Err(Refusal::Issuer);
        }
        if !is_for(&issuer.audience, claims.get("aud")) {
            return Err(Refusal::Audience);
        }
        check_time(claims, now.as_second())?;
        if !issuer.verified_claim.as_ref().is_none_or(|name| is_true(claims.get(name))) {
            return Err(Refusal::Unverified);
        }
        let subject = text("sub").and_then(|text| text.parse().ok()).ok_or(Refusal::Subject)?;
        let email = text(&issuer.email_claim).and_then(|text| text.parse().ok()).ok_or(Refusal::Email)?;
        Ok(Self { email, subject })
    }
}

/// One audience, or a list of them.
fn is_for(audience: &str, claim: Option<&Value>) -> bool {
    match claim {
        Some(Value::Array(all)) => all.iter().any(|one| one == audience),
        Some(one) => one == audience,
        None => false,
    }
}

/// `exp` must be there, `nbf` may be; both in whole seconds.
fn check_time(claims: &Claims, now: i64) -> Result<(), Refusal> {
    let expires = claims.get("exp").and_then(Value::as_i64).ok_or(Refusal::Expired)?;
    if now >= expires.saturating_add(LEEWAY_SECS) {
        return Err(Refusal::Expired);
    }
    let begun = |begins: &Value| begins.as_i64().is_some_and(|at| at <= now.saturating_add(LEEWAY_SECS));
    if claims.get("nbf").is_none_or(begun) { Ok(()) } else { Err(Refusal::TooEarly) }
}

/// Some issuers write their truth values as text.
fn is_true(claim: Option<&Value>) -> bool {
    claim.is_some_and(|claim| claim == true || claim == "true")
}
