//! Services, written: `POST /v1/orgs/{org}/services`, `PATCH /v1/orgs/{org}/services/{service}`,
//! `DELETE /v1/orgs/{org}/services/{service}`, `POST /v1/orgs/{org}/services/{service}/pause`,
//! `POST /v1/orgs/{org}/services/{service}/resume`, `POST /v1/orgs/{org}/services/{service}/rotate-secret`.

use std::convert::Infallible;

use lambda_http::{Body, Request, Response, http::StatusCode};
use proca::{
    api::{
        body::RequestBody,
        service_bodies::{NewService, PauseService, ServicePatch},
        services::{ServiceView, ServiceWithSecret},
    },
    config::{ConfigError, Env},
    permission::ManageServices,
    problem::Problem,
    staff::{Staff, Vault},
    web,
};

/// What the function works with.
#[derive(Debug)]
pub struct Deps {
    staff: Staff,
    vault: Vault,
}

impl Deps {
    /// Builds it from the environment.
    pub fn new(env: &Env) -> Result<Self, ConfigError> {
        Ok(Self { staff: env.staff()?, vault: Vault::new(env.sealing_keys()?, env.reach()) })
    }
}

/// Answers by the route that was matched.
pub async fn handle(deps: &Deps, request: Request) -> Result<Response<Body>, Infallible> {
    Ok(match web::route(&request).as_str() {
        "POST /v1/orgs/{org}/services" => web::reply(StatusCode::CREATED, create(deps, &request).await),
        "PATCH /v1/orgs/{org}/services/{service}" => web::reply(StatusCode::OK, update(deps, &request).await),
        "DELETE /v1/orgs/{org}/services/{service}" => web::done(delete(deps, &request).await),
        "POST /v1/orgs/{org}/services/{service}/pause" => {
            web::reply(StatusCode::OK, pause(deps, &request).await)
        }
        "POST /v1/orgs/{org}/services/{service}/resume" => {
            web::reply(StatusCode::OK, resume(deps, &request).await)
        }
        "POST /v1/orgs/{org}/services/{service}/rotate-secret" => {
            web::reply(StatusCode::OK, rotate_secret(deps, &request).await)
        }
        _ => web::refuse(Problem::not_found()),
    })
}

async fn create(deps: &Deps, request: &Request) -> Result<ServiceWithSecret, Problem> {
    let scope = deps.staff.org::<ManageServices>(request).await?;
    let (service, secret) = scope.create_service(NewService::parse(request)?, &deps.vault).await?;
    Ok(ServiceWithSecret::new(service, secret.as_ref()))
}

async fn update(deps: &Deps, request: &Request) -> Result<ServiceWithSecret, Problem> {
    let scope = deps.staff.org::<ManageServices>(request).await?;
    let (service, secret) = scope.update_service(request, ServicePatch::parse(request)?, &deps.vault).await?;
    Ok(ServiceWithSecret::new(service, secret.as_ref()))
}

async fn delete(deps: &Deps, request: &Request) -> Result<(), Problem> {
    deps.staff.org::<ManageServices>(request).await?.delete_service(request).await
}

async fn pause(deps: &Deps, request: &Request) -> Result<ServiceView, Problem> {
    let scope = deps.staff.org::<ManageServices>(request).await?;
    let PauseService { reason } = PauseService::parse(request)?;
    Ok(scope.pause_service(request, reason).await?.into())
}

async fn resume(deps: &Deps, request: &Request) -> Result<ServiceView, Problem> {
    Ok(deps.staff.org::<ManageServices>(request).await?.resume_service(request).await?.into())
}

async fn rotate_secret(deps: &Deps, request: &Request) -> Result<ServiceWithSecret, Problem> {
    let (service, secret) =
        deps.staff.org::<ManageServices>(request).await?.rotate_secret(request, &deps.vault).await?;
    Ok(ServiceWithSecret::new(service, Some(&secret)))
}
