//! Campaigns, read: `GET /v1/orgs/{org}/campaigns`, `GET /v1/orgs/{org}/campaigns/{campaign}`,
//! `GET /v1/orgs/{org}/campaigns/{campaign}/receivers`.

use std::convert::Infallible;

use lambda_http::{Body, Request, Response, http::StatusCode};
use proca::{
    api::{campaigns::CampaignView, offers::Receivers},
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
        "GET /v1/orgs/{org}/campaigns" => web::reply(StatusCode::OK, list(deps, &request).await),
        "GET /v1/orgs/{org}/campaigns/{campaign}" => web::reply(StatusCode::OK, get(deps, &request).await),
        "GET /v1/orgs/{org}/campaigns/{campaign}/receivers" => {
            web::reply(StatusCode::OK, receivers(deps, &request).await)
        }
        _ => web::refuse(Problem::not_found()),
    })
}

async fn list(deps: &Deps, request: &Request) -> Result<Listed<CampaignView>, Problem> {
    let scope = deps.staff.org::<Member>(request).await?;
    scope.campaigns(request).await
}

async fn get(deps: &Deps, request: &Request) -> Result<CampaignView, Problem> {
    let scope = deps.staff.org::<Member>(request).await?;
    Ok(scope.campaign(request).await?.into())
}

async fn receivers(deps: &Deps, request: &Request) -> Result<Receivers, Problem> {
    deps.staff.org::<Member>(request).await?.receivers(request).await
}
