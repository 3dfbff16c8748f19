//! Every minute: moves what is due and does not move.

mod births;
mod index;

use std::{error::Error, fmt, future::Future};

use aws_lambda_events::event::eventbridge::EventBridgeEvent;
use jiff::{SignedDuration, Timestamp};
use proca::{
    action::Action,
    clock::Clock,
    config::{ConfigError, Env},
    delivery::{Delivery, Lane},
    due::{DUE_SHARDS, DueKey},
    id::Id,
    key::SUPPORTER_SHARDS,
    org::Org,
    problem::Chain,
    queue::{Hint, Outgoing, QueueError, Queues},
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

/// Any failure of one shard; the others go on.
type Failure = Box<dyn Error + Send + Sync>;

/// Hints once more at every row that is due, counts what is uncounted, and projects what is not projected.
///
/// Rows are found by the births of the last minutes, and in the index of what is due. The shards are
/// swept at once, and none keeps another from being swept.
///
/// # Errors
/// If any of them failed: the next minute begins again.
pub async fn handle(deps: &Deps, _event: EventBridgeEvent) -> Result<(), lambda_runtime::Error> {
    let now = deps.clock.now();
    let mut failed = 0;
    if let Some(instance) = deps.table.instance().await? {
        let begun = instance.org.created_at();
        failed += all("births", SUPPORTER_SHARDS, |shard| births::sweep(deps, shard, begun, now)).await;
    }
    for lane in DueKey::LANES {
        failed += all(lane, DUE_SHARDS, |shard| index::sweep(deps, lane, shard, now - GRACE)).await;
    }
    if failed == 0 { Ok(()) } else { Err(SweepError { failed }.into()) }
}

/// Sweeps all shards at once; how many failed.
async fn all<F>(what: &str, shards: u8, sweep: impl Fn(u8) -> F) -> u32
where
    F: Future<Output = Result<(), Failure>>,
{
    let mut failed = 0;
    for swept in futures_util::future::join_all((0..shards).map(sweep)).await {
        if let Err(error) = swept {
            tracing::error!(what, error = %Chain(error.as_ref()), "a shard was not swept");
            failed += 1;
        }
    }
    failed
}

/// Hints of one shard, by the queue they go to.
#[derive(Debug, Default)]
struct Hints {
    actions: Vec<Outgoing>,
    email: Vec<Outgoing>,
    push: Vec<Outgoing>,
}

impl Hints {
    fn process(&mut self, action: &Action) {
        if let Some(supporter) = action.supporter() {
            self.actions.push(outgoing(Hint::Process { supporter }, action.org));
        }
    }

    fn deliver(&mut self, lane: Lane, org: Id<Org>, delivery: Id<Delivery>) {
        let lane = match lane {
            Lane::Email => &mut self.email,
            Lane::Push => &mut self.push,
        };
        lane.push(outgoing(Hint::Deliver { org, delivery }, org));
    }

    async fn send(&self, queues: &Queues) -> Result<(), QueueError> {
        queues.actions.send(&self.actions).await?;
        queues.email.send(&self.email).await?;
        queues.push.send(&self.push).await
    }
}

const fn outgoing(hint: Hint, group: Id<Org>) -> Outgoing {
    Outgoing { hint, group, delay: SignedDuration::ZERO }
}

/// Whether something has been due for so long that it is taken for stuck.
fn is_stuck(due_at: Timestamp, now: Timestamp) -> bool {
    due_at <= now - GRACE
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
