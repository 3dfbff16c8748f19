//! Deliveries: the outbox row, the schedule, the log and the unit of replay, all in one.

use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    action::Action,
    attempt::Attempt,
    campaign::Campaign,
    event::Event,
    id::{Id, Kind},
    link::Link,
    org::Org,
    outbound::{EMAIL_LEASE, Outbound, Progress, unknown},
    page::ActionPage,
    schedule,
    service::{Backend, Backends},
    supporter::{Clear, Supporter},
};

/// One message that one org's backend must send, and how far it has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// Identity; also the message's id, the same over retries and replays.
    pub id: Id<Self>,
    /// The org whose backend is used.
    pub org: Id<Org>,
    /// What is sent.
    pub purpose: Purpose,
    /// The campaign.
    pub campaign: Id<Campaign>,
    /// What it is about in the campaign.
    #[serde(flatten)]
    pub subject: Subject,
    /// What it tells of, where it tells of an event.
    #[serde(default)]
    pub event: Option<Event>,
    /// Where it stands.
    #[serde(flatten)]
    pub state: DeliveryState,
    /// How many attempts have been begun.
    pub attempt: u32,
    /// How many of them the schedule does not count.
    #[serde(default)]
    pub uncounted: u32,
    /// How the last attempts ended, the newest last; at most 10.
    pub history: Vec<Attempt>,
    /// The links that its mail carried.
    pub links: Vec<Link>,
    /// To whom the mail goes that answers where the org's contact is sealed, while it is open; goes with the write
    /// that ends it. Other answers are written from the contact, and mails that ask to confirm from the supporter's.
    #[serde(default)]
    pub clear: Option<Clear>,
    /// How often the recipient's server said that it does not take the mail for now.
    #[serde(default)]
    pub transient_bounces: u32,
    /// When it was last begun again by its org, if it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub begun_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
}

/// What a delivery is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Subject {
    /// An action.
    Action(ActionAt),
    /// A page.
    Page {
        /// The page.
        page: Id<ActionPage>,
    },
    /// The campaign itself.
    Campaign {},
}

/// Where an action is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActionAt {
    /// The action.
    pub action: Id<Action>,
    /// Who did it.
    pub supporter: Id<Supporter>,
    /// On which page.
    pub page: Id<ActionPage>,
}

/// What a delivery sends, and so through which of the org's backends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// The action message, to the push backend.
    Push,
    /// The mail that asks to confirm.
    Confirm,
    /// The mail that asks once more.
    Reminder,
    /// The mail that thanks.
    ThankYou,
    /// The mail to those who signed again.
    Duplicate,
    /// The message of an event, to the event backend.
    Event,
    /// The question whether the org knows the person, to the detail backend.
    LookUp,
}

/// The queue a delivery travels on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Lane {
    /// Mails.
    Email,
    /// Webhooks and queues.
    Push,
}

/// Where a delivery stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum DeliveryState {
    /// Waits for its time.
    Pending {
        /// When it may be tried.
        due_at: Timestamp,
    },
    /// Somebody is at it.
    Leased {
        /// When it was due.
        due_at: Timestamp,
        /// Until when nobody else may try.
        lease_until: Timestamp,
        /// Random, so that a worker knows its own lease again.
        holder: Uuid,
    },
    /// It arrived.
    Done {
        /// When.
        done_at: Timestamp,
    },
    /// Given up; may be replayed.
    Dead {
        /// When.
        dead_at: Timestamp,
    },
    /// No longer wanted.
    Cancelled {
        /// When.
        cancelled_at: Timestamp,
    },
    /// Has nowhere to go, since its org has no backend for it: the org finds it in its feed and its log.
    Kept {
        /// When.
        kept_at: Timestamp,
    },
}

/// How long a push may take before another worker may try.
const PUSH_LEASE: SignedDuration = SignedDuration::from_secs(60);

impl Purpose {
    /// The one of an org's backends that sends it.
    pub const fn backend(self, backends: &Backends) -> Option<Backend> {
        match self {
            Self::Push => backends.push,
            Self::Event => backends.event,
            Self::LookUp => backends.detail,
            Self::Confirm | Self::Reminder | Self::ThankYou | Self::Duplicate => backends.email,
        }
    }

    /// The queue it travels on.
    pub const fn lane(self) -> Lane {
        match self {
            Self::Push | Self::Event | Self::LookUp => Lane::Push,
            Self::Confirm | Self::Reminder | Self::ThankYou | Self::Duplicate => Lane::Email,
        }
    }

    /// Whether it is the mail that answers an action: the last one that needs a name and an address.
    pub const fn is_answer(self) -> bool {
        match self {
            Self::ThankYou | Self::Duplicate => true,
            Self::Push | Self::Event | Self::LookUp | Self::Confirm | Self::Reminder => false,
        }
    }

    /// Whether it is a mail that asks to confirm: wanted while the supporter is confirming, written from
    /// their name and address as they stand there, and counted against the mailbox' budget.
    pub const fn asks_to_confirm(self) -> bool {
        match self {
            Self::Confirm | Self::Reminder => true,
            Self::Push | Self::Event | Self::LookUp | Self::ThankYou | Self::Duplicate => false,
        }
    }

    /// How long after it was made it is due.
    pub const fn delay(self) -> SignedDuration {
        match self {
            Self::Reminder => SignedDuration::from_hours(48),
            Self::Push | Self::Event | Self::LookUp | Self::Confirm | Self::ThankYou | Self::Duplicate => {
                SignedDuration::ZERO
            }
        }
    }
}

impl DeliveryState {
    /// That of a new message: due at once, or only kept where its org has no backend for it.
    pub const fn begin(backend: Option<Backend>, at: Timestamp) -> Self {
        match backend {
            Some(_) => Self::Pending { due_at: at },
            None => Self::Kept { kept_at: at },
        }
    }

