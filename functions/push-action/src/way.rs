//! Through which service a message goes, and whether it may go now.

use jiff::{SignedDuration, Timestamp};
use proca::{
    attempt::{Failure, Retry},
    delivery::{Delivery, Purpose},
    org::Org,
    service::{Backend, Backends},
    table::{Permit, Resolved, Unusable},
};

use crate::{
    Deps, Interrupted,
    course::{Entry, enter},
    failure,
};

/// What a message needs to go.
pub(crate) struct Way {
    /// The org whose backend is used.
    pub(crate) receiver: Org,
    /// That backend's service, and how it fares.
    pub(crate) resolved: Resolved,
    /// Leave to go, where the endpoint is not known as quick.
    pub(crate) permit: Option<Permit>,
}

/// Why and until when a message waits, without an attempt.
pub(crate) struct Later {
    pub(crate) until: Timestamp,
    pub(crate) why: &'static str,
    /// The service that it waits for, if that is in use.
    pub(crate) resolved: Option<Box<Resolved>>,
}

/// Whether there is a way now.
pub(crate) enum Found {
    Way(Box<Way>),
    /// There is none, and waiting alone does not help.
    None(Failure),
    /// There is one later.
    Later(Later),
    /// The slow lane has it now.
    Forwarded,
}

/// How often a message is looked at whose service is stopped.
const STOPPED: SignedDuration = SignedDuration::from_hours(1);

/// Looks for it.
pub(crate) async fn find(
    deps: &Deps,
    row: &Delivery,
    slowly: bool,
    now: Timestamp,
) -> Result<Found, Interrupted> {
    let Some(receiver) = deps.table.org(row.org).await? else {
        return Ok(Found::None(failure("its org is not there", Retry::Never)));
    };
    let mut resolved = match deps.table.backend(&receiver, backend_of(row.purpose)).await? {
        Ok(resolved) => resolved,
        Err(unusable @ Unusable::NotActive) => {
            let (until, why) = (now + STOPPED, unusable.why());
            return Ok(Found::Later(Later { until, why, resolved: None }));
        }
        Err(unusable) => return Ok(Found::None(failure(unusable.why(), Retry::Scheduled))),
    };
    Ok(match enter(deps, row, (&mut resolved, slowly), now).await? {
        Entry::Go(permit) => Found::Way(Box::new(Way { receiver, resolved, permit })),
        Entry::Forwarded => Found::Forwarded,
        Entry::NotBefore(until, why) => {
            Found::Later(Later { until, why, resolved: Some(Box::new(resolved)) })
        }
    })
}

fn backend_of(purpose: Purpose) -> fn(&Backends) -> Option<Backend> {
    match purpose {
        Purpose::Push => |backends| backends.push,
        Purpose::Event => |backends| backends.event,
        Purpose::LookUp => |backends| backends.detail,
        Purpose::Confirm | Purpose::Reminder | Purpose::ThankYou | Purpose::Duplicate => |_| None,
    }
}
