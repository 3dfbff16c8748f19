//! Offers: a campaign's contacts, offered by its lead to a further org, which agrees or not.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{audit::Change, bundle::Recipient, campaign::Campaign, id::Id, name::Name, org::Org, text::Line};

/// That a lead names a further org to receive a campaign's contacts.
///
/// Both must want it: the lead by naming the org, the org by agreeing, each of which can be taken back at
/// any time. It goes when the lead takes it back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    /// The campaign.
    pub campaign: Id<Campaign>,
    /// The org that it is made to.
    pub org: Id<Org>,
    /// When the org agreed, while it does.
    pub agreed_at: Option<Timestamp>,
    /// Whether the org has ever agreed, and so may have contacts.
    pub was_agreed: bool,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// Counts its changes.
    pub version: u64,
}

/// Most further orgs that a campaign may name: each adds a contact to a signature and a row to its delivery,
/// and all of a signature's fit in one transaction.
pub const MOST_RECEIVERS: usize = 10;

/// What an org makes of an offer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// It receives contacts from now on.
    Accept,
    /// It does not, or no more.
    Decline,
}

impl Offer {
    /// An offer that the org has not answered.
    pub const fn new(campaign: Id<Campaign>, org: Id<Org>, now: Timestamp) -> Self {
        Self {
            campaign,
            org,
            agreed_at: None,
            was_agreed: false,
            created_at: now,
            updated_at: now,
            version: 1,
        }
    }

    /// The offer as an answer leaves it; `None` if it leaves it as it is.
    pub fn answered(&self, answer: Answer, now: Timestamp) -> Option<Self> {
        let agreed_at = match answer {
            Answer::Accept => self.agreed_at.or(Some(now)),
            Answer::Decline => None,
        };
        let was_agreed = self.was_agreed || agreed_at.is_some();
        let next = Self { agreed_at, was_agreed, updated_at: now, version: self.version + 1, ..self.clone() };
        (agreed_at != self.agreed_at).then_some(next)
    }
}

impl Answer {
    /// It as a change of the campaign's offer, for the audit.
    pub fn change(self, campaign: Id<Campaign>) -> Change {
        match self {
            Self::Accept => Change::of("offer.accept", campaign),
            Self::Decline => Change::of("offer.decline", campaign),
        }
    }
}

/// A further org that receives a campaign's contacts, as far as a bundle needs to know it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FurtherReceiver {
    /// The org.
    pub org: Id<Org>,
    /// Its small number.
    pub number: u32,
    /// Its name, under which widgets give the answer to its consent question.
    pub name: Name,
    /// What people call it.
    pub title: Line,
    /// How it receives.
    #[serde(flatten)]
    pub recipient: Recipient,
}

impl From<Org> for FurtherReceiver {
    fn from(org: Org) -> Self {
        let recipient = Recipient::from(&org);
        Self { org: org.id, number: org.number, name: org.name, title: org.title, recipient }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn only_another_answer_changes_an_offer() {
        let (first, later) = (Timestamp::UNIX_EPOCH, Timestamp::MAX);
        let offer = Offer::new(Id::new(Uuid::nil()), Id::new(Uuid::nil()), first);
        assert_eq!(offer.answered(Answer::Decline, later), None);
        let agreed = offer.answered(Answer::Accept, later).unwrap();
        assert_eq!((agreed.agreed_at, agreed.was_agreed, agreed.version), (Some(later), true, 2));
        assert_eq!(agreed.answered(Answer::Accept, first), None);
        let declined = agreed.answered(Answer::Decline, later).unwrap();
        assert_eq!((declined.agreed_at, declined.was_agreed, declined.version), (None, true, 3));
    }
}
