//! Actions that an org was given, as the API shows them.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;

use crate::{
    api::{
        operation::{Needs, Operations},
        supporters::ActionView,
    },
    name::ActionType,
    permission::Permission,
    received::Received,
    secret::Digest,
    staff::Listed,
};

/// An action that the org was given.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReceivedAction {
    #[serde(flatten)]
    action: ActionView,
    /// What this org calls the person; `null` once their data are erased.
    contact_ref: Option<Digest>,
}

impl From<Received> for ReceivedAction {
    fn from(received: Received) -> Self {
        let Received { action, contact, .. } = received;
        // Whose copy is erased does not see any more what the action tells, which may be another org's to keep.
        let action = if contact.is_some() { action } else { action.anonymous() };
        Self { action: action.into(), contact_ref: contact.map(|contact| contact.contact_ref) }
    }
}

pub(super) fn describe(api: &mut Operations) {
    let time = json!({ "type": "string", "format": "date-time" });
    let action_type = api.schema_of::<ActionType>();
    let text = json!({ "type": "string", "minLength": 1 });
    api.add(
        ("GET", "/v1/orgs/{org}/actions"),
        "action list",
        "Lists the actions that the org was given, the newest first; a page may be short",
        Needs::Permission(Permission::ExportContacts),
    )
    .query("campaign", "Those of this campaign, by name, number or id.", text.clone())
    .query("page", "Those of this page, by name, number or id.", text)
    .query("actionType", "Those of this type.", action_type)
    .query(
        "status",
        "Those that stand so; what was taken back later is `rejected`.",
        json!({ "enum": ["delivered", "repeat", "rejected"] }),
    )
    .query("testing", "Trials alone, or none of them; both where not given.", json!({ "type": "boolean" }))
    .query("since", "Those given to the org from then on.", time.clone())
    .query("until", "Those given to it before; up to now where not given.", time)
    .paged()
    .answers::<Listed<ReceivedAction>>(200);
}