    /// When it should next be looked at, while it is pending or leased.
    pub const fn due_at(self) -> Option<Timestamp> {
        match self {
            Self::Pending { due_at } | Self::Leased { due_at, .. } => Some(due_at),
            Self::Done { .. } | Self::Dead { .. } | Self::Cancelled { .. } | Self::Kept { .. } => None,
        }
    }

    /// From when on an attempt may be begun, while it is pending or leased.
    pub const fn tried_from(self) -> Option<Timestamp> {
        match self {
            Self::Pending { due_at } => Some(due_at),
            Self::Leased { lease_until, .. } => Some(lease_until),
            Self::Done { .. } | Self::Dead { .. } | Self::Cancelled { .. } | Self::Kept { .. } => None,
        }
    }

    /// Whether an attempt may be begun.
    pub fn is_due(self, now: Timestamp) -> bool {
        match self {
            Self::Pending { due_at } => due_at <= now,
            Self::Leased { lease_until, .. } => lease_until < now,
            Self::Done { .. } | Self::Dead { .. } | Self::Cancelled { .. } | Self::Kept { .. } => false,
        }
    }
}

impl Delivery {
    /// Whether an attempt may be begun.
    pub fn is_due(&self, now: Timestamp) -> bool {
        self.state.is_due(now)
    }

    /// Which of its mails the next attempt sends: another one only where the last may have left.
    pub fn next_mail(&self) -> String {
        let unknown =
            unknown(&self.history) + usize::from(matches!(self.state, DeliveryState::Leased { .. }));
        format!("{}-{unknown}", self.id)
    }

    /// The message of an event to one org, due at once where it has this event backend.
    pub const fn of_event(
        id: Id<Self>,
        (org, backend): (Id<Org>, Option<Backend>),
        (campaign, subject): (Id<Campaign>, Subject),
        event: Event,
    ) -> Self {
        let now = event.at;
        Self {
            id,
            org,
            purpose: Purpose::Event,
            campaign,
            subject,
            event: Some(event),
            state: DeliveryState::begin(backend, now),
            attempt: 0,
            uncounted: 0,
            history: Vec::new(),
            links: Vec::new(),
            clear: None,
            transient_bounces: 0,
            begun_at: None,
            created_at: now,
        }
    }

    /// The action it is about, if it is about one.
    pub const fn action(&self) -> Option<ActionAt> {
        match self.subject {
            Subject::Action(at) => Some(at),
            Subject::Page { .. } | Subject::Campaign {} => None,
        }
    }

    /// The page it is about, if it is about one or an action there.
    pub const fn page(&self) -> Option<Id<ActionPage>> {
        match self.subject {
            Subject::Action(ActionAt { page, .. }) | Subject::Page { page } => Some(page),
            Subject::Campaign {} => None,
        }
    }

    /// The id that the receiver knows the message by: the same over retries and replays.
    pub fn message_id(&self) -> String {
        format!("msg_{}", self.id.uuid().simple())
    }
}

impl Outbound for Delivery {
    fn name(&self) -> String {
        self.id.to_string()
    }

    fn state(&self) -> DeliveryState {
        self.state
    }

    fn attempt(&self) -> u32 {
        self.attempt
    }

    fn progress(&mut self) -> Progress<'_> {
        Progress::new(&mut self.state, &mut self.attempt, &mut self.uncounted, &mut self.history)
            .carrying(&mut self.clear)
    }

    fn begun_at(&self) -> Timestamp {
        self.begun_at.unwrap_or(self.created_at + self.purpose.delay())
    }

    fn uncounted(&self) -> u32 {
        self.uncounted
    }

    fn lease_length(&self) -> SignedDuration {
        match self.purpose.lane() {
            Lane::Push => PUSH_LEASE,
            Lane::Email => EMAIL_LEASE,
        }
    }

    fn steps(&self) -> &'static [i64] {
        if self.purpose == Purpose::LookUp { &schedule::SHORT } else { &schedule::LONG }
    }

    fn forget_mail(&mut self, before: &Self) {
        self.links.clone_from(&before.links);
    }

    fn gives_up_at(&self) -> Option<Timestamp> {
        match self.purpose {
            Purpose::Push | Purpose::Event => Some(self.begun_at() + schedule::IN_ALL),
            Purpose::LookUp
            | Purpose::Confirm
            | Purpose::Reminder
            | Purpose::ThankYou
            | Purpose::Duplicate => None,
        }
    }

    /// An action waits for its message's arrival, and a supporter for the mail that asks to confirm.
    fn waits_since(&self) -> Option<Timestamp> {
        match self.purpose {
            Purpose::Push => Some(self.created_at),
            Purpose::Confirm => self.action().map(|at| at.action.created_at()),
            Purpose::Event | Purpose::LookUp | Purpose::Reminder | Purpose::ThankYou | Purpose::Duplicate => {
                None
            }
        }
    }

    /// Receivers know a push by its id. A confirmation is sent once more, since without it the
    /// supporter is lost; a reminder or a thank-you never, since nobody wants two.
    fn may_risk_a_second(&self, unknown: usize) -> bool {
        match self.purpose {
            Purpose::Push | Purpose::Event => self.attempt < 10,
            // Its end must be written with what follows from it.
            Purpose::LookUp => true,
            Purpose::Confirm => unknown <= 1,
            Purpose::Reminder | Purpose::ThankYou | Purpose::Duplicate => false,
        }
    }
}

impl Kind for Delivery {
    const PREFIX: &'static str = "dlv";
}

#[cfg(test)]
mod tests;
