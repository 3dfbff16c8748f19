//! Events: what happened after an action was handed on, told to every org that received the contact.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    action::{Action, ActionStatus, DeliveryAt},
    bundle::Bundle,
    consent::OptIn,
    delivery::{ActionAt, Delivery, Subject},
    random::Random,
    secret::Digest,
    supporter::{ContactAt, EmailStatus, Supporter, SupporterStatus},
    transition::Transition,
};

/// Something that happened, as its delivery keeps it: what came after it changes nothing of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// What.
    #[serde(flatten)]
    pub what: Happened,
    /// When.
    pub at: Timestamp,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Happened {
    /// More is known of a supporter's address, or of the receiver's consent.
    EmailStatus {
        /// What is known of the address from then on.
        status: EmailStatus,
        /// Whether the receiving org may write to the person from then on.
        communication: OptIn,
    },
    /// A supporter does not stand any more.
    SupporterRejected,
    /// The receiver's data of a person are gone.
    SupporterErased {
        /// What the receiver called the person.
        contact_ref: Digest,
    },
    /// A campaign was changed, closed or opened again.
    CampaignUpdated {
        /// The version it got by that.
        version: u64,
    },
    /// A partner asks the lead to let a page go live.
    PageLaunchRequested,
}

/// Which event, by its name in messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum EventKind {
    /// More is known of a supporter's address, or of the receiver's consent.
    EmailStatus,
    /// A supporter does not stand any more.
    SupporterRejected,
    /// The receiver's data of a person are gone.
    SupporterErased,
    /// A campaign was changed, closed or opened again.
    CampaignUpdated,
    /// A partner asks the lead to let a page go live.
    PageLaunchRequested,
}

impl Happened {
    /// Which event it is.
    pub const fn kind(&self) -> EventKind {
        match self {
            Self::EmailStatus { .. } => EventKind::EmailStatus,
            Self::SupporterRejected => EventKind::SupporterRejected,
            Self::SupporterErased { .. } => EventKind::SupporterErased,
            Self::CampaignUpdated { .. } => EventKind::CampaignUpdated,
            Self::PageLaunchRequested => EventKind::PageLaunchRequested,
        }
    }
}

/// A supporter with its actions before they changed.
#[derive(Debug, Clone)]
pub struct Before {
    /// The supporter.
    pub supporter: Supporter,
    /// Its actions.
    pub actions: Vec<Action>,
}

impl Before {
    /// The action that brought the contact to its receivers: the one that came with it, or else the first
    /// that was handed on. `None` if nobody has received anything.
    pub fn handed_on(&self) -> Option<&Action> {
        let handed_on = |a: &&Action| matches!(a.status, ActionStatus::Delivered | ActionStatus::Repeat);
        self.actions.iter().filter(handed_on).min_by_key(|action| (!action.with_consent, action.id))
    }
}

impl Transition {
    /// The transition with the events that tell of it: one for each happening and each org that received
    /// the contact, named by the action that brought it. Who has no event backend finds them in its feed.
    ///
    /// Who received nothing is told nothing: not of a supporter that was rejected before anything was
    /// handed on, nor of an action that a moderator turned away.
    #[must_use]
    pub fn told_to_receivers(
        mut self,
        before: &Before,
        bundle: &Bundle,
        random: &Random,
        now: Timestamp,
    ) -> Self {
        let Some(carrier) = before.handed_on() else { return self };
        let subject = Subject::Action(ActionAt {
            action: carrier.id,
            supporter: before.supporter.id,
            page: carrier.page,
        });
        let mut told = Vec::new();
        for at in &self.supporter.contacts {
            let backend = bundle.recipient(at.org).and_then(|org| org.backends.event);
            for what in happened(&before.supporter, &self.supporter, at) {
                let (id, event) = (random.id(now), Event { what, at: now });
                told.push(Delivery::of_event(id, (at.org, backend), (carrier.campaign, subject), event));
            }
        }
        let named = told.iter().map(|row| DeliveryAt { org: row.org, id: row.id });
        self.changed(carrier).into_iter().for_each(|action| named.clone().for_each(|at| action.name(at)));
        self.deliveries.extend(told);
        self
    }

    /// An action to be changed further: as this transition leaves it, or as it was.
    fn changed(&mut self, action: &Action) -> Option<&mut Action> {
        if !self.actions.iter().any(|changed| changed.id == action.id) {
            self.actions.push(Action { version: action.version + 1, ..action.clone() });
        }
        self.actions.iter_mut().find(|changed| changed.id == action.id)
    }
}

/// What one receiver is told of a change.
fn happened(before: &Supporter, after: &Supporter, receiver: &ContactAt) -> Vec<Happened> {
    let address = |s: &Supporter| (s.email_status, s.email_status_at);
    let (status, communication) = (after.email_status, receiver.communication);
    let known = address(before) != address(after) || before.contacts != after.contacts;
    let rejected = before.status != SupporterStatus::Rejected && after.status == SupporterStatus::Rejected;
    let known = known.then_some(Happened::EmailStatus { status, communication });
    known.into_iter().chain(rejected.then_some(Happened::SupporterRejected)).collect()
}
