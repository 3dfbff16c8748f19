//! Rows that stand for a message: taken for an attempt, ended, or put back for the next.

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use crate::{
    attempt::{Attempt, Failure, Retry},
    delivery::DeliveryState,
    schedule,
    supporter::Clear,
};

/// A row that sends one message: its schedule and its log in one.
pub trait Outbound: Clone + PartialEq {
    /// Its id, for the log.
    fn name(&self) -> String;

    /// Where it stands.
    fn state(&self) -> DeliveryState;

    /// How many attempts have been begun.
    fn attempt(&self) -> u32;

    /// How many of them the schedule does not count.
    fn uncounted(&self) -> u32;

    /// When its first attempt was due.
    fn begun_at(&self) -> Timestamp;

    /// How far it has come, to be changed.
    fn progress(&mut self) -> Progress<'_>;

    /// How long one attempt has the row for itself.
    fn lease_length(&self) -> SignedDuration;

    /// The waits before its attempts, in seconds.
    fn steps(&self) -> &'static [i64] {
        &schedule::LONG
    }

    /// Since when somebody waits for it, if how long that takes is measured.
    fn waits_since(&self) -> Option<Timestamp> {
        None
    }

    /// How long that took in milliseconds, now that it is sent.
    fn delay(&self, now: Timestamp) -> Option<u64> {
        let waited = now.duration_since(self.waits_since()?);
        Some(u64::try_from(waited.as_millis()).unwrap_or(0))
    }

    /// Whether it may be sent again when the fate of this many attempts is unknown.
    fn may_risk_a_second(&self, unknown: usize) -> bool;

    /// Keeps no more of its mails than `before` did, since the last one certainly did not leave.
    ///
    /// A row that waits long for a busy service would outgrow what the table takes, by links that nobody has.
    fn forget_mail(&mut self, _before: &Self) {}

    /// Takes the row for one attempt, if it is due.
    ///
    /// A row whose lease ran out has an unknown fate; whether it is risked again is its own to say.
    fn lease(mut self, holder: Uuid, now: Timestamp) -> Lease<Self> {
        if !self.state().is_due(now) {
            return Lease::NotNow;
        }
        let due_at = match self.state() {
            DeliveryState::Pending { due_at } => due_at,
            DeliveryState::Leased { due_at, .. } => {
                let doubtful = self.progress().doubt(now);
                if !self.may_risk_a_second(doubtful) {
                    self.progress().enter(DeliveryState::Dead { dead_at: now });
                    return Lease::GivenUp(self);
                }
                due_at
            }
            DeliveryState::Done { .. }
            | DeliveryState::Dead { .. }
            | DeliveryState::Cancelled { .. }
            | DeliveryState::Kept { .. } => return Lease::NotNow,
        };
        let lease_until = now + self.lease_length();
        let mut progress = self.progress();
        *progress.attempt += 1;
        progress.enter(DeliveryState::Leased { due_at, lease_until, holder });
        Lease::Taken(self)
    }

    /// It arrived.
    #[must_use]
    fn succeed(mut self, attempt: Attempt) -> Self {
        let mut progress = self.progress();
        progress.enter(DeliveryState::Done { done_at: attempt.at });
        progress.record(attempt);
        self
    }

    /// It did not arrive: it waits for its next attempt, or is given up.
    ///
    /// `chance` is a random number that spreads the attempts of many.
    #[must_use]
    fn fail(mut self, failure: &Failure, at: Timestamp, duration_ms: u32, chance: u64) -> Self {
        let counted = self.attempt().saturating_sub(self.uncounted());
        let wait = match failure.retry {
            Retry::Scheduled => schedule::wait(self.steps(), counted, None, chance),
            Retry::After(asked) => schedule::wait(self.steps(), counted, Some(asked), chance),
            Retry::Uncounted(wait) => {
                *self.progress().uncounted += 1;
                let end = self.begun_at() + schedule::length(self.steps());
                Some(schedule::spread(wait, chance)).filter(|wait| at + *wait <= end)
            }
            Retry::Never => None,
        };
        let error = failure.error.chars().take(1000).collect();
        let last = self.gives_up_at();
        let mut progress = self.progress();
        progress.enter(match (wait, last) {
            (Some(_), Some(last)) if last <= at => DeliveryState::Dead { dead_at: at },
            (Some(wait), Some(last)) => DeliveryState::Pending { due_at: last.min(at + wait) },
            (Some(wait), None) => DeliveryState::Pending { due_at: at + wait },
            (None, _) => DeliveryState::Dead { dead_at: at },
        });
        progress.record(Attempt {
            at,
            duration_ms,
            status: failure.status,
            error: Some(error),
            answer: failure.answer.clone(),
        });
        self
    }

    /// When it is given up, even if attempts are left.
    fn gives_up_at(&self) -> Option<Timestamp> {
        None
    }

    /// It waits until then, and no attempt is spent: nothing was sent. What has waited for too long is given
    /// up; its log says why.
    #[must_use]
    fn put_off(mut self, until: Timestamp, why: &str, now: Timestamp) -> Self {
        let last = self.gives_up_at();
        let over = last.is_some_and(|last| last <= now);
        let leased = matches!(self.state(), DeliveryState::Leased { .. });
        let mut progress = self.progress();
        if leased {
            progress.doubt(now);
        }
        if over {
            progress.enter(DeliveryState::Dead { dead_at: now });
            progress.record(Attempt::note(now, why));
        } else {
            progress.enter(DeliveryState::Pending { due_at: last.map_or(until, |last| until.min(last)) });
        }
        self
    }

    /// It waits until then, however long that has been: whoever runs the instance holds it back. One of unknown
    /// fate that may not be risked again is given up, as it would be otherwise.
    #[must_use]
    fn hold(mut self, until: Timestamp, now: Timestamp) -> Self {
        let may_wait = match self.state() {
            DeliveryState::Leased { .. } => {
                let doubtful = self.progress().doubt(now);
                self.may_risk_a_second(doubtful)
            }
            DeliveryState::Pending { .. }
            | DeliveryState::Done { .. }
            | DeliveryState::Dead { .. }
            | DeliveryState::Cancelled { .. }
            | DeliveryState::Kept { .. } => true,
        };
        let waiting = DeliveryState::Pending { due_at: until };
        self.progress().enter(if may_wait { waiting } else { DeliveryState::Dead { dead_at: now } });
        self
    }

    /// It is no longer wanted; its log says why.
    #[must_use]
    fn cancel(mut self, why: &'static str, at: Timestamp) -> Self {
        let mut progress = self.progress();
        progress.enter(DeliveryState::Cancelled { cancelled_at: at });
        progress.record(Attempt::note(at, why));
        self
    }
}

