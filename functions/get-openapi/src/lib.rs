//! The API's description: `GET /v1/openapi.json`, `GET /docs`, `GET /docs/{file}`.

mod docs;

use std::convert::Infallible;

use lambda_http::{Body, Request, Response, http::StatusCode};
use proca::{
    api::document::document,
    config::{ConfigError, Env},
    problem::Problem,
    web,
};

/// What the function works with: nothing but its own code.
#[derive(Debug)]
pub struct Deps {}

impl Deps {
    /// Builds it from the environment.
    pub fn new(_env: &Env) -> Result<Self, ConfigError> {
        Ok(Self {})
    }
}

/// Answers by the route that was matched.
#[expect(clippy::unused_async, reason = "as every function's, it is waited for")]
pub async fn handle(_deps: &Deps, request: Request) -> Result<Response<Body>, Infallible> {
    Ok(match web::route(&request).as_str() {
        "GET /v1/openapi.json" => web::cacheable(&request, web::reply(StatusCode::OK, Ok(document()))),
        "GET /docs" => docs::page(),
        "GET /docs/{file}" => match web::segment(&request, "file") {
            Ok(name) => docs::file(&name),
            Err(problem) => web::refuse(problem),
        },
        _ => web::refuse(Problem::not_found()),
    })
}
