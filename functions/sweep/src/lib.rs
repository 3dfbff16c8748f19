//! Every minute: moves what is due and does not move.

use std::{error::Error, fmt};

use aws_lambda_events::event::eventbridge::EventBridgeEvent;
use jiff::{SignedDuration, Timestamp};
use proca::{
    action::Action,
    clock::Clock,
    config::{ConfigError, Env},
    due::{DUE_SHARDS, Due, DueKey},
    problem::Chain,
    queue::{Hint, Outgoing, Queues},
    table::Table,
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

/// How long something may be due before the sweeper takes it for stuck: the usual way is quicker.
const GRACE: SignedDuration = SignedDuration::from_secs(30);

/// Most rows of one shard and lane in one sweep; the oldest come first.
const MOST: i32 = 500;

/// Hints once more at every row that is due, and counts what is uncounted.
///
/// The shards of a lane are swept at once, and none keeps another from being swept.
///
/// # Errors
/// If any of them failed: the next minute begins again.
pub async fn handle(deps: &Deps, _event: EventBridgeEvent) -> Result<(), lambda_runtime::Error> {
    let until = deps.clock.now() - GRACE;
    let mut failed = 0;
    for lane in DueKey::LANES {
        let shards = (0..DUE_SHARDS).map(|shard| sweep(deps, lane, shard, until));
        for swept in futures_util::future::join_all(shards).await {
            if let Err(error) = swept {
                tracing::error!(lane, error = %Chain(error.as_ref()), "a shard was not swept");
                failed += 1;
            }
        }
    }
    if failed == 0 { Ok(()) } else { Err(SweepError { failed }.into()) }
}

async fn sweep(
    deps: &Deps,
    lane: &str,
    shard: u8,
    until: Timestamp,
) -> Result<(), Box<dyn Error + Send + Sync>> {
    let overdue = deps.table.overdue(lane, shard, until, MOST).await?;
    if overdue.is_empty() {
        return Ok(());
    }
    tracing::info!(lane, shard, rows = overdue.len(), "rows are due and did not move");
    let (mut hints, mut uncounted) = (Vec::new(), Vec::new());
    for row in overdue {
        if let Due::Delivery(org, delivery) = row.what {
            hints.push(Outgoing {
                hint: Hint::Deliver { org, delivery },
                group: org,
                delay: SignedDuration::ZERO,
            });
            continue;
        }
        match deps.table.overdue_action(row.key).await {
            Ok(action) => uncounted.extend(action),
            Err(error) if error.is_transient() => return Err(error.into()),
            Err(error) => tracing::error!(error = %Chain(&error), "an action that is due cannot be read"),
        }
    }
    hints.extend(uncounted.iter().filter_map(unprocessed));
    let queue = match lane {
        "EMAIL" => &deps.queues.email,
        "PUSH" => &deps.queues.push,
        _ => &deps.queues.actions,
    };
    queue.send(&hints).await?;
    Ok(deps.table.count(uncounted).await?)
}

fn unprocessed(action: &Action) -> Option<Outgoing> {
    let hint = Hint::Process { supporter: action.supporter()? };
    Some(Outgoing { hint, group: action.org, delay: SignedDuration::ZERO })
}

/// Some shards were not swept; the log says why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SweepError {
    /// How many.
    pub failed: u32,
}

impl fmt::Display for SweepError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} shards were not swept", self.failed)
    }
}

impl Error for SweepError {}
