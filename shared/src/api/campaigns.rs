//! Campaigns as the API takes and shows them.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;

use crate::{
    api::{
        body::{Moment, body, set},
        operation::{Needs, Operations},
    },
    campaign::{Campaign, CampaignStatus, ContactSchema, Override},
    config_value::PublicConfig,
    id::Id,
    name::{FieldSelector, Name, TemplateName},
    org::Org,
    permission::Permission,
    staff::Listed,
    text::Line,
};

body! {
    /// A new campaign, a draft; further settings are changes of it.
    pub struct NewCampaign {
        /// Unique name, in any case of its letters.
        required name "name": Name,
        /// What people call it.
        required title "title": Line,
    }
}

body! {
    /// Changes of a campaign.
    #[derive(Default)]
    pub struct CampaignPatch {
        /// What people call it.
        optional title "title": Line,
        /// The org's own number for it; unique in the org.
        edit external_id "externalId": u32,
        /// When it starts to take actions.
        edit start "start": Moment,
        /// When it stops taking actions.
        edit end "end": Moment,
        /// Whether supporters must confirm their address.
        optional supporter_confirm "supporterConfirm": Override,
        /// Template of the confirmation mail, where the page names none.
        edit supporter_confirm_template "supporterConfirmTemplate": TemplateName,
        /// Whether actions wait for a moderator.
        optional moderation "moderation": Override,
        /// Whether the org receives contacts even where the page's org does.
        optional force_delivery "forceDelivery": bool,
        /// Custom fields that everyone may read, as `type:field`.
        optional public_fields "publicFields": Vec<FieldSelector>,
        /// Custom fields that are removed once every message of their action has ended, as `type:field`.
        optional transient_fields "transientFields": Vec<FieldSelector>,
        /// Numbers of supporters to reach, one after another, ascending.
        optional goal_steps "goalSteps": GoalSteps,
        /// What the campaign tells widgets.
        optional config "config": PublicConfig,
    }
}

/// Ascending numbers, at most 50.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
#[serde(try_from = "Vec<u32>")]
pub struct GoalSteps(Vec<u32>);

impl TryFrom<Vec<u32>> for GoalSteps {
    type Error = crate::violation::Rule;

    fn try_from(steps: Vec<u32>) -> Result<Self, Self::Error> {
        let ascending = steps.windows(2).all(|pair| matches!(pair, [a, b] if a < b));
        let fits = steps.len() <= 50 && ascending;
        fits.then_some(Self(steps)).ok_or(crate::violation::Rule("must be at most 50 ascending numbers"))
    }
}

/// A campaign, for staff of the org that leads it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CampaignView {
    id: Id<Campaign>,
    number: u32,
    name: Name,
    title: Line,
    lead: Id<Org>,
    external_id: Option<u64>,
    contact_schema: ContactSchema,
    status: CampaignStatus,
    start: Option<Timestamp>,
    end: Option<Timestamp>,
    supporter_confirm: Override,
    supporter_confirm_template: Option<TemplateName>,
    moderation: Override,
    receivers: Vec<Id<Org>>,
    force_delivery: bool,
    public_fields: Vec<FieldSelector>,
    transient_fields: Vec<FieldSelector>,
    goal_steps: Vec<u64>,
    config: PublicConfig,
    created_at: Timestamp,
    updated_at: Timestamp,
    version: u64,
}

impl From<Campaign> for CampaignView {
    fn from(campaign: Campaign) -> Self {
        Self {
            id: campaign.id,
            number: campaign.number,
            name: campaign.name,
            title: campaign.title,
            lead: campaign.lead,
            external_id: campaign.external_id,
            contact_schema: campaign.contact_schema,
            status: campaign.status,
            start: campaign.start,
            end: campaign.end,
            supporter_confirm: campaign.supporter_confirm,
            supporter_confirm_template: campaign.supporter_confirm_template,
            moderation: campaign.moderation,
            receivers: campaign.receivers,
            force_delivery: campaign.force_delivery,
            public_fields: campaign.public_fields,
            transient_fields: campaign.transient_fields,
            goal_steps: campaign.goal_steps,
            config: campaign.config,
            created_at: campaign.created_at,
            updated_at: campaign.updated_at,
            version: campaign.version,
        }
    }
}

impl CampaignPatch {
    /// Changes the campaign; the names of the fields that changed.
    pub fn apply(self, campaign: &mut Campaign) -> Vec<String> {
        let steps = self.goal_steps.map(|steps| steps.0.into_iter().map(u64::from).collect());
        [
            ("title", set(&mut campaign.title, self.title)),
            ("externalId", self.external_id.map(u64::from).apply(&mut campaign.external_id)),
            ("start", self.start.map(|moment| moment.0).apply(&mut campaign.start)),
            ("end", self.end.map(|moment| moment.0).apply(&mut campaign.end)),
            ("supporterConfirm", set(&mut campaign.supporter_confirm, self.supporter_confirm)),
            (
                "supporterConfirmTemplate",
                self.supporter_confirm_template.apply(&mut campaign.supporter_confirm_template),
            ),
            ("moderation", set(&mut campaign.moderation, self.moderation)),
            ("forceDelivery", set(&mut campaign.force_delivery, self.force_delivery)),
            ("publicFields", set(&mut campaign.public_fields, self.public_fields)),
            ("transientFields", set(&mut campaign.transient_fields, self.transient_fields)),
            ("goalSteps", set(&mut campaign.goal_steps, steps)),
            ("config", set(&mut campaign.config, self.config)),
        ]
        .into_iter()
        .filter(|(_, changed)| *changed)
        .map(|(name, _)| name.to_owned())
        .collect()
    }
}

pub(super) fn describe(api: &mut Operations) {
    let (all, one) = ("/v1/orgs/{org}/campaigns", "/v1/orgs/{org}/campaigns/{campaign}");
    let manage = Needs::Permission(Permission::ManageCampaigns);
    api.add(("GET", all), "campaign list", "Lists the campaigns that the org leads", Needs::Member)
        .paged()
        .answers::<Listed<CampaignView>>(200);
    api.add(("POST", all), "campaign create", "Makes a campaign, a draft", manage)
        .body::<NewCampaign>(json!({ "name": "clean_air", "title": "Clean air for everyone" }))
        .answers::<CampaignView>(201);
    api.add(("GET", one), "campaign get", "Shows a campaign that the org leads", Needs::Member)
        .answers::<CampaignView>(200);
    api.add(("PATCH", one), "campaign update", "Changes a campaign's settings", manage)
        .if_match()
        .body::<CampaignPatch>(json!({ "goalSteps": [100, 1000], "end": "2027-06-30T22:00:00Z" }))
        .beyond_schema()
        .answers::<CampaignView>(200);
    api.add(
        ("DELETE", one),
        "campaign delete",
        "Removes a campaign that was never live and has no pages",
        manage,
    )
    .if_match();
    api.add(
        ("POST", "/v1/orgs/{org}/campaigns/{campaign}/launch"),
        "campaign launch",
        "Lets a campaign take actions, for the first time or again",
        manage,
    )
    .if_match()
    .answers::<CampaignView>(200);
    api.add(
        ("POST", "/v1/orgs/{org}/campaigns/{campaign}/close"),
        "campaign close",
        "Lets a campaign take no more actions",
        manage,
    )
    .if_match()
    .answers::<CampaignView>(200);
}
