//! Requests of partners to let a page go live, which the campaign's lead decides on.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    audit::{Audit, Change},
    campaign::Campaign,
    id::Id,
    org::Org,
    page::ActionPage,
    token::ApiToken,
    user::User,
};

/// That a partner asks the lead to let a page go live. It goes when the lead has decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LaunchRequest {
    /// The page.
    pub page: Id<ActionPage>,
    /// Its campaign.
    pub campaign: Id<Campaign>,
    /// The org that leads the campaign, and decides.
    pub lead: Id<Org>,
    /// The org that the page belongs to.
    pub org: Id<Org>,
    /// Who of its staff asked.
    pub requested_by: Id<User>,
    /// When.
    pub created_at: Timestamp,
}

/// What the lead makes of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// The page goes live.
    Accept,
    /// It does not.
    Reject,
}

impl Decision {
    /// The page as this leaves it.
    pub fn apply(self, page: ActionPage, now: Timestamp) -> ActionPage {
        match self {
            Self::Accept => page.launched(now),
            Self::Reject => page.retracted(now),
        }
    }

    /// It as a change of the page, for the audit.
    pub fn change(self, page: Id<ActionPage>) -> Change {
        match self {
            Self::Accept => Change::of("launch-request.accept", page),
            Self::Reject => Change::of("launch-request.reject", page),
        }
    }
}

/// A decision of somebody of the lead's staff.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ruling {
    /// What is decided.
    pub decision: Decision,
    /// The org that leads the page's campaign.
    pub lead: Id<Org>,
    /// Who decides.
    pub user: Id<User>,
    /// With which token, if with one: who presses the button behind a link has none.
    pub token: Option<Id<ApiToken>>,
    /// When.
    pub at: Timestamp,
}

impl Ruling {
    /// The page as this leaves it.
    pub fn apply(&self, before: ActionPage) -> ActionPage {
        let version = before.version + 1;
        ActionPage { version, updated_at: self.at, ..self.decision.apply(before, self.at) }
    }

    /// What the audits of both orgs tell of it.
    pub fn audits(&self, page: &ActionPage, [lead, other]: [Id<Audit>; 2]) -> [Audit; 2] {
        let audit =
            |id, org| Audit::new(id, org, (self.user, self.token), self.decision.change(page.id), self.at);
        [audit(lead, self.lead), audit(other, page.org)]
    }
}

/// How it stands with a page about whose launch somebody was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// The question is open.
    Asked,
    /// It was decided or taken back, and then asked anew.
    AskedAnew,
    /// The page takes actions.
    Live,
    /// It takes none, and does not ask to.
    NotLive,
}

impl Standing {
    /// How it stands with a page, for who was asked about it at this time.
    pub fn of(page: &ActionPage, asked_at: Timestamp) -> Self {
        match page.launch_requested_at {
            Some(at) if at == asked_at => Self::Asked,
            Some(_) => Self::AskedAnew,
            None if page.live => Self::Live,
            None => Self::NotLive,
        }
    }
}
