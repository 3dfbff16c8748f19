//! What the owner of an address, or their mail provider, says of a supporter.

use jiff::Timestamp;

use crate::{
    action::{Action, ActionStatus},
    consent::OptIn,
    id::Id,
    org::Org,
    signer::{Heir, SignerFact},
    supporter::{EmailStatus, SupporterStatus},
    transition::{Case, Transition},
};

/// Something said of a supporter that changes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The address is theirs and they meant it.
    Confirm,
    /// It was not them.
    Reject,
    /// The org may write to them.
    OptIn,
    /// The org may no longer write to them.
    Unsubscribe,
    /// The address takes no mail; whether it had been confirmed before.
    Bounce {
        /// Somebody proved to read this address within the last 12 months.
        confirmed: bool,
    },
    /// They called a mail of the org spam.
    Complain,
}

impl Verdict {
    /// Whether the supporter may lose its place by it.
    pub const fn may_reject(self) -> bool {
        match self {
            Self::Reject | Self::Bounce { .. } => true,
            Self::Confirm | Self::OptIn | Self::Unsubscribe | Self::Complain => false,
        }
    }
}

/// Most actions that one transaction changes; a verdict on more is heard again until nothing changes.
const PART: usize = 60;

impl Case {
    /// What becomes of the supporter; `None` where the verdict changes nothing, as when it is said twice.
    pub fn hear(self, verdict: Verdict, org: Id<Org>, now: Timestamp) -> Option<Transition> {
        match verdict {
            Verdict::Confirm => self.confirm(now),
            Verdict::Reject => self.reject(now),
            Verdict::OptIn => self.consent(org, OptIn::Yes, EmailStatus::DoubleOptIn, now),
            Verdict::Unsubscribe => self.consent(org, OptIn::No, EmailStatus::Unsubscribed, now),
            Verdict::Complain => self.consent(org, OptIn::No, EmailStatus::Complaint, now),
            Verdict::Bounce { confirmed } => self.bounce(confirmed, now),
        }
    }

    fn confirm(mut self, now: Timestamp) -> Option<Transition> {
        let was = self.supporter.status;
        let waits = |a: &&Action| a.status == ActionStatus::New && a.due_at.is_none();
        let waiting: Vec<_> = self.actions.iter().filter(waits).take(PART).collect();
        let open =
            was == SupporterStatus::Confirming || (was == SupporterStatus::Accepted && !waiting.is_empty());
        if !open {
            return None;
        }
        let actions =
            waiting.into_iter().map(|action| Action { due_at: Some(now), ..action.clone() }).collect();
        self.supporter.status = SupporterStatus::Accepted;
        Some(self.becomes(actions).versioned())
    }

    /// From any state, also after delivery: nothing of it holds any more.
    fn reject(mut self, now: Timestamp) -> Option<Transition> {
        let standing = self.actions.iter().filter(|action| action.status != ActionStatus::Rejected);
        let standing: Vec<_> = standing.take(PART).collect();
        if self.supporter.status == SupporterStatus::Rejected && standing.is_empty() {
            return None;
        }
        let reject = |action: &Action| {
            let mut action = Action { status: ActionStatus::Rejected, counts: None, ..action.clone() };
            action.rest(now);
            action
        };
        let actions = standing.into_iter().map(reject).collect();
        self.supporter.status = SupporterStatus::Rejected;
        let (signer, heir) = self.leave(now);
        Some(Transition { signer, heir, ..self.becomes(actions) }.versioned())
    }

    /// Takes the supporter out of the person's place; who has the first place then, if that was its own.
    fn leave(&mut self, now: Timestamp) -> (Option<SignerFact>, Option<Heir>) {
        let id = self.supporter.id;
        let Some(left) = self.signer.clone().leave(id) else { return (None, None) };
        let heir = self.heir.take().filter(|heir| self.signer.heir_of(id) == Some(heir.supporter.id));
        (Some(left), heir.map(|heir| heir.inherits(now)))
    }

    fn consent(
        mut self,
        org: Id<Org>,
        answer: OptIn,
        status: EmailStatus,
        now: Timestamp,
    ) -> Option<Transition> {
        let known = self.supporter.email_status == status;
        let contact = self.supporter.contacts.iter_mut().find(|c| c.org == org);
        if known && contact.as_ref().is_none_or(|c| c.communication == answer) {
            return None;
        }
        if let Some(contact) = contact {
            contact.communication = answer;
        }
        self.supporter.email_status = status;
        self.supporter.email_status_at = Some(now);
        Some(self.becomes(Vec::new()).versioned())
    }

    fn bounce(mut self, confirmed: bool, now: Timestamp) -> Option<Transition> {
        let known = self.supporter.email_status == EmailStatus::Bounce;
        if !known {
            self.supporter.email_status = EmailStatus::Bounce;
            self.supporter.email_status_at = Some(now);
        }
        if confirmed {
            return (!known).then(|| self.becomes(Vec::new()).versioned());
        }
        if !known && self.supporter.status == SupporterStatus::Rejected {
            return Some(self.becomes(Vec::new()).versioned());
        }
        self.reject(now)
    }

    fn becomes(self, actions: Vec<Action>) -> Transition {
        Transition::new(self.supporter, actions).forgetful(&self.actions)
    }
}
