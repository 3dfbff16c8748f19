//! Actions that wait for a moderator, read: `GET /v1/orgs/{org}/moderation`.

use std::convert::Infallible;

use lambda_http::{Body, Request, Response, http::StatusCode};
use proca::{
    api::moderation::WaitingAction,
    config::{ConfigError, Env},
    permission::Moderate,
    problem::Problem,
    staff::{Listed, Staff},
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
        "GET /v1/orgs/{org}/moderation" => web::reply(StatusCode::OK, list(deps, &request).await),
        _ => web::refuse(Problem::not_found()),
    })
}

async fn list(deps: &Deps, request: &Request) -> Result<Listed<WaitingAction>, Problem> {
    let scope = deps.staff.org::<Moderate>(request).await?;
    scope.waiting_actions(request).await
}
