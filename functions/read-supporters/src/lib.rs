//! Supporters and what they did, read: `GET /v1/orgs/{org}/supporters/{contactRef}`,
//! `GET /v1/orgs/{org}/supporters/{contactRef}/actions`, `GET /v1/orgs/{org}/actions`,
//! `GET /v1/orgs/{org}/supporters/{contactRef}/access`.

use std::convert::Infallible;

use lambda_http::{Body, Request, Response, http::StatusCode};
use proca::{
    api::{
        access::AccessView,
        actions::ReceivedAction,
        supporters::{ActionView, SupporterView},
    },
    config::{ConfigError, Env},
    permission::ExportContacts,
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
        "GET /v1/orgs/{org}/supporters/{contactRef}" => {
            web::reply(StatusCode::OK, supporters(deps, &request).await)
        }
        "GET /v1/orgs/{org}/supporters/{contactRef}/actions" => {
            web::reply(StatusCode::OK, of_supporter(deps, &request).await)
        }
        "GET /v1/orgs/{org}/supporters/{contactRef}/access" => {
            web::reply(StatusCode::OK, access(deps, &request).await)
        }
        "GET /v1/orgs/{org}/actions" => web::reply(StatusCode::OK, actions(deps, &request).await),
        _ => web::refuse(Problem::not_found()),
    })
}

async fn supporters(deps: &Deps, request: &Request) -> Result<Listed<SupporterView>, Problem> {
    deps.staff.org::<ExportContacts>(request).await?.supporters(request).await
}

async fn actions(deps: &Deps, request: &Request) -> Result<Listed<ReceivedAction>, Problem> {
    deps.staff.org::<ExportContacts>(request).await?.actions(request).await
}

async fn access(deps: &Deps, request: &Request) -> Result<AccessView, Problem> {
    deps.staff.org::<ExportContacts>(request).await?.access(request).await
}

async fn of_supporter(deps: &Deps, request: &Request) -> Result<Listed<ActionView>, Problem> {
    deps.staff.org::<ExportContacts>(request).await?.supporter_actions(request).await
}
