//! Accepts an invite: `POST /v1/invites/accept`.

use std::convert::Infallible;

use lambda_http::{Body, Request, Response, http::StatusCode};
use proca::{
    api::{
        body::RequestBody,
        people::{AcceptInvite, Accepted},
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
        "POST /v1/invites/accept" => web::reply(StatusCode::CREATED, accept(deps, &request).await),
        _ => web::refuse(Problem::not_found()),
    })
}

/// Needs no credential: the token shows that the caller reads the mail of whom was invited.
async fn accept(deps: &Deps, request: &Request) -> Result<Accepted, Problem> {
    let AcceptInvite { token } = AcceptInvite::parse(request)?;
    deps.staff.accept_invite(&token).await
}
