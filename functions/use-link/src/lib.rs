//! `POST /v1/links/{token}`: does what a link says.

mod launch;

use std::convert::Infallible;

use lambda_http::{Body, Request, Response};
use proca::{
    bundle::Bundle,
    clock::Clock,
    config::{ConfigError, Env},
    link::{LinkPurpose, LinkToken},
    link_page::{Shown, page},
    problem::Problem,
    random::Random,
    supporter::SupporterStatus,
    table::Table,
    verdict::Verdict,
    web,
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

/// Answers that it is done, also when it was done before.
pub async fn handle(deps: &Deps, request: Request) -> Result<Response<Body>, Infallible> {
    Ok(match act(deps, &request).await {
        Ok((shown, bundle)) => page(&request, shown, bundle.as_ref()),
        Err(problem) => web::refuse(problem),
    })
}

async fn act(deps: &Deps, request: &Request) -> Result<(Shown, Option<Bundle>), Problem> {
    let unknown = (Shown::Unknown, None);
    let now = deps.clock.now();
    let token = web::segment(request, "token")?;
    if let Some(token) = LinkToken::parse(&token) {
        return launch::decide(deps, &token).await;
    }
    let Some((purpose, delivery)) = deps.table.follow_link(&token, now).await? else { return Ok(unknown) };
    let Some(at) = delivery.action() else { return Ok(unknown) };
    let Some(supporter) = deps.table.supporter_alone(at.supporter).await? else { return Ok(unknown) };
    let bundle = deps.table.bundle_of(at.page).await?;
    let taken_back = supporter.status == SupporterStatus::Rejected;
    if taken_back && matches!(purpose, LinkPurpose::Confirm | LinkPurpose::OptIn) {
        return Ok((Shown::TakenBack, bundle));
    }
    let verdict = match purpose {
        LinkPurpose::Confirm => Verdict::Confirm,
        LinkPurpose::Reject => Verdict::Reject,
        LinkPurpose::OptIn => Verdict::OptIn,
        LinkPurpose::Unsubscribe => Verdict::Unsubscribe,
    };
    deps.table.hear(supporter.id, verdict, delivery.org, (&deps.random, now)).await?;
    Ok((Shown::Done(purpose), bundle))
}
