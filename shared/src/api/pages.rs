//! Pages and launches, as the API takes and shows them.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{
    api::{
        body::{body, set},
        operation::{Needs, Operations},
    },
    campaign::Campaign,
    config_value::PublicConfig,
    id::Id,
    launch::LaunchRequest,
    locale::Locale,
    name::{Name, PageName, TemplateName},
    org::Org,
    page::{ActionPage, ConsentText, MOST_EXTRA_SUPPORTERS, Origin, ProofOfWork, TextHash},
    permission::Permission,
    staff::Listed,
    text::Line,
    user::User,
    violation::Rule,
};

body! {
    /// A new page, which takes no actions before it is launched; further settings are changes of it.
    pub struct NewPage {
        /// Unique name, `domain.tld/path` or `word/path`, in any case of its letters.
        required name "name": PageName,
        /// The campaign, by its name, id or number: one the org leads, or another's that is no draft.
        required campaign "campaign": Name,
        /// Its language.
        required locale "locale": Locale,
    }
}

body! {
    /// A new page with the settings of another one of the same campaign.
    pub struct PageCopy {
        /// A page by its name, id or number: the org's own, one of a campaign it leads, or a lead's live one.
        required from "from": PageAddress,
        /// Unique name of the new page.
        required name "name": PageName,
        /// Its language; that of the copied page where not given.
        optional locale "locale": Locale,
    }
}

body! {
    /// Changes of a page.
    #[derive(Default)]
    pub struct PagePatch {
        /// Its language.
        optional locale "locale": Locale,
        /// Whether its org receives the personal data given here.
        optional delivery "delivery": bool,
        /// Supporters counted elsewhere.
        optional extra_supporters "extraSupporters": ExtraSupporters,
        /// Template of the mail that thanks; none is sent without.
        edit thank_you_template "thankYouTemplate": TemplateName,
        /// Template of the confirmation mail.
        edit supporter_confirm_template "supporterConfirmTemplate": TemplateName,
        /// Template of the mail to those who sign again; none is sent without.
        edit duplicate_template "duplicateTemplate": TemplateName,
        /// Web origins the widget may run on; any where empty.
        optional allowed_origins "allowedOrigins": Origins,
        /// What the supporter is asked to consent to.
        edit_body consent_text "consentText": NewConsentText,
        /// Whether the widget must show work before it may post.
        optional proof_of_work "proofOfWork": ProofOfWork,
        /// What the page tells its widget.
        optional config "config": PublicConfig,
    }
}

body! {
    /// The text of the consent question, by what identifies and proves it.
    pub struct NewConsentText {
        /// Which text.
        required id "id": TemplateName,
        /// Which version of it.
        #[schemars(range(max = u32::MAX))]
        required version "version": u32,
        /// In which language.
        required locale "locale": Locale,
        /// SHA-256 of the text, as 64 hexadecimal digits.
        required sha256 "sha256": TextHash,
    }
}

/// A page's name, id or number.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(try_from = "String")]
#[schemars(extend("minLength" = 1, "maxLength" = 255))]
pub struct PageAddress(pub String);

impl TryFrom<String> for PageAddress {
    type Error = Rule;

    fn try_from(text: String) -> Result<Self, Rule> {
        let fits = (1..=255).contains(&text.chars().count());
        fits.then_some(Self(text)).ok_or(Rule("must be the name, id or number of a page"))
    }
}

/// Supporters, from 0 to 100 000 000.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(try_from = "u32")]
#[schemars(extend("maximum" = MOST_EXTRA_SUPPORTERS))]
pub struct ExtraSupporters(pub u32);

impl TryFrom<u32> for ExtraSupporters {
    type Error = Rule;

    fn try_from(supporters: u32) -> Result<Self, Rule> {
        let fits = supporters <= MOST_EXTRA_SUPPORTERS;
        fits.then_some(Self(supporters)).ok_or(Rule("must be at most 100000000"))
    }
}

