//! How fast a mail service may be asked: as fast as mails come, until it says that this is too fast.
//!
//! Then the rate is halved with each such second, and grows by one mail a second with each second that
//! goes well: so that many senders, each with its own pace, come to share what the service gives (additive
//! increase, multiplicative decrease). It is known to one warm function and to nobody else; nothing is
//! written for it.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use jiff::{SignedDuration, Timestamp};

use crate::{id::Id, service::Service};

/// The slowest rate, in mails a minute.
const SLOWEST: u32 = 6;

/// By how much a second that went well makes it faster, in mails a minute.
const STEP: u32 = 60;

/// From this rate on there is no limit any more, in mails a minute.
const FASTEST: u32 = 6_000;

/// The longest that a mail is told to wait.
const LONGEST: SignedDuration = SignedDuration::from_mins(10);

const SECOND: SignedDuration = SignedDuration::from_secs(1);

/// The pace of each service.
#[derive(Debug, Default)]
pub(super) struct Paces(Mutex<HashMap<Id<Service>, Pace>>);

#[derive(Debug)]
struct Pace {
    /// Mails a minute; none where there is no limit.
    limit: Option<u32>,
    /// When the rate was last changed, or the second began in which mails are counted.
    since: Timestamp,
    /// Mails sent in that second.
    sent: u32,
    /// When the next mail may be sent.
    next: Timestamp,
    /// Until when those that wait have been told to: each a little later than the one before.
    told: Timestamp,
}

impl Paces {
    /// Whether a mail may be sent now; if not, how long it should wait.
    pub(super) fn turn(&self, service: Id<Service>, now: Timestamp) -> Result<(), SignedDuration> {
        let mut paces = self.lock();
        let Some(pace) = paces.get_mut(&service) else { return Ok(()) };
        let Some(limit) = pace.limit else { return Ok(()) };
        if now < pace.next {
            return Err(pace.wait(limit, now));
        }
        pace.next = now + interval(limit);
        Ok(())
    }

    /// The service took a mail.
    pub(super) fn taken(&self, service: Id<Service>, now: Timestamp) {
        let mut paces = self.lock();
        let pace = paces.entry(service).or_insert_with(|| Pace::new(now));
        if now.duration_since(pace.since) >= SECOND {
            (pace.since, pace.sent) = (now, 0);
            pace.limit = pace.limit.map(|limit| limit.saturating_add(STEP)).filter(|limit| *limit < FASTEST);
        }
        pace.sent = pace.sent.saturating_add(1);
    }

    /// The service said that it is asked too fast; how long that mail should wait.
    pub(super) fn too_fast(&self, service: Id<Service>, now: Timestamp) -> SignedDuration {
        let mut paces = self.lock();
        let pace = paces.entry(service).or_insert_with(|| Pace::new(now));
        let limit = match pace.limit {
            // What was under way when the rate was changed says nothing of the new one.
            Some(limit) if now.duration_since(pace.since) < SECOND => limit,
            Some(limit) => pace.slow_down(limit, now),
            None => pace.slow_down(pace.sent.saturating_mul(60), now),
        };
        pace.wait(limit, now)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Id<Service>, Pace>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Pace {
    const fn new(now: Timestamp) -> Self {
        Self { limit: None, since: now, sent: 0, next: now, told: now }
    }

    fn slow_down(&mut self, from: u32, now: Timestamp) -> u32 {
        let limit = (from / 2).max(SLOWEST);
        *self = Self { limit: Some(limit), next: now + interval(limit), ..Self::new(now) };
        limit
    }

    /// Places those that wait one after the other, so that they come back at the rate at which they can go.
    fn wait(&mut self, limit: u32, now: Timestamp) -> SignedDuration {
        let told = self.told.max(now) + interval(limit);
        self.told = told.min(now + LONGEST);
        told.duration_since(now).min(LONGEST)
    }
}

/// Between two mails at this rate.
fn interval(mails_a_minute: u32) -> SignedDuration {
    SignedDuration::from_millis(60_000 / i64::from(mails_a_minute.max(1)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    const SERVICE: Id<Service> = Id::new(Uuid::nil());

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millisecond(millis).unwrap()
    }

    #[test]
    fn nobody_waits_for_a_service_that_never_said_too_fast() {
        let paces = Paces::default();
        for n in 0..10_000 {
            paces.turn(SERVICE, at(n / 100)).unwrap();
            paces.taken(SERVICE, at(n / 100));
        }
    }

    #[test]
    fn a_storm_halves_the_rate_once_a_second_and_those_that_wait_come_back_one_by_one() {
        let paces = Paces::default();
        for _ in 0..40 {
            paces.taken(SERVICE, at(0));
        }
        let waits: Vec<_> = (0..3).map(|_| paces.too_fast(SERVICE, at(500)).as_millis()).collect();
        assert_eq!(waits, [50, 100, 150], "twenty a second are left of forty");
        assert_eq!(paces.turn(SERVICE, at(500)).unwrap_err().as_millis(), 200);
        paces.turn(SERVICE, at(550)).unwrap();
        paces.turn(SERVICE, at(599)).unwrap_err();
        let waits: Vec<_> = (0..3).map(|_| paces.too_fast(SERVICE, at(1_500)).as_millis()).collect();
        assert_eq!(waits, [100, 200, 300], "ten a second are left of twenty");
        for n in 2..20 {
            paces.too_fast(SERVICE, at(n * 1_000 + 500));
        }
        let slowest = paces.too_fast(SERVICE, at(60_000));
        assert_eq!(slowest.as_secs(), 10);
        let longest = (0..1_000).map(|_| paces.too_fast(SERVICE, at(60_001))).max().unwrap();
        assert_eq!(longest, LONGEST);
    }

    #[test]
    fn seconds_that_go_well_make_it_faster_and_in_the_end_as_fast_as_it_was() {
        let paces = Paces::default();
        paces.too_fast(SERVICE, at(0));
        let mut went = Vec::new();
        for millis in 1..200_000 {
            if paces.turn(SERVICE, at(millis)).is_ok() {
                paces.taken(SERVICE, at(millis));
                went.push(millis / 1_000);
            }
            if went.len() > 5_500 {
                break;
            }
        }
        let in_second = |second| went.iter().filter(|s| **s == second).count();
        assert_eq!(in_second(9), 0, "the first waits for ten seconds");
        assert!(in_second(20) < in_second(40) && in_second(40) < in_second(60));
        paces.turn(SERVICE, at(200_000)).unwrap();
    }
}
