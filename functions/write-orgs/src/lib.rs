//! Orgs, written: `POST /v1/orgs`, `PATCH /v1/orgs/{org}`, `DELETE /v1/orgs/{org}`,
//! `PUT /v1/orgs/{org}/backends/{purpose}`, `DELETE /v1/orgs/{org}/backends/{purpose}`,
//! `POST /v1/orgs/{org}/offers/{campaign}/accept`, `POST /v1/orgs/{org}/offers/{campaign}/decline`.

use std::convert::Infallible;

use lambda_http::{Body, Request, Response, http::StatusCode};
use proca::{
    api::{
        body::RequestBody,
        orgs::{OrgPatch, OrgView},
    },
    config::{ConfigError, Env},
    offer::Answer,
    permission::{ManageOrg, ManageServices},
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
        "POST /v1/orgs" => web::reply(StatusCode::CREATED, create(deps, &request).await),
        "PATCH /v1/orgs/{org}" => web::reply(StatusCode::OK, update(deps, &request).await),
        "DELETE /v1/orgs/{org}" => web::done(delete(deps, &request).await),
        "PUT /v1/orgs/{org}/backends/{purpose}" => {
            web::reply(StatusCode::OK, set_backend(deps, &request).await)
        }
        "DELETE /v1/orgs/{org}/backends/{purpose}" => {
            web::reply(StatusCode::OK, unset_backend(deps, &request).await)
        }
        "POST /v1/orgs/{org}/offers/{campaign}/accept" => {
            web::done(answer(deps, &request, Answer::Accept).await)
        }
        "POST /v1/orgs/{org}/offers/{campaign}/decline" => {
            web::done(answer(deps, &request, Answer::Decline).await)
        }
        _ => web::refuse(Problem::not_found()),
    })
}

async fn create(deps: &Deps, request: &Request) -> Result<OrgView, Problem> {
    let caller = deps.staff.caller(request).await?;
    Ok(caller.create_org(request).await?.into())
}

async fn update(deps: &Deps, request: &Request) -> Result<OrgView, Problem> {
    let scope = deps.staff.org::<ManageOrg>(request).await?;
    Ok(scope.update_org(request, OrgPatch::parse(request)?).await?.into())
}

async fn delete(deps: &Deps, request: &Request) -> Result<(), Problem> {
    deps.staff.org::<ManageOrg>(request).await?.delete_org(request).await
}

async fn set_backend(deps: &Deps, request: &Request) -> Result<OrgView, Problem> {
    Ok(deps.staff.org::<ManageServices>(request).await?.set_backend(request).await?.into())
}

async fn unset_backend(deps: &Deps, request: &Request) -> Result<OrgView, Problem> {
    Ok(deps.staff.org::<ManageServices>(request).await?.unset_backend(request).await?.into())
}

async fn answer(deps: &Deps, request: &Request, answer: Answer) -> Result<(), Problem> {
    deps.staff.org::<ManageOrg>(request).await?.answer_offer(request, answer).await
}
