//! The queue of pushes and its slow and batched lanes: sends messages to the backends of orgs.

mod course;
mod group;
mod interrupted;
mod look_up;
mod request;
mod way;

use std::{collections::BTreeMap, convert::Infallible};

use aws_lambda_events::event::sqs::{SqsBatchResponse, SqsEvent};
use futures_util::future::join_all;
use proca::{
    attempt::{Failure, Retry},
    batch,
    clock::Clock,
    config::{ConfigError, Env},
    delivery::{self, Delivery},
    metric::Meter,
    problem::Chain,
    push::Pusher,
    queue::{Hint, Queue},
    random::Random,
    switchboard::Switchboard,
    table::{Table, TableError},
};

pub use crate::interrupted::Interrupted;
use crate::{
    course::{Lane, Seen},
    group::{Placed, To},
};

/// What the function works with.
#[derive(Debug)]
pub struct Deps {
    table: Table,
    pusher: Pusher,
    slow_queue: Queue,
    batch_queue: Queue,
    switches: Switchboard,
    seen: Seen,
    clock: Clock,
    random: Random,
    meter: Meter,
}

impl Deps {
    /// Builds it from the environment.
    pub fn new(env: &Env) -> Result<Self, ConfigError> {
        Ok(Self {
            table: env.table()?,
            pusher: env.pusher()?,
            slow_queue: env.slow_queue()?,
            batch_queue: env.batch_queue()?,
            switches: env.switchboard()?,
            seen: Seen::default(),
            clock: env.clock(),
            random: env.random(),
            meter: env.meter(),
        })
    }
}

/// Looks at the delivery that each hint names, and sends what goes to one backend together.
pub async fn handle(deps: &Deps, event: SqsEvent) -> Result<SqsBatchResponse, Infallible> {
    Ok(batch::together(event, |hints| follow(deps, hints)).await)
}

/// Follows hints; the places of those that must come again.
async fn follow(deps: &Deps, hints: Vec<Hint>) -> Vec<usize> {
    let read = join_all(hints.into_iter().map(|hint| read(deps, hint))).await;
    let mut failed = Vec::new();
    let mut groups: BTreeMap<To, Vec<Placed>> = BTreeMap::new();
    for (place, read) in read.into_iter().enumerate() {
        match read {
            Ok(Some((lane, row))) => {
                let to = To { org: row.org, purpose: row.purpose, lane };
                groups.entry(to).or_default().push(Placed { place, row });
            }
            Ok(None) => {}
            Err(error) => {
                tracing::error!(error = %Chain(&error), "a delivery cannot be read");
                failed.push(place);
            }
        }
    }
    let left = join_all(groups.into_iter().map(|(to, rows)| group::deliver(deps, to, rows))).await;
    failed.extend(left.into_iter().flatten());
    failed
}

/// The push that a hint names, if it is due, and the lane by which the hint came.
async fn read(deps: &Deps, hint: Hint) -> Result<Option<(Lane, Delivery)>, TableError> {
    let (org, id, lane) = match hint {
        Hint::Deliver { org, delivery } => (org, delivery, Lane::Quick),
        Hint::DeliverSlowly { org, slowly } => (org, slowly, Lane::Slow),
        Hint::DeliverTogether { org, together } => (org, together, Lane::Batched),
        Hint::Process { .. } | Hint::Notify { .. } => return Ok(None),
    };
    let row = deps.table.delivery(org, id).await?;
    let is_due = |row: &Delivery| row.purpose.lane() == delivery::Lane::Push && row.is_due(deps.clock.now());
    Ok(row.filter(is_due).map(|row| (lane, row)))
}

fn failure(error: &str, retry: Retry) -> Failure {
    Failure { status: None, error: error.to_owned(), retry, answer: None }
}
