//! The queue of mails: sends one through the mail service of its org.

mod invitation;
mod launch;
mod letter;
mod sending;
mod stopped;

use std::convert::Infallible;

use aws_lambda_events::event::sqs::{SqsBatchResponse, SqsEvent};
use jiff::Timestamp;
use proca::{
    batch,
    clock::Clock,
    config::{ConfigError, Env},
    delivery::{Delivery, Lane},
    invite::InviteToken,
    link::LinkToken,
    mail::Links,
    mailer::Mailer,
    metric::Meter,
    notice::{LaunchLinks, Notice, Occasion},
    outbound::Outbound,
    queue::Hint,
    random::Random,
    schedule,
    switchboard::Switchboard,
    switches::HELD,
    table::{Entity, Table, TableError},
};

use crate::{letter::Letter, sending::send};

/// What the function works with.
#[derive(Debug)]
pub struct Deps {
    table: Table,
    mailer: Mailer,
    public_url: String,
    switches: Switchboard,
    clock: Clock,
    random: Random,
    meter: Meter,
}

impl Deps {
    /// Builds it from the environment.
    pub fn new(env: &Env) -> Result<Self, ConfigError> {
        let (clock, random) = (env.clock(), env.random());
        Ok(Self {
            table: env.table()?,
            mailer: env.mailer()?,
            public_url: env.text("PUBLIC_URL")?,
            switches: env.switchboard()?,
            clock,
            random,
            meter: env.meter(),
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
            Hint::Process { .. } | Hint::DeliverSlowly { .. } | Hint::DeliverTogether { .. } => Ok(()),
        }
    };
    Ok(batch::each(event, work).await)
}

/// Sends the mail of a delivery, with new links.
async fn deliver(deps: &Deps, row: Delivery) -> Result<(), TableError> {
    let begun = deps.clock.now();
    if !row.is_due(begun) || hold(deps, &row, begun).await? {
        return Ok(());
    }
    let (org, id) = (row.org, row.id);
    let links = Links::of(&row, &deps.public_url, || LinkToken::new(org, id, deps.random.bytes()));
    let stored: Vec<_> = links.tokens().map(|(purpose, token)| token.link(purpose, begun)).collect();
    let letter = Box::pin(Letter::write(&deps.table, &row, &links, begun)).await?;
    send(deps, row, |row| row.links.extend(stored), letter, begun).await
}

/// Holds a mail back while mails are stopped; whether they are.
async fn hold<R: Entity + Outbound>(deps: &Deps, row: &R, now: Timestamp) -> Result<bool, TableError> {
    if !deps.switches.now().await.mails_paused {
        return Ok(false);
    }
    let held = row.clone().hold(now + schedule::spread(HELD, deps.random.below(1000)), now);
    deps.table.put_off(row, &held).await?;
    Ok(true)
}

/// Sends the mail of a notice.
async fn notify(deps: &Deps, row: Notice) -> Result<(), TableError> {
    let begun = deps.clock.now();
    if !row.state.is_due(begun) || hold(deps, &row, begun).await? {
        return Ok(());
    }
    match row.occasion {
        Occasion::Invite { invite } => {
            let token = InviteToken::new(row.org, invite, deps.random.bytes());
            let letter =
                invitation::write(&deps.table, &row, invite, (&token, &deps.public_url), begun).await?;
            send(deps, row, |row| row.digests.push(token.digest()), letter, begun).await
        }
        Occasion::ServiceStopped { service, user } => {
            let letter = Box::pin(stopped::write(&deps.table, &row, (service, user))).await?;
            send(deps, row, |_| (), letter, begun).await
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
