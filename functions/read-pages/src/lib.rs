//! Pages, read: `GET /v1/orgs/{org}/pages`, `GET /v1/orgs/{org}/pages/{page}`,
//! `GET /v1/orgs/{org}/launch-requests`.

use std::convert::Infallible;

use lambda_http::{Body, Request, Response, http::StatusCode};
use proca::{
    api::pages::{LaunchRequestView, PageView},
    config::{ConfigError, Env},
    permission::{LaunchPages, Member},
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
        "GET /v1/orgs/{org}/pages" => web::reply(StatusCode::OK, list(deps, &request).await),
        "GET /v1/orgs/{org}/pages/{page}" => web::reply(StatusCode::OK, get(deps, &request).await),
        "GET /v1/orgs/{org}/launch-requests" => web::reply(StatusCode::OK, requests(deps, &request).await),
        _ => web::refuse(Problem::not_found()),
    })
}

async fn list(deps: &Deps, request: &Request) -> Result<Listed<PageView>, Problem> {
    let scope = deps.staff.org::<Member>(request).await?;
    scope.pages(request).await
}

async fn get(deps: &Deps, request: &Request) -> Result<PageView, Problem> {
    let scope = deps.staff.org::<Member>(request).await?;
    Ok(scope.page(request).await?.into())
}

async fn requests(deps: &Deps, request: &Request) -> Result<Listed<LaunchRequestView>, Problem> {
    let scope = deps.staff.org::<LaunchPages>(request).await?;
    scope.launch_requests(request).await
}
