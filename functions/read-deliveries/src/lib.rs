//! Deliveries, read: `GET /v1/orgs/{org}/deliveries`, `GET /v1/orgs/{org}/deliveries/{delivery}`,
//! `GET /v1/orgs/{org}/delivery-counts`.

use std::convert::Infallible;

use lambda_http::{Body, Request, Response, http::StatusCode};
use proca::{
    api::{
        deliveries::{DeliveryView, DeliveryWithHistory},
        tally::DeliveryCounts,
    },
    config::{ConfigError, Env},
    permission::ViewDeliveries,
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
        "GET /v1/orgs/{org}/deliveries" => web::reply(StatusCode::OK, list(deps, &request).await),
        "GET /v1/orgs/{org}/deliveries/{delivery}" => web::reply(StatusCode::OK, get(deps, &request).await),
        "GET /v1/orgs/{org}/delivery-counts" => web::reply(StatusCode::OK, count(deps, &request).await),
        _ => web::refuse(Problem::not_found()),
    })
}

async fn list(deps: &Deps, request: &Request) -> Result<Listed<DeliveryView>, Problem> {
    deps.staff.org::<ViewDeliveries>(request).await?.deliveries(request).await
}

async fn get(deps: &Deps, request: &Request) -> Result<DeliveryWithHistory, Problem> {
    Ok(deps.staff.org::<ViewDeliveries>(request).await?.delivery(request).await?.into())
}

async fn count(deps: &Deps, request: &Request) -> Result<DeliveryCounts, Problem> {
    deps.staff.org::<ViewDeliveries>(request).await?.delivery_counts(request).await
}
