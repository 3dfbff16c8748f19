//! How messages may go to an endpoint: at once, in another lane, or not for now.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use jiff::{SignedDuration, Timestamp};
use proca::{
    delivery::{Delivery, DeliveryState},
    health::{Course, Health, Minute, Outcome, PERMITS, PROBE, QUICK},
    id::Id,
    metric::Metric,
    outbound::Outbound,
    queue::{Hint, Outgoing},
    service::{Endpoint, Service, ServiceState},
    table::{Permit, Resolved},
};

use crate::{
    Deps, Interrupted,
    way::{Later, Way},
};

/// The lane of the queue of pushes by which a hint came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Lane {
    /// That of all.
    Quick,
    /// That of endpoints that are not known as quick.
    Slow,
    /// That of endpoints that get several messages in one body.
    Batched,
}

/// Whether a request may be made now.
pub(crate) enum Entry {
    /// It may, with this permit where the endpoint is not known as quick.
    Go(Option<Permit>),
    /// Its messages are in another lane now.
    Forwarded,
    /// Not before this time, and why.
    NotBefore(Timestamp, &'static str),
}

/// What this warm function saw of each endpoint in the last minute.
#[derive(Debug, Default)]
pub(crate) struct Seen(Mutex<BTreeMap<Id<Service>, Minute>>);

const BROKEN: &str = "the endpoint has failed too often, and is not asked for now";

const BUSY: &str = "as many messages as the endpoint gets at once are under way";

/// When a message to an endpoint of which no failure is known is looked at again.
const SOON: SignedDuration = SignedDuration::from_secs(1);

/// When a message that found no permit is looked at again: some have been given back by then.
const NEXT_PERMIT: SignedDuration = SignedDuration::from_secs(20);

/// How often it is tried to note how an attempt ended: as many may end at once, and the rest is not worth it.
const TRIES: u8 = PERMITS;

/// Messages that wait for the same moment come back spread over this time, in milliseconds.
const SPREAD: u64 = 30_000;

/// Decides on one request with these messages, and takes what it needs to go.
pub(crate) async fn enter(
    deps: &Deps,
    rows: &[Delivery],
    (resolved, lane): (&mut Resolved, Lane),
    now: Timestamp,
) -> Result<Entry, Interrupted> {
    let (service, health) = (&resolved.service, &resolved.health);
    // A queue takes at once what it is given, ten messages in a request.
    let is_queue = matches!(service.endpoint, Endpoint::Sqs { .. });
    match health.course(now) {
        Course::Quick => Ok(Entry::Go(None)),
        Course::Slow if is_queue => Ok(Entry::Go(None)),
        Course::Wait(until) => Ok(Entry::NotBefore(spread(deps, until), BROKEN)),
        Course::Slow | Course::Probe if lane == Lane::Quick => {
            forward(deps, rows, Lane::Slow, SignedDuration::ZERO).await.map(|()| Entry::Forwarded)
        }
        Course::Slow => {
            let (holder, chance) = (deps.random.uuid(), deps.random.below(1000));
            match deps.table.take_permit(service, holder, chance, now).await? {
                Some(permit) => Ok(Entry::Go(Some(permit))),
                // Of a new endpoint one answer is enough to show that it is quick.
                None if health.is_untroubled() => {
                    forward(deps, rows, lane, SOON).await.map(|()| Entry::Forwarded)
                }
                None => Ok(Entry::NotBefore(spread(deps, now + NEXT_PERMIT), BUSY)),
            }
        }
        Course::Probe => {
            let probing = health.probing(now);
            if deps.table.note_health(service, health, &probing).await? {
                resolved.health = probing;
                return Ok(Entry::Go(None));
            }
            Ok(Entry::NotBefore(spread(deps, now + PROBE), BROKEN))
        }
    }
}

/// Passes the hints of messages on to another lane, or to theirs once more; lost there, the rows are still due.
pub(crate) async fn forward(
    deps: &Deps,
    rows: &[Delivery],
    lane: Lane,
    delay: SignedDuration,
) -> Result<(), Interrupted> {
    let hints = rows.iter().map(|row| {
        let hint = match lane {
            Lane::Quick | Lane::Slow => Hint::DeliverSlowly { org: row.org, slowly: row.id },
            Lane::Batched => Hint::DeliverTogether { org: row.org, together: row.id },
        };
        Outgoing { hint, group: row.org, delay }
    });
    let hints: Vec<_> = hints.collect();
    let queue = if lane == Lane::Batched { &deps.batch_queue } else { &deps.slow_queue };
    Ok(queue.send(&hints).await?)
}

/// Lets an attempt be made. One that takes long is written down at once, so that others need permits.
pub(crate) async fn watched<T>(deps: &Deps, resolved: &mut Resolved, attempt: impl Future<Output = T>) -> T {
    let mut attempt = Box::pin(attempt);
    if let Ok(ended) = tokio::time::timeout(QUICK.unsigned_abs(), &mut attempt).await {
        return ended;
    }
    if let Some(dawdling) = resolved.health.dawdling() {
        // What cannot be written now is written when the attempt ends.
        if let Ok(true) = deps.table.note_health(&resolved.service, &resolved.health, &dawdling).await {
            resolved.health = dawdling;
        }
    }
    attempt.await
}

/// Notes how an attempt ended, and gives its permit back; how the endpoint fares then.
pub(crate) async fn leave(
    deps: &Deps,
    way: Way,
    outcome: Outcome,
    now: Timestamp,
) -> Result<Health, Interrupted> {
    let Way { resolved: Resolved { service, mut health, .. }, permit, .. } = way;
    let trips = deps.seen.note(service.id, outcome == Outcome::Failed, now);
    for _ in 0..TRIES {
        let Some(next) = health.after(outcome, trips, now) else { break };
        if deps.table.note_health(&service, &health, &next).await? {
            tell_of_breaker(deps, &service, (&health, &next), now);
            health = next;
            break;
        }
        // Other attempts ended at the same time: each of them counts.
        let Some(found) = deps.table.health(&service).await? else { break };
        health = found;
    }
    // Last, so that nobody else goes before it is known how this one ended.
    give_back(deps, permit).await?;
    Ok(health)
}

/// Tells that a breaker has opened for the first time, or has closed.
fn tell_of_breaker(deps: &Deps, service: &Service, (before, after): (&Health, &Health), now: Timestamp) {
    let changed = match (before.open_until(), after.open_until()) {
        (None, Some(_)) => Metric::BreakersOpened,
        (Some(_), None) => Metric::BreakersClosed,
        (None, None) | (Some(_), Some(_)) => return,
    };
    let about = [("org", service.org.to_string().into()), ("service", service.id.to_string().into())];
    deps.meter.tell(changed, 1, about, now);
}

/// Gives a permit back, where one was taken.
pub(crate) async fn give_back(deps: &Deps, permit: Option<Permit>) -> Result<(), Interrupted> {
    match permit {
        Some(permit) => Ok(deps.table.give_back(&permit).await?),
        None => Ok(()),
    }
}

/// Lets a message wait. It may have waited for so long that it is given up.
pub(crate) async fn wait(
    deps: &Deps,
    row: Delivery,
    (Later { until, why }, resolved): (Later, Option<&Resolved>),
    now: Timestamp,
) -> Result<(), Interrupted> {
    let waiting = row.clone().put_off(until, why, now);
    deps.table.put_off(&row, &waiting).await?;
    match resolved {
        Some(resolved) => stop(deps, &resolved.service, (None, &waiting, &resolved.health), now).await,
        None => Ok(()),
    }
}

/// Stops a service that says that it is gone, or has failed for so long that a message was given up.
pub(crate) async fn stop(
    deps: &Deps,
    service: &Service,
    (status, row, health): (Option<u16>, &Delivery, &Health),
    now: Timestamp,
) -> Result<(), Interrupted> {
    let given_up = matches!(row.state, DeliveryState::Dead { .. });
    let state = match status {
        Some(410) => ServiceState::gone(),
        Some(_) | None if given_up && health.has_failed_for_good(now) => ServiceState::failed(),
        Some(_) | None => return Ok(()),
    };
    Ok(deps.table.stop_service(service, state, (&deps.random, now)).await?)
}

impl Seen {
    fn note(&self, service: Id<Service>, failed: bool, now: Timestamp) -> bool {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        seen.entry(service).or_insert_with(|| Minute::begin(now)).note(failed, now)
    }
}

fn spread(deps: &Deps, at: Timestamp) -> Timestamp {
    let millis = i64::try_from(deps.random.below(SPREAD)).unwrap_or(0);
    at + SignedDuration::from_millis(millis)
}
