//! Everything that intake and processing need to know about a page, read in one go.

use serde::{Deserialize, Serialize};

use crate::{
    campaign::Campaign, id::Id, locale::Locale, name::TemplateName, offer::FurtherReceiver, org::Org,
    page::ActionPage, public_key::SealingKey, refs::Scope, service::Backends, supporter::ContactAt,
};

/// A page with its campaign, its org, the campaign's lead and its further receivers.
///
/// A projection of their items, written again whenever one of them changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bundle {
    /// The page.
    pub page: ActionPage,
    /// Its campaign.
    pub campaign: Campaign,
    /// The page's org.
    pub org: Org,
    /// The campaign's lead; the same as `org` where the page is the lead's own.
    pub lead: Org,
    /// Further orgs that the lead names and that agreed; neither of the two above.
    #[serde(default)]
    pub receivers: Vec<FurtherReceiver>,
    /// Grows with each change of a further receiver, as long as the campaign names the same.
    #[serde(default)]
    pub receivers_version: u64,
}

/// How an org receives contacts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recipient {
    /// The key that its contacts are sealed to; they come clear where there is none.
    pub sealing_key: Option<SealingKey>,
    /// Whether no clear data may be kept for it.
    pub strict_privacy: bool,
    /// Services it uses, by purpose.
    pub backends: Backends,
}

impl Bundle {
    /// Whether supporters of this page must confirm their address.
    pub const fn asks_confirmation(&self) -> bool {
        self.campaign.supporter_confirm.over(self.org.supporter_confirm)
    }

    /// Whether the page's org is first asked what it knows of a supporter with these contacts: it has a backend
    /// that knows members, and receives the contact.
    pub fn looks_up(&self, contacts: &[ContactAt]) -> bool {
        self.org.backends.detail.is_some() && contacts.iter().any(|at| at.org == self.org.id)
    }

    /// Whether actions of this page wait for a moderator.
    pub const fn is_moderated(&self) -> bool {
        self.campaign.moderation.over(self.org.moderation)
    }

    /// Whether the page belongs to a partner of the lead.
    pub fn is_split(&self) -> bool {
        self.org.id != self.lead.id
    }

    /// Where the refs of this page's supporters mean something.
    pub const fn scope(&self) -> Scope {
        (self.campaign.id, self.org.id)
    }

    /// How an org that may receive this page's contacts receives them.
    pub fn recipient(&self, id: Id<Org>) -> Option<Recipient> {
        let further = || self.receivers.iter().find(|further| further.org == id);
        let org = [&self.org, &self.lead].into_iter().find(|org| org.id == id);
        org.map(Recipient::from).or_else(|| further().map(|further| further.recipient.clone()))
    }

    /// Every org that may receive this page's contacts, and how.
    pub fn recipients(&self) -> impl Iterator<Item = Recipient> {
        let further = self.receivers.iter().map(|further| further.recipient.clone());
        [&self.org, &self.lead].map(Recipient::from).into_iter().chain(further)
    }

    /// The template of the confirmation mail: the page's, the campaign's or the org's.
    pub fn confirm_template(&self) -> Option<&TemplateName> {
        let (page, campaign, org) = (&self.page, &self.campaign, &self.org);
        page.supporter_confirm_template
            .as_ref()
            .or(campaign.supporter_confirm_template.as_ref())
            .or(org.supporter_confirm_template.as_ref())
    }

    /// The language that mails fall back to.
    pub const fn default_locale(&self) -> Option<&Locale> {
        self.org.locale.as_ref()
    }
}

impl Recipient {
    /// Whether it may be given nothing clear, and has no key to seal anything to.
    pub const fn can_take_nothing(&self) -> bool {
        self.strict_privacy && self.sealing_key.is_none()
    }
}

impl From<&Org> for Recipient {
    fn from(org: &Org) -> Self {
        let Org { sealing_key, strict_privacy, backends, .. } = org;
        Self { sealing_key: sealing_key.clone(), strict_privacy: *strict_privacy, backends: backends.clone() }
    }
}
