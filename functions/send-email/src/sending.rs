//! One attempt to send a letter: leased, sent, noted.

use jiff::Timestamp;
use proca::{
    attempt::{Attempt, Failure, Retry},
    mail_fault::MailFault,
    mailer::Sending,
    metric::Metric,
    outbound::Outbound,
    service::ServiceState,
    table::{Entity, TableError},
};

use crate::{
    Deps,
    letter::{LATER, Letter, Route},
};

/// Leases, sends, notes: between lease and sending nothing else can fail, since a mail that is leased
/// and not sent looks like one that may have left. What is not known in the end stays leased until the
/// mail service says it, or the lease runs out.
pub(crate) async fn send<R: Entity + Outbound>(
    deps: &Deps,
    row: R,
    keep: impl FnOnce(&mut R),
    letter: Letter,
    begun: Timestamp,
) -> Result<(), TableError> {
    let before = row.clone();
    let Some(row) = deps.table.lease(row, keep, deps.random.uuid(), begun).await? else { return Ok(()) };
    let id = row.name();
    let unsent = |mut row: R| {
        row.forget_mail(&before);
        row
    };
    let (route, mail) = match letter {
        Letter::Written { route, mail } => (route, mail),
        Letter::Unwanted(why) => {
            tracing::info!(delivery.id = id, why, "a mail is no longer wanted");
            return deps.table.put_back(&unsent(row).cancel(why, begun)).await;
        }
        Letter::Impossible(failure) => return fail(deps, unsent(row), &failure, 0).await,
    };
    let sending = deps.mailer.send(&route.service, &mail, begun).await;
    let now = deps.clock.now();
    let duration_ms = u32::try_from(now.duration_since(begun).as_millis()).unwrap_or(u32::MAX);
    match sending {
        Sending::Sent => {
            tracing::info!(delivery.id = id, duration_ms, "a mail was sent");
            if let Some(delay) = row.delay(now) {
                deps.meter.tell(Metric::ConfirmationDelay, delay, [], now);
            }
            let attempt = Attempt { at: now, duration_ms, status: None, error: None, answer: None };
            deps.table.succeed(&row.succeed(attempt)).await
        }
        Sending::Failed(failure) => fail(deps, unsent(row), &failure, duration_ms).await,
        Sending::Stopped(fault) => stop(deps, unsent(row), fault, &route, duration_ms).await,
        Sending::Unknown => {
            tracing::warn!(delivery.id = id, "it is not known whether a mail left");
            Ok(())
        }
    }
}

/// Puts the mail back, and then pauses the service if it can send for nobody: the other way round, a crash
/// between the two would leave a mail that looks like one that may have left.
async fn stop<R: Entity + Outbound>(
    deps: &Deps,
    row: R,
    fault: MailFault,
    route: &Route,
    duration_ms: u32,
) -> Result<(), TableError> {
    let pauses = fault.pauses(route.is_shared);
    let retry = if pauses { LATER } else { Retry::Scheduled };
    let failure = Failure { status: None, error: fault.reason().to_owned(), retry, answer: None };
    fail(deps, row, &failure, duration_ms).await?;
    if !pauses {
        return Ok(());
    }
    let (service, now) = (&route.service, deps.clock.now());
    tracing::error!(service.id = %service.id, error = fault.reason(), "a mail service sends nothing more");
    let state = ServiceState::paused(fault.reason().parse().ok());
    deps.table.stop_service(service, state, (&deps.random, now)).await
}

async fn fail<R: Entity + Outbound>(
    deps: &Deps,
    row: R,
    failure: &Failure,
    duration_ms: u32,
) -> Result<(), TableError> {
    let (id, attempt) = (row.name(), row.attempt());
    tracing::warn!(delivery.id = id, attempt, error = failure.error, "a mail was not sent");
    let chance = deps.random.below(1000);
    let now = deps.clock.now();
    let failed = row.fail(failure, now, duration_ms, chance);
    deps.meter.tell(Metric::of_failure(failed.state()), 1, [], now);
    deps.table.put_back(&failed).await
}
