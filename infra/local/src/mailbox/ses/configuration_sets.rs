//! `/v2/email/configuration-sets`: the names under which events are published.

use axum::{
    Json,
    body::Bytes,
    extract::{Path, State},
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{error::SesError, invalid::Invalid, read, required};
use crate::mailbox::Mailbox;

const MAX_NAME: usize = 64;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct CreateConfigurationSet {
    configuration_set_name: Option<String>,
}

/// `CreateConfigurationSet`.
pub(super) async fn create(State(mailbox): State<Mailbox>, body: Bytes) -> Result<Json<Value>, SesError> {
    let request: CreateConfigurationSet = read(&body)?;
    let name = required(request.configuration_set_name, "configurationSetName")?;
    if !is_name(&name) {
        return Err(Invalid::ConfigurationSetName(name).into());
    }
    if !mailbox.account().create_configuration_set(&name) {
        return Err(SesError::ConfigurationSetExists(name));
    }
    Ok(Json(json!({})))
}

/// `GetConfigurationSet`.
pub(super) async fn show(
    State(mailbox): State<Mailbox>,
    Path(name): Path<String>,
) -> Result<Json<Value>, SesError> {
    if !mailbox.account().has_configuration_set(&name) {
        return Err(SesError::NoConfigurationSet(name));
    }
    Ok(Json(json!({
        "ConfigurationSetName": name,
        "ReputationOptions": { "ReputationMetricsEnabled": false },
        "SendingOptions": { "SendingEnabled": true },
        "Tags": [],
    })))
}

fn is_name(name: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    (1..=MAX_NAME).contains(&name.len()) && name.chars().all(is_plain)
}
