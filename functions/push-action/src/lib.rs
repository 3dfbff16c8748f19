//! The queue of pushes and its slow lane: sends one message to the backend of its org.

mod course;
mod gather;
mod interrupted;
mod look_up;
mod way;

use std::{convert::Infallible, slice};

use aws_lambda_events::event::sqs::{SqsBatchResponse, SqsEvent};
use jiff::Timestamp;
use proca::{
    attempt::{Attempt, Failure, Retry},
    batch,
    clock::Clock,
    config::{ConfigError, Env},
    delivery::{Delivery, Lane, Purpose},
    health::Outcome,
    id::Id,
    org::Org,
    outbound::Outbound,
    push::{Pushed, Pusher},
    queue::{Hint, Queue},
    random::Random,
    table::Table,
};

pub use crate::interrupted::Interrupted;
use crate::{
    course::Seen,
    gather::{Gathering, Turn},
    way::{Found, Way},
};

/// What the function works with.
#[derive(Debug)]
pub struct Deps {
    table: Table,
    pusher: Pusher,
    slow_queue: Queue,
    seen: Seen,
    clock: Clock,
    random: Random,
}

impl Deps {
    /// Builds it from the environment.
    pub fn new(env: &Env) -> Result<Self, ConfigError> {
        Ok(Self {
            table: env.table()?,
            pusher: env.pusher()?,
            slow_queue: env.slow_queue()?,
            seen: Seen::default(),
            clock: env.clock(),
            random: env.random(),
        })
    }
}

/// Looks at the delivery each hint names; a failed record comes again alone.
pub async fn handle(deps: &Deps, event: SqsEvent) -> Result<SqsBatchResponse, Infallible> {
    let gathering = Gathering::new();
    let work = |hint| {
        let turn = gathering.turn();
        async move {
            match hint {
                Hint::Deliver { org, delivery } => look_at(deps, (org, delivery), turn, false).await,
                Hint::DeliverSlowly { org, slowly } => look_at(deps, (org, slowly), turn, true).await,
                Hint::Process { .. } | Hint::Notify { .. } => Ok(()),
            }
        }
    };
    Ok(batch::each(event, work).await)
}

async fn look_at(
    deps: &Deps,
    (org, delivery): (Id<Org>, Id<Delivery>),
    turn: Turn<'_>,
    slowly: bool,
) -> Result<(), Interrupted> {
    match deps.table.delivery(org, delivery).await? {
        Some(row) if row.purpose.lane() == Lane::Push => Box::pin(push(deps, row, turn, slowly)).await,
        Some(_) | None => Ok(()),
    }
}

/// Finds the way, leases, sends, notes.
async fn push(deps: &Deps, row: Delivery, turn: Turn<'_>, slowly: bool) -> Result<(), Interrupted> {
    let begun = deps.clock.now();
    if !row.is_due(begun) {
        return Ok(());
    }
    let way = match Box::pin(way::find(deps, &row, slowly, begun)).await? {
        Found::Way(way) => Ok(way),
        Found::None(failure) => Err(failure),
        Found::Forwarded => return Ok(()),
        // Somebody's mail waits for a look-up: it goes on without.
        Found::Later(later) if row.purpose == Purpose::LookUp => Err(failure(later.why, Retry::Scheduled)),
        Found::Later(later) => return course::wait(deps, &row, later, begun).await,
    };
    let Some(row) = deps.table.lease(row, |_| (), deps.random.uuid(), begun).await? else {
        return match way {
            Ok(way) => course::give_back(deps, way.permit).await,
            Err(_) => Ok(()),
        };
    };
    match (row.purpose, way) {
        (Purpose::LookUp, Ok(way)) => {
            drop(turn);
            Box::pin(look_up::ask(deps, row, *way)).await
        }
        (Purpose::LookUp, Err(failure)) => look_up::fail(deps, row, failure, 0).await,
        (_, Ok(way)) => Box::pin(send(deps, (row, turn), *way, begun)).await,
        (_, Err(failure)) => fail(deps, row, &failure, 0).await.map(|_| ()),
    }
}

/// Why a message is cancelled.
const UNWANTED: &str = "its supporter was rejected, or its action or page is gone";

/// Writes a leased row's message, sends it and notes how that ended.
async fn send(
    deps: &Deps,
    (row, turn): (Delivery, Turn<'_>),
    mut way: Way,
    begun: Timestamp,
) -> Result<(), Interrupted> {
    let form = way.resolved.service.endpoint.payload().unwrap_or_default();
    let one = slice::from_ref(&row);
    let Some(message) = deps.table.messages(one, &way.receiver, form).await?.remove(&row.id) else {
        deps.table.put_back(&row.cancel(UNWANTED, begun)).await?;
        return course::give_back(deps, way.permit).await;
    };
    let (service, id) = (way.resolved.service.clone(), row.message_id());
    let sending = turn.push(&deps.pusher, &service, (id, message), begun);
    let pushed = Box::pin(course::watched(deps, &mut way.resolved, sending)).await;
    let now = deps.clock.now();
    let took = now.duration_since(begun);
    let duration_ms = u32::try_from(took.as_millis()).unwrap_or(u32::MAX);
    match pushed {
        Ok(Pushed { status }) => {
            tracing::info!(delivery.id = %row.id, duration_ms, "a message was pushed");
            deps.table.succeed(&row.succeed(Attempt { at: now, duration_ms, status, error: None })).await?;
            course::leave(deps, way, Outcome::Taken(took), now).await.map(|_| ())
        }
        Err(failure) => {
            let failed = fail(deps, row, &failure, duration_ms).await?;
            let health = course::leave(deps, way, Outcome::Failed, now).await?;
            course::stop(deps, &service, (failure.status, &failed, &health), now).await
        }
    }
}

/// Notes that an attempt failed: the row as it is then.
async fn fail(
    deps: &Deps,
    row: Delivery,
    failure: &Failure,
    duration_ms: u32,
) -> Result<Delivery, Interrupted> {
    tracing::warn!(delivery.id = %row.id, attempt = row.attempt, error = failure.error, "a message was not pushed");
    let chance = deps.random.below(1000);
    let failed = row.fail(failure, deps.clock.now(), duration_ms, chance);
    deps.table.put_back(&failed).await?;
    Ok(failed)
}

fn failure(error: &str, retry: Retry) -> Failure {
    Failure { status: None, error: error.to_owned(), retry }
}
