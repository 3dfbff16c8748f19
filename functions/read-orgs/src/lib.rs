//! Orgs, read: `GET /v1/me`, `GET /v1/orgs/{org}`, `GET /v1/orgs/{org}/offers`.

use std::convert::Infallible;

use lambda_http::{Body, Request, Response, http::StatusCode};
use proca::{
    api::{
        offers::OfferView,
        orgs::{Me, OrgView},
    },
    config::{ConfigError, Env},
    permission::Member,
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
        "GET /v1/me" => web::reply(StatusCode::OK, me(deps, &request).await),
        "GET /v1/orgs/{org}" => web::reply(StatusCode::OK, org(deps, &request).await),
        "GET /v1/orgs/{org}/offers" => web::reply(StatusCode::OK, offers(deps, &request).await),
        _ => web::refuse(Problem::not_found()),
    })
}

async fn me(deps: &Deps, request: &Request) -> Result<Me, Problem> {
    deps.staff.caller(request).await?.me().await
}

async fn org(deps: &Deps, request: &Request) -> Result<OrgView, Problem> {
    let scope = deps.staff.org::<Member>(request).await?;
    Ok(scope.org().clone().into())
}

async fn offers(deps: &Deps, request: &Request) -> Result<Listed<OfferView>, Problem> {
    deps.staff.org::<Member>(request).await?.offers(request).await
}
