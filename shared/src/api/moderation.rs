//! Moderation, as the API shows what waits and takes what is decided.

use jiff::Timestamp;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{
    action::{Action, CustomFields},
    api::{
        body::body,
        operation::{Needs, Operations},
    },
    campaign::Campaign,
    id::Id,
    moderation::Note,
    name::ActionType,
    page::ActionPage,
    permission::Permission,
    person::{Country, Details},
    staff::Listed,
    supporter::Supporter,
    text::Tag,
    violation::Rule,
};

body! {
    /// Which actions are decided on, and a note of why.
    pub struct Decisions {
        /// As the list of those that wait names them.
        required actions "actions": Entries,
        /// For colleagues: kept with each action.
        optional note "note": Note,
    }
}

/// An action that waits, by what finds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Who did it.
    pub supporter: Id<Supporter>,
    /// What they did.
    pub action: Id<Action>,
}

/// 1 to 50 actions that wait.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Vec<Entry>")]
pub struct Entries(Vec<Entry>);

impl Entries {
    /// The entries, as they were given.
    pub fn iter(&self) -> impl Iterator<Item = Entry> {
        self.0.iter().copied()
    }
}

impl TryFrom<Vec<Entry>> for Entries {
    type Error = Rule;

    fn try_from(entries: Vec<Entry>) -> Result<Self, Rule> {
        (1..=50).contains(&entries.len()).then_some(Self(entries)).ok_or(Rule("must be 1 to 50 actions"))
    }
}

impl JsonSchema for Entries {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Entries".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let entry = generator.subschema_for::<Entry>();
        json_schema!({ "type": "array", "items": entry, "minItems": 1, "maxItems": 50 })
    }
}

/// An action that waits for a moderator.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct WaitingAction {
    supporter: Id<Supporter>,
    action: Id<Action>,
    action_type: ActionType,
    custom_fields: CustomFields,
    campaign: Id<Campaign>,
    page: Id<ActionPage>,
    /// Address of the page the widget ran on.
    location: Option<Tag>,
    area: Option<Country>,
    testing: bool,
    /// Who it is, for staff who may also read contacts, where the org has one that is not sealed.
    contact: Option<Details>,
    created_at: Timestamp,
}

impl WaitingAction {
    /// An action of a supporter, with the personal data for who may read them.
    pub fn new(action: Action, supporter: &Supporter, contact: Option<Details>) -> Self {
        Self {
            supporter: supporter.id,
            action: action.id,
            action_type: action.action_type,
            custom_fields: action.custom_fields,
            campaign: action.campaign,
            page: action.page,
            location: action.tracking.location,
            area: supporter.area.clone(),
            testing: action.testing,
            contact,
            created_at: action.created_at,
        }
    }
}

/// What became of each action, in the order in which they were given.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Decided {
    /// One for each.
    pub results: Vec<EntryResult>,
}

/// What became of one action.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct EntryResult {
    /// Who did it.
    pub supporter: Id<Supporter>,
    /// What they did.
    pub action: Id<Action>,
    /// What became of it.
    pub outcome: Outcome,
}

/// What became of an action by a decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It goes on its way.
    Accepted,
    /// It is not wanted.
    Rejected,
    /// Nothing: it does not wait, as when it was decided before.
    AlreadyDecided,
    /// Nothing: the org has no such action.
    NotFound,
    /// Nothing: it was being changed at the same time. Ask again.
    Busy,
}

pub(super) fn describe(api: &mut Operations) {
    let moderate = Needs::Permission(Permission::Moderate);
    let example = json!({
        "actions": [{
            "supporter": "sup_019d0c5e7f2a7000800000000000002a",
            "action": "act_019d0c5e7f2a7000800000000000002b",
        }],
        "note": "Checked by phone.",
    });
    api.add(
        ("GET", "/v1/orgs/{org}/moderation"),
        "moderation list",
        "Lists actions on the org's pages that wait for a moderator, the oldest first",
        moderate,
    )
    .paged()
    .answers::<Listed<WaitingAction>>(200);
    api.add(
        ("POST", "/v1/orgs/{org}/moderation/accept"),
        "moderation accept",
        "Lets actions that wait go on their way",
        moderate,
    )
    .body::<Decisions>(example.clone())
    .answers::<Decided>(200);
    api.add(
        ("POST", "/v1/orgs/{org}/moderation/reject"),
        "moderation reject",
        "Turns actions that wait away; their supporters stay as they are",
        moderate,
    )
    .body::<Decisions>(example)
    .answers::<Decided>(200);
}
