//! Actions: single things that supporters did.

use std::collections::BTreeMap;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    campaign::Campaign,
    delivery::Delivery,
    id::{Id, Kind},
    moderation::Moderation,
    name::ActionType,
    number,
    org::Org,
    page::ActionPage,
    secret::Digest,
    stats::Tally,
    supporter::Supporter,
    text::{Tag, is_word},
    transient::FIRST_LOOK,
    violation::Rule,
};

/// One thing a supporter did; the smallest unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Action {
    /// Identity.
    pub id: Id<Self>,
    /// What was done.
    pub action_type: ActionType,
    /// The campaign.
    pub campaign: Id<Campaign>,
    /// The page.
    pub page: Id<ActionPage>,
    /// The page's org.
    pub org: Id<Org>,
    /// Who did it.
    #[serde(flatten)]
    pub doer: Doer,
    /// What the page asked beyond the contact.
    pub custom_fields: CustomFields,
    /// Whether it has custom fields that go once it has been handed on.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub transient: bool,
    /// Whether the personal data came with it.
    pub with_consent: bool,
    /// How far it has come.
    pub status: ActionStatus,
    /// Whether it is a trial that never counts.
    pub testing: bool,
    /// Where the supporter came from.
    pub tracking: Tracking,
    /// What was given.
    pub donation: Option<Donation>,
    /// What it should add to the campaign's counts.
    pub counts: Option<Tally>,
    /// What it has added to them.
    pub counted: Option<Tally>,
    /// When something of it is still to be done: processing, counting, or removing what is transient.
    pub due_at: Option<Timestamp>,
    /// What a moderator decided, if one did.
    #[serde(default)]
    pub moderation: Option<Moderation>,
    /// What was made to be sent because of it.
    #[serde(default)]
    pub deliveries: Vec<DeliveryAt>,
    /// When it was done.
    pub created_at: Timestamp,
    /// Counts its changes; a change is written only over the version it was made from.
    pub version: u64,
}

/// Where a delivery is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeliveryAt {
    /// The org whose backend is used.
    pub org: Id<Org>,
    /// The delivery.
    pub id: Id<Delivery>,
}

/// Who did an action.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Doer {
    /// A supporter.
    Supporter(Id<Supporter>),
    /// Somebody whose contact may still come, under this digest of the widget's ref.
    Pending(Digest),
}

/// How far an action has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ActionStatus {
    /// Just taken in.
    New,
    /// Waits for a moderator.
    Confirming,
    /// A moderator said yes.
    Accepted,
    /// Not wanted.
    Rejected,
    /// Handed on.
    Delivered,
    /// Done before on the same page.
    Repeat,
}

/// Where the supporter came from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Tracking {
    /// `utm_source`.
    pub source: Tag,
    /// `utm_medium`.
    pub medium: Tag,
    /// `utm_campaign`.
    pub campaign: Tag,
    /// `utm_content`.
    pub content: Tag,
    /// Address of the page the widget ran on.
    pub location: Option<Tag>,
}

/// Money given, in the currency's minor unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Donation {
    /// How much, in cents or the like.
    pub amount_minor: u64,
    /// ISO 4217 code.
    pub currency: Currency,
    /// How often.
    pub frequency: Frequency,
}

/// How often a donation is given.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Frequency {
    /// Once.
    #[default]
    OneOff,
    /// Each week.
    Weekly,
    /// Each month.
    Monthly,
    /// Each year.
    Yearly,
}

crate::text::text_value! {
    /// A currency by its ISO 4217 code, upper-cased.
    Currency, |text| {
        let text = text.to_ascii_uppercase();
        if text.len() == 3 && text.bytes().all(|b| b.is_ascii_uppercase()) { Ok(text) } else { Err(Rule("must be an ISO 4217 code")) }
    }
}

/// A flat map of what the page asked: at most 30 fields, 5 kB in all.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "BTreeMap<String, FieldValue>", into = "BTreeMap<String, FieldValue>")]
pub struct CustomFields(BTreeMap<String, FieldValue>);

/// A custom field's value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum FieldValue {
    /// One value.
    One(Scalar),
    /// Several values of one kind.
    Many(Vec<Scalar>),
}

/// A string, a number or a yes-or-no.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Scalar {
    /// Yes or no.
    Bool(bool),
    /// A number, with the digits it came with.
    Number(serde_json::Number),
    /// Text.
    Text(String),
}

