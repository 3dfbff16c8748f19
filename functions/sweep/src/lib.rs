//! Every minute: moves what is due and does not move.

use aws_lambda_events::event::eventbridge::EventBridgeEvent;
use jiff::{SignedDuration, Timestamp};
use proca::{
    action::Action,
    clock::Clock,
    config::{ConfigError, Env},
    due::{DUE_SHARDS, Due, DueKey},
    queue::{Hint, Outgoing, Queue},
    table::{Overdue, Table},
};

/// What the function works with.
#[derive(Debug)]
pub struct Deps {
    table: Table,
    actions: Queue,
    email: Queue,
    push: Queue,
    clock: Clock,
}

impl Deps {
    /// Builds it from the environment.
    pub fn new(env: &Env) -> Result<Self, ConfigError> {
        Ok(Self {
            table: env.table()?,
            actions: env.queue("ACTIONS_QUEUE_URL")?,
            email: env.queue("EMAIL_QUEUE_URL")?,
            push: env.queue("PUSH_QUEUE_URL")?,
            clock: env.clock(),
        })
    }
}

/// How long something may be due before the sweeper takes it for stuck: the usual way is quicker.
const GRACE: SignedDuration = SignedDuration::from_secs(30);

/// Most rows of one shard and lane in one sweep; the oldest come first.
const MOST: i32 = 500;

/// Hints once more at every row that is due, and counts what is uncounted.
///
/// # Errors
/// If the table or a queue fails: the next minute begins again.
pub async fn handle(deps: &Deps, _event: EventBridgeEvent) -> Result<(), lambda_runtime::Error> {
    let until = deps.clock.now() - GRACE;
    for lane in DueKey::LANES {
        for shard in 0..DUE_SHARDS {
            sweep(deps, lane, shard, until).await?;
        }
    }
    Ok(())
}

async fn sweep(deps: &Deps, lane: &str, shard: u8, until: Timestamp) -> Result<(), lambda_runtime::Error> {
    let overdue = deps.table.overdue(lane, shard, until, MOST).await?;
    if overdue.is_empty() {
        return Ok(());
    }
    tracing::info!(lane, shard, rows = overdue.len(), "rows are due and did not move");
    let (mut hints, mut uncounted) = (Vec::new(), Vec::new());
    for row in overdue {
        if let Due::Delivery(org, delivery) = row.what {
            let hint = Hint::Deliver { org, delivery };
            hints.push(Outgoing { hint, group: org, delay: SignedDuration::ZERO });
        } else if let Some(action) = stuck_action(deps, row).await? {
            hints.extend(unprocessed(&action));
            uncounted.push(action);
        }
    }
    deps.table.count(uncounted).await?;
    let queue = match lane {
        "EMAIL" => &deps.email,
        "PUSH" => &deps.push,
        _ => &deps.actions,
    };
    Ok(queue.send(&hints).await?)
}

async fn stuck_action(deps: &Deps, row: Overdue) -> Result<Option<Action>, proca::table::TableError> {
    deps.table.overdue_action(row.key).await
}

fn unprocessed(action: &Action) -> Option<Outgoing> {
    let supporter = action.supporter()?;
    let hint = Hint::Process { supporter };
    Some(Outgoing { hint, group: action.org, delay: SignedDuration::ZERO })
}
