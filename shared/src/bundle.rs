//! Everything that intake and processing need to know about a page, read in one go.

use serde::{Deserialize, Serialize};

use crate::{
    campaign::Campaign, id::Id, locale::Locale, name::TemplateName, org::Org, page::ActionPage, refs::Scope,
};

/// A page with its campaign, its org and the campaign's lead.
///
/// A projection of four items, written again whenever one of them changes.
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
}

impl Bundle {
    /// Whether supporters of this page must confirm their address.
    pub const fn asks_confirmation(&self) -> bool {
        self.campaign.supporter_confirm.over(self.org.supporter_confirm)
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

    /// One of the two orgs, by its id.
    pub fn receiver(&self, id: Id<Org>) -> Option<&Org> {
        [&self.org, &self.lead].into_iter().find(|org| org.id == id)
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