/// How far a row has come.
#[derive(Debug)]
pub struct Progress<'a> {
    state: &'a mut DeliveryState,
    attempt: &'a mut u32,
    uncounted: &'a mut u32,
    history: &'a mut Vec<Attempt>,
    clear: Option<&'a mut Option<Clear>>,
}

/// What became of an attempt to take a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lease<R> {
    /// It is ours now, once this row is written.
    Taken(R),
    /// It must not be tried again: nobody knows whether the last attempt arrived.
    GivenUp(R),
    /// It is not due, is somebody else's, or has ended.
    NotNow,
}

/// How long a mail whose fate is unknown waits for the mail service's word.
pub const EMAIL_LEASE: SignedDuration = SignedDuration::from_mins(15);

const HISTORY: usize = 10;

const UNKNOWN: &str = "it is not known whether this attempt arrived";

impl<'a> Progress<'a> {
    /// Where a row stands, how many attempts have been begun, how many of them are not counted, and how
    /// the last of them ended.
    pub const fn new(
        state: &'a mut DeliveryState,
        attempt: &'a mut u32,
        uncounted: &'a mut u32,
        history: &'a mut Vec<Attempt>,
    ) -> Self {
        Self { state, attempt, uncounted, history, clear: None }
    }

    /// The same of a row that carries somebody's name and address for as long as it is open.
    #[must_use]
    pub const fn carrying(self, clear: &'a mut Option<Clear>) -> Self {
        Self { clear: Some(clear), ..self }
    }

    /// The one way into another state: what has ended carries no name and no address.
    fn enter(&mut self, state: DeliveryState) {
        if let (None, Some(clear)) = (state.due_at(), &mut self.clear) {
            **clear = None;
        }
        *self.state = state;
    }

    /// Notes that nobody knows whether the attempt under way arrived; of how many that is so by now.
    fn doubt(&mut self, now: Timestamp) -> usize {
        self.record(Attempt::note(now, UNKNOWN));
        unknown(self.history)
    }

    /// Notes an attempt and forgets the oldest beyond ten; one of unknown fate last, since whether the
    /// message is risked again goes by those.
    fn record(&mut self, attempt: Attempt) {
        self.history.iter_mut().for_each(|earlier| earlier.answer = None);
        self.history.push(attempt);
        if self.history.len() > HISTORY {
            let oldest = self.history.iter().position(|attempt| !is_unknown(attempt)).unwrap_or(0);
            self.history.remove(oldest);
        }
    }
}

/// How many of the attempts may have arrived, without anybody knowing.
pub(crate) fn unknown(history: &[Attempt]) -> usize {
    history.iter().filter(|attempt| is_unknown(attempt)).count()
}

fn is_unknown(attempt: &Attempt) -> bool {
    attempt.error.as_deref() == Some(UNKNOWN)
}

#[cfg(test)]
mod simulation;
