//! `GET /v1/links/{token}`: shows what a link would do.

use std::convert::Infallible;

use lambda_http::{Body, Request, Response};
use proca::{
    bundle::Bundle,
    clock::Clock,
    config::{ConfigError, Env},
    link::LinkToken,
    link_page::{Shown, page},
    problem::Problem,
    table::Table,
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

/// Answers with a page whose button does it. Nothing changes, however often a mail scanner looks.
pub async fn handle(deps: &Deps, request: Request) -> Result<Response<Body>, Infallible> {
    Ok(match find(deps, &request).await {
        Ok((shown, bundle)) => page(&request, shown, bundle.as_ref()),
        Err(problem) => web::refuse(problem),
    })
}

async fn find(deps: &Deps, request: &Request) -> Result<(Shown, Option<Bundle>), Problem> {
    let (unknown, now) = ((Shown::Unknown, None), deps.clock.now());
    let token = web::segment(request, "token")?;
    if let Some(token) = LinkToken::parse(&token) {
        let asked = deps.table.follow_staff_link(&token, now).await?;
        let Some(asked) = asked else { return Ok((Shown::Void, None)) };
        let shown = Shown::Launch(asked.standing, asked.decision);
        return Ok((shown, deps.table.bundle_of(asked.page.id).await?));
    }
    let Some((purpose, delivery)) = deps.table.follow_link(&token, now).await? else { return Ok(unknown) };
    let bundle = match delivery.page() {
        Some(page) => deps.table.bundle_of(page).await?,
        None => None,
    };
    Ok((Shown::Question(purpose), bundle))
}