/// Web origins, at most 50.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(try_from = "Vec<Origin>")]
#[schemars(extend("maxItems" = 50))]
pub struct Origins(pub Vec<Origin>);

impl TryFrom<Vec<Origin>> for Origins {
    type Error = Rule;

    fn try_from(origins: Vec<Origin>) -> Result<Self, Rule> {
        let fits = origins.len() <= 50;
        fits.then_some(Self(origins)).ok_or(Rule("must be at most 50 web origins"))
    }
}

/// A page, for staff of its org.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PageView {
    id: Id<ActionPage>,
    number: u32,
    name: PageName,
    campaign: Id<Campaign>,
    org: Id<Org>,
    locale: Locale,
    live: bool,
    launched_at: Option<Timestamp>,
    launch_requested_at: Option<Timestamp>,
    delivery: bool,
    extra_supporters: u32,
    thank_you_template: Option<TemplateName>,
    supporter_confirm_template: Option<TemplateName>,
    duplicate_template: Option<TemplateName>,
    allowed_origins: Vec<Origin>,
    consent_text: Option<ConsentText>,
    proof_of_work: ProofOfWork,
    config: PublicConfig,
    created_at: Timestamp,
    updated_at: Timestamp,
    version: u64,
}

/// A page that waits for the lead to let it go live.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct LaunchRequestView {
    page: Id<ActionPage>,
    number: u32,
    name: PageName,
    locale: Locale,
    campaign: Id<Campaign>,
    org: PartnerView,
    requested_by: Id<User>,
    requested_at: Timestamp,
}

/// The org that a page belongs to, for the lead.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PartnerView {
    id: Id<Org>,
    name: Name,
    title: Line,
}

impl LaunchRequestView {
    /// What the lead sees of a request.
    pub fn new(request: &LaunchRequest, page: ActionPage, org: Org) -> Self {
        Self {
            page: page.id,
            number: page.number,
            name: page.name,
            locale: page.locale,
            campaign: request.campaign,
            org: PartnerView { id: org.id, name: org.name, title: org.title },
            requested_by: request.requested_by,
            requested_at: request.created_at,
        }
    }
}

impl From<ActionPage> for PageView {
    fn from(page: ActionPage) -> Self {
        Self {
            id: page.id,
            number: page.number,
            name: page.name,
            campaign: page.campaign,
            org: page.org,
            locale: page.locale,
            live: page.live,
            launched_at: page.launched_at,
            launch_requested_at: page.launch_requested_at,
            delivery: page.delivery,
            extra_supporters: page.extra_supporters,
            thank_you_template: page.thank_you_template,
            supporter_confirm_template: page.supporter_confirm_template,
            duplicate_template: page.duplicate_template,
            allowed_origins: page.allowed_origins,
            consent_text: page.consent_text,
            proof_of_work: page.proof_of_work,
            config: page.config,
            created_at: page.created_at,
            updated_at: page.updated_at,
            version: page.version,
        }
    }
}

impl From<NewConsentText> for ConsentText {
    fn from(text: NewConsentText) -> Self {
        let NewConsentText { id, version, locale, sha256 } = text;
        Self { id, version, locale, sha256 }
    }
}

impl PagePatch {
    /// Changes the page; the names of the fields that changed.
    pub fn apply(self, page: &mut ActionPage) -> Vec<String> {
        let extra_supporters = self.extra_supporters.map(|supporters| supporters.0);
        let origins = self.allowed_origins.map(|origins| origins.0);
        [
            ("locale", set(&mut page.locale, self.locale)),
            ("delivery", set(&mut page.delivery, self.delivery)),
            ("extraSupporters", set(&mut page.extra_supporters, extra_supporters)),
            ("thankYouTemplate", self.thank_you_template.apply(&mut page.thank_you_template)),
            (
                "supporterConfirmTemplate",
                self.supporter_confirm_template.apply(&mut page.supporter_confirm_template),
            ),
            ("duplicateTemplate", self.duplicate_template.apply(&mut page.duplicate_template)),
            ("allowedOrigins", set(&mut page.allowed_origins, origins)),
            ("consentText", self.consent_text.map(ConsentText::from).apply(&mut page.consent_text)),
            ("proofOfWork", set(&mut page.proof_of_work, self.proof_of_work)),
            ("config", set(&mut page.config, self.config)),
        ]
        .into_iter()
        .filter(|(_, changed)| *changed)
        .map(|(name, _)| name.to_owned())
        .collect()
    }
}

