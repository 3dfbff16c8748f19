//! Asks an org's backend whether it knows a person, and lets the supporter go on, whatever it answers.

use proca::{
    attempt::{Attempt, Failure, Retry},
    delivery::Delivery,
    look_up::{Known, question},
    outbound::Outbound,
    schedule::SHORT,
    service::Service,
    table::{Table, TableError},
};
use serde_json::Value;

use crate::Deps;

/// Asks once, for a leased row.
pub(crate) async fn ask(deps: &Deps, row: Delivery) -> Result<(), TableError> {
    let begun = deps.clock.now();
    let passed = || u32::try_from(deps.clock.now().duration_since(begun).as_millis()).unwrap_or(u32::MAX);
    if usize::try_from(row.attempt).is_ok_and(|attempt| attempt > SHORT.len()) {
        let error = "it is not known whether the last attempt was answered";
        return fail(deps, row, failure(error, Retry::Never), passed()).await;
    }
    let (service, question) = match prepare(&deps.table, &row).await? {
        Ok(prepared) => prepared,
        Err(why) => return fail(deps, row, failure(&why, Retry::Never), passed()).await,
    };
    let answer = match deps.pusher.look_up(&service, &row.message_id(), &question, begun).await {
        Ok(answer) => answer,
        Err(failure) => {
            if failure.status == Some(410) {
                deps.table
                    .pause_service(&service, "the endpoint answered 410 Gone", deps.random.id(begun), begun)
                    .await?;
            }
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
    let done = row.clone().succeed(Attempt { at: now, duration_ms, status: Some(status), error: None });
    tracing::info!(delivery.id = %row.id, duration_ms, "a person was looked up");
    deps.table.end_look_up((&row, &done), &known, now).await
}

/// The service and what it is asked, or why there is no asking.
async fn prepare(table: &Table, row: &Delivery) -> Result<Result<(Box<Service>, Value), String>, TableError> {
    let gone = || Ok(Err("its org or its contact is not there".to_owned()));
    let Some(at) = row.action() else { return gone() };
    let (supporter, org) = tokio::try_join!(table.supporter_alone(at.supporter), table.org(row.org))?;
    let (Some(supporter), Some(org)) = (supporter, org) else { return gone() };
    let Some(contact) = table.contact(&supporter, row.org).await? else { return gone() };
    let resolved = table.backend(&org, |backends| backends.detail).await?;
    Ok(match resolved {
        Ok(resolved) => Ok((Box::new(resolved.service), question(&contact))),
        Err(unusable) => Err(unusable.to_string()),
    })
}

/// Puts the row back for the next attempt; after the last one the supporter goes on without.
async fn fail(deps: &Deps, row: Delivery, failure: Failure, duration_ms: u32) -> Result<(), TableError> {
    tracing::warn!(delivery.id = %row.id, attempt = row.attempt, error = failure.error, "a person was not looked up");
    let now = deps.clock.now();
    // Somebody's mail waits for it, so the endpoint is not asked when it would like to be.
    let retry = if failure.retry == Retry::Never { Retry::Never } else { Retry::Scheduled };
    let failed = row.clone().fail(&Failure { retry, ..failure }, now, duration_ms, deps.random.below(1000));
    if failed.state.due_at().is_some() {
        return deps.table.put_back(&failed).await;
    }
    deps.table.end_look_up((&row, &failed), &Known::default(), now).await
}

fn failure(error: &str, retry: Retry) -> Failure {
    Failure { status: None, error: error.to_owned(), retry }
}
