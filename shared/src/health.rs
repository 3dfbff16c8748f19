//! How an endpoint fares, and so how its messages may go: at once, with a permit, or not for now.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// What is known of an endpoint from its last attempts. Nothing is, of a new one.
///
/// Kept beside its service, and written only where it changes what follows: an endpoint that answers quickly
/// costs a write in five minutes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Health {
    /// Attempts that failed since one succeeded.
    failures: u32,
    /// How often the breaker opened since an attempt succeeded.
    opened: u32,
    /// Until when nothing is tried, once the breaker has opened; then one message is, for all.
    open_until: Option<Timestamp>,
    /// Until when it counts as quick, without failures and without further proof.
    quick_until: Option<Timestamp>,
    /// When it last took a message, or a little before.
    succeeded_at: Option<Timestamp>,
    /// Counts its changes.
    version: u64,
}

/// How a message may go at this moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Course {
    /// At once.
    Quick,
    /// In the slow lane, with one of the endpoint's permits.
    Slow,
    /// In the slow lane, as the one that tries for all whether the breaker may close.
    Probe,
    /// Not before this time: the breaker is open.
    Wait(Timestamp),
}

/// How an attempt ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The endpoint took the message, in this time.
    Taken(SignedDuration),
    /// It did not.
    Failed,
}

/// The attempts of the last minute at one endpoint, as one warm function sees them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Minute {
    since: Timestamp,
    attempts: u32,
    failures: u32,
}

/// In which time an endpoint must answer to count as quick.
pub const QUICK: SignedDuration = SignedDuration::from_secs(2);

/// Requests that may be under way at once to an endpoint that is not known as quick.
pub const PERMITS: u8 = 5;

/// How long a probe has: longer than a request may take.
pub const PROBE: SignedDuration = SignedDuration::from_secs(30);

/// How long an endpoint counts as quick after it was.
const PROVEN: SignedDuration = SignedDuration::from_mins(10);

/// Failures in a row that open the breaker.
const FAILURES: u32 = 5;

/// Attempts in a minute, half of which must fail to open the breaker.
const MINUTE_ATTEMPTS: u32 = 20;

/// How long the breaker stays open for the first time; twice as long each further time.
const FIRST_BACK_OFF: SignedDuration = SignedDuration::from_mins(1);

/// The longest that it stays open before the next probe.
const LONGEST_BACK_OFF: SignedDuration = SignedDuration::from_mins(30);

/// Without success for this long, an endpoint that lets a message be given up has failed for good.
const FOR_GOOD: SignedDuration = SignedDuration::from_hours(72);

impl Health {
    /// Which writing of it this is; 0 for that of an endpoint of which nothing is known.
    pub const fn version(&self) -> u64 {
        self.version
    }

    /// Attempts that failed since one succeeded.
    pub const fn failures(&self) -> u32 {
        self.failures
    }

    /// Until when nothing is tried, once the breaker has opened.
    pub const fn open_until(&self) -> Option<Timestamp> {
        self.open_until
    }

    /// When it last took a message, or a little before.
    pub const fn succeeded_at(&self) -> Option<Timestamp> {
        self.succeeded_at
    }

    /// Whether nothing has failed since something was taken, or since the beginning.
    pub const fn is_untroubled(&self) -> bool {
        self.failures == 0
    }

    /// How a message may go now.
    pub fn course(&self, now: Timestamp) -> Course {
        match (self.open_until, self.quick_until) {
            (Some(until), _) if now < until => Course::Wait(until),
            (Some(_), _) => Course::Probe,
            (None, Some(until)) if now < until => Course::Quick,
            (None, _) => Course::Slow,
        }
    }

    /// It while one message tries for all: others wait until that is over.
    #[must_use]
    pub fn probing(&self, now: Timestamp) -> Self {
        Self { open_until: Some(now + PROBE), version: self.version + 1, ..self.clone() }
    }

    /// It once an attempt is taking long: no more messages go to it without a permit. `None` where that
    /// is known.
    pub fn dawdling(&self) -> Option<Self> {
        self.quick_until?;
        Some(Self { quick_until: None, version: self.version + 1, ..self.clone() })
    }

    /// It after an attempt; `trips` opens the breaker whatever else is known. `None` where nothing changes
    /// that matters.
    pub fn after(&self, outcome: Outcome, trips: bool, now: Timestamp) -> Option<Self> {
        let version = self.version + 1;
        match outcome {
            Outcome::Taken(took) => {
                let quick_until = (took < QUICK).then_some(now + PROVEN);
                let lately = self.succeeded_at.is_some_and(|at| now < at + PROVEN / 2);
                let as_known = self.failures == 0 && self.open_until.is_none();
                let still = self.quick_until.is_some() == quick_until.is_some();
                let succeeded_at = Some(now);
                let next = Self { quick_until, succeeded_at, version, ..Self::default() };
                (!(as_known && still && lately)).then_some(next)
            }
            Outcome::Failed => {
                let failures = self.failures.saturating_add(1);
                let opens = trips || failures >= FAILURES || self.open_until.is_some();
                let (opened, open_until) = if opens {
                    (self.opened.saturating_add(1), Some(now + back_off(self.opened)))
                } else {
                    (self.opened, None)
                };
                let succeeded_at = self.succeeded_at;
                Some(Self { failures, opened, open_until, quick_until: None, succeeded_at, version })
            }
        }
    }

