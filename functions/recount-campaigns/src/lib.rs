//! Every quarter of an hour: adds up the facts of all campaigns, once a night, and holds their counters
//! against them.
//!
//! A recount begins after two o'clock UTC, and goes on with each further start until it has read everything.

use aws_lambda_events::event::eventbridge::EventBridgeEvent;
use jiff::{SignedDuration, Timestamp};
use proca::{
    clock::Clock,
    config::{ConfigError, Env},
    metric::Meter,
    random::Random,
    table::{Recount, Table, TableError},
};

/// What the function works with.
#[derive(Debug)]
pub struct Deps {
    table: Table,
    clock: Clock,
    random: Random,
    meter: Meter,
}

impl Deps {
    /// Builds it from the environment.
    pub fn new(env: &Env) -> Result<Self, ConfigError> {
        Ok(Self { table: env.table()?, clock: env.clock(), random: env.random(), meter: env.meter() })
    }
}

/// How long one start reads on: the function has 15 minutes, and its schedule starts the next one then.
const LONGEST: SignedDuration = SignedDuration::from_mins(10);

/// Rounds of reading before what was found is noted: some 500 MB of the table.
const ROUNDS: u32 = 64;

/// Goes on with the recount that is under way, or begins the one of this night.
///
/// # Errors
/// If the table fails: the next start goes on from what was noted last.
pub async fn handle(deps: &Deps, _event: EventBridgeEvent) -> Result<(), lambda_runtime::Error> {
    let now = deps.clock.now();
    match deps.table.recount().await? {
        Some(recount) if recount.ended_at.is_none() => go_on(deps, recount).await?,
        // Nobody waits for it, and reading begins with the next start: what was written just before
        // now is seen by every reader then.
        last if last.as_ref().is_none_or(|last| last.begun_at < night(now)) => {
            deps.table.begin_recount(last.as_ref(), deps.random.uuid(), now).await?;
        }
        Some(_) | None => {}
    }
    Ok(())
}

/// Reads for as long as one start may, and tells what drifted once all is read.
async fn go_on(deps: &Deps, mut recount: Recount) -> Result<(), TableError> {
    let begun = deps.clock.now();
    while !recount.is_read() {
        if deps.clock.now().duration_since(begun) > LONGEST {
            return Ok(());
        }
        let (part, now) = (deps.random.uuid(), deps.clock.now());
        recount = deps.table.read_facts(recount, part, ROUNDS, now).await?;
    }
    let now = deps.clock.now();
    let (drifts, campaigns) = deps.table.drift(&recount, now).await?;
    // First it is told, then it has ended: told twice is better than never.
    for drift in &drifts {
        let counter = drift.counter.attribute();
        tracing::warn!(campaign.id = %drift.campaign, counter, by = drift.by, "a counter is not what the facts add up to");
    }
    deps.meter.tell_drift(&drifts, campaigns, now);
    let duration_ms = now.duration_since(recount.begun_at).as_millis();
    tracing::info!(campaigns, drifts = drifts.len(), duration_ms, "the campaigns were counted again");
    deps.table.end_recount(recount, now).await
}

/// When the last night began: at two o'clock UTC.
fn night(now: Timestamp) -> Timestamp {
    const HOUR: i64 = 60 * 60;
    const DAY: i64 = 24 * HOUR;
    let second = (now.as_second() - 2 * HOUR).div_euclid(DAY) * DAY + 2 * HOUR;
    Timestamp::from_second(second).unwrap_or(now)
}
