//! `GET /v1/pages/{page}`: what a widget needs to know.

use std::convert::Infallible;

use lambda_http::{Body, Request, Response, http::StatusCode};
use proca::{
    api::public::PublicPage,
    bundle::Bundle,
    config::{ConfigError, Env},
    page::ActionPage,
    problem::Problem,
    stats::Stats,
    table::Table,
    web,
};

/// What the function works with.
#[derive(Debug)]
pub struct Deps {
    table: Table,
}

impl Deps {
    /// Builds it from the environment.
    pub fn new(env: &Env) -> Result<Self, ConfigError> {
        Ok(Self { table: env.table()? })
    }
}

/// Answers with the page, its campaign and its org, for anyone to keep for a short while.
pub async fn handle(deps: &Deps, request: Request) -> Result<Response<Body>, Infallible> {
    let response = match find(deps, &request).await {
        Ok((bundle, stats)) => web::reply(StatusCode::OK, Ok(PublicPage::new(&bundle, &stats))),
        Err(problem) => web::refuse(problem),
    };
    Ok(web::cacheable(&request, response))
}

async fn find(deps: &Deps, request: &Request) -> Result<(Bundle, Stats), Problem> {
    let address = web::address::<ActionPage>(request, "page")?;
    let bundle = deps.table.bundle(&address).await?.ok_or_else(Problem::not_found)?;
    let stats = deps.table.stats(bundle.campaign.id).await?;
    Ok((bundle, stats))
}
