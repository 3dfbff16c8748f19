//! The queue of feedback: what the mail service says of a mail.

use std::convert::Infallible;

use aws_lambda_events::event::sqs::{SqsBatchResponse, SqsEvent};
use proca::{
    attempt::{Attempt, Failure, Retry},
    batch,
    clock::Clock,
    config::{ConfigError, Env},
    delivery::{Delivery, DeliveryState},
    feedback::{Feedback, Meaning},
    table::{Table, TableError},
    verdict::Verdict,
};

/// What the function works with.
#[derive(Debug)]
pub struct Deps {
    table: Table,
    clock: Clock,
}

impl Deps {
    /// Builds it from the environment.
    pub fn new(env: &Env) -> Result<Self, ConfigError> {
        Ok(Self { table: env.table()?, clock: env.clock() })
    }
}

/// Hears each event; a failed record comes again alone.
pub async fn handle(deps: &Deps, event: SqsEvent) -> Result<SqsBatchResponse, Infallible> {
    Ok(batch::each(event, |feedback| record(deps, feedback)).await)
}

async fn record(deps: &Deps, feedback: Feedback) -> Result<(), TableError> {
    let tag = feedback.delivery;
    let Some(row) = deps.table.delivery(tag.org, tag.delivery).await? else {
        tracing::warn!(delivery.id = %tag.delivery, "feedback names a delivery that is not there");
        return Ok(());
    };
    tracing::info!(delivery.id = %row.id, event = ?feedback.event_type, "the mail service reports of a mail");
    match feedback.meaning() {
        Meaning::Nothing => Ok(()),
        Meaning::Sent => sent(deps, row).await,
        Meaning::Refused => refused(deps, row).await,
        Meaning::Undeliverable => {
            sent(deps, row.clone()).await?;
            hear(deps, &row, None).await
        }
        Meaning::Complained => hear(deps, &row, Some(Verdict::Complain)).await,
    }
}

/// Closes the row of a mail whose fate was not known.
async fn sent(deps: &Deps, row: Delivery) -> Result<(), TableError> {
    match row.state {
        DeliveryState::Leased { .. } | DeliveryState::Pending { .. } | DeliveryState::Dead { .. } => {
            let attempt = Attempt { at: deps.clock.now(), duration_ms: 0, status: None, error: None };
            deps.table.succeed(&row.succeed(attempt)).await
        }
        DeliveryState::Done { .. } | DeliveryState::Cancelled { .. } => Ok(()),
    }
}

async fn refused(deps: &Deps, row: Delivery) -> Result<(), TableError> {
    let error = "the mail service rejected the mail's content".to_owned();
    let failure = Failure { status: None, error, retry: Retry::Never };
    deps.table.put_back(&row.fail(&failure, deps.clock.now(), 0, 0)).await
}

/// Lets the supporter bear the consequence; without a verdict it is a bounce.
async fn hear(deps: &Deps, row: &Delivery, verdict: Option<Verdict>) -> Result<(), TableError> {
    let now = deps.clock.now();
    let Some(supporter) = deps.table.supporter_alone(row.supporter).await? else { return Ok(()) };
    let confirmed = deps.table.recently_confirmed(row.org, &supporter.org_ref, now).await?;
    let verdict = verdict.unwrap_or(Verdict::Bounce { confirmed });
    deps.table.hear(supporter.id, verdict, row.org, now).await
}
