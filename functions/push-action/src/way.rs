//! Through which service messages go, and how that fares.

use jiff::{SignedDuration, Timestamp};
use proca::{
    attempt::{Failure, Retry},
    org::Org,
    table::{Permit, Resolved, Unusable},
};

use crate::{Deps, Interrupted, failure, group::To};

/// What a message needs to go.
#[derive(Debug, Clone)]
pub(crate) struct Way {
    /// The org whose backend is used.
    pub(crate) receiver: Org,
    /// That backend's service, and how it fares.
    pub(crate) resolved: Resolved,
    /// Leave to go, once it is taken, where the endpoint is not known as quick.
    pub(crate) permit: Option<Permit>,
}

/// Why and until when messages wait, without an attempt.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Later {
    pub(crate) until: Timestamp,
    pub(crate) why: &'static str,
}

/// Whether there is a way now.
#[derive(Debug, Clone)]
pub(crate) enum Found {
    Way(Box<Way>),
    /// There is none, and waiting alone does not help.
    None(Failure),
    /// There is one later.
    Later(Later),
    /// Whoever runs the instance holds the org's messages back.
    Held,
}

/// How often a message is looked at whose service is stopped.
const STOPPED: SignedDuration = SignedDuration::from_hours(1);

/// Looks for it.
pub(crate) async fn find(deps: &Deps, to: To, now: Timestamp) -> Result<Found, Interrupted> {
    let Some(receiver) = deps.table.org(to.org).await? else {
        return Ok(Found::None(failure("its org is not there", Retry::Never)));
    };
    Ok(match deps.table.backend(&receiver, |backends| to.purpose.backend(backends)).await? {
        Ok(resolved) => Found::Way(Box::new(Way { receiver, resolved, permit: None })),
        Err(unusable @ Unusable::NotActive) => {
            Found::Later(Later { until: now + STOPPED, why: unusable.why() })
        }
        Err(unusable) => Found::None(failure(unusable.why(), Retry::Scheduled)),
    })
}
