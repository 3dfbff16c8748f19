//! How it stands with an org's deliveries, as the API answers it.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;

use crate::{
    api::operation::{Needs, Operations},
    delivery::Purpose,
    permission::Permission,
};

/// How it stands with an org's deliveries, service by service.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DeliveryCounts {
    /// The services that the org uses, and what is sent through each.
    pub services: Vec<ServiceCounts>,
    /// What was made from then on is counted.
    pub since: Timestamp,
    /// Whether there was more than one request counts: the numbers are too low then.
    pub cut: bool,
}

/// How it stands with what is sent through one service.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ServiceCounts {
    /// The service's id, or `SYSTEM`; none where the org has no backend for these purposes.
    pub service: Option<String>,
    /// What is sent through it.
    pub purposes: Vec<Purpose>,
    /// Still to be sent, or being sent.
    pub waiting: u64,
    /// Since when the oldest of those waits.
    pub oldest_waiting_at: Option<Timestamp>,
    /// Arrived.
    pub done: u64,
    /// Given up.
    pub dead: u64,
    /// No longer wanted.
    pub cancelled: u64,
    /// Kept for the org's feed, lists and exports, with nowhere to go.
    pub kept: u64,
    /// How the endpoint fares, where it is a webhook or queue of the org's own.
    pub endpoint: Option<EndpointHealth>,
}

/// How an endpoint fares.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct EndpointHealth {
    /// Attempts that failed since one succeeded.
    pub failures: u32,
    /// Until when it is not asked, since it failed too often; then one message is tried for all.
    pub not_asked_until: Option<Timestamp>,
    /// When it last took a message, or up to ten minutes before.
    pub succeeded_at: Option<Timestamp>,
}

pub(super) fn describe(api: &mut Operations) {
    let time = json!({ "type": "string", "format": "date-time" });
    api.add(
        ("GET", "/v1/orgs/{org}/delivery-counts"),
        "delivery count",
        "Counts what waits, arrived and was given up, by service, and says how each endpoint fares",
        Needs::Permission(Permission::ViewDeliveries),
    )
    .query("since", "What was made from then on; four days ago where not given, and at most a week.", time)
    .answers::<DeliveryCounts>(200);
}
