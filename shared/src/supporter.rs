//! Supporters: people's data as given once.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    campaign::Campaign,
    consent::OptIn,
    email::Email,
    id::{Id, Kind},
    look_up::LookUp,
    org::Org,
    page::ActionPage,
    person::{Country, Details, PersonName},
    secret::Digest,
};

/// One person's data as given once, and how far it has come. New data makes a new supporter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Supporter {
    /// Identity.
    pub id: Id<Self>,
    /// The campaign signed.
    pub campaign: Id<Campaign>,
    /// The page it was signed on.
    pub page: Id<ActionPage>,
    /// The page's org.
    pub org: Id<Org>,
    /// The same for the same person in this campaign.
    pub dedupe_ref: Digest,
    /// The same for the same address in the whole instance.
    pub suppress_ref: Digest,
    /// What the first two will be once the pepper they are made with is gone; only while a newer one is live.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_refs: Option<NextRefs>,
    /// The same for the same person in the page's org, also where that org has no contact.
    pub org_ref: Digest,
    /// Where each receiving org's contact is.
    pub contacts: Vec<ContactAt>,
    /// What mails need that cannot be written from the org's own contact, while one may still be to be made:
    /// those that ask to confirm, and the one that answers where the contact is sealed. That one takes a copy.
    pub clear: Option<Clear>,
    /// Country, kept for counting.
    pub area: Option<Country>,
    /// How far it has come.
    pub status: SupporterStatus,
    /// How far the look-up of it as a member has come.
    #[serde(default)]
    pub look_up: LookUp,
    /// What is known of the address.
    pub email_status: EmailStatus,
    /// Since when.
    pub email_status_at: Option<Timestamp>,
    /// From 1 on for who was accepted in the campaign before; absent for the first of a person, whose rank is 0,
    /// and until it is decided.
    pub dupe_rank: Option<u32>,
    /// When it was given.
    pub created_at: Timestamp,
    /// Counts its changes; a change is written only over the version it was made from.
    pub version: u64,
}

/// What a person is known by under the newer of two live peppers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NextRefs {
    /// In the campaign.
    pub dedupe: Digest,
    /// Their address, in the whole instance.
    pub suppress: Digest,
}

/// Where one org's contact of a supporter is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContactAt {
    /// The receiving org.
    pub org: Id<Org>,
    /// What that org calls the person.
    pub contact_ref: Digest,
    /// Whether the org may write to the person.
    pub communication: OptIn,
    /// Whether the data are sealed, so that a mail in the org's name cannot be written from them.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub sealed: bool,
}

/// The clear copies that a mail needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clear {
    /// Where mail goes.
    pub email: Email,
    /// How it greets.
    pub first_name: PersonName,
    /// Family name, for templates that use it.
    pub last_name: Option<PersonName>,
    /// By which the mails that ask to confirm are counted, however the address is spelled. The copy of a
    /// mail that answers does without, so that its row stays below a kilobyte.
    #[serde(default)]
    pub mailbox_ref: Option<Digest>,
}

impl From<Details> for Clear {
    fn from(details: Details) -> Self {
        let Details { email, first_name, last_name, .. } = details;
        Self { email, first_name, last_name, mailbox_ref: None }
    }
}

/// How far a supporter has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SupporterStatus {
    /// Just given.
    New,
    /// The address must still be confirmed.
    Confirming,
    /// Counts as real.
    Accepted,
    /// Not wanted, or not by this person.
    Rejected,
}

/// What is known of a supporter's address.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum EmailStatus {
    /// Nothing.
    #[default]
    None,
    /// Its owner opted in by mail.
    DoubleOptIn,
    /// It takes no mail.
    Bounce,
    /// Its owner complained.
    Complaint,
    /// Its owner wants no more mail.
    Unsubscribed,
}

impl EmailStatus {
    /// The status as messages carry it: absent where nothing is known.
    pub const fn as_word(self) -> Option<&'static str> {
        match self {
            Self::None => None,
            Self::DoubleOptIn => Some("double_opt_in"),
            Self::Bounce => Some("bounce"),
            Self::Complaint => Some("complaint"),
            Self::Unsubscribed => Some("unsubscribed"),
        }
    }
}

impl Supporter {
    /// Whether the mail that answers cannot be written from the contact of the page's org, which is sealed.
    pub fn is_answered_from_copy(&self) -> bool {
        self.contacts.iter().any(|at| at.org == self.org && at.sealed)
    }

    /// Whether a mail may still follow that is written from the clear copy.
    pub fn needs_copy(&self) -> bool {
        match self.status {
            SupporterStatus::New | SupporterStatus::Confirming => true,
            SupporterStatus::Accepted => self.is_answered_from_copy(),
            SupporterStatus::Rejected => false,
        }
    }

    /// 0 for the first accepted of a person in a campaign, then 1, 2, …
    pub fn rank(&self) -> u32 {
        self.dupe_rank.unwrap_or(0)
    }

    /// What the address is known by, under each live pepper.
    pub fn suppress_refs(&self) -> impl Iterator<Item = Digest> {
        let next = self.next_refs.as_ref().map(|next| next.suppress.clone());
        [self.suppress_ref.clone()].into_iter().chain(next)
    }
}

impl Kind for Supporter {
    const PREFIX: &'static str = "sup";
}
