//! What a batch of hints has for one backend, in as few requests as its service takes it in.

use futures_util::future::join_all;
use proca::{
    batching::Batching,
    delivery::{Delivery, Purpose},
    id::Id,
    org::Org,
    problem::Chain,
    service::Service,
};

use crate::{
    Deps, Interrupted,
    course::{self, Lane},
    request,
    way::{self, Found},
};

/// The backend that messages go to, and the lane by which they came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct To {
    /// Whose it is.
    pub(crate) org: Id<Org>,
    /// For what it is used.
    pub(crate) purpose: Purpose,
    /// The lane.
    pub(crate) lane: Lane,
}

/// A message, and the place of its hint in the batch.
#[derive(Debug)]
pub(crate) struct Placed {
    pub(crate) place: usize,
    pub(crate) row: Delivery,
}

/// Finds the way to a backend once, and sends the messages; the places of those that must come again.
pub(crate) async fn deliver(deps: &Deps, to: To, rows: Vec<Placed>) -> Vec<usize> {
    let found = if deps.switches.now().await.hold_pushes_of(to.org) {
        Ok(Found::Held)
    } else {
        way::find(deps, to, deps.clock.now()).await
    };
    let found = match found {
        Ok(found) => found,
        Err(error) => {
            tracing::error!(org.id = %to.org, error = %Chain(&error), "a backend was not found");
            return rows.into_iter().map(|placed| placed.place).collect();
        }
    };
    let requests = split(rows, most(to, &found)).into_iter().map(|rows| {
        let found = found.clone();
        let (places, rows): (Vec<_>, Vec<_>) =
            rows.into_iter().map(|Placed { place, row }| (place, row)).unzip();
        async move {
            let Err(error) = Box::pin(deal(deps, to, found, rows)).await else { return Vec::new() };
            tracing::error!(org.id = %to.org, error = %Chain(&error), "messages were not dealt with");
            places
        }
    });
    join_all(requests).await.concat()
}

/// Does with messages what can be done now.
async fn deal(deps: &Deps, to: To, found: Found, rows: Vec<Delivery>) -> Result<(), Interrupted> {
    match found {
        Found::Way(way) => match batching(to, &way.resolved.service) {
            Some(batching) if to.lane != Lane::Batched => {
                let service = way.resolved.service.id;
                let wait = batching.wait(service, deps.clock.now());
                course::forward(deps, &rows, Lane::Batched, wait).await
            }
            Some(_) | None => Box::pin(request::make(deps, *way, to.lane, rows)).await,
        },
        Found::None(failure) => request::refuse(deps, rows, &failure).await,
        Found::Later(later) => request::put_off(deps, rows, later, None).await,
        Found::Held => request::hold(deps, rows).await,
    }
}

/// How many messages are dealt with together.
fn most(to: To, found: &Found) -> usize {
    let Found::Way(way) = found else { return 1 };
    if to.purpose == Purpose::LookUp { 1 } else { way.resolved.service.endpoint.most_at_once() }
}

/// How the service gets several messages in one body, if it does.
fn batching(to: To, service: &Service) -> Option<Batching> {
    service.endpoint.batching().filter(|_| to.purpose != Purpose::LookUp)
}

fn split(rows: Vec<Placed>, most: usize) -> Vec<Vec<Placed>> {
    let mut requests: Vec<Vec<_>> = Vec::new();
    for row in rows {
        match requests.last_mut() {
            Some(last) if last.len() < most => last.push(row),
            Some(_) | None => requests.push(vec![row]),
        }
    }
    requests
}
