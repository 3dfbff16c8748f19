//! Templates, read: `GET /v1/orgs/{org}/templates`, `GET /v1/orgs/{org}/templates/{template}/{locale}`,
//! `POST /v1/orgs/{org}/templates/preview`.

use std::convert::Infallible;

use lambda_http::{Body, Request, Response, http::StatusCode};
use proca::{
    api::{
        body::RequestBody,
        templates::{PreviewTemplate, RenderedTemplate, TemplateEntry, TemplateView},
    },
    config::{ConfigError, Env},
    permission::Member,
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
        "GET /v1/orgs/{org}/templates" => web::reply(StatusCode::OK, list(deps, &request).await),
        "GET /v1/orgs/{org}/templates/{template}/{locale}" => {
            web::reply(StatusCode::OK, get(deps, &request).await)
        }
        "POST /v1/orgs/{org}/templates/preview" => web::reply(StatusCode::OK, preview(deps, &request).await),
        _ => web::refuse(Problem::not_found()),
    })
}

async fn list(deps: &Deps, request: &Request) -> Result<Listed<TemplateEntry>, Problem> {
    deps.staff.org::<Member>(request).await?.templates(request).await
}

async fn get(deps: &Deps, request: &Request) -> Result<TemplateView, Problem> {
    Ok(deps.staff.org::<Member>(request).await?.template(request).await?.into())
}

async fn preview(deps: &Deps, request: &Request) -> Result<RenderedTemplate, Problem> {
    let scope = deps.staff.org::<Member>(request).await?;
    Ok(scope.preview_template(PreviewTemplate::parse(request)?)?.into())
}
