//! What young supporters have due, found by their birth.

use jiff::{SignedDuration, Timestamp};
use proca::{
    due::GROWN,
    table::{Birth, Place, TableError},
};

use crate::{Deps, Failure, GRACE, Hints, is_stuck, late::Late};

/// How long one sweep reads on through old births, as after an outage; the next one goes on from there.
const LONGEST: SignedDuration = SignedDuration::from_secs(25);

/// How often rows are read again that somebody else is at.
const TRIES: u32 = 5;

/// Hints at what the young have due. What the grown still have open gets its entry in the index, and
/// is not looked for by birth again.
///
/// It begins at `place`, before which everybody has been looked at for good.
pub(crate) async fn sweep(
    deps: &Deps,
    shard: u8,
    mut place: Place,
    (now, late): (Timestamp, &Late),
) -> Result<(), Failure> {
    while let Some(births) = deps.table.births(shard, &place, now - GROWN).await? {
        hint(deps, &births.open, (now, late)).await?;
        for birth in births.open {
            Box::pin(adopt(deps, birth, now)).await?;
        }
        if births.worth_noting {
            deps.table.set_watermark(shard, &births.next).await?;
        }
        place = births.next;
        if deps.clock.now().duration_since(now) > LONGEST {
            tracing::warn!(shard, "there are more old births than one sweep can look at");
            return Ok(());
        }
    }
    while let Some(births) = deps.table.births(shard, &place, now - GRACE).await? {
        hint(deps, &births.open, (now, late)).await?;
        place = births.next;
    }
    Ok(())
}

async fn hint(deps: &Deps, births: &[Birth], (now, late): (Timestamp, &Late)) -> Result<(), Failure> {
    let mut hints = Hints::default();
    for birth in births {
        if let Some(due_at) = birth.action.due_at.filter(|at| is_stuck(*at, now))
            && birth.action.is_unprocessed()
        {
            late.action(due_at);
            hints.process(&birth.action);
        }
        for row in birth.open.iter().filter(|row| row.is_due(now - GRACE)) {
            late.delivery(row.state.tried_from().unwrap_or(now));
            hints.deliver(row.purpose.lane(), row.org, row.id);
        }
    }
    hints.send(&deps.queues).await?;
    let uncounted = births.iter().map(|birth| birth.action.clone());
    Ok(deps.table.count(uncounted.collect()).await?)
}

/// Gives a grown supporter's rows their entries. Somebody may be at them: then they are read again.
async fn adopt(deps: &Deps, mut birth: Birth, now: Timestamp) -> Result<(), TableError> {
    for _ in 0..TRIES {
        match deps.table.adopt(&birth, now).await {
            Err(TableError::Conflict) => {}
            ended => return ended,
        }
        match deps.table.birth(birth.supporter, birth.action.id).await? {
            Some(now) => birth = now,
            None => return Ok(()),
        }
    }
    Err(TableError::Conflict)
}
