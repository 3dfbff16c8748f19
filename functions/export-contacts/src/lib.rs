//! What an org was given, exported part by part: `POST /v1/orgs/{org}/export`.

use std::convert::Infallible;

use lambda_http::{Body, Request, Response};
use proca::{
    api::{body::RequestBody, exports::Exported},
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
    let exported = match web::route(&request).as_str() {
        "POST /v1/orgs/{org}/export" => Box::pin(export(deps, &request)).await,
        _ => Err(Problem::not_found()),
    };
    Ok(exported.map_or_else(web::refuse, Response::from))
}

async fn export(deps: &Deps, request: &Request) -> Result<Exported, Problem> {
    let scope = deps.staff.org::<ExportContacts>(request).await?;
    Box::pin(scope.export(request, RequestBody::parse(request)?)).await
}
