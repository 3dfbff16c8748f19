//! `/v2/email/identities`: the addresses and domains that may send.

use axum::{
    Json,
    body::Bytes,
    extract::{Path, State},
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{error::SesError, read, required};
use crate::mailbox::{Mailbox, address};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct CreateEmailIdentity {
    email_identity: Option<String>,
}

/// `CreateEmailIdentity`: verified at once.
pub(super) async fn create(State(mailbox): State<Mailbox>, body: Bytes) -> Result<Json<Value>, SesError> {
    let request: CreateEmailIdentity = read(&body)?;
    let identity = required(request.email_identity, "emailIdentity")?;
    // A domain is what can stand behind an `@`.
    if identity.contains('@') {
        address::check(&identity)?;
    } else {
        address::check(&format!("x@{identity}"))?;
    }
    if !mailbox.account().verify(&identity) {
        return Err(SesError::IdentityExists(identity));
    }
    Ok(Json(described(&identity)))
}

/// `GetEmailIdentity`.
pub(super) async fn show(
    State(mailbox): State<Mailbox>,
    Path(identity): Path<String>,
) -> Result<Json<Value>, SesError> {
    let status = mailbox.account().unverified(&identity);
    if status.is_none() && !mailbox.account().has_identity(&identity) {
        return Err(SesError::NoIdentity(identity));
    }
    let mut described = described(&identity);
    if let Some(described) = described.as_object_mut() {
        described.insert("VerificationStatus".to_owned(), json!(status.unwrap_or("SUCCESS")));
        described.insert("VerifiedForSendingStatus".to_owned(), json!(status.is_none()));
        described.insert("DkimAttributes".to_owned(), dkim(status.unwrap_or("SUCCESS")));
        described.insert("FeedbackForwardingStatus".to_owned(), json!(true));
        described.insert("Policies".to_owned(), json!({}));
        described.insert("Tags".to_owned(), json!([]));
    }
    Ok(Json(described))
}

/// `DeleteEmailIdentity`.
pub(super) async fn delete(
    State(mailbox): State<Mailbox>,
    Path(identity): Path<String>,
) -> Result<Json<Value>, SesError> {
    if !mailbox.account().remove_identity(&identity) {
        return Err(SesError::NoIdentity(identity));
    }
    Ok(Json(json!({})))
}

/// Keys that SES keeps, as it keeps them for every domain.
fn dkim(status: &str) -> Value {
    json!({
        "SigningEnabled": true,
        "Status": status,
        "Tokens": ["token1", "token2", "token3"],
        "SigningHostedZone": "dkim.amazonses.com",
        "SigningAttributesOrigin": "AWS_SES",
    })
}

fn described(identity: &str) -> Value {
    json!({
        "IdentityType": if identity.contains('@') { "EMAIL_ADDRESS" } else { "DOMAIN" },
        "VerifiedForSendingStatus": true,
        "DkimAttributes": { "SigningEnabled": false, "Status": "NOT_STARTED" },
    })
}
