//! What everyone may see of a campaign's actions.

use std::collections::BTreeMap;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    action::{Action, FieldValue},
    campaign::Campaign,
    id::{Id, Kind},
    name::ActionType,
    person::Country,
    table::PublicActions,
};

/// A page of what everyone may see of a campaign's actions, the newest first.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct PublicList {
    items: Vec<PublicAction>,
    /// The cursor of the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// What everyone may see of an action: nothing of the person but where they live.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PublicAction {
    action_type: ActionType,
    created_at: Timestamp,
    area: Option<Country>,
    #[schemars(with = "BTreeMap<String, serde_json::Value>")]
    custom_fields: BTreeMap<String, FieldValue>,
}

impl PublicList {
    /// What the campaign lets everyone see of these actions at this moment.
    ///
    /// The cursor is the place itself. Sealing it would hide nothing, and make the same answer another one
    /// each time, which nobody could keep.
    pub fn new(campaign: &Campaign, found: PublicActions) -> Self {
        let items = found.actions.into_iter().filter_map(|(row, action)| {
            let custom_fields: BTreeMap<_, _> = campaign
                .public_part(&action)
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value.clone()))
                .collect();
            (!custom_fields.is_empty()).then_some(PublicAction {
                action_type: action.action_type,
                created_at: action.created_at,
                area: row.area,
                custom_fields,
            })
        });
        Self { items: items.collect(), next: found.before.map(cursor) }
    }
}

fn cursor(before: Id<Action>) -> String {
    before.uuid().simple().to_string()
}

/// The place that a cursor stands for.
pub fn place(cursor: &str) -> Option<Id<Action>> {
    format!("{}_{cursor}", Action::PREFIX).parse().ok()
}
