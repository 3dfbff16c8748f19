//! Pages, launched: `POST /v1/orgs/{org}/pages/{page}/launch`, `POST /v1/orgs/{org}/pages/{page}/retract`,
//! `POST /v1/orgs/{org}/launch-requests/{page}/accept`,
//! `POST /v1/orgs/{org}/launch-requests/{page}/reject`.

use std::convert::Infallible;

use lambda_http::{Body, Request, Response, http::StatusCode};
use proca::{
    api::pages::PageView,
    config::{ConfigError, Env},
    launch::Decision,
    permission::LaunchPages,
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
        "POST /v1/orgs/{org}/pages/{page}/launch" => {
            web::reply(StatusCode::OK, Box::pin(launch(deps, &request)).await)
        }
        "POST /v1/orgs/{org}/pages/{page}/retract" => {
            web::reply(StatusCode::OK, Box::pin(retract(deps, &request)).await)
        }
        "POST /v1/orgs/{org}/launch-requests/{page}/accept" => {
            web::done(decide(deps, &request, Decision::Accept).await)
        }
        "POST /v1/orgs/{org}/launch-requests/{page}/reject" => {
            web::done(decide(deps, &request, Decision::Reject).await)
        }
        _ => web::refuse(Problem::not_found()),
    })
}

async fn launch(deps: &Deps, request: &Request) -> Result<PageView, Problem> {
    let scope = deps.staff.org::<LaunchPages>(request).await?;
    Ok(Box::pin(scope.launch_page(request)).await?.into())
}

async fn retract(deps: &Deps, request: &Request) -> Result<PageView, Problem> {
    Ok(deps.staff.org::<LaunchPages>(request).await?.retract_page(request).await?.into())
}

async fn decide(deps: &Deps, request: &Request, decision: Decision) -> Result<(), Problem> {
    deps.staff.org::<LaunchPages>(request).await?.decide_launch(request, decision).await
}
