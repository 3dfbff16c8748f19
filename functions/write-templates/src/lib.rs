//! Templates, written: `POST /v1/orgs/{org}/templates`,
//! `PATCH /v1/orgs/{org}/templates/{template}/{locale}`,
//! `DELETE /v1/orgs/{org}/templates/{template}/{locale}`.

use std::convert::Infallible;

use lambda_http::{Body, Request, Response, http::StatusCode};
use proca::{
    api::{
        body::RequestBody,
        templates::{NewTemplate, TemplatePatch, TemplateView},
    },
    config::{ConfigError, Env},
    permission::ManageTemplates,
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
        "POST /v1/orgs/{org}/templates" => web::reply(StatusCode::CREATED, create(deps, &request).await),
        "PATCH /v1/orgs/{org}/templates/{template}/{locale}" => {
            web::reply(StatusCode::OK, update(deps, &request).await)
        }
        "DELETE /v1/orgs/{org}/templates/{template}/{locale}" => web::done(delete(deps, &request).await),
        _ => web::refuse(Problem::not_found()),
    })
}

async fn create(deps: &Deps, request: &Request) -> Result<TemplateView, Problem> {
    let scope = deps.staff.org::<ManageTemplates>(request).await?;
    Ok(scope.create_template(NewTemplate::parse(request)?).await?.into())
}

async fn update(deps: &Deps, request: &Request) -> Result<TemplateView, Problem> {
    let scope = deps.staff.org::<ManageTemplates>(request).await?;
    Ok(scope.update_template(request, TemplatePatch::parse(request)?).await?.into())
}

async fn delete(deps: &Deps, request: &Request) -> Result<(), Problem> {
    deps.staff.org::<ManageTemplates>(request).await?.delete_template(request).await
}
