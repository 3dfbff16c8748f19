//! What an org holds on a person, erased: `DELETE /v1/orgs/{org}/supporters/{contactRef}`.

use std::convert::Infallible;

use lambda_http::{Body, Request, Response};
use proca::{
    config::{ConfigError, Env},
    permission::EraseContacts,
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
        "DELETE /v1/orgs/{org}/supporters/{contactRef}" => web::done(Box::pin(erase(deps, &request)).await),
        _ => web::refuse(Problem::not_found()),
    })
}

async fn erase(deps: &Deps, request: &Request) -> Result<(), Problem> {
    deps.staff.org::<EraseContacts>(request).await?.erase(request).await
}
