//! The queue of feedback: what the mail service says of a mail.

use std::convert::Infallible;

use aws_lambda_events::event::sqs::{SqsBatchResponse, SqsEvent};
use proca::{
    attempt::{Attempt, Failure, Retry},
    batch,
    clock::Clock,
    config::{ConfigError, Env},
    delivery::{Delivery, DeliveryState},
    feedback::{Feedback, Meaning, Tagged},
    notice::Notice,
    outbound::Outbound,
    random::Random,
    table::{Entity, Table, TableError},
    verdict::Verdict,
};

/// What the function works with.
#[derive(Debug)]
pub struct Deps {
    table: Table,
    clock: Clock,
    random: Random,
}

impl Deps {
    /// Builds it from the environment.
    pub fn new(env: &Env) -> Result<Self, ConfigError> {
        Ok(Self { table: env.table()?, clock: env.clock(), random: env.random() })
    }
}

/// Hears each event; a failed record comes again alone.
pub async fn handle(deps: &Deps, event: SqsEvent) -> Result<SqsBatchResponse, Infallible> {
    Ok(batch::each(event, |feedback| record(deps, feedback)).await)
}

async fn record(deps: &Deps, feedback: Feedback) -> Result<(), TableError> {
    let tag = feedback.delivery;
    tracing::info!(delivery.id = ?tag.row, event = ?feedback.event_type, "the mail service reports of a mail");
    let found = match tag.row {
        Tagged::Delivery(id) => match deps.table.delivery(tag.org, id).await? {
            Some(row) => Some(record_delivery(deps, row, feedback.meaning()).await?),
            None => None,
        },
        Tagged::Notice(id) => match deps.table.notice(tag.org, id).await? {
            Some(row) => Some(record_notice(deps, row, feedback.meaning()).await?),
            None => None,
        },
    };
    if found.is_none() {
        tracing::warn!(delivery.id = ?tag.row, "feedback names a row that is not there");
    }
    Ok(())
}

async fn record_delivery(deps: &Deps, row: Delivery, meaning: Meaning) -> Result<(), TableError> {
    match meaning {
        Meaning::Nothing => Ok(()),
        Meaning::Sent => sent(deps, row).await,
        Meaning::Refused => refused(deps, row, CONTENT).await,
        Meaning::Undeliverable => {
            sent(deps, row.clone()).await?;
            hear(deps, &row, None).await
        }
        Meaning::Deferred => {
            sent(deps, row.clone()).await?;
            deps.table.count_transient_bounce(row.org, row.id).await
        }
        Meaning::Complained => hear(deps, &row, Some(Verdict::Complain)).await,
    }
}

/// Staff bear no consequence of a bounce, but the mail is not sent again.
async fn record_notice(deps: &Deps, row: Notice, meaning: Meaning) -> Result<(), TableError> {
    match meaning {
        Meaning::Sent | Meaning::Deferred => sent(deps, row).await,
        Meaning::Refused => refused(deps, row, CONTENT).await,
        Meaning::Undeliverable => refused(deps, row, "the address takes no mail").await,
        Meaning::Complained | Meaning::Nothing => Ok(()),
    }
}

/// Why the mail service will not send a mail.
const CONTENT: &str = "the mail service rejected the mail's content";

/// Closes the row of a mail whose fate was not known.
async fn sent<R: Entity + Outbound>(deps: &Deps, row: R) -> Result<(), TableError> {
    match row.state() {
        DeliveryState::Leased { .. } | DeliveryState::Pending { .. } | DeliveryState::Dead { .. } => {
            let attempt =
                Attempt { at: deps.clock.now(), duration_ms: 0, status: None, error: None, answer: None };
            deps.table.succeed(&row.succeed(attempt)).await
        }
        DeliveryState::Done { .. } | DeliveryState::Cancelled { .. } | DeliveryState::Kept { .. } => Ok(()),
    }
}

async fn refused<R: Entity + Outbound>(deps: &Deps, row: R, error: &str) -> Result<(), TableError> {
    let failure = Failure { status: None, error: error.to_owned(), retry: Retry::Never, answer: None };
    deps.table.put_back(&row.fail(&failure, deps.clock.now(), 0, 0)).await
}

/// Lets the supporter bear the consequence; without a verdict it is a bounce.
async fn hear(deps: &Deps, row: &Delivery, verdict: Option<Verdict>) -> Result<(), TableError> {
    let now = deps.clock.now();
    let Some(at) = row.action() else { return Ok(()) };
    let Some(supporter) = deps.table.supporter_alone(at.supporter).await? else { return Ok(()) };
    let confirmed = deps.table.recently_confirmed(row.org, &supporter.org_ref, now).await?;
    let verdict = verdict.unwrap_or(Verdict::Bounce { confirmed });
    deps.table.hear(supporter.id, verdict, row.org, (&deps.random, now)).await
}
