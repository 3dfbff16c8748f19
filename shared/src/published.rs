//! Actions of which everyone may see something.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    action::{Action, ActionStatus, FieldValue},
    campaign::Campaign,
    id::Id,
    name::{ActionType, FieldSelector},
    person::Country,
    supporter::Supporter,
};

/// That there is something public of an action, and where.
///
/// It holds nothing of what is public: that is read from the action each time, so that an action that was
/// turned away or emptied since shows nothing any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Published {
    /// The campaign.
    pub campaign: Id<Campaign>,
    /// The action.
    pub action: Id<Action>,
    /// Who did it.
    pub supporter: Id<Supporter>,
    /// Where they live.
    pub area: Option<Country>,
}

impl Campaign {
    /// The custom fields of an action that everyone may read at this moment; none of one that is not
    /// delivered, of a trial, or of somebody who did the same before.
    pub fn public_part<'a>(&self, action: &'a Action) -> BTreeMap<&'a str, &'a FieldValue> {
        let shown = action.status == ActionStatus::Delivered && !action.testing;
        let fields = action.custom_fields.as_map().iter().filter(|_| shown);
        let public = |field: &str| selects(&self.public_fields, &action.action_type, field);
        fields.filter(|(name, _)| public(name)).map(|(name, value)| (name.as_str(), value)).collect()
    }
}

/// Whether one of the selectors names this field of this type of action.
pub(crate) fn selects(selectors: &[FieldSelector], action_type: &ActionType, field: &str) -> bool {
    selectors.iter().any(|selector| {
        selector
            .as_str()
            .split_once(':')
            .is_some_and(|(of, name)| of == action_type.as_str() && name == field)
    })
}
