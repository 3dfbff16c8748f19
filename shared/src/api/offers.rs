//! Further receivers of a campaign, and the offers made to them, as the API takes and shows them.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    api::{
        campaigns::CampaignView,
        operation::{Needs, Operations},
    },
    campaign::{Campaign, CampaignStatus},
    id::Id,
    name::Name,
    offer::Offer,
    org::Org,
    permission::Permission,
    staff::Listed,
    text::Line,
};

/// A further org that a campaign names to receive its contacts, for the lead.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReceiverView {
    org: Id<Org>,
    name: Name,
    title: Line,
    agreed_at: Option<Timestamp>,
    offered_at: Timestamp,
}

/// A campaign whose contacts are offered to an org, for that org.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct OfferView {
    campaign: Id<Campaign>,
    name: Name,
    title: Line,
    status: CampaignStatus,
    lead: Id<Org>,
    agreed_at: Option<Timestamp>,
    offered_at: Timestamp,
}

/// The further receivers of a campaign.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Receivers {
    /// In the order in which they were named.
    pub items: Vec<ReceiverView>,
}

impl ReceiverView {
    /// What the lead sees of an offer and the org it was made to.
    pub fn new(offer: &Offer, org: Org) -> Self {
        let Org { id, name, title, .. } = org;
        Self { org: id, name, title, agreed_at: offer.agreed_at, offered_at: offer.created_at }
    }
}

impl OfferView {
    /// What an org sees of an offer and its campaign.
    pub fn new(offer: &Offer, campaign: Campaign) -> Self {
        let Campaign { id, name, title, status, lead, .. } = campaign;
        let (agreed_at, offered_at) = (offer.agreed_at, offer.created_at);
        Self { campaign: id, name, title, status, lead, agreed_at, offered_at }
    }
}

pub(super) fn describe(api: &mut Operations) {
    let all = "/v1/orgs/{org}/campaigns/{campaign}/receivers";
    let one = "/v1/orgs/{org}/campaigns/{campaign}/receivers/{receiver}";
    let (manage, agree) = (Permission::ManageCampaigns, Permission::ManageOrg);
    let summary = "Lists the further orgs that a campaign would have receive its contacts";
    api.add(("GET", all), "receiver list", summary, Needs::Member).answers::<Receivers>(200);
    let summary = "Names a further org, which receives contacts once it agrees, of those who say yes to it";
    api.add(("PUT", one), "receiver add", summary, Needs::Permission(manage))
        .if_match()
        .answers::<CampaignView>(200);
    let summary = "Names an org no more: it receives no contacts from then on";
    api.add(("DELETE", one), "receiver remove", summary, Needs::Permission(manage))
        .if_match()
        .answers::<CampaignView>(200);
    let offers = "/v1/orgs/{org}/offers";
    let summary = "Lists the campaigns of others whose contacts are offered to the org";
    api.add(("GET", offers), "offer list", summary, Needs::Member).paged().answers::<Listed<OfferView>>(200);
    let (accept, decline) =
        ("/v1/orgs/{org}/offers/{campaign}/accept", "/v1/orgs/{org}/offers/{campaign}/decline");
    let summary = "Receives a campaign's contacts from now on";
    api.add(("POST", accept), "offer accept", summary, Needs::Permission(agree));
    let summary = "Receives no contacts of a campaign, or no more";
    api.add(("POST", decline), "offer decline", summary, Needs::Permission(agree));
}
