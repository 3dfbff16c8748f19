//! One request to a backend: its messages are leased, written and sent, and what became of each is noted.

use futures_util::future::join_all;
use jiff::SignedDuration;
use proca::{
    attempt::{Attempt, Failure, Retry},
    delivery::{Delivery, Purpose},
    health::Outcome,
    metric::Metric,
    outbound::Outbound,
    push::{Message, Pushed},
    schedule,
    switches::{HELD, HOLD},
    table::Resolved,
};

use crate::{
    Deps, Interrupted,
    course::{self, Entry, Lane},
    failure, look_up,
    way::{Later, Way},
};

/// Why a message is cancelled.
const UNWANTED: &str = "its supporter was rejected, or its action or page is gone";

/// Makes the request, if the endpoint may be asked now.
pub(crate) async fn make(
    deps: &Deps,
    mut way: Way,
    lane: Lane,
    rows: Vec<Delivery>,
) -> Result<(), Interrupted> {
    let now = deps.clock.now();
    match course::enter(deps, &rows, (&mut way.resolved, lane), now).await? {
        Entry::Go(permit) => Box::pin(go(deps, Way { permit, ..way }, rows)).await,
        Entry::Forwarded => Ok(()),
        Entry::NotBefore(until, why) => put_off(deps, rows, Later { until, why }, Some(&way.resolved)).await,
    }
}

/// Lets messages wait, without an attempt. Somebody's mail waits for a look-up: that goes on without.
pub(crate) async fn put_off(
    deps: &Deps,
    rows: Vec<Delivery>,
    later: Later,
    resolved: Option<&Resolved>,
) -> Result<(), Interrupted> {
    let now = deps.clock.now();
    for row in rows {
        if row.purpose == Purpose::LookUp {
            refuse(deps, vec![row], &failure(later.why, Retry::Scheduled)).await?;
        } else {
            course::wait(deps, row, (later, resolved), now).await?;
        }
    }
    Ok(())
}

/// Holds messages back, however long that takes. Somebody's mail waits for a look-up: that goes on without.
pub(crate) async fn hold(deps: &Deps, rows: Vec<Delivery>) -> Result<(), Interrupted> {
    let now = deps.clock.now();
    for row in rows {
        if row.purpose == Purpose::LookUp {
            refuse(deps, vec![row], &failure(HOLD, Retry::Scheduled)).await?;
        } else {
            let until = now + schedule::spread(HELD, deps.random.below(1000));
            deps.table.put_off(&row, &row.clone().hold(until, now)).await?;
        }
    }
    Ok(())
}

/// Notes that messages cannot be sent as things are: an attempt of each.
pub(crate) async fn refuse(deps: &Deps, rows: Vec<Delivery>, failure: &Failure) -> Result<(), Interrupted> {
    let (leased, interrupted) = lease(deps, rows).await;
    for row in leased {
        if row.purpose == Purpose::LookUp {
            look_up::fail(deps, row, failure.clone(), 0).await?;
        } else {
            fail(deps, row, failure, (0, deps.random.below(1000))).await?;
        }
    }
    interrupted
}

/// Leases the messages, and sends those that are ours now.
async fn go(deps: &Deps, way: Way, rows: Vec<Delivery>) -> Result<(), Interrupted> {
    let (leased, interrupted) = lease(deps, rows).await;
    match leased.as_slice() {
        [] => course::give_back(deps, way.permit).await?,
        [row] if row.purpose == Purpose::LookUp => Box::pin(look_up::ask(deps, row.clone(), way)).await?,
        _ => Box::pin(send(deps, way, leased)).await?,
    }
    interrupted
}

