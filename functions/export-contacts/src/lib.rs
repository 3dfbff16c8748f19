//! What an org was given: exported part by part, by `POST /v1/orgs/{org}/export`, or pulled message by message, by
//! `GET /v1/orgs/{org}/events`.

use std::convert::Infallible;

use lambda_http::{Body, Request, Response, http::StatusCode};
use proca::{
    api::{body::RequestBody, exports::Exported, feed::Feed},
    config::{ConfigError, Env},
    permission::ExportContacts,
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
        "POST /v1/orgs/{org}/export" => {
            Box::pin(export(deps, &request)).await.map_or_else(web::refuse, Response::from)
        }
        "GET /v1/orgs/{org}/events" => web::reply(StatusCode::OK, Box::pin(pull(deps, &request)).await),
        _ => web::refuse(Problem::not_found()),
    })
}

async fn export(deps: &Deps, request: &Request) -> Result<Exported, Problem> {
    let scope = deps.staff.org::<ExportContacts>(request).await?;
    Box::pin(scope.export(request, RequestBody::parse(request)?)).await
}

async fn pull(deps: &Deps, request: &Request) -> Result<Feed, Problem> {
    let scope = deps.staff.org::<ExportContacts>(request).await?;
    Box::pin(scope.feed(request)).await
}
