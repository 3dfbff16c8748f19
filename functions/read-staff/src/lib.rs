//! Staff, read: `GET /v1/orgs/{org}/staff`, `GET /v1/orgs/{org}/invites`.

use std::convert::Infallible;

use lambda_http::{Body, Request, Response, http::StatusCode};
use proca::{
    api::people::{InviteView, StafferView},
    config::{ConfigError, Env},
    permission::ManageStaff,
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
        "GET /v1/orgs/{org}/staff" => web::reply(StatusCode::OK, staff(deps, &request).await),
        "GET /v1/orgs/{org}/invites" => web::reply(StatusCode::OK, invites(deps, &request).await),
        _ => web::refuse(Problem::not_found()),
    })
}

async fn staff(deps: &Deps, request: &Request) -> Result<Listed<StafferView>, Problem> {
    deps.staff.org::<ManageStaff>(request).await?.staffers(request).await
}

async fn invites(deps: &Deps, request: &Request) -> Result<Listed<InviteView>, Problem> {
    deps.staff.org::<ManageStaff>(request).await?.invites(request).await
}
