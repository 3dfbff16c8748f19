//! Actions that wait for a moderator, decided: `POST /v1/orgs/{org}/moderation/accept`,
//! `POST /v1/orgs/{org}/moderation/reject`.

use std::convert::Infallible;

use lambda_http::{Body, Request, Response, http::StatusCode};
use proca::{
    api::{
        body::RequestBody,
        moderation::{Decided, Decisions},
    },
    config::{ConfigError, Env},
    moderation::Decision,
    permission::Moderate,
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
        "POST /v1/orgs/{org}/moderation/accept" => {
            web::reply(StatusCode::OK, decide(deps, &request, Decision::Accept).await)
        }
        "POST /v1/orgs/{org}/moderation/reject" => {
            web::reply(StatusCode::OK, decide(deps, &request, Decision::Reject).await)
        }
        _ => web::refuse(Problem::not_found()),
    })
}

async fn decide(deps: &Deps, request: &Request, decision: Decision) -> Result<Decided, Problem> {
    let scope = deps.staff.org::<Moderate>(request).await?;
    scope.decide(decision, Decisions::parse(request)?).await
}
