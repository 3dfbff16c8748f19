//! Three workers at one row, in thousands of orders: their leases run out under them, their writes and the answers
//! to these get lost, and reports of mails come when they will. The rules are the real ones; the table is a model of
//! its conditional writes, which a story of the whole system tries on the table itself.

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::{Lease, Outbound, unknown};
use crate::{
    attempt::{Attempt, Failure, Retry},
    delivery::{Delivery, DeliveryState, Purpose, Subject},
    id::Id,
    random::Random,
};

/// Orders that are tried for each purpose.
const SEEDS: u64 = 5_000;

/// The row as the table has it, what its receiver got, and what was seen.
struct World {
    row: Delivery,
    now: Timestamp,
    chance: Random,
    /// Whether the sender heard of each message that it was taken.
    received: Vec<bool>,
    leases: u32,
    seen: Seen,
}

/// How often it was seen that …
#[derive(Debug, Default)]
struct Seen {
    /// … a lease ran out and somebody else took the row.
    expired: u32,
    /// … a row was done by somebody who had lost it.
    late: u32,
    /// … a receiver got its message again.
    again: u32,
    /// … a row was given up.
    dead: u32,
}

/// Where a worker is.
enum Worker {
    Idle,
    Read(Delivery),
    Leased(Delivery),
    Sent(Delivery, Answer),
    /// Knows what to write, and tries for so many times.
    Noting(Delivery, bool, u32),
}

/// What a worker hears of what it sent.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Answer {
    Taken,
    /// It certainly did not arrive, or, of a push, was not heard to.
    Failed,
    /// Of a mail: nothing.
    Silence,
}

impl World {
    fn new(purpose: Purpose, seed: u64) -> Self {
        let (now, chance) = (Timestamp::from_second(1_790_000_000).unwrap(), Random::seeded(seed));
        let row = Delivery {
            id: chance.id(now),
            org: Id::new(Uuid::nil()),
            purpose,
            campaign: Id::new(Uuid::nil()),
            subject: Subject::Campaign {},
            event: None,
            state: DeliveryState::Pending { due_at: now },
            attempt: 0,
            uncounted: 0,
            history: Vec::new(),
            links: Vec::new(),
            clear: None,
            transient_bounces: 0,
            begun_at: None,
            created_at: now,
        };
        Self { row, now, chance, received: Vec::new(), leases: 0, seen: Seen::default() }
    }

    fn is_mail(&self) -> bool {
        !matches!(self.row.purpose, Purpose::Push)
    }

    /// A write: whether it is applied, and whether its answer arrives.
    fn wire(&self) -> (bool, bool) {
        match self.chance.below(20) {
            0 => (false, false),
            1 => (true, false),
            _ => (true, true),
        }
    }

    /// Over the state and attempt that were read, or over the very same write.
    fn put_over(&mut self, next: &Delivery, read: &Delivery) -> bool {
        let unchanged = self.row.state == read.state && self.row.attempt == read.attempt;
        if unchanged {
            let was_leased = matches!(read.state, DeliveryState::Leased { .. });
            self.seen.expired += u32::from(was_leased);
            self.leases += next.attempt - read.attempt;
            self.row = next.clone();
        }
        unchanged || self.row == *next
    }

    /// A success wins over everything that is not one.
    fn succeed(&mut self, done: &Delivery) {
        if !matches!(self.row.state, DeliveryState::Done { .. }) {
            let is_own =
                matches!(self.row.state, DeliveryState::Leased { .. }) && self.row.attempt == done.attempt;
            self.seen.late += u32::from(!is_own);
            self.row = done.clone();
        }
    }

    /// Only the lease's own attempt puts the row back.
    fn put_back(&mut self, failed: &Delivery) {
        if matches!(self.row.state, DeliveryState::Leased { .. }) && self.row.attempt == failed.attempt {
            self.row = failed.clone();
        }
    }

    /// One step of a worker.
    fn step(&mut self, worker: Worker) -> Worker {
        match worker {
            Worker::Idle => Worker::Read(self.row.clone()),
            Worker::Read(read) => self.decide(&read),
            Worker::Leased(row) => {
                let answer = match self.chance.below(4) {
                    0 => Answer::Failed,
                    1 => {
                        self.received.push(false);
                        if self.is_mail() { Answer::Silence } else { Answer::Failed }
                    }
                    _ => {
                        self.received.push(true);
                        Answer::Taken
                    }
                };
                Worker::Sent(row, answer)
            }
            Worker::Sent(row, answer) => self.note(row, answer),
            Worker::Noting(_, _, 0) => Worker::Idle,
            Worker::Noting(row, arrived, tries) => {
                let (applied, answered) = self.wire();
                if applied && arrived {
                    self.succeed(&row);
                } else if applied {
                    self.put_back(&row);
                }
                if answered { Worker::Idle } else { Worker::Noting(row, arrived, tries - 1) }
            }
        }
    }

    /// Puts the row off, or takes it.
    fn decide(&mut self, read: &Delivery) -> Worker {
        if !read.state.is_due(self.now) {
            return Worker::Idle;
        }
        if !self.is_mail() && self.chance.below(8) == 0 {
            let waiting = read.clone().put_off(self.now + SignedDuration::from_secs(5), "busy", self.now);
            self.put_over(&waiting, read);
            return Worker::Idle;
        }
        let (next, taken) = match read.clone().lease(self.chance.uuid(), self.now) {
            Lease::Taken(next) => (next, true),
            Lease::GivenUp(next) => (next, false),
            Lease::NotNow => return Worker::Idle,
        };
        for _ in 0..3 {
            let (applied, answered) = self.wire();
            let ours = applied && self.put_over(&next, read);
            if answered {
                return if ours && taken { Worker::Leased(next) } else { Worker::Idle };
            }
        }
        Worker::Idle
    }

