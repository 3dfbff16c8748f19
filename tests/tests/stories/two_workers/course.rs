//! What became of a row, write by write, and what must be true of that.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use proca::{delivery::Delivery, id::Id};
use serde_json::Value;

/// How long a push has its row for itself.
const LEASE: SignedDuration = SignedDuration::from_secs(60);

/// What a row's log says of an attempt of which nobody knows whether it arrived.
const UNKNOWN: &str = "it is not known whether this attempt arrived";

/// How a row stood after one write.
#[derive(Debug, Clone)]
pub(super) struct Stood {
    pub(super) state: String,
    attempt: u32,
    due_at: Option<Timestamp>,
    lease_until: Option<Timestamp>,
    pub(super) unknown: usize,
}

/// A message that reached its receiver.
#[derive(Debug, Clone, Copy)]
pub(super) struct Receipt {
    /// Whether the sender heard that it was taken.
    pub(super) answered: bool,
}

/// How often it was seen that …
#[derive(Debug, Default)]
pub(super) struct Found {
    done: usize,
    dead: usize,
    /// … a lease ran out, and somebody else took the row.
    expired: usize,
    /// … somebody whose lease had run out had been heard, and the row was done for it.
    late: usize,
    /// … a receiver got a message again.
    again: usize,
}

/// Every write of a row, as the stream tells them.
pub(super) fn course(changes: &[Value], id: Id<Delivery>) -> Vec<Stood> {
    let images = changes.iter().filter_map(|change| change.pointer("/dynamodb/NewImage"));
    images.filter(|image| image["id"]["S"] == id.to_string()).map(Stood::read).collect()
}

impl Stood {
    fn read(image: &Value) -> Self {
        let at = |name: &str| image[name]["S"].as_str().and_then(|text| text.parse().ok());
        let attempts = image["history"]["L"].as_array().unwrap();
        Self {
            state: image["state"]["S"].as_str().unwrap().to_owned(),
            attempt: image["attempt"]["N"].as_str().unwrap().parse().unwrap(),
            due_at: at("due_at"),
            lease_until: at("lease_until"),
            unknown: attempts.iter().filter(|it| it["M"]["error"]["S"] == UNKNOWN).count(),
        }
    }
}

impl Found {
    /// Holds the course of a row against what its receiver got.
    pub(super) fn judge(&mut self, course: &[Stood], receipts: &[Receipt]) {
        let expired = self.expired;
        for (before, after) in course.iter().zip(course.iter().skip(1)) {
            self.step(before, after, course);
        }
        let last = course.last().unwrap();
        let heard = receipts.iter().filter(|receipt| receipt.answered).count();
        match last.state.as_str() {
            "done" => {
                assert!(heard > 0, "done, and nobody took it: {course:?}");
                self.done += 1;
            }
            "dead" => {
                assert_eq!(last.attempt, 10, "given up too early: {course:?}");
                self.dead += 1;
            }
            _ => panic!("lost: {course:?}"),
        }
        let attempts: BTreeSet<_> =
            course.iter().filter(|it| it.state == "leased").map(|it| it.attempt).collect();
        assert!(receipts.len() <= attempts.len(), "sent without a lease: {course:?}");
        let unheard = receipts.len() - heard;
        let may = 1 + unheard + (self.expired - expired);
        assert!(receipts.len() <= may, "{receipts:?} without a reason: {course:?}");
        self.again += receipts.len().saturating_sub(1);
    }

    /// Every write follows from the one before it.
    fn step(&mut self, before: &Stood, after: &Stood, course: &[Stood]) {
        let same = before.attempt == after.attempt;
        self.expired += usize::from(before.state == "leased" && after.unknown == before.unknown + 1);
        let holds = match (before.state.as_str(), after.state.as_str()) {
            ("pending", "leased") => {
                let begun = after.lease_until.unwrap() - LEASE;
                after.attempt == before.attempt + 1 && before.due_at.unwrap() <= begun
            }
            ("leased", "leased") => {
                let begun = after.lease_until.unwrap() - LEASE;
                after.attempt == before.attempt + 1 && before.lease_until.unwrap() < begun
            }
            ("leased" | "pending", "pending" | "dead") => same,
            ("leased" | "pending" | "dead", "done") => {
                self.late += usize::from(before.state != "leased" || !same);
                after.attempt <= before.attempt
            }
            _ => false,
        };
        assert!(holds, "{before:?} became {after:?} in {course:?}");
    }

    /// The orders that were tried would have shown a row that is done twice, or lost.
    pub(super) fn shows_something(&self) {
        let all = [self.done, self.expired, self.late, self.again];
        assert!(all.iter().all(|times| *times > 0), "something never occurred: {self:?}");
    }

    /// Some messages were sent again, for a reason.
    pub(super) fn shows_repeats(&self) {
        assert!(self.done > 0 && self.again > 0, "something never occurred: {self:?}");
    }
}