pub(super) fn describe(api: &mut Operations) {
    let (all, one) = ("/v1/orgs/{org}/pages", "/v1/orgs/{org}/pages/{page}");
    let manage = Needs::Permission(Permission::ManagePages);
    api.add(("GET", all), "page list", "Lists the pages of the org", Needs::Member)
        .paged()
        .answers::<Listed<PageView>>(200);
    let new = json!({ "name": "example.org/clean-water-de", "campaign": "clean_water", "locale": "de" });
    api.add(("POST", all), "page create", "Makes a page, which is launched later", manage)
        .body::<NewPage>(new)
        .beyond_schema()
        .answers::<PageView>(201);
    let copy =
        json!({ "from": "example.org/clean-water", "name": "example.org/clean-water-at", "locale": "de_AT" });
    let summary = "Makes a page as another one is, but for templates the org does not have";
    api.add(("POST", "/v1/orgs/{org}/pages/copy"), "page copy", summary, manage)
        .body::<PageCopy>(copy)
        .beyond_schema()
        .answers::<PageView>(201);
    api.add(("GET", one), "page get", "Shows a page of the org", Needs::Member).answers::<PageView>(200);
    let change = json!({
        "thankYouTemplate": "thank_you", "allowedOrigins": ["https://example.org"], "extraSupporters": 1200
    });
    api.add(("PATCH", one), "page update", "Changes a page's settings", manage)
        .if_match()
        .body::<PagePatch>(change)
        .beyond_schema()
        .answers::<PageView>(200);
    api.add(("DELETE", one), "page delete", "Removes a page that was never live", manage).if_match();
    describe_launches(api);
}

fn describe_launches(api: &mut Operations) {
    let launch = Needs::Permission(Permission::LaunchPages);
    api.add(
        ("POST", "/v1/orgs/{org}/pages/{page}/launch"),
        "page launch",
        "Lets a page take actions; asks the lead for it, where another org leads the campaign",
        launch,
    )
    .answers::<PageView>(200);
    api.add(
        ("POST", "/v1/orgs/{org}/pages/{page}/retract"),
        "page retract",
        "Lets a page take no more actions, or takes back that it asks to",
        launch,
    )
    .answers::<PageView>(200);
    let requests = "/v1/orgs/{org}/launch-requests";
    api.add(("GET", requests), "launch-request list", "Lists partners' pages that ask to go live", launch)
        .paged()
        .answers::<Listed<LaunchRequestView>>(200);
    let (accept, reject) =
        ("/v1/orgs/{org}/launch-requests/{page}/accept", "/v1/orgs/{org}/launch-requests/{page}/reject");
    api.add(("POST", accept), "launch-request accept", "Lets a partner's page go live", launch);
    api.add(("POST", reject), "launch-request reject", "Lets a partner's page not go live", launch);
}

#[cfg(test)]
mod tests {
    use super::*;
    use schemars::schema_for;

    #[test]
    fn limits_stand_in_the_schemas() {
        assert_eq!(schema_for!(PageAddress).to_value()["maxLength"], 255);
        assert_eq!(schema_for!(ExtraSupporters).to_value()["maximum"], MOST_EXTRA_SUPPORTERS);
        assert_eq!(schema_for!(Origins).to_value()["maxItems"], 50);
        assert_eq!(schema_for!(NewConsentText).to_value()["properties"]["version"]["maximum"], u32::MAX);
    }
}
