//! The queue of pushes: sends one message to the backend of its org.

mod compose;
mod gather;
mod look_up;

use std::convert::Infallible;

use aws_lambda_events::event::sqs::{SqsBatchResponse, SqsEvent};
use proca::{
    attempt::{Attempt, Failure},
    batch,
    clock::Clock,
    config::{ConfigError, Env},
    delivery::{Delivery, Lane, Purpose},
    outbound::Outbound,
    push::{Pushed, Pusher},
    queue::Hint,
    random::Random,
    table::{Table, TableError},
};

use crate::{
    compose::Push,
    gather::{Gathering, Turn},
};

/// What the function works with.
#[derive(Debug)]
pub struct Deps {
    table: Table,
    pusher: Pusher,
    clock: Clock,
    random: Random,
}

impl Deps {
    /// Builds it from the environment.
    pub fn new(env: &Env) -> Result<Self, ConfigError> {
        Ok(Self { table: env.table()?, pusher: env.pusher()?, clock: env.clock(), random: env.random() })
    }
}

/// Looks at the delivery each hint names; a failed record comes again alone.
pub async fn handle(deps: &Deps, event: SqsEvent) -> Result<SqsBatchResponse, Infallible> {
    let gathering = Gathering::new();
    let work = |hint| {
        let turn = gathering.turn();
        async move {
            match hint {
                Hint::Deliver { org, delivery } => match deps.table.delivery(org, delivery).await? {
                    Some(row) if row.purpose.lane() == Lane::Push => Box::pin(push(deps, row, turn)).await,
                    Some(_) | None => Ok(()),
                },
                Hint::Process { .. } | Hint::Notify { .. } => Ok(()),
            }
        }
    };
    Ok(batch::each(event, work).await)
}

/// Why a message is cancelled.
const UNWANTED: &str = "its supporter was rejected, or its action or page is gone";

/// Leases, writes, sends, notes.
async fn push(deps: &Deps, row: Delivery, turn: Turn<'_>) -> Result<(), TableError> {
    let begun = deps.clock.now();
    let Some(row) = deps.table.lease(row, |_| (), deps.random.uuid(), begun).await? else {
        return Ok(());
    };
    if row.purpose == Purpose::LookUp {
        drop(turn);
        return Box::pin(look_up::ask(deps, row)).await;
    }
    let (service, message) = match Box::pin(Push::compose(&deps.table, &row)).await? {
        Push::Ready { service, message } => (service, message),
        Push::Unwanted => return deps.table.put_back(&row.cancel(UNWANTED, begun)).await,
        Push::Impossible(failure) => return fail(deps, row, &failure, 0).await,
    };
    let pushed = turn.push(&deps.pusher, &service, (row.message_id(), message), begun).await;
    let now = deps.clock.now();
    let duration_ms = u32::try_from(now.duration_since(begun).as_millis()).unwrap_or(u32::MAX);
    match pushed {
        Ok(Pushed { status }) => {
            tracing::info!(delivery.id = %row.id, duration_ms, "a message was pushed");
            deps.table.succeed(&row.succeed(Attempt { at: now, duration_ms, status, error: None })).await
        }
        Err(failure) => {
            if failure.status == Some(410) {
                deps.table
                    .pause_service(&service, "the endpoint answered 410 Gone", deps.random.id(now), now)
                    .await?;
            }
            fail(deps, row, &failure, duration_ms).await
        }
    }
}

async fn fail(deps: &Deps, row: Delivery, failure: &Failure, duration_ms: u32) -> Result<(), TableError> {
    tracing::warn!(delivery.id = %row.id, attempt = row.attempt, error = failure.error, "a message was not pushed");
    let chance = deps.random.below(1000);
    deps.table.put_back(&row.fail(failure, deps.clock.now(), duration_ms, chance)).await
}
