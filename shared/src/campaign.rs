//! Campaigns: what is asked for, by whom, under which rules.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    config_value::PublicConfig,
    id::{Id, Kind},
    name::{FieldSelector, Name, TemplateName},
    org::Org,
    text::Line,
};

/// An advocacy campaign, owned by its lead org.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Campaign {
    /// Identity.
    pub id: Id<Self>,
    /// Small number for embedded widgets.
    pub number: u32,
    /// Unique name.
    pub name: Name,
    /// What people call it.
    pub title: Line,
    /// The org that owns it.
    pub lead: Id<Org>,
    /// The lead's own number for it; unique in the lead org.
    pub external_id: Option<u64>,
    /// Which personal data its supporters give.
    pub contact_schema: ContactSchema,
    /// Whether it takes actions.
    pub status: CampaignStatus,
    /// When it first took actions; from then on it may have some.
    #[serde(default)]
    pub launched_at: Option<Timestamp>,
    /// When it was closed, while it is: from then on its contacts are kept for their orgs' months.
    #[serde(default)]
    pub closed_at: Option<Timestamp>,
    /// When it starts to take actions.
    pub start: Option<Timestamp>,
    /// When it stops taking actions.
    pub end: Option<Timestamp>,
    /// Whether supporters must confirm their address.
    pub supporter_confirm: Override,
    /// Template of the confirmation mail, where the page names none.
    pub supporter_confirm_template: Option<TemplateName>,
    /// Whether actions wait for a moderator.
    pub moderation: Override,
    /// Further orgs that the lead would have receive contacts, by their consent question; each must agree.
    #[serde(default)]
    pub receivers: Vec<Id<Org>>,
    /// Whether the lead receives contacts even where the page's org does.
    pub force_delivery: bool,
    /// Custom fields that everyone may read.
    pub public_fields: Vec<FieldSelector>,
    /// Custom fields that go once the action is delivered.
    pub transient_fields: Vec<FieldSelector>,
    /// Numbers of supporters to reach, one after another, ascending.
    pub goal_steps: Vec<u64>,
    /// What the campaign tells widgets, as it is.
    pub config: PublicConfig,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// Counts its changes.
    pub version: u64,
}

/// Which personal data a campaign's supporters give.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ContactSchema {
    /// First name and e-mail, and what they like to add.
    #[default]
    Basic,
}

/// Whether a campaign takes actions.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CampaignStatus {
    /// Not yet public.
    #[default]
    Draft,
    /// Takes actions.
    Live,
    /// Over.
    Closed,
}

/// A campaign's word on what the page's org has decided.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Override {
    /// As the org has it.
    #[default]
    Inherit,
    /// On, whatever the org has.
    On,
    /// Off, whatever the org has.
    Off,
}

impl Override {
    /// What holds, given the org's own setting.
    pub const fn over(self, org: bool) -> bool {
        match self {
            Self::Inherit => org,
            Self::On => true,
            Self::Off => false,
        }
    }
}

impl Campaign {
    /// A campaign with the defaults that a new one has; a draft.
    pub fn new(id: Id<Self>, number: u32, name: Name, title: Line, lead: Id<Org>, now: Timestamp) -> Self {
        Self {
            id,
            number,
            name,
            title,
            lead,
            external_id: None,
            contact_schema: ContactSchema::Basic,
            status: CampaignStatus::Draft,
            launched_at: None,
            closed_at: None,
            start: None,
            end: None,
            supporter_confirm: Override::Inherit,
            supporter_confirm_template: None,
            moderation: Override::Inherit,
            receivers: Vec::new(),
            force_delivery: false,
            public_fields: Vec::new(),
            transient_fields: Vec::new(),
            goal_steps: Vec::new(),
            config: PublicConfig::default(),
            created_at: now,
            updated_at: now,
            version: 1,
        }
    }

    /// The campaign once it takes actions, or no more, from `now` on.
    #[must_use]
    pub fn with_status(self, status: CampaignStatus, now: Timestamp) -> Self {
        let live = status == CampaignStatus::Live;
        Self {
            status,
            launched_at: self.launched_at.or(live.then_some(now)),
            closed_at: (status == CampaignStatus::Closed).then(|| self.closed_at.unwrap_or(now)),
            ..self
        }
    }

    /// Whether it takes actions at `now`: live, begun and not over.
    pub fn is_open(&self, now: Timestamp) -> bool {
        self.status == CampaignStatus::Live
            && self.start.is_none_or(|start| start <= now)
            && self.end.is_none_or(|end| now < end)
    }

    /// When it closes by itself, while it is live.
    pub fn closes_at(&self) -> Option<Timestamp> {
        self.end.filter(|_| self.status == CampaignStatus::Live)
    }

    /// The goal that `count` supporters are on their way to: the first step above, or the last one.
    pub fn goal(&self, count: u64) -> Option<u64> {
        self.goal_steps.iter().find(|step| **step > count).or(self.goal_steps.last()).copied()
    }
}

impl Kind for Campaign {
    const PREFIX: &'static str = "cmp";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_override_beats_the_org() {
        for (setting, org, holds) in [
            (Override::Inherit, true, true),
            (Override::Inherit, false, false),
            (Override::On, false, true),
            (Override::Off, true, false),
        ] {
            assert_eq!(setting.over(org), holds, "{setting:?} over {org}");
        }
    }
}
