//! What supporters and widgets reach without a credential.

mod action;
pub mod list;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::{
    api::operation::{Needs, Operations},
    bundle::Bundle,
    campaign::{CampaignStatus, ContactSchema},
    config_value::PublicConfig,
    intake::Receipt,
    locale::Locale,
    name::{Name, PageName},
    offer::FurtherReceiver,
    page::{ConsentText, ProofOfWork},
    stats::Stats,
    text::Line,
};

/// What everyone may know of a page.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PublicPage<'a> {
    number: u32,
    name: &'a PageName,
    locale: &'a Locale,
    live: bool,
    proof_of_work: ProofOfWork,
    consent_text: Option<&'a ConsentText>,
    config: &'a PublicConfig,
    campaign: PublicCampaign<'a>,
    org: PublicOrg<'a>,
    lead: PublicReceiver<'a>,
    receivers: Vec<PublicReceiver<'a>>,
}

/// What everyone may know of a campaign.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PublicCampaign<'a> {
    number: u32,
    name: &'a Name,
    title: &'a Line,
    status: CampaignStatus,
    contact_schema: ContactSchema,
    end: Option<Timestamp>,
    goal: Option<u64>,
    stats: &'a Stats,
    config: &'a PublicConfig,
}

/// What everyone may know of an org that has a page.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PublicOrg<'a> {
    number: u32,
    name: &'a Name,
    title: &'a Line,
    config: &'a PublicConfig,
}

/// What everyone may know of an org that leads a campaign, or receives contacts of it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PublicReceiver<'a> {
    number: u32,
    name: &'a Name,
    title: &'a Line,
}

impl<'a> PublicPage<'a> {
    /// What everyone may know of this page.
    pub fn new(bundle: &'a Bundle, stats: &'a Stats) -> Self {
        let Bundle { page, campaign, org, lead, receivers, .. } = bundle;
        Self {
            number: page.number,
            name: &page.name,
            locale: &page.locale,
            live: page.live,
            proof_of_work: page.proof_of_work,
            consent_text: page.consent_text.as_ref(),
            config: &page.config,
            campaign: PublicCampaign {
                number: campaign.number,
                name: &campaign.name,
                title: &campaign.title,
                status: campaign.status,
                contact_schema: campaign.contact_schema,
                end: campaign.end,
                goal: campaign.goal(stats.supporters),
                stats,
                config: &campaign.config,
            },
            org: PublicOrg { number: org.number, name: &org.name, title: &org.title, config: &org.config },
            lead: PublicReceiver { number: lead.number, name: &lead.name, title: &lead.title },
            receivers: receivers.iter().map(further).collect(),
        }
    }
}

/// A further org, whose consent question a widget should ask.
const fn further(receiver: &FurtherReceiver) -> PublicReceiver<'_> {
    let FurtherReceiver { number, name, title, .. } = receiver;
    PublicReceiver { number: *number, name, title }
}

pub(super) fn describe(api: &mut Operations) {
    let action = action::schema(api);
    let example = json!({
        "actionType": "petition",
        "contact": { "firstName": "Ada", "lastName": "Lovelace", "email": "ada@example.org", "country": "DE" },
        "privacy": { "optIn": true },
        "tracking": { "source": "newsletter" },
    });
    api.add(("GET", "/v1/pages/{page}"), "widget get", "Tells a widget what it needs", Needs::Nothing)
        .answers::<PublicPage<'_>>(200);
    let key = json!({ "type": "string", "pattern": "^[!-~]([ -~]{0,253}[!-~])?$" });
    api.add(("POST", "/v1/pages/{page}/actions"), "action add", "Takes one action in", Needs::Nothing)
        .header("Idempotency-Key", "The same key and body are taken in once, and answered alike.", key)
        .body_of(action, example)
        .beyond_schema()
        .answers::<Receipt>(201);
    let stats = "/v1/campaigns/{campaign}/stats";
    api.add(("GET", stats), "stats get", "Counts a campaign's supporters and actions", Needs::Nothing)
        .answers::<Stats>(200);
    let actions = "/v1/campaigns/{campaign}/actions";
    api.add(
        ("GET", actions),
        "public-action list",
        "Lists what everyone may see of a campaign's actions",
        Needs::Nothing,
    )
    .paged()
    .answers::<list::PublicList>(200);
    let link = "/v1/links/{token}";
    let redirect = || json!({ "type": "string", "maxLength": 2048 });
    let where_to = "Where the browser goes when it is done (303): under one of the page's `allowedOrigins`, else nowhere.";
    api.add(("GET", link), "link show", "Shows what a link of a mail would do", Needs::Nothing)
        .query("redirect", where_to, redirect())
        .answers_html();
    api.add(("POST", link), "link use", "Does what a link of a mail says", Needs::Nothing)
        .query("redirect", where_to, redirect())
        .answers_html();
    api.add(("GET", "/v1/openapi.json"), "openapi get", "Describes this API", Needs::Nothing)
        .answers::<Map<String, Value>>(200);
}
