//! Deliveries: the outbox row, the schedule, the log and the unit of replay, all in one.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    action::Action,
    attempt::{Attempt, Failure, Retry},
    campaign::Campaign,
    id::{Id, Kind},
    link::Link,
    org::Org,
    page::ActionPage,
    schedule,
    supporter::Supporter,
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
    /// The action it is about.
    pub action: Id<Action>,
    /// Who did it.
    pub supporter: Id<Supporter>,
    /// The campaign.
    pub campaign: Id<Campaign>,
    /// The page.
    pub page: Id<ActionPage>,
    /// Where it stands.
    #[serde(flatten)]
    pub state: DeliveryState,
    /// How many attempts have been begun.
    pub attempt: u32,
    /// How the last attempts ended, the newest last; at most 10.
    pub history: Vec<Attempt>,
    /// The links that its mail carried.
    pub links: Vec<Link>,
    /// When it was made.
    pub created_at: Timestamp,
}

/// What a delivery sends, and so through which of the org's backends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// The action message, to the push backend.
    Push,
    /// The mail that asks to confirm.
    Confirm,
    /// The mail that thanks.
    ThankYou,
    /// The mail to those who signed again.
    Duplicate,
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
}

/// What became of an attempt to take a delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lease {
    /// It is ours now, once this row is written.
    Taken(Delivery),
    /// It must not be tried again: nobody knows whether the last attempt arrived.
    GivenUp(Delivery),
    /// It is not due, is somebody else's, or has ended.
    NotNow,
}

/// How long a push may take before another worker may try.
const PUSH_LEASE: SignedDuration = SignedDuration::from_secs(60);

/// How long a mail whose fate is unknown waits for the mail service's word.
const EMAIL_LEASE: SignedDuration = SignedDuration::from_mins(15);

const HISTORY: usize = 10;

impl Purpose {
    /// The queue it travels on.
    pub const fn lane(self) -> Lane {
        match self {
            Self::Push => Lane::Push,
            Self::Confirm | Self::ThankYou | Self::Duplicate => Lane::Email,
        }
    }
}

impl DeliveryState {
    /// When it should next be looked at, while it is pending or leased.
    pub const fn due_at(self) -> Option<Timestamp> {
        match self {
            Self::Pending { due_at } | Self::Leased { due_at, .. } => Some(due_at),
            Self::Done { .. } | Self::Dead { .. } | Self::Cancelled { .. } => None,
        }
    }
}

impl Delivery {
    /// Takes the delivery for one attempt, if it is due.
    ///
    /// A mail whose lease ran out has an unknown fate. A confirmation is sent once more, since
    /// without it the supporter is lost; a thank-you never, since nobody wants two.
    pub fn lease(mut self, holder: Uuid, now: Timestamp) -> Lease {
        let due = match self.state {
            DeliveryState::Pending { due_at } if due_at <= now => due_at,
            DeliveryState::Leased { lease_until, due_at, .. } if lease_until < now => {
                self.record(Attempt {
                    at: now,
                    duration_ms: 0,
                    status: None,
                    error: Some(UNKNOWN.to_owned()),
                });
                if !self.may_risk_a_second() {
                    self.state = DeliveryState::Dead { dead_at: now };
                    return Lease::GivenUp(self);
                }
                due_at
            }
            DeliveryState::Pending { .. }
            | DeliveryState::Leased { .. }
            | DeliveryState::Done { .. }
            | DeliveryState::Dead { .. }
            | DeliveryState::Cancelled { .. } => return Lease::NotNow,
        };
        let length = match self.purpose.lane() {
            Lane::Push => PUSH_LEASE,
            Lane::Email => EMAIL_LEASE,
        };
        self.attempt += 1;
        self.state = DeliveryState::Leased { due_at: due, lease_until: now + length, holder };
        Lease::Taken(self)
    }

    /// Whether an attempt may be begun.
    pub fn is_due(&self, now: Timestamp) -> bool {
        match self.state {
            DeliveryState::Pending { due_at } => due_at <= now,
            DeliveryState::Leased { lease_until, .. } => lease_until < now,
            DeliveryState::Done { .. } | DeliveryState::Dead { .. } | DeliveryState::Cancelled { .. } => {
                false
            }
        }
    }

    /// It arrived.
    #[must_use]
    pub fn succeed(mut self, attempt: Attempt) -> Self {
        self.state = DeliveryState::Done { done_at: attempt.at };
        self.record(attempt);
        self
    }

    /// It did not arrive: it waits for its next attempt, or is given up.
    ///
    /// `chance` is a random number that spreads the attempts of many.
    #[must_use]
    pub fn fail(mut self, failure: &Failure, at: Timestamp, duration_ms: u32, chance: u64) -> Self {
        let wait = match failure.retry {
            Retry::Scheduled => schedule::wait(self.attempt, None, chance),
            Retry::After(asked) => schedule::wait(self.attempt, Some(asked), chance),
            Retry::Never => None,
        };
        self.state = match wait {
            Some(wait) => DeliveryState::Pending { due_at: at + wait },
            None => DeliveryState::Dead { dead_at: at },
        };
        let error = failure.error.chars().take(1000).collect();
        self.record(Attempt { at, duration_ms, status: failure.status, error: Some(error) });
        self
    }

    /// It is no longer wanted.
    #[must_use]
    pub fn cancel(mut self, at: Timestamp) -> Self {
        self.state = DeliveryState::Cancelled { cancelled_at: at };
        self
    }

    /// The id that the receiver knows the message by: the same over retries and replays.
    pub fn message_id(&self) -> String {
        format!("msg_{}", self.id.uuid().simple())
    }

    /// Whether a message of unknown fate may be sent again; receivers know a push by its id.
    fn may_risk_a_second(&self) -> bool {
        let unknown = self.history.iter().filter(|a| a.error.as_deref() == Some(UNKNOWN)).count();
        match self.purpose {
            Purpose::Push => self.attempt < 10,
            Purpose::Confirm => unknown <= 1,
            Purpose::ThankYou | Purpose::Duplicate => false,
        }
    }

    fn record(&mut self, attempt: Attempt) {
        self.history.push(attempt);
        let excess = self.history.len().saturating_sub(HISTORY);
        self.history.drain(..excess);
    }
}

const UNKNOWN: &str = "it is not known whether this attempt arrived";

impl Kind for Delivery {
    const PREFIX: &'static str = "dlv";
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn delivery(purpose: Purpose) -> Delivery {
        Delivery {
            id: Id::new(Uuid::nil()),
            org: Id::new(Uuid::nil()),
            purpose,
            action: Id::new(Uuid::nil()),
            supporter: Id::new(Uuid::nil()),
            campaign: Id::new(Uuid::nil()),
            page: Id::new(Uuid::nil()),
            state: DeliveryState::Pending { due_at: at(100) },
            attempt: 0,
            history: Vec::new(),
            links: Vec::new(),
            created_at: at(100),
        }
    }

    fn taken(lease: Lease) -> Delivery {
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
        assert_eq!(row.lease(Uuid::nil(), now), Lease::NotNow);
    }
}