    fn note(&self, row: Delivery, answer: Answer) -> Worker {
        match answer {
            Answer::Taken => {
                let attempt =
                    Attempt { at: self.now, duration_ms: 0, status: None, error: None, answer: None };
                Worker::Noting(row.succeed(attempt), true, 3)
            }
            Answer::Failed => {
                let retry = if self.chance.below(4) == 0 {
                    Retry::Uncounted(SignedDuration::from_secs(60))
                } else {
                    Retry::Scheduled
                };
                let failure = Failure { status: None, error: "refused".to_owned(), retry, answer: None };
                Worker::Noting(row.fail(&failure, self.now, 0, self.chance.below(1000)), false, 3)
            }
            Answer::Silence => Worker::Idle,
        }
    }

    /// The mail service reports of a mail that arrived, whoever knows of it already.
    fn report(&mut self) {
        if self.is_mail() && !self.received.is_empty() && self.row.state.due_at().is_some() {
            let attempt = Attempt { at: self.now, duration_ms: 0, status: None, error: None, answer: None };
            let done = self.row.clone().succeed(attempt);
            self.succeed(&done);
        }
    }

    /// Lets workers take steps in any order until the row has ended and nobody is at it.
    fn live(&mut self) {
        let mut workers = [Worker::Idle, Worker::Idle, Worker::Idle];
        let mut ended_at = None;
        for _ in 0..20_000 {
            let is_done = matches!(self.row.state, DeliveryState::Done { .. });
            let any = usize::try_from(self.chance.below(3)).unwrap();
            let worker = std::mem::replace(workers.get_mut(any).unwrap(), Worker::Idle);
            *workers.get_mut(any).unwrap() = self.step(worker);
            assert!(!is_done || matches!(self.row.state, DeliveryState::Done { .. }), "done, and then not");
            if self.chance.below(6) == 0 {
                let lease = u64::try_from(self.row.lease_length().as_secs()).unwrap();
                let secs = i64::try_from(self.chance.below(lease * 3 / 2)).unwrap();
                self.now += SignedDuration::from_secs(secs);
            }
            if self.chance.below(60) == 0 {
                self.report();
            }
            match (self.row.state.due_at(), ended_at) {
                (None, None) => ended_at = Some(40),
                (None, Some(0)) => return,
                (None, Some(left)) => ended_at = Some(left - 1),
                (Some(due), _) => {
                    ended_at = None;
                    if workers.iter().all(|worker| matches!(worker, Worker::Idle)) {
                        self.now = self.now.max(due);
                    }
                }
            }
        }
        panic!("it never ends: {:?}", self.row);
    }

    fn judge(&mut self) {
        let heard = self.received.iter().any(|answered| *answered);
        let received = u32::try_from(self.received.len()).unwrap();
        let unheard = u32::try_from(self.received.iter().filter(|answered| !**answered).count()).unwrap();
        self.seen.again = received.saturating_sub(1);
        assert!(received <= self.leases, "sent without a lease");
        assert!(received <= 1 + unheard + self.seen.expired, "sent again without a reason");
        match self.row.purpose {
            Purpose::Push | Purpose::Event | Purpose::LookUp => {}
            Purpose::Confirm => assert!(received <= 2, "asked {received} times"),
            Purpose::Reminder | Purpose::ThankYou | Purpose::Duplicate => {
                assert!(received <= 1, "thanked {received} times");
            }
        }
        match self.row.state {
            DeliveryState::Done { .. } => assert!(received > 0 && (heard || self.is_mail())),
            DeliveryState::Dead { .. } => {
                self.seen.dead = 1;
                let spent = self.row.attempt - self.row.uncounted >= 10;
                let doubtful = unknown(&self.row.history) > 0;
                assert!(spent || doubtful || self.is_over(), "given up too early: {:?}", self.row);
            }
            DeliveryState::Pending { .. }
            | DeliveryState::Leased { .. }
            | DeliveryState::Cancelled { .. }
            | DeliveryState::Kept { .. } => panic!("lost: {:?}", self.row),
        }
    }

    fn is_over(&self) -> bool {
        self.now.duration_since(self.row.created_at) >= SignedDuration::from_hours(75)
    }
}

#[test]
fn no_row_is_done_twice_and_none_is_lost_in_any_order_of_three_workers() {
    for purpose in [Purpose::Push, Purpose::Confirm, Purpose::ThankYou] {
        let mut seen = Seen::default();
        for seed in 1..=SEEDS {
            let mut world = World::new(purpose, seed);
            let judged = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                world.live();
                world.judge();
            }));
            assert!(judged.is_ok(), "{purpose:?}: seed {seed}");
            seen.expired += world.seen.expired;
            seen.late += world.seen.late;
            seen.again += world.seen.again;
            seen.dead += world.seen.dead;
        }
        assert!(seen.expired > 0 && seen.late > 0, "{purpose:?}: {seen:?}");
        assert!(purpose == Purpose::ThankYou || seen.again > 0, "{purpose:?}: {seen:?}");
        assert!(purpose == Purpose::Push || seen.dead > 0, "{purpose:?}: {seen:?}");
    }
}