    /// Whether an endpoint at which a message was given up has failed for good, not that message alone.
    pub fn has_failed_for_good(&self, now: Timestamp) -> bool {
        self.failures > 0 && self.succeeded_at.is_none_or(|at| at + FOR_GOOD <= now)
    }
}

impl Minute {
    /// No attempts yet.
    pub const fn begin(now: Timestamp) -> Self {
        Self { since: now, attempts: 0, failures: 0 }
    }

    /// Notes an attempt; whether so many of the minute have failed that the breaker should open.
    pub fn note(&mut self, failed: bool, now: Timestamp) -> bool {
        if now.duration_since(self.since) >= SignedDuration::from_mins(1) {
            *self = Self::begin(now);
        }
        self.attempts += 1;
        self.failures += u32::from(failed);
        failed && self.attempts >= MINUTE_ATTEMPTS && self.failures * 2 >= self.attempts
    }
}

fn back_off(opened: u32) -> SignedDuration {
    let doubled = 1_i32.checked_shl(opened.min(16)).unwrap_or(i32::MAX);
    FIRST_BACK_OFF.checked_mul(doubled).map_or(LONGEST_BACK_OFF, |wait| wait.min(LONGEST_BACK_OFF))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_790_000_000 + seconds).unwrap()
    }

    fn failed(health: Health, times: i64) -> Health {
        (0..times).fold(health, |health, n| health.after(Outcome::Failed, false, at(n)).unwrap())
    }

    const QUICKLY: Outcome = Outcome::Taken(SignedDuration::from_millis(80));

    #[test]
    fn who_is_not_known_needs_permits_until_it_was_quick() {
        let new = Health::default();
        assert_eq!(new.course(at(0)), Course::Slow);
        let known = new.after(QUICKLY, false, at(0)).unwrap();
        assert_eq!((known.course(at(0)), known.course(at(599))), (Course::Quick, Course::Quick));
        assert_eq!(known.course(at(600)), Course::Slow);
        let slow = known.after(Outcome::Taken(SignedDuration::from_secs(3)), false, at(1)).unwrap();
        assert_eq!(slow.course(at(1)), Course::Slow);
        assert_eq!(known.dawdling().unwrap().course(at(1)), Course::Slow);
        assert_eq!(slow.dawdling(), None);
    }

    #[test]
    fn a_quick_endpoint_is_written_down_once_in_five_minutes() {
        let known = Health::default().after(QUICKLY, false, at(0)).unwrap();
        assert_eq!(known.after(QUICKLY, false, at(299)), None);
        assert!(known.after(QUICKLY, false, at(300)).is_some());
        let slowly = Outcome::Taken(SignedDuration::from_secs(5));
        let slow = Health::default().after(slowly, false, at(0)).unwrap();
        assert_eq!(slow.after(slowly, false, at(299)), None);
        assert!(slow.after(slowly, false, at(300)).is_some());
    }

    #[test]
    fn five_failures_in_a_row_open_the_breaker_and_one_probe_closes_it() {
        assert_eq!(failed(Health::default(), 4).course(at(4)), Course::Slow);
        let open = failed(Health::default(), 5);
        assert_eq!((open.course(at(4)), open.course(at(64))), (Course::Wait(at(64)), Course::Probe));
        let probing = open.probing(at(64));
        assert_eq!(probing.course(at(65)), Course::Wait(at(94)), "others wait");
        let closed = probing.after(QUICKLY, false, at(66)).unwrap();
        assert_eq!(closed.course(at(66)), Course::Quick);
        let again = probing.after(Outcome::Failed, false, at(66)).unwrap();
        assert_eq!(again.course(at(66)), Course::Wait(at(66 + 120)), "for twice as long");
    }

    #[test]
    fn the_breaker_stays_open_for_half_an_hour_at_most() {
        let minutes: Vec<_> = (0..8).map(|opened| back_off(opened).as_mins()).collect();
        assert_eq!(minutes, [1, 2, 4, 8, 16, 30, 30, 30]);
        assert_eq!(back_off(u32::MAX).as_mins(), 30);
    }

    #[test]
    fn half_of_twenty_in_a_minute_trip_it() {
        let mut minute = Minute::begin(at(0));
        for n in 0..19 {
            assert!(!minute.note(n % 2 == 0, at(n)), "{n}");
        }
        assert!(minute.note(true, at(19)));
        let mut minute = Minute::begin(at(0));
        assert!((0..100).all(|n| !minute.note(n % 3 == 0, at(n / 4))), "a third is not enough");
        let mut minute = Minute::begin(at(0));
        assert!((0..19).all(|n| !minute.note(true, at(n))));
        assert!(!minute.note(true, at(60)), "another minute");
    }

    #[test]
    fn a_message_alone_does_not_make_an_endpoint_fail_for_good() {
        let known = Health::default().after(QUICKLY, false, at(0)).unwrap();
        let hours = |n: i64| at(n * 3600);
        assert!(!known.has_failed_for_good(hours(100)));
        let failing = known.after(Outcome::Failed, false, hours(80)).unwrap();
        assert!(failing.has_failed_for_good(hours(80)) && !failing.has_failed_for_good(hours(71)));
        assert!(failed(Health::default(), 1).has_failed_for_good(hours(1)), "it never took anything");
    }
}
