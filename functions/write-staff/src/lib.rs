//! Staff, written: `POST /v1/orgs/{org}/invites`, `DELETE /v1/orgs/{org}/invites/{invite}`,
//! `PATCH /v1/orgs/{org}/staff/{user}`, `DELETE /v1/orgs/{org}/staff/{user}`.

use std::convert::Infallible;

use lambda_http::{Body, Request, Response, http::StatusCode};
use proca::{
    api::{
        body::RequestBody,
        people::{InviteView, NewInvite, StafferPatch, StafferView},
    },
    config::{ConfigError, Env},
    permission::ManageStaff,
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
        "POST /v1/orgs/{org}/invites" => web::reply(StatusCode::CREATED, invite(deps, &request).await),
        "DELETE /v1/orgs/{org}/invites/{invite}" => web::done(revoke(deps, &request).await),
        "PATCH /v1/orgs/{org}/staff/{user}" => web::reply(StatusCode::OK, change(deps, &request).await),
        "DELETE /v1/orgs/{org}/staff/{user}" => web::done(remove(deps, &request).await),
        _ => web::refuse(Problem::not_found()),
    })
}

async fn invite(deps: &Deps, request: &Request) -> Result<InviteView, Problem> {
    deps.staff.org::<ManageStaff>(request).await?.create_invite(NewInvite::parse(request)?).await
}

async fn revoke(deps: &Deps, request: &Request) -> Result<(), Problem> {
    deps.staff.org::<ManageStaff>(request).await?.revoke_invite(request).await
}

async fn change(deps: &Deps, request: &Request) -> Result<StafferView, Problem> {
    let scope = deps.staff.org::<ManageStaff>(request).await?;
    scope.change_staffer(request, StafferPatch::parse(request)?.grant).await
}

async fn remove(deps: &Deps, request: &Request) -> Result<(), Problem> {
    deps.staff.caller(request).await?.remove_staffer(request).await
}
