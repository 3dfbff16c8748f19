//! What is due by the index.

use jiff::Timestamp;
use proca::{
    delivery::Lane,
    due::{Due, Settings},
    key::Key,
    problem::Chain,
};

use crate::{Deps, Failure, Hints, late::Late};

/// Most rows of one shard and lane in one sweep; the oldest come first.
const MOST: i32 = 500;

/// Moves what one shard of a lane has had due since before `until`.
pub(crate) async fn sweep(
    deps: &Deps,
    (lane, shard): (&str, u8),
    until: Timestamp,
    oldest: &Late,
) -> Result<(), Failure> {
    let overdue = deps.table.overdue(lane, shard, until, MOST).await?;
    if overdue.is_empty() {
        return Ok(());
    }
    tracing::info!(lane, shard, rows = overdue.len(), "rows are due and did not move");
    let (mut hints, mut uncounted) = (Hints::default(), Vec::new());
    for row in overdue {
        match row.what {
            Due::Delivery(org, delivery) => {
                oldest.delivery(row.due_at);
                let lane = if lane == "EMAIL" { Lane::Email } else { Lane::Push };
                hints.deliver(lane, org, delivery);
            }
            Due::Notice(org, notice) => {
                oldest.delivery(row.due_at);
                hints.notify(org, notice);
            }
            Due::Action(_) | Due::PendingAction => {
                oldest.action(row.due_at);
                uncounted.extend(action(deps, row.key).await?);
            }
            Due::Settings(settings) => project(deps, settings).await?,
        }
    }
    for action in &uncounted {
        hints.process(action);
    }
    hints.send(&deps.queues).await?;
    Ok(deps.table.count(uncounted).await?)
}

/// The action at this key; one that cannot be read keeps no other from being swept.
async fn action(deps: &Deps, key: Key) -> Result<Option<proca::action::Action>, Failure> {
    match deps.table.overdue_action(key).await {
        Err(error) if !error.is_transient() => {
            tracing::error!(error = %Chain(&error), "an action that is due cannot be read");
            Ok(None)
        }
        read => Ok(read?),
    }
}

/// Closes a campaign that is over, and does what the stream should have led to; settings that cannot be
/// projected keep no others from it.
async fn project(deps: &Deps, settings: Settings) -> Result<(), Failure> {
    let now = deps.clock.now();
    if let Settings::Campaign(id) = settings
        && deps.table.close_if_over(id, deps.random.id(now), now).await?
    {
        tracing::info!(campaign.id = %id, "a campaign was closed at its end");
    }
    match deps.table.project(settings).await {
        Err(error) if !error.is_transient() => {
            tracing::error!(error = %Chain(&error), "settings that are due cannot be projected");
            Ok(())
        }
        projected => Ok(projected?),
    }
}
