//! Pages, written: `POST /v1/orgs/{org}/pages`, `POST /v1/orgs/{org}/pages/copy`,
//! `PATCH /v1/orgs/{org}/pages/{page}`, `DELETE /v1/orgs/{org}/pages/{page}`.

use std::convert::Infallible;

use lambda_http::{Body, Request, Response, http::StatusCode};
use proca::{
    api::{
        body::RequestBody,
        pages::{NewPage, PageCopy, PagePatch, PageView},
    },
    config::{ConfigError, Env},
    permission::ManagePages,
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
        "POST /v1/orgs/{org}/pages" => web::reply(StatusCode::CREATED, create(deps, &request).await),
        "POST /v1/orgs/{org}/pages/copy" => {
            web::reply(StatusCode::CREATED, Box::pin(copy(deps, &request)).await)
        }
        "PATCH /v1/orgs/{org}/pages/{page}" => {
            web::reply(StatusCode::OK, Box::pin(update(deps, &request)).await)
        }
        "DELETE /v1/orgs/{org}/pages/{page}" => web::done(delete(deps, &request).await),
        _ => web::refuse(Problem::not_found()),
    })
}

async fn create(deps: &Deps, request: &Request) -> Result<PageView, Problem> {
    let scope = deps.staff.org::<ManagePages>(request).await?;
    Ok(scope.create_page(NewPage::parse(request)?).await?.into())
}

async fn copy(deps: &Deps, request: &Request) -> Result<PageView, Problem> {
    let scope = deps.staff.org::<ManagePages>(request).await?;
    Ok(scope.copy_page(PageCopy::parse(request)?).await?.into())
}

async fn update(deps: &Deps, request: &Request) -> Result<PageView, Problem> {
    let scope = deps.staff.org::<ManagePages>(request).await?;
    Ok(Box::pin(scope.update_page(request, PagePatch::parse(request)?)).await?.into())
}

async fn delete(deps: &Deps, request: &Request) -> Result<(), Problem> {
    deps.staff.org::<ManagePages>(request).await?.delete_page(request).await
}
