//! The feed of an org's messages, as the API answers it.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};

use crate::{
    api::operation::{Needs, Operations},
    permission::Permission,
    staff::MOST,
};

/// What an org was told, in the order of time.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Feed {
    /// The messages; there may be none.
    pub events: Vec<FeedEvent>,
    /// The `after` of the next request: always there, and good for a year.
    pub next: String,
    /// Whether there is more at once. Where not, ask again in a minute.
    pub more: bool,
}

/// One message, as the org's backends get it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FeedEvent {
    /// The `webhook-id` that it would come with: the same over replays, and in every answer.
    pub message_id: String,
    /// When it was made.
    pub made_at: Timestamp,
    /// What a webhook would have as its body.
    pub message: Value,
}

pub(super) fn describe(api: &mut Operations) {
    let time = json!({ "type": "string", "format": "date-time" });
    let limit = json!({ "type": "integer", "minimum": 1, "maximum": MOST });
    api.add(
        ("GET", "/v1/orgs/{org}/events"),
        "event pull",
        "Pulls the messages that the org's backends get, or would get, the oldest first, three minutes late",
        Needs::Permission(Permission::ExportContacts),
    )
    .query("after", "The `next` of the answer before.", json!({ "type": "string" }))
    .query("since", "Where to begin without `after`; with the oldest message where not given.", time)
    .query("limit", "Messages that one answer looks at; 50 where not given.", limit)
    .answers::<Feed>(200);
}
