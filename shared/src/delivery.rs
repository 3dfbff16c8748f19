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
    /// How the last attempts ended, the newest last; at most 10.
    pub history: Vec<Attempt>,
    /// The links that its mail carried.
    pub links: Vec<Link>,
    /// To whom the mail goes, while it is open; goes with the write that ends it. Mails that ask to
    /// confirm have none: they are written from the supporter's, which is there while it is confirming.
    #[serde(default)]
    pub clear: Option<Clear>,
    /// How often the recipient's server said that it does not take the mail for now.
    #[serde(default)]
    pub transient_bounces: u32,
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
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
    /// Has nowhere to go, since its org has no backend for it: the org finds it in its log.
    Kept {
        /// When.
        kept_at: Timestamp,
    },
}

/// How long a push may take before another worker may try.
const PUSH_LEASE: SignedDuration = SignedDuration::from_secs(60);

impl Purpose {
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
    /// When it should next be looked at, while it is pending or leased.
    pub const fn due_at(self) -> Option<Timestamp> {
        match self {
            Self::Pending { due_at } | Self::Leased { due_at, .. } => Some(due_at),
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

    /// The message of an event to one org's event backend, due at once.
    pub const fn of_event(
        id: Id<Self>,
        org: Id<Org>,
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
            state: DeliveryState::Pending { due_at: now },
            attempt: 0,
            history: Vec::new(),
            links: Vec::new(),
            clear: None,
            transient_bounces: 0,
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
        Progress::new(&mut self.state, &mut self.attempt, &mut self.history).carrying(&mut self.clear)
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
mod tests {
    use super::*;
    use crate::{
        attempt::{Failure, Retry},
        outbound::Lease,
    };

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn delivery(purpose: Purpose) -> Delivery {
        Delivery {
            id: Id::new(Uuid::nil()),
            org: Id::new(Uuid::nil()),
            purpose,
            campaign: Id::new(Uuid::nil()),
            subject: Subject::Campaign {},
            event: None,
            state: DeliveryState::Pending { due_at: at(100) },
            attempt: 0,
            history: Vec::new(),
            links: Vec::new(),
            clear: Some(Clear {
                email: "b@example.org".parse().unwrap(),
                first_name: "B".parse().unwrap(),
                last_name: None,
                mailbox_ref: None,
            }),
            transient_bounces: 0,
            created_at: at(100),
        }
    }

    #[test]
    fn what_it_is_about_is_stored_beside_it_and_read_again() {
        let id = |n| Uuid::from_u128(n);
        let at = ActionAt { action: Id::new(id(1)), supporter: Id::new(id(2)), page: Id::new(id(3)) };
        for subject in [Subject::Action(at), Subject::Page { page: at.page }, Subject::Campaign {}] {
            let row = Delivery { subject, ..delivery(Purpose::Event) };
            let stored = serde_json::to_value(&row).unwrap();
            assert_eq!(stored.get("page").is_some(), row.page().is_some());
            assert_eq!(serde_json::from_value::<Delivery>(stored).unwrap(), row);
        }
    }

    fn taken(lease: Lease<Delivery>) -> Delivery {
        let Lease::Taken(row) = lease else { panic!("not taken: {lease:?}") };
        row
    }

    #[test]
    fn it_is_taken_once_and_only_when_due() {
        assert_eq!(delivery(Purpose::Push).lease(Uuid::nil(), at(99)), Lease::NotNow);
        let row = taken(delivery(Purpose::Push).lease(Uuid::nil(), at(100)));
        assert_eq!(row.attempt, 1);
        assert_eq!(row.clone().lease(Uuid::nil(), at(160)), Lease::NotNow);
        assert_eq!(taken(row.lease(Uuid::nil(), at(161))).attempt, 2);
    }

    #[test]
    fn a_mail_of_unknown_fate_is_risked_again_only_for_a_confirmation_and_once() {
        let later = at(100 + 15 * 60 + 1);
        let thanks = taken(delivery(Purpose::ThankYou).lease(Uuid::nil(), at(100)));
        assert!(matches!(thanks.lease(Uuid::nil(), later), Lease::GivenUp(_)));
        let confirm = taken(delivery(Purpose::Confirm).lease(Uuid::nil(), at(100)));
        let again = taken(confirm.lease(Uuid::nil(), later));
        assert!(matches!(again.lease(Uuid::nil(), later + EMAIL_LEASE + EMAIL_LEASE), Lease::GivenUp(_)));
    }

    #[test]
    fn every_end_of_a_mail_takes_its_name_and_address_away() {
        let failure = |retry| Failure { status: None, error: "refused".to_owned(), retry };
        let leased = taken(delivery(Purpose::ThankYou).lease(Uuid::nil(), at(100)));
        let open = leased.clone().fail(&failure(Retry::Scheduled), at(101), 3, 500);
        for row in [&leased, &open] {
            assert!(row.clear.is_some(), "{:?}", row.state);
        }
        let attempt = Attempt { at: at(101), duration_ms: 3, status: None, error: None };
        let Lease::GivenUp(given_up) = leased.clone().lease(Uuid::nil(), at(2000)) else { panic!("taken") };
        for row in [
            leased.clone().succeed(attempt),
            leased.clone().fail(&failure(Retry::Never), at(101), 3, 500),
            leased.cancel("not wanted", at(101)),
            given_up,
        ] {
            assert_eq!((row.state.due_at(), row.clear), (None, None));
        }
    }

    #[test]
    fn only_an_attempt_of_unknown_fate_makes_the_next_another_mail() {
        let row = delivery(Purpose::Confirm);
        let first = row.next_mail();
        let leased = taken(row.lease(Uuid::nil(), at(100)));
        let failure = Failure { status: None, error: "throttled".to_owned(), retry: Retry::Scheduled };
        assert_eq!(leased.clone().fail(&failure, at(101), 3, 500).next_mail(), first);
        let second = leased.next_mail();
        assert_ne!(second, first, "its fate is unknown while it is leased");
        let again = taken(leased.lease(Uuid::nil(), at(100 + 15 * 60 + 1)));
        assert_eq!(again.fail(&failure, at(2000), 3, 500).next_mail(), second);
    }

    #[test]
    fn ten_failures_are_the_end() {
        let mut row = delivery(Purpose::Push);
        let mut now = at(100);
        for attempt in 1..=10 {
            row = taken(row.lease(Uuid::nil(), now));
            assert_eq!(row.attempt, attempt);
            let failure =
                Failure { status: Some(500), error: "HTTP 500".to_owned(), retry: Retry::Scheduled };
            row = row.fail(&failure, now, 3, 500);
            now = row.state.due_at().unwrap_or(now);
        }
        assert!(matches!(row.state, DeliveryState::Dead { .. }));
        assert_eq!(row.history.len(), 10);
        assert_eq!(row.clone().lease(Uuid::nil(), now), Lease::NotNow);
        let again = taken(row.replay(now).unwrap().lease(Uuid::nil(), now));
        assert_eq!((again.attempt, again.history.len()), (1, 10), "a replay begins a schedule of its own");
    }
}
