//! The audit, as the API shows it.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    api::operation::{Needs, Operations},
    audit::Audit,
    id::Id,
    permission::Permission,
    staff::Listed,
    token::ApiToken,
    user::User,
};

/// One change that somebody of the staff made.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AuditView {
    id: Id<Audit>,
    /// Who made it; nobody where it came by itself, as a campaign's close at its end.
    user: Option<Id<User>>,
    token: Option<Id<ApiToken>>,
    operation: String,
    subject: String,
    fields: Vec<String>,
    created_at: Timestamp,
}

impl From<Audit> for AuditView {
    fn from(audit: Audit) -> Self {
        let Audit { id, org: _, user, token, operation, subject, fields, created_at } = audit;
        Self { id, user, token, operation, subject, fields, created_at }
    }
}

pub(super) fn describe(api: &mut Operations) {
    api.add(
        ("GET", "/v1/orgs/{org}/audit"),
        "audit list",
        "Lists what staff changed, the newest first",
        Needs::Permission(Permission::ManageOrg),
    )
    .paged()
    .answers::<Listed<AuditView>>(200);
}