/// Takes each message for one attempt: those that are ours now, and whether one could not be taken.
async fn lease(deps: &Deps, rows: Vec<Delivery>) -> (Vec<Delivery>, Result<(), Interrupted>) {
    let now = deps.clock.now();
    let taken = rows.into_iter().map(|row| deps.table.lease(row, |_| (), deps.random.uuid(), now));
    let (mut leased, mut interrupted) = (Vec::new(), Ok(()));
    for taken in join_all(taken).await {
        match taken {
            Ok(row) => leased.extend(row),
            Err(error) => interrupted = Err(error.into()),
        }
    }
    (leased, interrupted)
}

/// Writes leased messages, sends them and notes how that ended.
async fn send(deps: &Deps, mut way: Way, rows: Vec<Delivery>) -> Result<(), Interrupted> {
    let begun = deps.clock.now();
    let service = way.resolved.service.clone();
    let form = service.endpoint.payload().unwrap_or_default();
    let bodies = deps.table.messages(&rows, &way.receiver, form).await?;
    let (rows, unwanted): (Vec<_>, Vec<_>) = rows.into_iter().partition(|row| bodies.contains_key(&row.id));
    for row in unwanted {
        deps.table.put_back(&row.cancel(UNWANTED, begun)).await?;
    }
    if rows.is_empty() {
        return course::give_back(deps, way.permit).await;
    }
    let ids: Vec<_> = rows.iter().map(Delivery::message_id).collect();
    let message = |(id, row): (_, &Delivery)| Some(Message { id, body: bodies.get(&row.id)? });
    let messages: Vec<_> = ids.iter().map(String::as_str).zip(&rows).filter_map(message).collect();
    let sending = deps.pusher.push_many(&service, &messages, begun);
    let outcomes = Box::pin(course::watched(deps, &mut way.resolved, sending)).await;
    let now = deps.clock.now();
    let took = now.duration_since(begun);
    let outcome = if outcomes.iter().any(Result::is_ok) { Outcome::Taken(took) } else { Outcome::Failed };
    // Messages that failed together come again together.
    let chance = deps.random.below(1000);
    let noted = rows.into_iter().zip(outcomes);
    let noted = join_all(noted.map(|(row, pushed)| note(deps, row, pushed, (took, chance)))).await;
    let health = course::leave(deps, way, outcome, now).await?;
    for noted in noted {
        if let Some((failed, status)) = noted? {
            course::stop(deps, &service, (status, &failed, &health), now).await?;
        }
    }
    Ok(())
}

/// Notes what became of a message: where it failed, its row as it is then and what the endpoint answered.
async fn note(
    deps: &Deps,
    row: Delivery,
    pushed: Result<Pushed, Failure>,
    (took, chance): (SignedDuration, u64),
) -> Result<Option<(Delivery, Option<u16>)>, Interrupted> {
    let duration_ms = u32::try_from(took.as_millis()).unwrap_or(u32::MAX);
    match pushed {
        Ok(Pushed { status }) => {
            tracing::info!(delivery.id = %row.id, duration_ms, "a message was pushed");
            let at = deps.clock.now();
            if let Some(delay) = row.delay(at) {
                deps.meter.tell(Metric::DeliveryDelay, delay, [], at);
            }
            deps.table
                .succeed(&row.succeed(Attempt { at, duration_ms, status, error: None, answer: None }))
                .await?;
            Ok(None)
        }
        Err(failure) => {
            let failed = fail(deps, row, &failure, (duration_ms, chance)).await?;
            Ok(Some((failed, failure.status)))
        }
    }
}

/// Notes that an attempt failed: the row as it is then.
async fn fail(
    deps: &Deps,
    row: Delivery,
    failure: &Failure,
    (duration_ms, chance): (u32, u64),
) -> Result<Delivery, Interrupted> {
    tracing::warn!(delivery.id = %row.id, attempt = row.attempt, error = failure.error, "a message was not pushed");
    let now = deps.clock.now();
    let failed = row.fail(failure, now, duration_ms, chance);
    deps.meter.tell(Metric::of_failure(failed.state), 1, [], now);
    deps.table.put_back(&failed).await?;
    Ok(failed)
}
