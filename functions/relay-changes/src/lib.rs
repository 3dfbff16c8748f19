//! The stream of the table: sends hints, and counts.

use std::{collections::BTreeMap, convert::Infallible, error::Error};

use aws_lambda_events::event::{
    dynamodb::{Event, EventRecord},
    streams::{DynamoDbBatchItemFailure, DynamoDbEventResponse},
};
use jiff::{SignedDuration, Timestamp};
use proca::{
    action::Action,
    clock::Clock,
    config::{ConfigError, Env},
    delivery::{Delivery, DeliveryState, Lane},
    due::Settings,
    id::Id,
    notice::Notice,
    problem::Chain,
    queue::{Hint, LONGEST_DELAY, Outgoing, Queues},
    table::{Change, Table},
};

/// What the function works with.
#[derive(Debug)]
pub struct Deps {
    table: Table,
    queues: Queues,
    clock: Clock,
}

impl Deps {
    /// Builds it from the environment.
    pub fn new(env: &Env) -> Result<Self, ConfigError> {
        Ok(Self { table: env.table()?, queues: env.queues()?, clock: env.clock() })
    }
}

/// What follows from one batch of changes.
#[derive(Debug, Default)]
struct Follow {
    actions: Vec<Outgoing>,
    email: Vec<Outgoing>,
    push: Vec<Outgoing>,
    uncounted: BTreeMap<Id<Action>, Action>,
    settings: Vec<Settings>,
}

/// Does what follows from each change. All of it may be done twice without harm, so that a batch of
/// which anything failed simply comes again.
pub async fn handle(deps: &Deps, event: Event) -> Result<DynamoDbEventResponse, Infallible> {
    let first = event.records.first().and_then(|record| record.change.sequence_number.clone());
    let follow = gather(&event.records, deps.clock.now());
    let mut response = DynamoDbEventResponse::default();
    if let Err(error) = carry_out(deps, follow).await {
        tracing::error!(error = %Chain(error.as_ref()), "a batch of changes failed and will come again");
        let mut failure = DynamoDbBatchItemFailure::default();
        failure.item_identifier = first;
        response.batch_item_failures = vec![failure];
    }
    Ok(response)
}

fn gather(records: &[EventRecord], now: Timestamp) -> Follow {
    let mut follow = Follow::default();
    for record in records {
        match Change::of(record) {
            Ok(Some(change)) => follow.add(change, now),
            Ok(None) => {}
            // The sweeper finds the row again for as long as something of it is to be done.
            Err(error) => tracing::error!(error = %Chain(&error), "a change cannot be read"),
        }
    }
    follow
}

impl Follow {
    fn add(&mut self, change: Change, now: Timestamp) {
        match change {
            Change::Action(action) => self.add_action(*action),
            Change::Delivery(row) => self.add_delivery(&row, now),
            Change::Notice(row) => self.add_notice(&row, now),
            Change::Settings(settings) => self.settings.push(settings),
        }
    }

    fn add_action(&mut self, action: Action) {
        if let Some(supporter) = action.supporter().filter(|_| action.is_unprocessed()) {
            let hint = Hint::Process { supporter };
            self.actions.push(Outgoing { hint, group: action.org, delay: SignedDuration::ZERO });
        }
        if action.is_uncounted() {
            self.uncounted.insert(action.id, action);
        } else {
            self.uncounted.remove(&action.id);
        }
    }

    fn add_delivery(&mut self, row: &Delivery, now: Timestamp) {
        let Some(delay) = delay(row.state, now) else { return };
        let hint = Hint::Deliver { org: row.org, delivery: row.id };
        let outgoing = Outgoing { hint, group: row.org, delay };
        match row.purpose.lane() {
            Lane::Email => self.email.push(outgoing),
            Lane::Push => self.push.push(outgoing),
        }
    }

    fn add_notice(&mut self, row: &Notice, now: Timestamp) {
        let Some(delay) = delay(row.state, now) else { return };
        let hint = Hint::Notify { org: row.org, notice: row.id };
        self.email.push(Outgoing { hint, group: row.org, delay });
    }
}

/// How long a hint at a row must wait. What is due later than a queue can hold back is the sweeper's.
fn delay(state: DeliveryState, now: Timestamp) -> Option<SignedDuration> {
    let DeliveryState::Pending { due_at } = state else { return None };
    Some(due_at.duration_since(now)).filter(|delay| *delay <= LONGEST_DELAY)
}

async fn carry_out(deps: &Deps, follow: Follow) -> Result<(), Box<dyn Error + Send + Sync>> {
    deps.queues.actions.send(&follow.actions).await?;
    deps.queues.email.send(&follow.email).await?;
    deps.queues.push.send(&follow.push).await?;
    match deps.table.count(follow.uncounted.into_values().collect()).await {
        Err(error) if error.is_transient() => return Err(error.into()),
        // The actions stay due, so that the sweeper keeps saying it; the stream must go on.
        Err(error) => tracing::error!(error = %Chain(&error), "actions cannot be counted"),
        Ok(()) => {}
    }
    for settings in follow.settings {
        deps.table.project(settings).await?;
    }
    Ok(())
}
