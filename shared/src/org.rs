//! Organisations: containers of campaigns, pages, contacts and services.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    config_value::PublicConfig,
    email::Email,
    id::{Id, Kind},
    locale::Locale,
    name::{Name, TemplateName},
    public_key::SealingKey,
    service::Backends,
    text::Line,
};

/// An organisation, or one part of a real one.
#[expect(clippy::struct_excessive_bools, reason = "they are settings, each on its own")]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Org {
    /// Identity.
    pub id: Id<Self>,
    /// Small number for embedded widgets.
    pub number: u32,
    /// Unique name.
    pub name: Name,
    /// What people call it.
    pub title: Line,
    /// Address that mails come from, if its domain is verified on the service used.
    pub email_from: Option<Email>,
    /// Whether answers to mails should reach the org.
    pub reply_enabled: bool,
    /// Language of last resort for its templates.
    pub locale: Option<Locale>,
    /// Whether supporters must confirm their address, unless the campaign says otherwise.
    pub supporter_confirm: bool,
    /// Template of the confirmation mail, where page and campaign name none.
    pub supporter_confirm_template: Option<TemplateName>,
    /// Whether who has not confirmed after two days is asked once more.
    #[serde(default)]
    pub supporter_confirm_reminder: bool,
    /// Whether actions wait for a moderator, unless the campaign says otherwise.
    pub moderation: bool,
    /// Whether thanks go only to those who opted in.
    pub thank_you_only_opted_in: bool,
    /// Whether no clear personal data may ever be kept.
    pub strict_privacy: bool,
    /// The key that its contacts are sealed to from now on; they come clear where there is none.
    pub sealing_key: Option<SealingKey>,
    /// Months after a campaign's close at which its contacts go.
    pub retention_months: u16,
    /// Services it uses, by purpose.
    pub backends: Backends,
    /// What the org tells widgets, as it is.
    pub config: PublicConfig,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// Counts its changes.
    pub version: u64,
}

impl Org {
    /// An org with the defaults that a new one has.
    pub fn new(id: Id<Self>, number: u32, name: Name, title: Line, now: Timestamp) -> Self {
        Self {
            id,
            number,
            name,
            title,
            email_from: None,
            reply_enabled: true,
            locale: None,
            supporter_confirm: false,
            supporter_confirm_template: None,
            supporter_confirm_reminder: false,
            moderation: false,
            thank_you_only_opted_in: false,
            strict_privacy: false,
            sealing_key: None,
            retention_months: 24,
            backends: Backends::default(),
            config: PublicConfig::default(),
            created_at: now,
            updated_at: now,
            version: 1,
        }
    }
}

impl Kind for Org {
    const PREFIX: &'static str = "org";
}