impl CustomFields {
    /// The fields by name.
    pub const fn as_map(&self) -> &BTreeMap<String, FieldValue> {
        &self.0
    }

    /// The others, without those of which this is true.
    #[must_use]
    pub(crate) fn without(mut self, gone: impl Fn(&str) -> bool) -> Self {
        self.0.retain(|name, _| !gone(name));
        self
    }
}

impl FieldValue {
    fn scalars(&self) -> &[Scalar] {
        match self {
            Self::One(scalar) => std::slice::from_ref(scalar),
            Self::Many(list) => list,
        }
    }
}

impl Scalar {
    /// Whether the table can hold it.
    fn is_storable(&self) -> bool {
        match self {
            Self::Number(number) => number::is_storable(number),
            Self::Bool(_) | Self::Text(_) => true,
        }
    }
}

const FIELDS_RULE: Rule = Rule("must be at most 30 fields with names of A-Z a-z 0-9 _ -, 5 kB in all");

impl TryFrom<BTreeMap<String, FieldValue>> for CustomFields {
    type Error = Rule;

    fn try_from(map: BTreeMap<String, FieldValue>) -> Result<Self, Rule> {
        let bytes = serde_json::to_vec(&map).map_or(usize::MAX, |json| json.len());
        let fits = map.len() <= 30 && bytes <= 5 * 1024 && map.keys().all(|key| is_word(key, 64));
        let uniform = map.values().all(|value| match value {
            FieldValue::One(_) => true,
            FieldValue::Many(list) => list.windows(2).all(|pair| match pair {
                [a, b] => std::mem::discriminant(a) == std::mem::discriminant(b),
                _ => true,
            }),
        });
        let storable = map.values().flat_map(FieldValue::scalars).all(Scalar::is_storable);
        match (fits && storable, uniform) {
            (true, true) => Ok(Self(map)),
            (false, _) => Err(FIELDS_RULE),
            (true, false) => Err(Rule("must hold lists of one kind of value only")),
        }
    }
}

impl From<CustomFields> for BTreeMap<String, FieldValue> {
    fn from(fields: CustomFields) -> Self {
        fields.0
    }
}

/// Most deliveries that an action names.
const MOST_NAMED: usize = 200;

impl Action {
    /// The supporter who did it, once that is known.
    pub const fn supporter(&self) -> Option<Id<Supporter>> {
        match self.doer {
            Doer::Supporter(id) => Some(id),
            Doer::Pending(_) => None,
        }
    }

    /// Whether the campaign's counts lack what it should add to them, or have what it should not.
    pub fn is_uncounted(&self) -> bool {
        self.counts != self.counted
    }

    /// Whether the mail that answers it may still be to come.
    pub const fn may_be_answered(&self) -> bool {
        use ActionStatus as A;
        self.with_consent && matches!(self.status, A::New | A::Confirming | A::Accepted)
    }

    /// Whether a step of the state machine may still be open.
    pub const fn is_unprocessed(&self) -> bool {
        self.due_at.is_some()
            && self.supporter().is_some()
            && matches!(self.status, ActionStatus::New | ActionStatus::Accepted)
    }

    /// Sets when something of it is to be done next, once it was dealt with at `at`.
    pub(crate) fn rest(&mut self, at: Timestamp) {
        self.due_at = match (self.is_uncounted(), self.sheds()) {
            (true, _) => Some(at),
            (false, true) => Some(at + FIRST_LOOK),
            (false, false) => None,
        };
    }

    /// Names a delivery that was made because of it.
    ///
    /// The sweeper needs the name while the supporter is young, and lists go by it. What toggles back and
    /// forth names at most 200: the oldest go.
    pub fn name(&mut self, at: DeliveryAt) {
        self.deliveries.push(at);
        let excess = self.deliveries.len().saturating_sub(MOST_NAMED);
        self.deliveries.drain(..excess);
    }

    /// The action once the campaign's counts have what it should add.
    #[must_use]
    pub fn into_counted(mut self) -> Self {
        self.counted.clone_from(&self.counts);
        if let Some(at) = self.due_at.filter(|_| !self.is_unprocessed()) {
            self.rest(at);
        }
        self
    }
}

impl Kind for Action {
    const PREFIX: &'static str = "act";
}
