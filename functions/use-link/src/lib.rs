//! `POST /v1/links/{token}`: does what a link says.

use std::convert::Infallible;

use jiff::Timestamp;
use lambda_http::{Body, Request, Response};
use proca::{
    bundle::Bundle,
    clock::Clock,
    config::{ConfigError, Env},
    delivery::Delivery,
    link::{LinkPurpose, LinkToken},
    link_page::{Shown, page},
    problem::Problem,
    supporter::SupporterStatus,
    table::{Table, TableError},
    verdict::Verdict,
    web,
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

/// Answers that it is done, also when it was done before.
pub async fn handle(deps: &Deps, request: Request) -> Result<Response<Body>, Infallible> {
    Ok(match act(deps, &request).await {
        Ok((shown, bundle)) => page(shown, bundle.as_ref()),
        Err(problem) => web::refuse(problem),
    })
}

/// How often it is tried when something changes under it.
const TRIES: u32 = 5;

async fn act(deps: &Deps, request: &Request) -> Result<(Shown, Option<Bundle>), Problem> {
    let unknown = (Shown::Unknown, None);
    let now = deps.clock.now();
    let Some(token) = LinkToken::parse(&web::segment(request, "token")?) else { return Ok(unknown) };
    let (org, id) = token.delivery();
    let Some(delivery) = deps.table.delivery(org, id).await? else { return Ok(unknown) };
    let Some(purpose) = token.purpose(&delivery.links, now) else { return Ok(unknown) };
    let Some(bundle) = deps.table.bundle_of(delivery.page).await? else { return Ok(unknown) };
    for _ in 0..TRIES {
        match once(deps, &delivery, purpose, &bundle, now).await {
            Ok(shown) => return Ok((shown, Some(bundle))),
            Err(TableError::Conflict) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(Problem::unavailable())
}

async fn once(
    deps: &Deps,
    delivery: &Delivery,
    purpose: LinkPurpose,
    bundle: &Bundle,
    now: Timestamp,
) -> Result<Shown, TableError> {
    let Some((supporter, actions)) = deps.table.supporter(delivery.supporter).await? else {
        return Ok(Shown::Unknown);
    };
    let taken_back = supporter.status == SupporterStatus::Rejected;
    if taken_back && matches!(purpose, LinkPurpose::Confirm | LinkPurpose::OptIn) {
        return Ok(Shown::TakenBack);
    }
    let verdict = match purpose {
        LinkPurpose::Confirm => Verdict::Confirm,
        LinkPurpose::Reject => Verdict::Reject,
        LinkPurpose::OptIn => Verdict::OptIn,
        LinkPurpose::Unsubscribe => Verdict::Unsubscribe,
    };
    let case = deps.table.case(supporter, actions, bundle, now).await?;
    deps.table.hear(case, verdict, delivery.org, now).await?;
    Ok(Shown::Done(purpose))
}
