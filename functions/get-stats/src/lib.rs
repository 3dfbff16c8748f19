//! `GET /v1/campaigns/{campaign}/stats`: the counts of a campaign.

use std::convert::Infallible;

use lambda_http::{Body, Request, Response, http::StatusCode};
use proca::{
    campaign::Campaign,
    config::{ConfigError, Env},
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

/// Answers with the counts, which are at most 5 seconds old where somebody keeps them.
pub async fn handle(deps: &Deps, request: Request) -> Result<Response<Body>, Infallible> {
    let response = web::reply(StatusCode::OK, count(deps, &request).await);
    Ok(web::cacheable(&request, response))
}

async fn count(deps: &Deps, request: &Request) -> Result<Stats, Problem> {
    let address = web::address::<Campaign>(request, "campaign")?;
    let campaign = deps.table.campaign(&address).await?.ok_or_else(Problem::not_found)?;
    Ok(deps.table.stats(campaign.id).await?)
}
