//! Supporters as the API shows them to an org that has their personal data.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    action::{Action, ActionStatus, CustomFields, Tracking},
    api::operation::{Needs, Operations},
    campaign::Campaign,
    consent::OptIn,
    contact::{ConsentRecord, Contact, Payload},
    id::Id,
    locale::Locale,
    moderation::{Moderation, Note},
    name::{ActionType, PageName, TemplateName},
    page::{ActionPage, TextHash},
    permission::Permission,
    person::{Country, Details},
    public_key::{PublicKey, SealingKey, X25519Key},
    sealed::{FORMAT, SealedBox},
    secret::Digest,
    staff::Listed,
    supporter::{EmailStatus, Supporter, SupporterStatus},
    user::User,
};

/// A supporter, with the personal data as this org received it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SupporterView {
    id: Id<Supporter>,
    /// What this org calls the person.
    contact_ref: Digest,
    campaign: Id<Campaign>,
    page: Id<ActionPage>,
    status: SupporterStatus,
    email_status: EmailStatus,
    email_status_at: Option<Timestamp>,
    /// 0 for the first accepted of the person in the campaign, and until it is decided.
    dupe_rank: u32,
    area: Option<Country>,
    /// Whether this org may write to the person.
    communication: OptIn,
    /// Whether this org takes part in delivering what was signed.
    delivery: bool,
    consent: ConsentView,
    /// The personal data; `null` where they are sealed.
    contact: Option<Details>,
    /// The personal data, sealed to the org's key.
    sealed: Option<SealedContact>,
    created_at: Timestamp,
}

/// What was consented to, and where.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ConsentView {
    given_at: Timestamp,
    page: PageName,
    text: Option<ConsentTextView>,
}

/// The text of the consent question.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ConsentTextView {
    id: TemplateName,
    version: u32,
    locale: Locale,
    sha256: TextHash,
}

/// Personal data that only the org's private key opens.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SealedContact {
    /// The base64 of a format byte and a sealed box with the data as JSON.
    payload: SealedBox,
    encrypt_key: SealedTo,
    /// Always `crypto_box_seal`: a format byte 1, and a sealed box of libsodium.
    format: &'static str,
}

/// The key that data were sealed to.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct SealedTo {
    id: Id<PublicKey>,
    public: X25519Key,
}

/// An action of a supporter.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ActionView {
    id: Id<Action>,
    supporter: Option<Id<Supporter>>,
    action_type: ActionType,
    campaign: Id<Campaign>,
    page: Id<ActionPage>,
    with_consent: bool,
    status: ActionStatus,
    custom_fields: CustomFields,
    tracking: Tracking,
    testing: bool,
    moderation: Option<ModerationView>,
    created_at: Timestamp,
}

/// What a moderator decided.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ModerationView {
    by: Id<User>,
    at: Timestamp,
    note: Option<Note>,
}

impl SupporterView {
    /// A supporter, as the org of the contact sees it.
    pub fn new(supporter: Supporter, contact: Contact) -> Self {
        let (details, sealed) = match contact.payload {
            Payload::Clear(details) => (Some(details), None),
            Payload::Sealed { key: SealingKey { id, public }, sealed } => {
                let encrypt_key = SealedTo { id, public };
                (None, Some(SealedContact { payload: sealed, encrypt_key, format: FORMAT }))
            }
        };
        Self {
            id: supporter.id,
            contact_ref: contact.contact_ref,
            campaign: supporter.campaign,
            page: supporter.page,
            status: supporter.status,
            email_status: supporter.email_status,
            email_status_at: supporter.email_status_at,
            dupe_rank: supporter.rank(),
            area: supporter.area,
            communication: contact.communication,
            delivery: contact.delivery,
            consent: contact.consent.into(),
            contact: details,
            sealed,
            created_at: supporter.created_at,
        }
    }
}

impl From<ConsentRecord> for ConsentView {
    fn from(record: ConsentRecord) -> Self {
        let text = record.text.map(|text| ConsentTextView {
            id: text.id,
            version: text.version,
            locale: text.locale,
            sha256: text.sha256,
        });
        Self { given_at: record.given_at, page: record.page, text }
    }
}

impl From<Action> for ActionView {
    fn from(action: Action) -> Self {
        Self {
            id: action.id,
            supporter: action.supporter(),
            action_type: action.action_type,
            campaign: action.campaign,
            page: action.page,
            with_consent: action.with_consent,
            status: action.status,
            custom_fields: action.custom_fields,
            tracking: action.tracking,
            testing: action.testing,
            moderation: action.moderation.map(|Moderation { by, at, note }| ModerationView { by, at, note }),
            created_at: action.created_at,
        }
    }
}

pub(super) fn describe(api: &mut Operations) {
    let export = Needs::Permission(Permission::ExportContacts);
    api.add(
        ("GET", "/v1/orgs/{org}/supporters/{contactRef}"),
        "supporter get",
        "Shows a person by the org's ref: each time they signed, the latest first",
        export,
    )
    .paged()
    .answers::<Listed<SupporterView>>(200);
    api.add(
        ("GET", "/v1/orgs/{org}/supporters/{contactRef}/actions"),
        "supporter actions",
        "Lists what a person did, signature by signature, the latest first",
        export,
    )
    .paged()
    .answers::<Listed<ActionView>>(200);
}
