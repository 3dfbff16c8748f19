//! Switches of the whole instance: `GET /v1/switches`, `PATCH /v1/switches`,
//! `PUT /v1/campaigns/{campaign}/frozen-stats`, `DELETE /v1/campaigns/{campaign}/frozen-stats`.

use std::convert::Infallible;

use lambda_http::{Body, Request, Response, http::StatusCode};
use proca::{
    api::{body::RequestBody, switches::SwitchesView},
    config::{ConfigError, Env},
    problem::Problem,
    staff::Staff,
    stats::Stats,
    web,
};

/// What the function works with.
#[derive(Debug)]
pub struct Deps {
    staff: Staff,
}

impl Deps {
    /// Builds it from the environment.
    pub fn new(env: &Env) -> Result<Self, ConfigError> {
        Ok(Self { staff: env.staff()? })
    }
}

/// Answers by the route that was matched.
pub async fn handle(deps: &Deps, request: Request) -> Result<Response<Body>, Infallible> {
    Ok(match web::route(&request).as_str() {
        "GET /v1/switches" => web::reply(StatusCode::OK, show(deps, &request).await),
        "PATCH /v1/switches" => web::reply(StatusCode::OK, throw(deps, &request).await),
        "PUT /v1/campaigns/{campaign}/frozen-stats" => {
            web::reply(StatusCode::OK, freeze(deps, &request).await)
        }
        "DELETE /v1/campaigns/{campaign}/frozen-stats" => web::done(release(deps, &request).await),
        _ => web::refuse(Problem::not_found()),
    })
}

async fn show(deps: &Deps, request: &Request) -> Result<SwitchesView, Problem> {
    deps.staff.caller(request).await?.switches().await
}

async fn throw(deps: &Deps, request: &Request) -> Result<SwitchesView, Problem> {
    let caller = deps.staff.caller(request).await?;
    caller.throw_switches(request, RequestBody::parse(request)?).await
}

async fn freeze(deps: &Deps, request: &Request) -> Result<Stats, Problem> {
    deps.staff.caller(request).await?.freeze_stats(request).await
}

async fn release(deps: &Deps, request: &Request) -> Result<(), Problem> {
    deps.staff.caller(request).await?.release_stats(request).await
}
