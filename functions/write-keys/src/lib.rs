//! Public keys, written: `POST /v1/orgs/{org}/keys`, `POST /v1/orgs/{org}/keys/generate`,
//! `POST /v1/orgs/{org}/keys/{key}/activate`, `POST /v1/orgs/{org}/keys/{key}/retire`.

use std::convert::Infallible;

use lambda_http::{Body, Request, Response, http::StatusCode};
use proca::{
    api::{
        body::RequestBody,
        keys::{GenerateKey, GeneratedKey, KeyView, NewKey},
    },
    config::{ConfigError, Env},
    permission::ManageServices,
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
        "POST /v1/orgs/{org}/keys" => web::reply(StatusCode::CREATED, add(deps, &request).await),
        "POST /v1/orgs/{org}/keys/generate" => {
            web::reply(StatusCode::CREATED, generate(deps, &request).await)
        }
        "POST /v1/orgs/{org}/keys/{key}/activate" => {
            web::reply(StatusCode::OK, activate(deps, &request).await)
        }
        "POST /v1/orgs/{org}/keys/{key}/retire" => web::reply(StatusCode::OK, retire(deps, &request).await),
        _ => web::refuse(Problem::not_found()),
    })
}

async fn add(deps: &Deps, request: &Request) -> Result<KeyView, Problem> {
    let scope = deps.staff.org::<ManageServices>(request).await?;
    let NewKey { name, public } = NewKey::parse(request)?;
    Ok(KeyView::new(scope.add_key(name, public).await?, None))
}

async fn generate(deps: &Deps, request: &Request) -> Result<GeneratedKey, Problem> {
    let scope = deps.staff.org::<ManageServices>(request).await?;
    let (key, private) = scope.generate_key(GenerateKey::parse(request)?.name).await?;
    Ok(GeneratedKey::new(key, &private))
}

async fn activate(deps: &Deps, request: &Request) -> Result<KeyView, Problem> {
    deps.staff.org::<ManageServices>(request).await?.activate_key(request).await
}

async fn retire(deps: &Deps, request: &Request) -> Result<KeyView, Problem> {
    deps.staff.org::<ManageServices>(request).await?.retire_key(request).await
}
