//! Deliveries, as the API shows them and sends them again.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{
    action::Action,
    api::{
        body::{Moment, body},
        operation::{Needs, Operations},
    },
    attempt::Attempt,
    campaign::Campaign,
    delivery::{Delivery, DeliveryState, Purpose},
    event::EventKind,
    id::Id,
    page::ActionPage,
    permission::Permission,
    staff::Listed,
    supporter::Supporter,
};

body! {
    /// Which pushes and events are sent again.
    pub struct ReplaySince {
        /// Those made from then on.
        required since "since": Moment,
        /// Those made before; up to now where not given.
        optional until "until": Moment,
        /// Those that ended so; those given up where not given.
        optional states "states": Vec<Ended>,
        /// The `next` of the answer before, with the same other fields.
        optional cursor "cursor": String,
    }
}

/// How a delivery stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// It waits for its time.
    Pending,
    /// Somebody is at it.
    Leased,
    /// It arrived.
    Done,
    /// It was given up.
    Dead,
    /// It is no longer wanted.
    Cancelled,
    /// It had nowhere to go, since the org had no backend for it.
    Kept,
}

/// How a delivery ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Ended {
    /// It was given up.
    Dead,
    /// It arrived.
    Done,
    /// It was no longer wanted.
    Cancelled,
    /// It had nowhere to go, since the org had no backend for it.
    Kept,
}

impl From<DeliveryState> for Standing {
    fn from(state: DeliveryState) -> Self {
        match state {
            DeliveryState::Pending { .. } => Self::Pending,
            DeliveryState::Leased { .. } => Self::Leased,
            DeliveryState::Done { .. } => Self::Done,
            DeliveryState::Dead { .. } => Self::Dead,
            DeliveryState::Cancelled { .. } => Self::Cancelled,
            DeliveryState::Kept { .. } => Self::Kept,
        }
    }
}

impl From<Ended> for Standing {
    fn from(ended: Ended) -> Self {
        match ended {
            Ended::Dead => Self::Dead,
            Ended::Done => Self::Done,
            Ended::Cancelled => Self::Cancelled,
            Ended::Kept => Self::Kept,
        }
    }
}

/// A delivery of the org.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DeliveryView {
    id: Id<Delivery>,
    /// By which the receiver knows the message: the same over retries and replays.
    message_id: String,
    purpose: Purpose,
    state: Standing,
    /// Attempts begun, since the last replay.
    attempt: u32,
    /// When it is tried next, while it is pending; when it was due, while somebody is at it.
    due_at: Option<Timestamp>,
    /// When it ended.
    ended_at: Option<Timestamp>,
    /// How its last attempt ended.
    last_attempt: Option<AttemptView>,
    /// What it tells of, if it tells of an event.
    event: Option<EventKind>,
    /// How often the recipient's server said that it does not take the mail for now.
    transient_bounces: u32,
    /// The action it is about; none where it tells of a page or a campaign.
    action: Option<Id<Action>>,
    /// Who did that.
    supporter: Option<Id<Supporter>>,
    campaign: Id<Campaign>,
    /// The page it is about; none where it tells of the campaign.
    page: Option<Id<ActionPage>>,
    created_at: Timestamp,
}

/// A delivery of the org, with its attempts.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct DeliveryWithHistory {
    #[serde(flatten)]
    delivery: DeliveryView,
    /// Its last attempts, the newest last; at most 10, and over replays.
    history: Vec<AttemptView>,
}

/// How one attempt ended.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AttemptView {
    at: Timestamp,
    duration_ms: u32,
    /// The endpoint's HTTP status, if it answered with one.
    status: Option<u16>,
    error: Option<String>,
    /// The beginning of what the endpoint answered where it took nothing, with what it repeats of a person left
    /// out; of the last attempt alone.
    answer: Option<String>,
}

/// How many pushes and events are sent again.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Replayed {
    /// As many by this request.
    pub replayed: usize,
    /// There may be more: send it as `cursor`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

impl From<Delivery> for DeliveryView {
    fn from(row: Delivery) -> Self {
        let ended_at = match row.state {
            DeliveryState::Pending { .. } | DeliveryState::Leased { .. } => None,
            DeliveryState::Done { done_at: at }
            | DeliveryState::Dead { dead_at: at }
            | DeliveryState::Cancelled { cancelled_at: at }
            | DeliveryState::Kept { kept_at: at } => Some(at),
        };
        Self {
            id: row.id,
            message_id: row.message_id(),
            purpose: row.purpose,
            state: row.state.into(),
            attempt: row.attempt,
            due_at: row.state.due_at(),
            ended_at,
            last_attempt: row.history.last().cloned().map(AttemptView::from),
            event: row.event.as_ref().map(|event| event.what.kind()),
            transient_bounces: row.transient_bounces,
            action: row.action().map(|at| at.action),
            supporter: row.action().map(|at| at.supporter),
            campaign: row.campaign,
            page: row.page(),
            created_at: row.created_at,
        }
    }
}

impl From<Delivery> for DeliveryWithHistory {
    fn from(row: Delivery) -> Self {
        let history = row.history.iter().cloned().map(AttemptView::from).collect();
        Self { history, delivery: row.into() }
    }
}

impl From<Attempt> for AttemptView {
    fn from(Attempt { at, duration_ms, status, error, answer }: Attempt) -> Self {
        Self { at, duration_ms, status, error, answer }
    }
}

pub(super) fn describe(api: &mut Operations) {
    let (all, one) = ("/v1/orgs/{org}/deliveries", "/v1/orgs/{org}/deliveries/{delivery}");
    let view = Needs::Permission(Permission::ViewDeliveries);
    let time = json!({ "type": "string", "format": "date-time" });
    api.add(("GET", all), "delivery list", "Lists deliveries, the newest first; a page may be short", view)
        .query(
            "state",
            "Those that stand so.",
            json!({ "enum": ["pending", "leased", "done", "dead", "cancelled", "kept"] }),
        )
        .query(
            "purpose",
            "Those that send this.",
            json!({ "enum": ["push", "confirm", "reminder", "thank_you", "duplicate", "event", "look_up"] }),
        )
        .query("since", "Those made from then on; a day before `until` where not given.", time.clone())
        .query("until", "Those made before; up to now where not given.", time)
        .paged()
        .answers::<Listed<DeliveryView>>(200);
    api.add(("GET", one), "delivery get", "Shows a delivery with its attempts", view)
        .answers::<DeliveryWithHistory>(200);
    api.add(
        ("POST", "/v1/orgs/{org}/deliveries/{delivery}/replay"),
        "delivery replay",
        "Sends a push or event that has ended once more, under the same message id",
        view,
    )
    .answers::<DeliveryWithHistory>(200);
    api.add(
        ("POST", "/v1/orgs/{org}/deliveries/replay"),
        "delivery replay-since",
        "Sends pushes and events that have ended since a time once more, some at a time",
        view,
    )
    .body::<ReplaySince>(json!({ "since": "2026-07-01T00:00:00Z", "states": ["dead"] }))
    .answers::<Replayed>(200);
}
