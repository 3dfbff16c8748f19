//! Every minute: moves what is due and does not move.

mod births;
mod index;
mod late;

use std::{collections::BTreeMap, error::Error, fmt, future::Future};

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
    metric::Meter,
    notice::Notice,
    org::Org,
    problem::Chain,
    queue::{Hint, Outgoing, QueueError, Queues},
    random::Random,
    table::{Place, Table, TableError},
};

/// What the function works with.
#[derive(Debug)]
pub struct Deps {
    table: Table,
    queues: Queues,
    clock: Clock,
    random: Random,
    meter: Meter,
}

impl Deps {
    /// Builds it from the environment.
    pub fn new(env: &Env) -> Result<Self, ConfigError> {
        Ok(Self {
            table: env.table()?,
            queues: env.queues()?,
            clock: env.clock(),
            random: env.random(),
            meter: env.meter(),
        })
    }
}

use crate::late::Late;

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
    let (mut failed, late) = (0, Late::default());
    match beginnings(&deps.table).await {
        Ok(places) => {
            let sweep = |shard, place| births::sweep(deps, shard, place, (now, &late));
            failed += all("births", places.into_iter().map(|(shard, place)| sweep(shard, place))).await;
        }
        Err(error) => {
            tracing::error!(error = %Chain(&error), "births were not swept");
            failed += 1;
        }
    }
    for lane in DueKey::LANES {
        let until = now - GRACE;
        let sweep = |shard| index::sweep(deps, (lane, shard), until, &late);
        failed += all(lane, (0..DUE_SHARDS).map(sweep)).await;
    }
    late.tell(&deps.meter, now);
    if failed == 0 { Ok(()) } else { Err(SweepError { failed }.into()) }
}

/// Where the births of each shard have still to be looked at; none where there is no instance yet.
async fn beginnings(table: &Table) -> Result<BTreeMap<u8, Place>, TableError> {
    let Some(instance) = table.instance().await? else { return Ok(BTreeMap::new()) };
    let mut places = table.watermarks().await?;
    for shard in 0..SUPPORTER_SHARDS {
        // Nobody can have been born before the instance was made.
        places.entry(shard).or_insert_with(|| Place::before(instance.org.created_at(), shard));
    }
    Ok(places)
}

/// Sweeps all shards at once; how many failed.
async fn all<F>(what: &str, shards: impl Iterator<Item = F>) -> u32
where
    F: Future<Output = Result<(), Failure>>,
{
    let mut failed = 0;
    for swept in futures_util::future::join_all(shards).await {
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

    fn notify(&mut self, org: Id<Org>, notice: Id<Notice>) {
        self.email.push(outgoing(Hint::Notify { org, notice }, org));
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
