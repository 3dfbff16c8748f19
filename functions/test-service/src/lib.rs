//! What an org sends by, tested: `POST /v1/orgs/{org}/services/{service}/test`; from which domains it may:
//! `GET /v1/orgs/{org}/services/{service}/identity`; and what it sends:
//! `POST /v1/orgs/{org}/templates/{template}/{locale}/test`.

use std::convert::Infallible;

use lambda_http::{Body, Request, Response, http::StatusCode};
use proca::{
    api::services::{SendingDomains, Trial},
    config::{ConfigError, Env},
    mailer::Mailer,
    permission::{ManageServices, ManageTemplates},
    problem::Problem,
    push::Pusher,
    staff::Staff,
    web,
};

/// What the function works with.
#[derive(Debug)]
pub struct Deps {
    staff: Staff,
    pusher: Pusher,
    mailer: Mailer,
}

impl Deps {
    /// Builds it from the environment.
    pub fn new(env: &Env) -> Result<Self, ConfigError> {
        Ok(Self { staff: env.staff()?, pusher: env.pusher()?, mailer: env.mailer()? })
    }
}

/// Answers by the route that was matched.
pub async fn handle(deps: &Deps, request: Request) -> Result<Response<Body>, Infallible> {
    Ok(match web::route(&request).as_str() {
        "POST /v1/orgs/{org}/services/{service}/test" => {
            web::reply(StatusCode::OK, test_service(deps, &request).await)
        }
        "POST /v1/orgs/{org}/templates/{template}/{locale}/test" => {
            web::reply(StatusCode::OK, test_template(deps, &request).await)
        }
        "GET /v1/orgs/{org}/services/{service}/identity" => {
            web::reply(StatusCode::OK, sending_domains(deps, &request).await)
        }
        _ => web::refuse(Problem::not_found()),
    })
}

async fn test_service(deps: &Deps, request: &Request) -> Result<Trial, Problem> {
    let caller = deps.staff.caller(request).await?;
    let scope = caller.org::<ManageServices>(request).await?;
    let service = scope.service_to_test(request).await?;
    Box::pin(scope.test_service(&service, &deps.pusher, &deps.mailer, &caller.user.email)).await
}

async fn sending_domains(deps: &Deps, request: &Request) -> Result<SendingDomains, Problem> {
    let caller = deps.staff.caller(request).await?;
    let scope = caller.org::<ManageServices>(request).await?;
    let service = scope.service_to_test(request).await?;
    Box::pin(scope.sending_domains(&service, &deps.mailer)).await
}

async fn test_template(deps: &Deps, request: &Request) -> Result<Trial, Problem> {
    let caller = deps.staff.caller(request).await?;
    let scope = caller.org::<ManageTemplates>(request).await?;
    Box::pin(scope.test_template(request, &deps.mailer, &caller.user.email)).await
}
