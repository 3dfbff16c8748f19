//! Tokens of the caller, written: `POST /v1/tokens`, `DELETE /v1/tokens/{token}`.

use std::convert::Infallible;

use lambda_http::{Body, Request, Response, http::StatusCode};
use proca::{
    api::{
        body::RequestBody,
        tokens::{MadeToken, NewToken},
    },
    config::{ConfigError, Env},
    problem::Problem,
    staff::Staff,
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
        "POST /v1/tokens" => web::reply(StatusCode::CREATED, create(deps, &request).await),
        "DELETE /v1/tokens/{token}" => web::done(revoke(deps, &request).await),
        _ => web::refuse(Problem::not_found()),
    })
}

async fn create(deps: &Deps, request: &Request) -> Result<MadeToken, Problem> {
    let caller = deps.staff.caller(request).await?;
    caller.create_token(NewToken::parse(request)?).await
}

async fn revoke(deps: &Deps, request: &Request) -> Result<(), Problem> {
    deps.staff.caller(request).await?.revoke_token(request).await
}
