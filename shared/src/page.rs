//! Action pages: places on websites where a campaign's widget runs.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    campaign::Campaign,
    config_value::PublicConfig,
    id::{Id, Kind},
    locale::Locale,
    name::{PageName, TemplateName},
    org::Org,
    text::text_value,
    violation::Rule,
};

/// One place where a campaign's widget runs; belongs to the lead or to a partner.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActionPage {
    /// Identity.
    pub id: Id<Self>,
    /// Small number for embedded widgets.
    pub number: u32,
    /// Unique name.
    pub name: PageName,
    /// The campaign it serves.
    pub campaign: Id<Campaign>,
    /// The org it belongs to.
    pub org: Id<Org>,
    /// Its language.
    pub locale: Locale,
    /// Whether it takes actions.
    pub live: bool,
    /// Whether its org receives the personal data given here.
    pub delivery: bool,
    /// Supporters counted elsewhere, at most 100 000 000.
    pub extra_supporters: u32,
    /// Template of the mail that thanks; none is sent without.
    pub thank_you_template: Option<TemplateName>,
    /// Template of the confirmation mail.
    pub supporter_confirm_template: Option<TemplateName>,
    /// Template of the mail to those who sign again; none is sent without.
    pub duplicate_template: Option<TemplateName>,
    /// Web origins the widget may run on; any where empty.
    pub allowed_origins: Vec<Origin>,
    /// What the supporter is asked to consent to.
    pub consent_text: Option<ConsentText>,
    /// Whether the widget must show work before it may post.
    pub proof_of_work: ProofOfWork,
    /// What the page tells its widget, as it is.
    pub config: PublicConfig,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// Counts its changes.
    pub version: u64,
}

/// Most supporters a page may bring from elsewhere.
pub const MOST_EXTRA_SUPPORTERS: u32 = 100_000_000;

/// The text of the consent question, by what identifies and proves it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConsentText {
    /// Which text.
    pub id: TemplateName,
    /// Which version of it.
    pub version: u32,
    /// In which language.
    pub locale: Locale,
    /// SHA-256 of the text, as 64 hexadecimal digits.
    pub sha256: TextHash,
}

/// Whether a page asks its widget to show work.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProofOfWork {
    /// No.
    #[default]
    None,
    /// Yes.
    On,
}

text_value! {
    /// SHA-256 as 64 lower-case hexadecimal digits.
    TextHash, |text| {
        let hex = text.len() == 64 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        if hex { Ok(text) } else { Err(Rule("must be 64 lower-case hexadecimal digits")) }
    }
}

text_value! {
    /// A web origin (RFC 6454) as browsers send it: `https://greens.org`.
    Origin, |text| {
        let origin = url::Url::parse(&text).map_err(|_| Rule(ORIGIN_RULE))?.origin();
        if origin.is_tuple() && origin.ascii_serialization() == text { Ok(text) } else { Err(Rule(ORIGIN_RULE)) }
    }
}

const ORIGIN_RULE: &str = "must be a web origin such as https://example.org, without a path";

impl ActionPage {
    /// A page with the defaults that a new one has; not live.
    pub fn new(
        id: Id<Self>,
        number: u32,
        name: PageName,
        campaign: Id<Campaign>,
        org: Id<Org>,
        locale: Locale,
        now: Timestamp,
    ) -> Self {
        Self {
            id,
            number,
            name,
            campaign,
            org,
            locale,
            live: false,
            delivery: true,
            extra_supporters: 0,
            thank_you_template: None,
            supporter_confirm_template: None,
            duplicate_template: None,
            allowed_origins: Vec::new(),
            consent_text: None,
            proof_of_work: ProofOfWork::None,
            config: PublicConfig::default(),
            created_at: now,
            updated_at: now,
            version: 1,
        }
    }
}

impl Kind for ActionPage {
    const PREFIX: &'static str = "page";
}
