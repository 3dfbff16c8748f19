//! The queue of actions: takes every step a supporter has to take.

use std::convert::Infallible;

use aws_lambda_events::event::sqs::{SqsBatchResponse, SqsEvent};
use proca::{
    batch,
    clock::Clock,
    config::{ConfigError, Env},
    id::Id,
    queue::Hint,
    random::Random,
    supporter::Supporter,
    table::{Beside, Table, TableError},
    transition::Transition,
};

/// What the function works with.
#[derive(Debug)]
pub struct Deps {
    table: Table,
    clock: Clock,
    random: Random,
}

impl Deps {
    /// Builds it from the environment.
    pub fn new(env: &Env) -> Result<Self, ConfigError> {
        Ok(Self { table: env.table()?, clock: env.clock(), random: env.random() })
    }
}

/// Looks at the supporter each hint names; a failed record comes again alone.
pub async fn handle(deps: &Deps, event: SqsEvent) -> Result<SqsBatchResponse, Infallible> {
    let work = |hint| async move {
        match hint {
            Hint::Process { supporter } => process(deps, supporter).await,
            Hint::Deliver { .. }
            | Hint::DeliverSlowly { .. }
            | Hint::DeliverTogether { .. }
            | Hint::Notify { .. } => Ok(()),
        }
    };
    Ok(batch::each(event, work).await)
}

/// Most rounds in one go: each takes up to 20 actions, or is made again after a conflict.
const ROUNDS: u32 = 10;

async fn process(deps: &Deps, id: Id<Supporter>) -> Result<(), TableError> {
    for _ in 0..ROUNDS {
        match round(deps, id).await {
            Ok(true) | Err(TableError::Conflict) => {}
            Ok(false) => return Ok(()),
            Err(error) => return Err(error),
        }
    }
    Err(TableError::Conflict)
}

/// One transaction; false if there was nothing to do.
async fn round(deps: &Deps, id: Id<Supporter>) -> Result<bool, TableError> {
    let now = deps.clock.now();
    let Some((supporter, actions)) = deps.table.supporter(id).await? else {
        tracing::warn!(supporter.id = %id, "a hint names a supporter that is not there");
        return Ok(false);
    };
    if actions.iter().all(|action| action.due_at.is_none()) {
        return Ok(false);
    }
    let shedding: Vec<_> = actions.iter().filter(|action| action.sheds_at(now)).cloned().collect();
    let Some(bundle) = deps.table.bundle_of(supporter.page).await? else {
        tracing::error!(page.id = %supporter.page, "the page of a supporter is not there");
        return Err(TableError::Conflict);
    };
    let case = deps.table.case(supporter, actions, &bundle, now).await?;
    let Some(transition) = Transition::of(case, &bundle, &deps.random, now) else {
        for action in shedding {
            deps.table.shed(action, &bundle.campaign, now).await?;
        }
        return Ok(false);
    };
    deps.table.apply(&transition, &Beside::default()).await?;
    tracing::info!(supporter.id = %id, deliveries = transition.deliveries.len(), "a supporter was processed");
    Ok(true)
}
