//! Action pages: places on websites where a campaign's widget runs.

use std::net::Ipv4Addr;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    campaign::Campaign,
    config_value::PublicConfig,
    id::{Id, Kind},
    locale::Locale,
    name::{PageName, TemplateName},
    org::Org,
    text::{is_word, text_value},
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
    /// When it first took actions; from then on it may have some.
    #[serde(default)]
    pub launched_at: Option<Timestamp>,
    /// When its org asked the lead to let it go live, while that is open.
    #[serde(default)]
    pub launch_requested_at: Option<Timestamp>,
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
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
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
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
    /// A web origin (RFC 6454) as browsers send it: `https://greens.org`. At most 255 characters.
    Origin, |text| {
        let origin = url::Url::parse(&text).map_err(|_| Rule(ORIGIN_RULE))?.origin();
        let fits = is_plain_origin(&text) && origin.ascii_serialization() == text;
        if fits { Ok(text) } else { Err(Rule(ORIGIN_RULE)) }
    }
}

/// Whether it is of the web, and its host of dotted words or four numbers.
fn is_plain_origin(text: &str) -> bool {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")).unwrap_or_default();
    let host = rest.split(':').next().unwrap_or_default();
    let is_name =
        host.rsplit('.').next().is_some_and(|last| last.starts_with(|c: char| c.is_ascii_lowercase()));
    let fits = host.split('.').all(|label| is_word(label, 255) && !label.contains('_'));
    text.len() <= 255 && fits && (is_name || host.parse::<Ipv4Addr>().is_ok())
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
            launched_at: None,
            launch_requested_at: None,
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

    /// Whether it is live or ever was, and so may have actions.
    pub const fn was_live(&self) -> bool {
        self.live || self.launched_at.is_some()
    }

    /// The page as it takes actions from `now` on.
    #[must_use]
    pub fn launched(self, now: Timestamp) -> Self {
        Self { live: true, launched_at: self.launched_at.or(Some(now)), launch_requested_at: None, ..self }
    }

    /// The page as it takes no actions, and asks for no launch.
    #[must_use]
    pub fn retracted(self, now: Timestamp) -> Self {
        let launched_at = self.launched_at.or(self.live.then_some(now));
        Self { live: false, launched_at, launch_requested_at: None, ..self }
    }

    /// Takes over another page's settings, but for its name, place, numbers and mails.
    #[must_use]
    pub fn with_settings_of(self, from: &Self) -> Self {
        let (consent_text, config) = (from.consent_text.clone(), from.config.clone());
        Self { consent_text, config, proof_of_work: from.proof_of_work, ..self }
    }
}

impl Kind for ActionPage {
    const PREFIX: &'static str = "page";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_a_scheme_a_host_and_no_usual_port() {
        for good in [
            "https://greens.org",
            "http://127.0.0.1:8080",
            "http://localhost:3000",
            "https://xn--bcher-kva.example",
        ] {
            assert!(good.parse::<Origin>().is_ok(), "{good}");
        }
        let long = format!("https://{}.example.org", "a".repeat(240));
        for bad in [
            "",
            "greens.org",
            "https://greens.org/",
            "https://greens.org:443",
            "https://Greens.org",
            "https://greens..org",
            "https://gre_ens.org",
            "https://user@greens.org",
            "https://[::1]",
            "ftp://greens.org",
            "https://300.1.1.1",
            "https://greens.1a",
            &long,
        ] {
            assert!(bad.parse::<Origin>().is_err(), "{bad}");
        }
    }
}
