//! Asks an org's backend whether it knows a person, and lets the supporter go on, whatever it answers.

use proca::{
    attempt::{Attempt, Failure, Retry},
    delivery::Delivery,
    health::Outcome,
    look_up::{Known, question},
    outbound::Outbound,
    schedule::SHORT,
    table::{Table, TableError},
};
use serde_json::Value;

use crate::{Deps, Interrupted, course, failure, way::Way};

/// Asks once, for a leased row.
pub(crate) async fn ask(deps: &Deps, row: Delivery, mut way: Way) -> Result<(), Interrupted> {
    let begun = deps.clock.now();
    let passed = || u32::try_from(deps.clock.now().duration_since(begun).as_millis()).unwrap_or(u32::MAX);
    if usize::try_from(row.attempt).is_ok_and(|attempt| attempt > SHORT.len()) {
        let error = "it is not known whether the last attempt was answered";
        return fail(deps, row, failure(error, Retry::Never), passed()).await;
    }
    let question = match prepare(&deps.table, &row).await? {
        Ok(question) => question,
        Err(why) => {
            course::give_back(deps, way.permit).await?;
            return fail(deps, row, failure(why, Retry::Never), passed()).await;
        }
    };
    let (service, id) = (way.resolved.service.clone(), row.message_id());
    let asking = deps.pusher.look_up(&service, &id, &question, begun);
    let answer = Box::pin(course::watched(deps, &mut way.resolved, asking)).await;
    let now = deps.clock.now();
    let outcome = if answer.is_ok() { Outcome::Taken(now.duration_since(begun)) } else { Outcome::Failed };
    let health = course::leave(deps, way, outcome, now).await?;
    let answer = match answer {
        Ok(answer) => answer,
        Err(failure) => {
            course::stop(deps, &service, (failure.status, &row, &health), now).await?;
            return fail(deps, row, failure, passed()).await;
        }
    };
    let (known, status) = match answer.map(|answer| Known::read(&answer)) {
        None => (Known::default(), 404),
        Some(Some((known, wrong))) => {
            if !wrong.is_empty() {
                tracing::warn!(delivery.id = %row.id, parts = ?wrong, "parts of an answer are not what they must be");
            }
            (known, 200)
        }
        Some(None) => {
            return fail(deps, row, failure("the answer is no JSON object", Retry::Scheduled), passed())
                .await;
        }
    };
    let (now, duration_ms) = (deps.clock.now(), passed());
    let done = row.clone().succeed(Attempt {
        at: now,
        duration_ms,
        status: Some(status),
        error: None,
        answer: None,
    });
    tracing::info!(delivery.id = %row.id, duration_ms, "a person was looked up");
    Ok(deps.table.end_look_up((&row, &done), &known, now).await?)
}

/// What is asked, or why there is no asking.
async fn prepare(table: &Table, row: &Delivery) -> Result<Result<Value, &'static str>, TableError> {
    let gone = Ok(Err("its contact is not there"));
    let Some(at) = row.action() else { return gone };
    let Some(supporter) = table.supporter_alone(at.supporter).await? else { return gone };
    let Some(contact) = table.contact(&supporter, row.org).await? else { return gone };
    Ok(Ok(question(&contact)))
}

/// Puts the row back for the next attempt; after the last one the supporter goes on without.
pub(crate) async fn fail(
    deps: &Deps,
    row: Delivery,
    failure: Failure,
    duration_ms: u32,
) -> Result<(), Interrupted> {
    tracing::warn!(delivery.id = %row.id, attempt = row.attempt, error = failure.error, "a person was not looked up");
    let now = deps.clock.now();
    // Somebody's mail waits for it, so the endpoint is not asked when it would like to be.
    let retry = if failure.retry == Retry::Never { Retry::Never } else { Retry::Scheduled };
    let failed = row.clone().fail(&Failure { retry, ..failure }, now, duration_ms, deps.random.below(1000));
    if failed.state.due_at().is_some() {
        return Ok(deps.table.put_back(&failed).await?);
    }
    Ok(deps.table.end_look_up((&row, &failed), &Known::default(), now).await?)
}
