//! Campaigns, written: `POST /v1/orgs/{org}/campaigns`, `PATCH /v1/orgs/{org}/campaigns/{campaign}`,
//! `DELETE /v1/orgs/{org}/campaigns/{campaign}`, `POST /v1/orgs/{org}/campaigns/{campaign}/launch`,
//! `POST /v1/orgs/{org}/campaigns/{campaign}/close`,
//! `PUT /v1/orgs/{org}/campaigns/{campaign}/receivers/{receiver}`,
//! `DELETE /v1/orgs/{org}/campaigns/{campaign}/receivers/{receiver}`.

use std::convert::Infallible;

use lambda_http::{Body, Request, Response, http::StatusCode};
use proca::{
    api::{
        body::RequestBody,
        campaigns::{CampaignPatch, CampaignView, NewCampaign},
    },
    campaign::CampaignStatus,
    config::{ConfigError, Env},
    permission::ManageCampaigns,
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
        "POST /v1/orgs/{org}/campaigns" => web::reply(StatusCode::CREATED, create(deps, &request).await),
        "PATCH /v1/orgs/{org}/campaigns/{campaign}" => {
            web::reply(StatusCode::OK, update(deps, &request).await)
        }
        "DELETE /v1/orgs/{org}/campaigns/{campaign}" => web::done(delete(deps, &request).await),
        "POST /v1/orgs/{org}/campaigns/{campaign}/launch" => {
            web::reply(StatusCode::OK, set_status(deps, &request, CampaignStatus::Live).await)
        }
        "POST /v1/orgs/{org}/campaigns/{campaign}/close" => {
            web::reply(StatusCode::OK, set_status(deps, &request, CampaignStatus::Closed).await)
        }
        "PUT /v1/orgs/{org}/campaigns/{campaign}/receivers/{receiver}" => {
            web::reply(StatusCode::OK, add_receiver(deps, &request).await)
        }
        "DELETE /v1/orgs/{org}/campaigns/{campaign}/receivers/{receiver}" => {
            web::reply(StatusCode::OK, remove_receiver(deps, &request).await)
        }
        _ => web::refuse(Problem::not_found()),
    })
}

async fn create(deps: &Deps, request: &Request) -> Result<CampaignView, Problem> {
    let scope = deps.staff.org::<ManageCampaigns>(request).await?;
    Ok(scope.create_campaign(NewCampaign::parse(request)?).await?.into())
}

async fn update(deps: &Deps, request: &Request) -> Result<CampaignView, Problem> {
    let scope = deps.staff.org::<ManageCampaigns>(request).await?;
    Ok(scope.update_campaign(request, CampaignPatch::parse(request)?).await?.into())
}

async fn set_status(deps: &Deps, request: &Request, status: CampaignStatus) -> Result<CampaignView, Problem> {
    Ok(deps.staff.org::<ManageCampaigns>(request).await?.set_campaign_status(request, status).await?.into())
}

async fn delete(deps: &Deps, request: &Request) -> Result<(), Problem> {
    deps.staff.org::<ManageCampaigns>(request).await?.delete_campaign(request).await
}

async fn add_receiver(deps: &Deps, request: &Request) -> Result<CampaignView, Problem> {
    Ok(deps.staff.org::<ManageCampaigns>(request).await?.add_receiver(request).await?.into())
}

async fn remove_receiver(deps: &Deps, request: &Request) -> Result<CampaignView, Problem> {
    Ok(deps.staff.org::<ManageCampaigns>(request).await?.remove_receiver(request).await?.into())
}
