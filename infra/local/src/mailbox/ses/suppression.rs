//! `/v2/email/suppression/addresses`: where the account does not send to.

use axum::{
    Json,
    body::Bytes,
    extract::{Path, State},
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{error::SesError, read, required};
use crate::mailbox::{
    Mailbox,
    account::{Reason, Suppressed},
    address,
};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct PutSuppressedDestination {
    email_address: Option<String>,
    reason: Option<Reason>,
}

/// `PutSuppressedDestination`: adds an address or changes why it is there.
pub(super) async fn put(State(mailbox): State<Mailbox>, body: Bytes) -> Result<Json<Value>, SesError> {
    let request: PutSuppressedDestination = read(&body)?;
    let address = required(request.email_address, "emailAddress")?;
    let reason = required(request.reason, "reason")?;
    let bare = address::check(&address)?;
    let updated_at = mailbox.now();
    mailbox.account().suppress(bare, Suppressed { reason, updated_at });
    Ok(Json(json!({})))
}

/// `GetSuppressedDestination`.
pub(super) async fn show(
    State(mailbox): State<Mailbox>,
    Path(address): Path<String>,
) -> Result<Json<Value>, SesError> {
    let Some(suppressed) = mailbox.account().suppressed(&address) else {
        return Err(SesError::NotSuppressed(address));
    };
    Ok(Json(json!({
        "SuppressedDestination": {
            "EmailAddress": address,
            "Reason": suppressed.reason,
            "LastUpdateTime": suppressed.updated_at.as_second(),
        },
    })))
}

/// `DeleteSuppressedDestination`.
pub(super) async fn delete(
    State(mailbox): State<Mailbox>,
    Path(address): Path<String>,
) -> Result<Json<Value>, SesError> {
    if !mailbox.account().unsuppress(&address) {
        return Err(SesError::NotSuppressed(address));
    }
    Ok(Json(json!({})))
}
