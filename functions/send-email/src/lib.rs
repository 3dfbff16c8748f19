//! The queue of mails: sends one through the mail service of its org.

mod invitation;
mod launch;
mod letter;

use std::convert::Infallible;

use aws_lambda_events::event::sqs::{SqsBatchResponse, SqsEvent};
use jiff::Timestamp;
use proca::{
    attempt::{Attempt, Failure},
    batch,
    clock::Clock,
    config::{ConfigError, Env},
    delivery::{Delivery, Lane},
    invite::InviteToken,
    link::LinkToken,
    mail::Links,
    mailer::{Mailer, Sending},
    notice::{LaunchLinks, Notice, Occasion},
    outbound::Outbound,
    queue::Hint,
    random::Random,
    table::{Entity, Table, TableError},
};

use crate::letter::Letter;

/// What the function works with.
#[derive(Debug)]
pub struct Deps {
    table: Table,
    mailer: Mailer,
    public_url: String,
    clock: Clock,
    random: Random,
}

impl Deps {
    /// Builds it from the environment.
    pub fn new(env: &Env) -> Result<Self, ConfigError> {
        let (clock, random) = (env.clock(), env.random());
        Ok(Self {
            table: env.table()?,
            mailer: env.mailer()?,
            public_url: env.text("PUBLIC_URL")?,
            clock,
            random,
        })
    }
}

/// Looks at the row each hint names; a failed record comes again alone.
pub async fn handle(deps: &Deps, event: SqsEvent) -> Result<SqsBatchResponse, Infallible> {
    let work = |hint| async move {
        match hint {
            Hint::Deliver { org, delivery } => match deps.table.delivery(org, delivery).await? {
                Some(row) if row.purpose.lane() == Lane::Email => Box::pin(deliver(deps, row)).await,
                Some(_) | None => Ok(()),
            },
            Hint::Notify { org, notice } => match deps.table.notice(org, notice).await? {
                Some(row) => Box::pin(notify(deps, row)).await,
                None => Ok(()),
            },
            Hint::Process { .. } => Ok(()),
        }
    };
    Ok(batch::each(event, work).await)
}

/// Sends the mail of a delivery, with new links.
async fn deliver(deps: &Deps, row: Delivery) -> Result<(), TableError> {
    let begun = deps.clock.now();
    if !row.is_due(begun) {
        return Ok(());
    }
    let (org, id) = (row.org, row.id);
    let links = Links::of(&row, &deps.public_url, || LinkToken::new(org, id, deps.random.bytes()));
    let stored: Vec<_> = links.tokens().map(|(purpose, token)| token.link(purpose, begun)).collect();
    let letter = Box::pin(Letter::write(&deps.table, &row, &links, begun)).await?;
    send(deps, row, |row| row.links.extend(stored), letter, begun).await
}

/// Sends the mail of a notice.
async fn notify(deps: &Deps, row: Notice) -> Result<(), TableError> {
    let begun = deps.clock.now();
    if !row.state.is_due(begun) {
        return Ok(());
    }
    match row.occasion {
        Occasion::Invite { invite } => {
            let token = InviteToken::new(row.org, invite, deps.random.bytes());
            let letter =
                invitation::write(&deps.table, &row, invite, (&token, &deps.public_url), begun).await?;
            send(deps, row, |row| row.digests.push(token.digest()), letter, begun).await
        }
        Occasion::LaunchRequested { campaign, page, user } => {
            let links = LaunchLinks::new(&row, [deps.random.bytes(), deps.random.bytes()]);
            let stored = links.stored(begun);
            let (asked, given) = ((campaign, page, user), (&links, deps.public_url.as_str()));
            let letter = Box::pin(launch::write(&deps.table, &row, asked, given, begun)).await?;
            send(deps, row, |row| row.links.extend(stored), letter, begun).await
        }
    }
}

/// Leases, sends, notes: between lease and sending nothing else can fail, since a mail that is leased
/// and not sent looks like one that may have left. What is not known in the end stays leased until the
/// mail service says it, or the lease runs out.
async fn send<R: Entity + Outbound>(
    deps: &Deps,
    row: R,
    keep: impl FnOnce(&mut R),
    letter: Letter,
    begun: Timestamp,
) -> Result<(), TableError> {
    let Some(row) = deps.table.lease(row, keep, deps.random.uuid(), begun).await? else { return Ok(()) };
    let id = row.name();
    let sending = match letter {
        Letter::Written { service, mail } => deps.mailer.send(&service, &mail).await,
        Letter::Unwanted(why) => {
            tracing::info!(delivery.id = id, why, "a mail is no longer wanted");
            return deps.table.put_back(&row.cancel(why, begun)).await;
        }
        Letter::Impossible(failure) => Sending::Failed(failure),
    };
    let now = deps.clock.now();
    let duration_ms = u32::try_from(now.duration_since(begun).as_millis()).unwrap_or(u32::MAX);
    match sending {
        Sending::Sent => {
            tracing::info!(delivery.id = id, duration_ms, "a mail was sent");
            let attempt = Attempt { at: now, duration_ms, status: None, error: None };
            deps.table.succeed(&row.succeed(attempt)).await
        }
        Sending::Failed(failure) => fail(deps, row, &failure, duration_ms).await,
        Sending::Unknown => {
            tracing::warn!(delivery.id = id, "it is not known whether a mail left");
            Ok(())
        }
    }
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
    deps.table.put_back(&row.fail(failure, deps.clock.now(), duration_ms, chance)).await
}
