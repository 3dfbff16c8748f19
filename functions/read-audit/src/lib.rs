//! The audit, read: `GET /v1/orgs/{org}/audit`.

use std::convert::Infallible;

use lambda_http::{Body, Request, Response, http::StatusCode};
use proca::{
    api::audit::AuditView,
    config::{ConfigError, Env},
    permission::ManageOrg,
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
        "GET /v1/orgs/{org}/audit" => web::reply(StatusCode::OK, list(deps, &request).await),
        _ => web::refuse(Problem::not_found()),
    })
}

async fn list(deps: &Deps, request: &Request) -> Result<Listed<AuditView>, Problem> {
    let scope = deps.staff.org::<ManageOrg>(request).await?;
    Ok(scope.audit_rows(request).await?.map(AuditView::from))
}
