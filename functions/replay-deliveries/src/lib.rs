//! Deliveries, sent again: `POST /v1/orgs/{org}/deliveries/{delivery}/replay`,
//! `POST /v1/orgs/{org}/deliveries/replay`.

use std::convert::Infallible;

use lambda_http::{Body, Request, Response, http::StatusCode};
use proca::{
    api::{
        body::RequestBody,
        deliveries::{DeliveryWithHistory, ReplaySince, Replayed},
    },
    config::{ConfigError, Env},
    permission::ViewDeliveries,
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
        "POST /v1/orgs/{org}/deliveries/{delivery}/replay" => {
            web::reply(StatusCode::OK, one(deps, &request).await)
        }
        "POST /v1/orgs/{org}/deliveries/replay" => web::reply(StatusCode::OK, since(deps, &request).await),
        _ => web::refuse(Problem::not_found()),
    })
}

async fn one(deps: &Deps, request: &Request) -> Result<DeliveryWithHistory, Problem> {
    Ok(deps.staff.org::<ViewDeliveries>(request).await?.replay(request).await?.into())
}

async fn since(deps: &Deps, request: &Request) -> Result<Replayed, Problem> {
    let scope = deps.staff.org::<ViewDeliveries>(request).await?;
    scope.replay_since(request, ReplaySince::parse(request)?).await
}
